#!/usr/bin/env python3
"""What an operator writes while an agent rotates the same token: neither undoes the other, and every login works.

Not tested here: the histories of a claim (tests/unit/ctl), each write by itself (operator_writes.py).
"""

from __future__ import annotations

import itertools
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from lab import Lab
from process import Finished
from scene import play
from tap import Tap
from world import CALM_POLICY, Consumer, World

TOKEN = "node-blue"
LENGTH = 24.0  # seconds; a rotation waits for the promise of the one before it, eight seconds
WRITES = (
    ("token", "update", "--name", TOKEN, "--scope-map", "app-push"),
    ("credential", "generate", "--name", TOKEN),
    ("token", "update", "--name", TOKEN, "--scope-map", "app-pull"),
)


@dataclass
class Seen:
    """What one of the three that work at once has seen."""

    done: int = 0
    told: list[Finished] = field(default_factory=list)  # refusals
    failures: list[Any] = field(default_factory=list)


def repeat(act: Callable[[], None], over: threading.Event, seen: Seen) -> threading.Thread:
    def run() -> None:
        try:
            while not over.is_set():
                act()
        except Exception as problem:  # the scene shows it
            seen.failures.append(problem)

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def beside_agent(lab: Lab, tap: Tap) -> None:
    cloud = lab.start_registry()
    world = World(lab.work, lab.programs, cloud, (Consumer(TOKEN, "app-pull", False),), CALM_POLICY)
    world.set_up()
    world.start_agent()
    rotations, writes, logins = Seen(), Seen(), Seen()
    turns = itertools.cycle(WRITES)

    def rotate() -> None:
        note(world.ctl("rotate", TOKEN), rotations)

    def write() -> None:
        note(world.ctl(*next(turns)), writes)
        time.sleep(0.1)

    def log_in() -> None:
        status = cloud.login(*world.ask_helper(TOKEN))
        logins.done += 1
        if status != 200:
            logins.failures.append(status)

    over = threading.Event()
    threads = [repeat(act, over, seen) for act, seen in ((rotate, rotations), (write, writes), (log_in, logins))]
    time.sleep(LENGTH)
    over.set()
    for thread in threads:
        thread.join()
    tap.note(f"{rotations.done} rotations, {writes.done} writes, {len(writes.told)} refused, {logins.done} logins")
    tap.check(logins.done > 20 and not logins.failures, "every login works meanwhile", logins)
    tap.check(not rotations.failures and not writes.failures, "nobody falls over the other", (rotations, writes))
    tap.check(rotations.done >= 2, "the agent rotates between the writes", rotations)
    tap.check(writes.done >= 2, "and the operator writes between the rotations", writes)
    unclear = [each for each in rotations.told + writes.told if len(each.err.strip().splitlines()) != 1]
    tap.check(not unclear, "who comes second is told so in one line", unclear)
    roles = settled_roles(world)
    tap.check("unexplained" not in roles and "current" in roles, "in the end each password is accounted for", roles)
    expiries = [each.get("expiry") for each in cloud.passwords(TOKEN).values()]
    tap.check(bool(expiries) and all(expiries), "and each expires", expiries)


def note(done: Finished, seen: Seen) -> None:
    if done.code == 0:
        seen.done += 1
    else:
        seen.told.append(done)


def settled_roles(world: World) -> list[str]:
    """The roles of both slots once nothing stands half done; the agent mends what is, within its fence."""
    deadline = time.monotonic() + 40
    while True:
        (token,) = (world.status() or {"tokens": [{"slots": []}]})["tokens"]
        roles = [slot["role"] for slot in token["slots"]]
        if not {"unexplained", "orphan", "claimed"} & set(roles) or time.monotonic() > deadline:
            return roles
        time.sleep(0.5)


if __name__ == "__main__":
    sys.exit(play(beside_agent))
