#!/usr/bin/env python3
"""A configuration with three mistakes: every program says three lines, exits 78 and starts nothing. The commented
example that the package installs has none.

Not tested here: each kind of mistake (unit tests of common/config).
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from lab import Lab
from process import run
from scene import play
from tap import Tap
from world import World


EXAMPLE = Path(__file__).resolve().parents[2] / "packaging" / "etc" / "config.json"


def write_example(world: World) -> None:
    """As somebody has it who has taken the comment's marks away."""
    lines = [line.removeprefix("//").removeprefix(" ") for line in EXAMPLE.read_text().splitlines()]
    first = next(number for number, line in enumerate(lines) if line.startswith('"registries"'))
    world.config.write_text("\n".join(["{", *lines[first : lines.index("{")], "}"]))


def write_mistakes(world: World) -> None:
    """An unknown key, a wrong type and a dangling reference."""
    document = world.configuration()
    registry = document["registries"][world.cloud.host]
    registry["defualt_token"] = "ci-main"
    registry["rotation"] = registry["rotation"] | {"hold": 4}
    registry["store"] = "nowhere"
    world.write_configuration(document)


def bad_configuration(lab: Lab, tap: Tap) -> None:
    world = World(lab.work, lab.programs, lab.start_registry())
    write_mistakes(world)
    for program in (["scoped-agent"], ["scopedctl", "status"]):
        argv = [str(lab.programs / program[0]), *program[1:]]
        done = run(argv, world.environment(), limit=10)
        name = " ".join(program)
        lines = done.err.strip().splitlines()
        tap.check(done.code == 78, f"{name} exits with 78", done)
        tap.check(len(lines) == 3, f"{name} prints one line a mistake", lines)
        for mistake in ("defualt_token", "hold", "nowhere"):
            named = [line for line in lines if mistake in line and str(world.config) in line]
            tap.check(len(named) == 1, f"{name} names the file and '{mistake}'", lines)
        nearest = any("default_token" in line for line in lines)
        tap.check(nearest, f"{name} says the nearest known key", lines)
    left = sorted(each.name for each in (world.work / "agent").iterdir())
    tap.check(not left, "no socket, lock or state was made", left)
    asked = world.helper("ci-main", "get")
    tap.check(asked.code == 1 and asked.out.count("\n") <= 1, "the helper fails in one line", asked)
    write_example(world)
    shown = world.ctl("status")
    tap.check(shown.code == 0 and "pull-token" in shown.out, "the installed example, uncommented, is right", shown)


if __name__ == "__main__":
    sys.exit(play(bad_configuration))
