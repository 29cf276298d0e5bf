#!/usr/bin/env python3
"""Programs of the operator are told of each promotion and each problem, once, in order, and without a secret.

Not tested here: odd files and endings (tests/unit/publish).
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from eventually import eventually
from lab import Lab
from process import Finished
from scene import play
from tap import Tap
from world import CALM_POLICY, Consumer, World

BLUE, LOST = "node-blue", "node-lost"
HOOK = """#!/bin/sh
{ echo "$0"; env; echo; } >> "{log}"
"""
REQUIRED = """#!/bin/sh
[ -e "{broken}" ] && { echo "the balancer does not answer"; exit 7; }
exit 0
"""
ALLOWED = {"PATH", "PWD", "SHLVL", "_", "OLDPWD"}  # and what begins with SCOPED_; the others are the shell's


class Hooks:
    def __init__(self, world: World):
        self.world = world
        self.folder = world.work / "agent" / "hooks"
        self.log = world.work / "hooks.log"
        self.broken = world.work / "broken"

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("{log}", str(self.log)).replace("{broken}", str(self.broken)))
        path.chmod(0o755)

    def run(self) -> Finished:
        return self.world.ctl("hooks", "run")

    def said(self) -> list[tuple[str, dict[str, str]]]:
        """(hook, its environment) of each run."""
        runs = []
        for block in self.log.read_text().split("\n\n"):
            if block.strip():
                name, *lines = block.strip().splitlines()
                variables = dict(line.split("=", 1) for line in lines if "=" in line)
                runs.append((str(Path(name).relative_to(self.folder)), variables))
        return runs


def hooks(lab: Lab, tap: Tap) -> None:
    cloud = lab.start_registry()
    world = World(lab.work, lab.programs, cloud, (Consumer(BLUE, "app-pull", False),), CALM_POLICY)
    world.set_up()
    world.consumers += (Consumer(LOST, "app-pull", False),)  # configured, and the registry does not have it
    world.write_configuration()
    told = Hooks(world)
    told.write("deploy.d/20-second", HOOK)
    told.write("deploy.d/10-first", HOOK)
    told.write("deploy.d/30-balancer.required", REQUIRED)
    told.write("fail.d/mail", HOOK)
    world.start_agent()
    try:
        first_time(world, told, tap)
        required(world, told, tap)
        reboot(world, told, tap)
        strangers(told, tap)
    finally:
        world.stop()


def events(world: World) -> dict[tuple[str, str], int]:
    path = world.work / "agent" / "hook-events.json"
    if not path.exists():
        return {}
    return {(each["token"], each["occasion"]): each["number"] for each in json.loads(path.read_text())["list"]}


def first_time(world: World, told: Hooks, tap: Tap) -> None:
    noted = eventually(lambda: {(BLUE, "deploy.d"), (LOST, "fail.d")} <= set(events(world)))
    tap.check(noted, "the agent notes what hooks should know", events(world))
    _, password = world.ask_helper(BLUE)
    done = told.run()
    runs = told.said()
    tap.check(
        [hook for hook, _ in runs] == ["deploy.d/10-first", "deploy.d/20-second", "fail.d/mail"],
        "hooks run in byte order, each for its occasion",
        runs,
    )
    tap.check(done.code == 0, "all of them succeed", done)
    names = {name for _, variables in runs for name in variables if not name.startswith("SCOPED_")}
    tap.check(names <= ALLOWED, "a hook's environment holds nothing of ours but what it is told", names)
    tap.check(password not in told.log.read_text(), "no hook is told a password")
    deploy, fail = runs[0][1], runs[-1][1]
    tap.check(
        deploy.get("SCOPED_TOKEN") == BLUE and deploy.get("SCOPED_GENERATION") == "1",
        "a hook of a promotion is told which",
        deploy,
    )
    tap.check("no such token" in fail.get("SCOPED_REASON", ""), "a hook of a problem is told why", fail)
    told.run()
    tap.check(len(told.said()) == len(runs), "nothing is run twice", told.said())


def reason(world: World) -> str:
    tokens = (world.status() or {}).get("tokens", [])
    return next((str(each["reason"]) for each in tokens if each["token"] == BLUE), "")


def required(world: World, told: Hooks, tap: Tap) -> None:
    told.broken.touch()
    world.ctl_must("rotate", f"{world.cloud.host}/{BLUE}")
    tap.check(eventually(lambda: events(world).get((BLUE, "deploy.d")) == 2), "the promotion is noted", events(world))
    done = told.run()
    tap.check(
        done.code == 3 and "exit 7: the balancer does not answer" in done.err, "a failure is told with its line", done
    )
    before = len(told.said())
    told.run()
    tap.check(len(told.said()) == before, "the hooks that succeeded are not run again", told.said()[before:])
    world.ctl("rotate", f"{world.cloud.host}/{BLUE}", limit=12)  # longer than the promise on the old password
    is_held = eventually(lambda: "until a required hook succeeds: deploy.d/30-balancer.required" in reason(world))
    tap.check(is_held, "the old password's slot is held for the required hook", reason(world))
    told.broken.unlink()
    done = told.run()
    tap.check(done.code == 0 and "30-balancer.required" in done.out, "the required hook is tried again", done)
    tap.check(eventually(lambda: events(world).get((BLUE, "deploy.d")) == 3), "and the rotation goes on", reason(world))


def reboot(world: World, told: Hooks, tap: Tap) -> None:
    told.run()
    before = len(told.said())
    assert world.agent is not None
    world.agent.kill()
    world.start_agent()
    eventually(lambda: bool(reason(world)) and reason(world) != "not read yet")
    time.sleep(0.5)
    done = told.run()
    tap.check(done.code == 0 and len(told.said()) == before, "after a reboot nothing is told again", told.said()[before:])


def strangers(told: Hooks, tap: Tap) -> None:
    (told.folder / "deploy.d").chmod(0o777)
    done = told.run()
    tap.check(done.code == 1 and "may be changed by others" in done.err, "hooks that others may change are not run", done)
    (told.folder / "deploy.d").chmod(0o755)


if __name__ == "__main__":
    sys.exit(play(hooks))
