#!/usr/bin/env python3
"""The soak: rotations with two agents under pulls, faults and kill -9, for as long as it takes.

usage: main.py [--seed N] [--rotations N] [--kills N] [--seconds N]
       main.py --short    one minute, for the suite
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from clients import Client, Docker, Skopeo
from lab import Lab
from scene import play
from soak import FAULTS, TOKEN_LIFE, Goal, Soak
from tap import Tap
from world import World


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="rotation under pulls, faults and kill -9")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    parser.add_argument("--rotations", type=int, default=1_000)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=7_200, help="the longest that it may run")
    parser.add_argument("--short", action="store_true", help="one minute, whatever is reached")
    return parser.parse_args()


def soak(given: argparse.Namespace, lab: Lab, tap: Tap) -> None:
    cloud = lab.start_registry()
    if not lab.start_engine():
        tap.skip("Docker Engine pulls", lab.no_engine)
    goal = Goal(given.rotations, given.kills, 40.0 if given.short else given.seconds, given.seed)
    tap.note(f"seed {given.seed}")
    run = Soak(lab, cloud, goal, tap.note)

    def clients(world: World) -> Sequence[Client]:
        skopeo = [Skopeo(world, lab.certificates)]
        return [Docker(world, lab.engine), *skopeo] if lab.engine else skopeo

    run.run(clients)
    judge(run, given.short, tap)


def judge(run: Soak, short: bool, tap: Tap) -> None:
    done, goal = run.totals, run.goal
    tap.note(f"soak: {run.line()}, {done.seconds:.0f} s")
    tap.note("faults met: " + ", ".join(f"{kind} {count}" for kind, count in sorted(done.faults.items())))
    tap.check(not run.tally.failures, "no pull failed", run.tally.failures[:5])
    tap.check(not done.lost, "every token has a password that works in the end", done.lost)
    tap.check(not done.forever, "every password has an expiry", done.forever[:5])
    tap.check(run.tally.total_pulls > done.rotations, "there were more pulls than rotations", run.tally.total_pulls)
    if short:
        tap.check(done.rotations >= 4, "there were rotations", done.rotations)
        tap.check(done.kills >= 3, "agents were killed", done.kills)
        tap.check(sum(done.faults.values()) >= 3, "the cloud had faults", done.faults)
        return
    tap.check(done.rotations >= goal.rotations, f"there were {goal.rotations} rotations", done.rotations)
    tap.check(done.kills >= goal.kills, f"there were {goal.kills} kills", done.kills)
    unmet = [kind for kind, _, _ in FAULTS if not done.faults[kind]]
    tap.check(not unmet or done.seconds < 120, "every fault of the cloud was met", unmet)


if __name__ == "__main__":
    chosen = options()
    sys.exit(play(lambda lab, tap: soak(chosen, lab, tap), TOKEN_LIFE))
