#!/usr/bin/env python3
"""A control plane that refuses, is busy, breaks or says nothing: one line each, and no password is lost.

Not tested here: each status and body by itself (unit tests of agent/registry), crashes (tests/crash).
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from eventually import eventually
from faults import Faults
from lab import Lab
from scene import play
from tap import Tap
from world import CALM_POLICY, Consumer, World


@dataclass(frozen=True)
class Row:
    """A fault, the words that must stand in the line about it, and whether the agent gets over it by itself."""

    token: str
    what: str
    fault: dict[str, Any]
    words: tuple[str, ...]
    mends: bool = True


def status(code: int, **more: int) -> dict[str, Any]:
    return {"fault": "arm_status", "status": code} | more


WRITES = (
    Row("refused-401", "401", status(401), ("401", "rotator"), mends=False),
    Row("refused-403", "403", status(403), ("403", "generateCredentials"), mends=False),
    Row("refused-404", "404", status(404), ("404",), mends=False),
    Row("busy-409", "409", status(409), ("409",)),
    Row("busy-429", "429 without Retry-After", status(429), ("429",)),
    Row("busy-429-later", "429 with Retry-After", status(429, retry_after=2), ("429",)),
    Row("broken-500", "500", status(500), ("500",)),
    Row("garbage", "garbage", {"fault": "garbage"}, ("may or may not",)),
    Row("garbage-done", "garbage after the work was done", {"fault": "garbage", "applied": True}, ("may or may not",)),
    Row("nothing", "nothing", {"fault": "empty"}, ("may or may not",)),
    Row("nothing-done", "nothing after the work was done", {"fault": "lose_answer"}, ("may or may not",)),
)
READS = (
    Row("", "401", status(401), ("401", "rotator")),
    Row("", "403", status(403), ("403", "administrator")),
    Row("", "404", status(404), ("404", "resource_id")),
    Row("", "409", status(409), ("409",)),
    Row("", "429 without Retry-After", status(429), ("429", "later")),
    Row("", "429 with Retry-After", status(429, retry_after=1), ("429",)),
    Row("", "500", status(500), ("500",)),
    Row("", "garbage", {"fault": "garbage"}, ("JSON",)),
    Row("", "nothing", {"fault": "empty"}, ()),
)
MATCH_LIST = "/tokens?"


def log_lines(world: World) -> list[str]:
    return (world.work / "log" / "agent.log").read_text().splitlines()


def bad_cloud(lab: Lab, tap: Tap) -> None:
    cloud = lab.start_registry()
    tokens = tuple(Consumer(row.token, "app-pull", False) for row in WRITES)
    world = World(lab.work, lab.programs, cloud, tokens, CALM_POLICY)
    world.set_up()
    faults = Faults(cloud)
    for row in READS:
        a_bad_read(world, faults, row, tap)
    world.start_agent()
    try:
        for row in WRITES:
            a_bad_write(world, faults, row, tap)
        for row in READS:
            a_bad_list(world, faults, row, tap)
    finally:
        world.stop()


def a_bad_write(world: World, faults: Faults, row: Row, tap: Tap) -> None:
    name = f"{world.cloud.host}/{row.token}"
    before = len(log_lines(world))
    old = world.ask_helper(row.token)
    faults.arm(row.fault, "generateCredentials", times=1)
    done = world.ctl("rotate", name, limit=40)
    tap.check(faults.hits() == 1, f"a write answered with {row.what}: the fault was met", faults.hits())
    faults.clear()
    told = [line for line in log_lines(world)[before:] if row.token in line and "<4>" in line]
    tap.check(len(told) == 1, f"a write answered with {row.what}: one line in the log", told)
    missing = [word for word in row.words if word not in "".join(told)]
    tap.check(not missing, f"a write answered with {row.what}: it says what to do", told)
    if row.mends:
        tap.check(done.code == 0, f"a write answered with {row.what}: the rotation goes on by itself", done)
    else:
        said = done.err.strip().splitlines()
        tap.check(
            done.code == 1 and len(said) == 1,
            f"a write answered with {row.what}: scopedctl says so in one line",
            done,
        )
        tap.check(world.cloud.login(*old) == 200, f"a write answered with {row.what}: the password works as before")
    user, password = world.ask_helper(row.token)
    tap.check(world.cloud.login(user, password) == 200, f"a write answered with {row.what}: no password is lost")


def a_bad_read(world: World, faults: Faults, row: Row, tap: Tap) -> None:
    """A command without an agent: it fails in one line."""
    faults.arm(row.fault, MATCH_LIST)
    done = world.ctl("token", "list", limit=40)
    faults.clear()
    said = done.err.strip().splitlines()
    tap.check(done.code == 1 and len(said) == 1, f"a list answered with {row.what}: scopedctl fails in one line", done)
    missing = [word for word in row.words if word not in "".join(said)]
    tap.check(not missing, f"a list answered with {row.what}: it says what to do", said)


def a_bad_list(world: World, faults: Faults, row: Row, tap: Tap) -> None:
    """The agent says it once, goes on answering, and says when it is over."""
    before = len(log_lines(world))

    def news(words: str) -> list[str]:
        return [line for line in log_lines(world)[before:] if words in line]

    faults.arm(row.fault, MATCH_LIST)
    said = eventually(lambda: bool(news("cannot be read")), 20)
    user, password = world.ask_helper(WRITES[0].token)
    tap.check(world.cloud.login(user, password) == 200, f"a list answered with {row.what}: clients are served")
    faults.clear()
    over = eventually(lambda: bool(news("answers again")), 20)
    told = news("cannot be read")
    tap.check(said and len(told) == 1, f"a list answered with {row.what}: the agent says it in one line", told)
    tap.check(over, f"a list answered with {row.what}: the agent goes on afterwards", log_lines(world)[-3:])


if __name__ == "__main__":
    sys.exit(play(bad_cloud))
