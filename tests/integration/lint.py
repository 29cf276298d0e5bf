#!/usr/bin/env python3
"""A registry as one finds it, judged: each finding from what the registry really says, and gone when it is mended.

Not tested here: each rule's edges (tests/unit/policy), the log of logins (suggest.py).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from azure import Cloud
from lab import Lab
from process import LabError
from scene import play
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
    clean = world.ctl("lint")
    tap.check(
        clean.code == 0 and "nothing to remark" in clean.out and not clean.err,
        "a registry that scopedctl has set up has no findings",
        clean,
    )
    neglect(cloud)
    expect(
        world, tap, "error", {"admin-user registry", f"never-expires tokens/{STRANGER}"},
        "errors alone are shown at level error",
    )  # fmt: skip
    warnings = {
        "admin-user registry", f"never-expires tokens/{STRANGER}", f"forgotten-password tokens/{STRANGER}",
        "wildcard scope-maps/partner-scope", "write-without-read scope-maps/cleanup-scope", f"unwritten-token tokens/{STRANGER}",
    }  # fmt: skip
    expect(world, tap, "warning", warnings, "what is neglected is found, each with its object")
    notes = {
        "missing-repository scope-maps/app-pull", "missing-repository scope-maps/app-push", "missing-repository scope-maps/cleanup-scope",
        "unused-scope-map scope-maps/app-push", "unused-scope-map scope-maps/cleanup-scope",
    }  # fmt: skip
    expect(world, tap, "note", warnings | notes, "notes come with the lowest level")
    sarif = json.loads(world.ctl("lint", "-o", "sarif").out)
    rules = {each["ruleId"] for each in sarif["runs"][0]["results"]}
    wanted = {each.split()[0] for each in warnings}
    tap.check(sarif["version"] == "2.1.0" and rules == wanted, "SARIF holds the same findings", rules)
    mend(world)
    expect(world, tap, "error", {"admin-user registry"}, "what was mended is found no more")


def neglect(cloud: Cloud) -> None:
    """As somebody leaves it who follows instructions to the letter."""

    def arm(method: str, path: str, body: object) -> None:
        answer = cloud.arm(method, path, body)
        if answer.status not in (200, 201):
            raise LabError(f"{method} {path}: {answer.status} {answer.body!r}")

    arm("PUT", "scopeMaps/partner-scope", {"properties": {"actions": ["repositories/shared/*/content/read"]}})
    arm("PUT", "scopeMaps/cleanup-scope", {"properties": {"actions": ["repositories/demo/app/content/write"]}})
    scope_map = f"{cloud.resource_id}/scopeMaps/partner-scope"
    arm("PUT", f"tokens/{STRANGER}", {"properties": {"scopeMapId": scope_map, "status": "enabled"}})
    arm("POST", "generateCredentials", {"tokenId": f"{cloud.resource_id}/tokens/{STRANGER}"})
    arm("PATCH", "", {"properties": {"adminUserEnabled": True}})


def mend(world: World) -> None:
    target = world.work / "tmp" / "password"
    world.ctl_must("credential", "delete", "--name", STRANGER, "--password2", "--yes")
    world.ctl_must(
        "credential", "generate", "--name", STRANGER, "--password1", "--force", "--output-file", str(target)
    )


def findings(world: World, level: str) -> set[str]:
    done = world.ctl("lint", "--level", level, "-o", "json")
    if done.code not in (0, 3) or done.err:
        raise LabError(f"lint --level {level}: exit {done.code}: {done.err}")
    found = json.loads(done.out)["findings"]
    if (done.code == 3) != bool(found):
        raise LabError(f"lint --level {level}: exit {done.code} with {len(found)} findings")
    return {f"{each['rule']} {each['object']}" for each in found}


def expect(world: World, tap: Tap, level: str, wanted: set[str], sentence: str) -> None:
    got = findings(world, level)
    tap.check(got == wanted, sentence, f"missing {sorted(wanted - got)}, too much {sorted(got - wanted)}")


if __name__ == "__main__":
    sys.exit(play(operator))
