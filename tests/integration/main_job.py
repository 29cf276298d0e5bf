#!/usr/bin/env python3
"""The main job on real parts: rotation under continuous pulls and pushes, with nothing failing.

Not tested here: what a person sees of it (packaging/quickstart), and faults of the cloud (bad_input.py).
"""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from azure import Cloud
from lab import Lab
from job import MainJob, Outcome
from scene import play
from tap import Tap
from watch import Screen, parse_instant
from world import CONSUMERS, World

DURATION = 90.0


def main_job(lab: Lab, tap: Tap) -> None:
    cloud = lab.start_registry()
    if not lab.start_engine():
        tap.skip("Docker Engine pulls and pushes", lab.no_engine)
    world = World(lab.work, lab.programs, cloud)
    events = io.StringIO()
    try:
        outcome = MainJob(lab, cloud, world, Screen(events), DURATION).run()
        numbers(outcome, tap)
        slots(cloud, outcome, tap)
        after_the_agent(world, tap)
    finally:
        world.stop()
        if tap.failed:
            for line in events.getvalue().splitlines()[-60:]:
                tap.note(line)


def numbers(outcome: Outcome, tap: Tap) -> None:
    tap.note(outcome.line)
    tap.check(outcome.rotations >= 4, "there are at least 4 rotations", outcome.rotations)
    for token, count in outcome.per_token.items():
        tap.check(count >= 1, f"{token} was rotated")
    tap.check(outcome.pulls >= 300, "there are at least 300 pulls", outcome.pulls)
    tap.check(outcome.pushes >= 10, "there are at least 10 pushes", outcome.pushes)
    tap.check(not outcome.failures, "no pull and no push failed", outcome.failures[:5])
    for what, how in outcome.proofs.items():
        tap.check(bool(how), what, "it was not shown in time")
    tap.check(outcome.agent_exit == 0, "the agent ends with 0 after SIGTERM", outcome.agent_exit)


def slots(cloud: Cloud, outcome: Outcome, tap: Tap) -> None:
    """Both slots of each token, as ARM has them and as the agent's last status has them."""
    status = {each["token"]: each for each in (outcome.status or {}).get("tokens", [])}
    for consumer in CONSUMERS:
        truth = cloud.passwords(consumer.token)
        told = {each["slot"]: each for each in status.get(consumer.token, {}).get("slots", [])}
        forever = [name for name, each in truth.items() if not each.get("expiry")]
        tap.check(
            bool(truth) and not forever, f"every password of {consumer.token} has an expiry", forever or truth
        )
        current = [each for each in told.values() if each.get("role") == "current"]
        tap.check(len(current) == 1, f"{consumer.token} has one current slot", told)
        for slot in current:
            current_slot(slot, truth, consumer.token, tap)


def current_slot(
    slot: Mapping[str, Any], truth: Mapping[str, Mapping[str, str]], token: str, tap: Tap
) -> None:
    arm = truth.get(slot["slot"], {})
    tap.check(
        bool(arm) and parse_instant(arm["creationTime"]) == parse_instant(slot["created_at"]),
        f"the current password of {token} is the one that ARM has",
        f"ARM {arm}, status {dict(slot)}",
    )
    tap.check(
        parse_instant(slot["expires_at"]) > time.time(),
        f"the current password of {token} has not lapsed",
        slot,
    )


def after_the_agent(world: World, tap: Tap) -> None:
    """Without an agent, status still answers, from store and ARM."""
    status = world.status() or {}
    names = {each["token"] for each in status.get("tokens", [])}
    expected = {each.token for each in CONSUMERS}
    tap.check(status.get("agent", 0) is None and names == expected, "status works without an agent", status)


if __name__ == "__main__":
    sys.exit(play(main_job))
