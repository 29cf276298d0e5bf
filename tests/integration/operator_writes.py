#!/usr/bin/env python3
"""Each write of an operator against the registry: what it changes, what it leaves alone, what it refuses.

Not tested here: the pure decisions and the claim's histories (tests/unit/ctl), rotations (scopedctl.py).
"""

from __future__ import annotations

import json
import re
import stat
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from azure import Cloud
from lab import Lab
from process import Finished
from scene import play
from scopedctl import at_terminal
from tap import Tap
from world import CALM_POLICY, Consumer, World

MANAGED, STRANGER = "node-blue", "partner-token"


def operator(lab: Lab, tap: Tap) -> None:
    cloud = lab.start_registry()
    world = World(lab.work, lab.programs, cloud, (Consumer(MANAGED, "app-pull", False),), CALM_POLICY)
    world.write_configuration()
    world.ctl_must("init")
    world.create_scope_maps()
    world.ctl_must("token", "create", "--name", MANAGED)
    scope_maps(world, tap)
    tokens(world, tap)
    credentials(world, tap)
    force_other(world, tap)
    outsiders(world, tap)
    deletions(world, tap)
    world.ctl_must("registry", "show")
    shown = json.loads(world.ctl_must("registry", "show", "-o", "json").out)
    tap.check(
        shown["login_server"] == cloud.host and not shown["admin_enabled"],
        "the registry is shown with its endpoints and its admin user",
        shown,
    )


def actions(cloud: Cloud, scope_map: str) -> list[str]:
    return sorted(cloud.arm("GET", f"scopeMaps/{scope_map}").json["properties"]["actions"])


def properties(cloud: Cloud, token: str) -> dict[str, Any]:
    return dict(cloud.arm("GET", f"tokens/{token}").json["properties"])


def refused(tap: Tap, done: Finished, words: str, sentence: str) -> None:
    lines = done.err.strip().splitlines()
    tap.check(done.code != 0 and len(lines) == 1 and words in done.err, sentence, done)


def scope_maps(world: World, tap: Tap) -> None:
    cloud = world.cloud
    world.ctl_must(
        "scope-map", "update", "--name", "app-push", "--add-repository", "demo/new", "content/read",
        "--remove-repository", "demo/app", "content/write", "--description", "for tests",
    )  # fmt: skip
    tap.check(
        actions(cloud, "app-push")
        == [
            "repositories/demo/app/content/read",
            "repositories/demo/app/metadata/read",
            "repositories/demo/new/content/read",
        ],
        "a scope map's update adds and removes what it names and keeps the rest",
        actions(cloud, "app-push"),
    )
    again = world.ctl_must("scope-map", "update", "--name", "app-push", "--remove-repository", "elsewhere")
    tap.check("was so already" in again.out, "what is so already is not sent", again)
    refused(tap, world.ctl("scope-map", "update", "--name", "app-psh", "--description", "x"), "did you mean 'app-push'?",
            "a misspelt scope map is told with the nearest one")  # fmt: skip
    refused(tap, world.ctl("scope-map", "delete", "--name", "app-pull", "--yes"), f"'{MANAGED}' uses",
            "a scope map in use is not deleted, and the error names its tokens")  # fmt: skip
    refused(tap, world.ctl("scope-map", "delete", "--name", "app-push"), "give '--yes'",
            "without a terminal nothing is deleted unasked")  # fmt: skip
    refused(tap, world.ctl("scope-map", "update", "--name", "_repositories_pull", "--description", "x"), "registry's own",
            "the registry's own scope maps stay as they are")  # fmt: skip


def tokens(world: World, tap: Tap) -> None:
    cloud = world.cloud
    user, password = world.ask_helper(MANAGED)
    world.ctl_must("token", "update", "--name", MANAGED, "--status", "disabled")
    tap.check(cloud.login(user, password) == 401, "a disabled token does not log in")
    world.ctl_must("token", "update", "--name", MANAGED, "--scope-map", "app-push")
    now = properties(cloud, MANAGED)
    tap.check(
        now["status"] == "disabled" and now["scopeMapId"].endswith("/app-push"),
        "another scope map leaves a disabled token disabled",
        now,
    )
    world.ctl_must("token", "update", "--name", MANAGED, "--scope-map", "app-pull", "--status", "enabled")
    tap.check(cloud.login(user, password) == 200, "its passwords are those of before", properties(cloud, MANAGED))
    refused(tap, world.ctl("token", "update", "--name", MANAGED, "--scope-map", "app-pul"), "did you mean 'app-pull'?",
            "a scope map that does not exist is told with the nearest one")  # fmt: skip


def credentials(world: World, tap: Tap) -> None:
    cloud = world.cloud
    refused(tap, world.ctl("credential", "generate", "--name", MANAGED, "--password1"), "clients are given now",
            "the slot in use is not generated over")  # fmt: skip
    refused(tap, world.ctl("credential", "delete", "--name", MANAGED, "--password1"), "clients are given now",
            "nor is its password deleted")  # fmt: skip
    user, before = world.ask_helper(MANAGED)
    world.ctl_must("credential", "generate", "--name", MANAGED, "--password1", "--force")
    shown = world.ctl_must("token", "show", "--name", MANAGED).out
    tap.check(cloud.login(user, before) == 401 and "generation 2, password1" in shown,
              "with --force it is, and the record knows the new one", shown)  # fmt: skip
    target = world.work / "tmp" / "password"
    world.ctl_must("credential", "generate", "--name", MANAGED, "--output-file", str(target))
    tap.check(stat.S_IMODE(target.stat().st_mode) == 0o600, "a password's file is only its owner's")
    tap.check(cloud.login(MANAGED, target.read_text()) == 200, "the file holds the password that works")
    refused(tap, world.ctl("credential", "generate", "--name", MANAGED, "--output-file", str(target)), "exist",
            "a file that is there is not written over")  # fmt: skip
    refused(tap, world.ctl("credential", "generate", "--name", MANAGED, "--show-secret"), "no terminal",
            "a password is not shown to a pipe")  # fmt: skip
    shown, code = at_terminal(world, ["credential", "generate", "--name", MANAGED, "--show-secret"], [])
    words = re.sub("\x1b\\[[0-9]*[A-Za-z]", " ", shown).split()  # without what steers the terminal
    works = [word for word in words if len(word) >= 40 and cloud.login(MANAGED, word) == 200]
    tap.check(code == 0 and len(works) == 1, "on a terminal it is shown when it is asked for", code)


def force_other(world: World, tap: Tap) -> None:
    """Over the slot that clients may still hold."""
    record = json.loads(world.ctl_must("token", "show", "--name", MANAGED, "-o", "json").out)["record"]
    other = "password1" if record["slot"] == "password2" else "password2"
    generate = ("credential", "generate", "--name", MANAGED, f"--{other}")
    refused(tap, world.ctl(*generate), "clients may still hold it", "a password that clients may hold is left alone")
    target = world.work / "tmp" / "forced"
    world.ctl_must(*generate, "--force", "--output-file", str(target))
    after = json.loads(world.ctl_must("token", "show", "--name", MANAGED, "-o", "json").out)["record"]
    tap.check(
        after["slot"] == other and world.cloud.login(MANAGED, target.read_text()) == 200,
        "with --force the new one is in its place, and is the one that is given",
        after,
    )


def outsiders(world: World, tap: Tap) -> None:
    """A token that nothing here looks after."""
    cloud = world.cloud
    scope_map = f"{cloud.resource_id}/scopeMaps/app-pull"
    cloud.arm("PUT", f"tokens/{STRANGER}", {"properties": {"scopeMapId": scope_map, "status": "enabled"}})
    first, second = world.work / "tmp" / "first", world.work / "tmp" / "second"
    generate = ("credential", "generate", "--name", STRANGER)
    refused(tap, world.ctl(*generate, "--password1"), "is not in the configuration",
            "a password without a place is not made")  # fmt: skip
    world.ctl_must(*generate, "--password1", "--output-file", str(first))
    world.ctl_must(*generate, "--password2", "--output-file", str(second), "--expiration", "2030-01-01T00:00:00Z")
    tap.check(
        cloud.login(STRANGER, first.read_text()) == 200 and cloud.login(STRANGER, second.read_text()) == 200,
        "a token that nothing here looks after is given passwords too",
    )
    expiries = [each.get("expiry") for each in cloud.passwords(STRANGER).values()]
    tap.check(all(expiries), "each of them expires", expiries)
    third = world.work / "tmp" / "third"
    refused(tap, world.ctl(*generate, "--password1", "--output-file", str(third)), "may be in use",
            "a slot that holds one is left alone")  # fmt: skip
    tap.check(not third.exists(), "and no empty file is left behind")
    refused(tap, world.ctl("credential", "delete", "--name", STRANGER, "--password2"), "give '--yes'",
            "a password that somebody may use is not deleted unasked")  # fmt: skip
    world.ctl_must("credential", "delete", "--name", STRANGER, "--password2", "--yes")
    tap.check(
        cloud.login(STRANGER, first.read_text()) == 200 and cloud.login(STRANGER, second.read_text()) == 401,
        "one password is deleted, the other one stays",
    )


def deletions(world: World, tap: Tap) -> None:
    cloud = world.cloud
    world.ctl_must("token", "delete", "--name", STRANGER, "--yes")
    world.ctl_must("token", "delete", "--name", MANAGED, "--yes")
    gone = [cloud.arm("GET", f"tokens/{name}").status for name in (STRANGER, MANAGED)]
    tap.check(gone == [404, 404], "deleted tokens are gone", gone)
    left = world.helper(MANAGED, "get")
    tap.check(left.code != 0, "and so is the record: the helper has nothing to give", left)
    world.ctl_must("scope-map", "delete", "--name", "app-pull", "--yes")
    tap.check(cloud.arm("GET", "scopeMaps/app-pull").status == 404, "a scope map that nobody uses is deleted")


if __name__ == "__main__":
    sys.exit(play(operator))
