#!/usr/bin/env python3
"""Passwords that others have: one handed to an outsider, and a whole registry that somebody else has set up.

Not tested here: the plan of an import (tests/unit/ctl), its dialogue (scopedctl.py).
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from azure import Cloud
from lab import Lab
from process import Finished, run
from scene import play
from tap import Tap
from world import CALM_POLICY, Consumer, World

PARTNER, OLD = "partner-token", "old-token"


def operator(lab: Lab, tap: Tap) -> None:
    cloud = lab.start_registry()
    world = World(lab.work, lab.programs, cloud, (Consumer(PARTNER, "app-pull", False),), CALM_POLICY)
    world.write_configuration()
    world.ctl_must("init")
    world.ctl_must("apply", "--yes")
    hand_over(world, tap)
    adopt(world, tap)


def hand_over(world: World, tap: Tap) -> None:
    cloud, target = world.cloud, world.work / "tmp" / "partner"
    no_place = world.ctl("credential", "hand-over", PARTNER)
    tap.check(no_place.code == 2 and "needs a place" in no_place.err, "without a place no password is made", no_place)
    ours = world.ask_helper(PARTNER)
    world.ctl_must("credential", "hand-over", PARTNER, "--output-file", str(target), "--expiration-in-days", "30")
    theirs = target.read_text()
    tap.check(cloud.login(PARTNER, theirs) == 200, "the outsider's password logs in")
    tap.check(world.ask_helper(PARTNER) == ours, "the helper goes on with ours")
    shown = world.ctl_must("status").out
    tap.check("handed over" in shown, "status tells whose the slot is", shown)
    again = world.ctl("credential", "hand-over", PARTNER, "--output-file", str(world.work / "tmp" / "second"))
    tap.check(again.code == 1 and "--force" in again.err, "it is not handed over twice by accident", again)
    rotated = world.ctl("rotate", PARTNER)
    tap.check(
        rotated.code == 1 and "handed to an outsider" in rotated.err and cloud.login(PARTNER, theirs) == 200,
        "no rotation takes it away",
        rotated,
    )
    deleted = world.ctl("credential", "delete", "--name", PARTNER, "--password2")
    tap.check(deleted.code == 1 and "outsider" in deleted.err, "nor is it deleted without --force", deleted)
    soon = world.work / "tmp" / "soon"
    world.ctl_must(
        "credential", "hand-over", PARTNER, "--force", "--output-file", str(soon), "--expiration", in_seconds(3)
    )
    tap.check(cloud.login(PARTNER, theirs) == 401, "with --force the next one takes its place")
    warned = wait_for_words(world, "handed to an outsider, ends at", "status")
    tap.check(warned.code == 0 and "ends at" in warned.out, "status warns of its end", warned)
    linted = wait_for_words(world, "handed to an outsider", "lint")
    tap.check(linted.code == 3 and "outsider-ends" in world.ctl("lint", "-o", "json").out, "so does lint", linted)


def wait_for_words(world: World, words: str, *command: str) -> Finished:
    """What the command says once these words are in it, or at last; the warning comes with the last third of a life."""
    done = world.ctl(*command)
    for _ in range(50):
        if words in done.out:
            break
        time.sleep(0.2)
        done = world.ctl(*command)
    return done


def in_seconds(count: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + count))


def make_like_az(cloud: Cloud) -> dict[str, str]:
    """A token as 'az acr token create' leaves it: two passwords that never expire."""
    scope_map = f"{cloud.resource_id}/scopeMaps/app-pull"
    cloud.arm("PUT", f"tokens/{OLD}", {"properties": {"scopeMapId": scope_map, "status": "enabled"}})
    made = cloud.arm("POST", "generateCredentials", {"tokenId": f"{cloud.resource_id}/tokens/{OLD}"}).json
    return {each["name"]: each["value"] for each in made["passwords"]}


def adopt(world: World, tap: Tap) -> None:
    cloud = world.cloud
    old = make_like_az(cloud)
    target = world.work / "adopted.json"
    world.ctl_must("import", cloud.host, "--write", str(target))
    target.chmod(0o644)
    same = world.ctl("apply", "-f", str(target), "--dry-run", "-o", "json")
    tap.check(same.code == 0, "what import writes is what the registry has", same)
    written = json.loads(target.read_text())["registries"][cloud.host]
    document = world.configuration()
    document["registries"][cloud.host] |= written
    document["profiles"][OLD] = {cloud.host: OLD}
    world.write_configuration(document)
    given = piped(world, old["password1"], "import", cloud.host, OLD, "--password-stdin", "--slot", "oldest")
    tap.check(given.code == 0 and given.err.count("next:") == 3, "what is left to do is said step by step", given)
    tap.check(world.ask_helper(OLD) == (OLD, old["password1"]), "the helper gives the password that was there")
    tap.check(cloud.login(OLD, old["password2"]) == 200, "nobody's password was taken away")
    world.ctl_must("credential", "delete", "--registry", cloud.host, "--name", OLD, "--password2")
    world.ctl_must("rotate", OLD)
    tap.check(cloud.login(*world.ask_helper(OLD)) == 200, "the first password that expires is the one in use")
    tap.check(cloud.login(OLD, old["password1"]) == 200, "whoever holds the old one may go on")
    early = world.ctl("credential", "delete", "--name", OLD, "--password1")
    tap.check(early.code == 1 and "may still hold it" in early.err, "it is not deleted before its time", early)
    gone = early
    until = time.monotonic() + 30  # offline and hold, and what a slow machine adds
    while gone.code != 0 and time.monotonic() < until:
        time.sleep(1)
        gone = world.ctl("credential", "delete", "--name", OLD, "--password1")
    tap.check(gone.code == 0, "then it is", gone)
    left = [slot for slot, each in cloud.passwords(OLD).items() if not each.get("expiry")]
    tap.check(not left and cloud.login(*world.ask_helper(OLD)) == 200, "every password expires now", left)


def piped(world: World, text: str, *arguments: str) -> Finished:
    return run([str(world.programs / "scopedctl"), *arguments], world.environment(), stdin=text)


if __name__ == "__main__":
    sys.exit(play(operator))
