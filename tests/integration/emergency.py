#!/usr/bin/env python3
"""A leaked password is dead within seconds, an old one at once where a person says so, and a broken token is repaired.

Each is asked of a running agent and then carried out without one. Not tested here: the rules behind it
(tests/unit/rotate).
"""

from __future__ import annotations

import json
import re
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from faults import Faults
from lab import Lab
from scene import play
from tap import Tap
from world import CALM_POLICY, Consumer, World

# A bearer outlives the minute that scopedctl waits in an emergency.
TOKEN_LIFE = 75.0
POLICY = CALM_POLICY | {"fence_max": "90s", "offline": "2m", "hold": "1m"}
TOKENS = tuple(Consumer(name, "app-pull", False) for name in ("leaked", "retired", "broken", "wiped", "claimed"))


class Passwords:
    """What clients were given of one token, and whether the registry accepts it."""

    def __init__(self, world: World, token: str):
        self.world, self.token = world, token
        self.given: list[tuple[str, str]] = []

    def ask(self) -> tuple[str, str]:
        self.given.append(self.world.ask_helper(self.token))
        return self.given[-1]

    def statuses(self) -> list[int]:
        return [self.world.cloud.login(*each) for each in self.given]


def emergency(lab: Lab, tap: Tap) -> None:
    cloud = lab.start_registry()
    world = World(lab.work, lab.programs, cloud, TOKENS, POLICY)
    world.set_up()
    world.start_agent()
    try:
        with_agent(world, Faults(cloud), tap)
    finally:
        world.stop()
    leak(world, "without an agent", tap)
    repair(world, "without an agent", tap)


def with_agent(world: World, faults: Faults, tap: Tap) -> None:
    leak(world, "with an agent", tap)
    retire(world, tap)
    repair(world, "with an agent", tap)
    nothing_to_repair(world, tap)
    wiped(world, tap)
    claimed(world, faults, tap)


def name_of(world: World, token: str) -> str:
    return f"{world.cloud.host}/{token}"


def stages(text: str) -> list[tuple[float, str]]:
    return [(float(at), step) for at, step in re.findall(r"^ +([0-9.]+) s  (\w+)", text, re.MULTILINE)]


def leak(world: World, where: str, tap: Tap) -> None:
    passwords = Passwords(world, "leaked")
    passwords.ask()
    world.ctl_must("rotate", name_of(world, "leaked"))  # two live passwords
    passwords.ask()
    tap.check(passwords.statuses() == [200, 200], f"{where}: two passwords are live before", passwords.statuses())
    began = time.monotonic()
    done = world.ctl("rotate", "--leaked", name_of(world, "leaked"))
    took = time.monotonic() - began
    passwords.ask()
    tap.check(done.code == 0, f"{where}: a leak is closed", done)
    statuses = passwords.statuses()
    tap.check(statuses == [401, 401, 200], f"{where}: both old passwords are dead, clients have the third", statuses)
    broken = [line for line in done.err.splitlines() if line.startswith("this breaks a promise")]
    tap.check(len(broken) == 2, f"{where}: it says which promises it breaks", done.err)
    steps = [step for _, step in stages(done.out)]
    order = [each for each in ("claim", "generate", "stage", "promote", "copies", "retire", "forget") if each in steps]
    tap.check(
        order == [each for each in dict.fromkeys(steps) if each in order] and len(order) >= 6,
        f"{where}: it says what was done, stage by stage",
        done.out,
    )
    if "without" not in where:
        tap.check("copies" in steps, "this machine's clients have the new one before the old one dies", steps)
    for line in done.out.splitlines()[1:]:
        tap.note(line)
    tap.note(f"{where}: {took:.2f} s from the command to the last consumer")


def retire(world: World, tap: Tap) -> None:
    passwords = Passwords(world, "retired")
    passwords.ask()
    done = world.ctl("rotate", "--retire-now", name_of(world, "retired"))
    passwords.ask()
    tap.check(done.code == 0 and "this breaks a promise" in done.err, "an old password is retired at once", done)
    tap.check(passwords.statuses() == [401, 200], "it is dead, and the new one works", passwords.statuses())
    again = world.ctl("rotate", "--retire-now", "--leaked", name_of(world, "retired"))
    tap.check(again.code == 2, "--retire-now and --leaked together are a usage error", again)


def slot_of(world: World, token: str, role: str) -> str:
    document: dict[str, Any] = json.loads(world.ctl_must("status", name_of(world, token), "-o", "json").out)
    return str(next(each["slot"] for each in document["tokens"][0]["slots"] if each["role"] == role))


def repair(world: World, where: str, tap: Tap) -> None:
    """Somebody regenerates the slot in use."""
    passwords = Passwords(world, "broken")
    passwords.ask()
    slot = slot_of(world, "broken", "current")
    body = {"tokenId": f"{world.cloud.resource_id}/tokens/broken", "name": slot}
    answer = world.cloud.arm("POST", "generateCredentials", body)
    tap.check(answer.status == 200, f"{where}: somebody regenerates the current slot", answer.status)
    done = world.ctl("repair", name_of(world, "broken"))
    tap.check(done.code == 0, f"{where}: the token is repaired", done)
    passwords.ask()
    tap.check(passwords.statuses() == [401, 200], f"{where}: clients have one that works", passwords.statuses())


def nothing_to_repair(world: World, tap: Tap) -> None:
    passwords = Passwords(world, "retired")
    before = passwords.ask()
    done = world.ctl("repair", name_of(world, "retired"))
    tap.check(
        done.code == 0 and passwords.ask() == before and world.cloud.login(*before) == 200,
        "a password that works is left alone",
        done,
    )


def wiped(world: World, tap: Tap) -> None:
    """A redeployment without credentials empties both slots."""
    passwords = Passwords(world, "wiped")
    passwords.ask()
    answer = world.cloud.arm("PATCH", "tokens/wiped", {"properties": {"credentials": {"passwords": []}}})
    tap.check(answer.status in (200, 201, 202), "a redeployment empties both slots", answer)
    done = world.ctl("repair", name_of(world, "wiped"))
    passwords.ask()
    tap.check(done.code == 0 and passwords.statuses() == [401, 200], "a wiped token is repaired", done)


def claimed(world: World, faults: Faults, tap: Tap) -> None:
    """A request of ours that may still be under way stands in the way of the next."""
    passwords = Passwords(world, "claimed")
    passwords.ask()
    faults.arm({"fault": "empty"}, "generateCredentials", times=1)
    began = time.monotonic()
    done = world.ctl("rotate", "--leaked", name_of(world, "claimed"))
    faults.clear()
    tap.note(f"refused after {time.monotonic() - began:.1f} s")
    tap.check(done.code == 1 and ", until 2" in done.err, "an open claim is waited for, and until when is said", done)
    tap.check("--status disabled" in done.err, "it says how to disable the token meanwhile", done.err)
    tap.check(passwords.statuses() == [200], "nothing was killed meanwhile", passwords.statuses())


if __name__ == "__main__":
    sys.exit(play(emergency, TOKEN_LIFE))
