#!/usr/bin/env python3
"""What becomes of the old password: it lapses, is overwritten, or is deleted, and not before every promise on it is over.

Not tested here: what may go wrong meanwhile (tests/crash).
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from eventually import eventually
from faults import Faults
from lab import Lab
from scene import play
from tap import Tap
from world import CALM_POLICY, Consumer, World

WAYS = {"lapsing": "expire", "overwritten": "overwrite", "deleted": "delete"}
CONSUMERS = tuple(Consumer(token, "app-pull", False) for token in WAYS)
PROMISED = 8.0  # seconds: 'offline' and 'hold' of the policy
Given = dict[str, tuple[str, str]]


class Retiring(World):
    def configuration(self) -> dict[str, Any]:
        document = super().configuration()
        tokens = document["registries"][self.cloud.host]["tokens"]
        for token, way in WAYS.items():
            tokens[token]["rotation"] = {"retire": way}
        return document

    def given(self) -> Given:
        return {token: self.ask_helper(token) for token in WAYS}

    def rotate(self) -> None:
        for token in WAYS:
            self.ctl_must("rotate", f"{self.cloud.host}/{token}")

    def logins(self, given: Given) -> dict[str, int]:
        return {token: self.cloud.login(*given[token]) for token in given}

    def is_over(self, old: Given, token: str) -> bool:
        return self.cloud.login(*old[token]) == 401


def retire(lab: Lab, tap: Tap) -> None:
    cloud = lab.start_registry()
    world = Retiring(lab.work, lab.programs, cloud, CONSUMERS, CALM_POLICY)
    world.set_up()
    world.start_agent()
    try:
        each_way(world, tap)
        without_the_right(world, Faults(cloud), tap)
    finally:
        world.stop()


def each_way(world: Retiring, tap: Tap) -> None:
    old = world.given()
    world.rotate()
    promoted = time.monotonic()
    new = world.given()
    tap.check(set(world.logins(old).values()) == {200}, "after a rotation every old password still works", world.logins(old))
    gone = [eventually(lambda token=token: world.is_over(old, token)) for token in ("deleted", "overwritten")]
    took = time.monotonic() - promoted
    tap.check(all(gone), "what is to be overwritten or deleted is dead then", gone)
    tap.check(took >= PROMISED - 1, "not before every promise on it is over", f"{took:.1f} s")
    tap.check(world.cloud.login(*old["lapsing"]) == 200, "what is to lapse still works", world.logins(old))
    tap.check(set(world.logins(new).values()) == {200}, "every new password works", world.logins(new))
    slots = {token: len(world.cloud.passwords(token)) for token in WAYS}
    tap.check(slots == {"lapsing": 2, "overwritten": 2, "deleted": 1}, "a slot whose password was deleted is empty", slots)
    settled = eventually(lambda: roles(world, "deleted") == ["current", "empty"])
    tap.check(settled, "status shows it empty", roles(world, "deleted"))


def without_the_right(world: Retiring, faults: Faults, tap: Tap) -> None:
    """Generating passwords and editing tokens are two rights at Azure."""
    old = {"deleted": world.ask_helper("deleted")}
    faults.arm({"fault": "arm_status", "status": 403}, "PATCH ")
    world.ctl_must("rotate", f"{world.cloud.host}/deleted")
    said = eventually(lambda: "403" in problem(world, "deleted"))
    tap.check(said, "who may not edit tokens is told so", problem(world, "deleted"))
    tap.check(world.logins(old)["deleted"] == 200, "and the old password stays", world.logins(old))
    faults.clear()
    tap.check(eventually(lambda: world.is_over(old, "deleted")), "once it is allowed the old password is deleted")
    tap.check(eventually(lambda: not problem(world, "deleted")), "and no problem is left", problem(world, "deleted"))


def row(world: World, token: str) -> dict[str, Any]:
    tokens = (world.status() or {}).get("tokens", [])
    return next((each for each in tokens if each["token"] == token), {})


def roles(world: World, token: str) -> list[str]:
    return sorted(each["role"] for each in row(world, token).get("slots", []))


def problem(world: World, token: str) -> str:
    return str(row(world, token).get("problem", ""))


if __name__ == "__main__":
    sys.exit(play(retire))
