#!/usr/bin/env python3
"""`scopedctl apply` against the registry: the plan in words, done twice, interrupted, drifted, pruned, and 500 tokens.

Not tested here: the plan's edges (tests/unit/policy).
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from azure import Cloud
from lab import Lab
from process import Finished, LabError
from scene import play
from scopedctl import at_terminal
from tap import Tap
from world import CALM_POLICY, CONSUMERS, World

MANY = 500


def operator(lab: Lab, tap: Tap) -> None:
    cloud = lab.start_registry()
    world = World(lab.work, lab.programs, cloud, CONSUMERS, CALM_POLICY)
    world.write_configuration()
    world.ctl_must("init")
    from_nothing(world, tap)
    change_and_drift(world, tap)
    broken_off(world, tap)
    prune(world, tap)
    many(world, tap)


def plan(done: Finished) -> dict[str, Any]:
    try:
        return dict(json.loads(done.out))
    except ValueError:
        raise LabError(f"no plan: exit {done.code}: {done.last_line}") from None


def counts(done: Finished) -> tuple[int, int, int, int]:
    document = plan(done)
    return document["create"], document["change"], document["delete"], document["keep"]


def tokens(cloud: Cloud) -> list[str]:
    return sorted(each["name"] for each in cloud.arm("GET", "tokens").json["value"])


def from_nothing(world: World, tap: Tap) -> None:
    dry = world.ctl("apply", "--dry-run", "-o", "json")
    tap.check(dry.code == 3 and counts(dry) == (6, 0, 0, 0), "a dry run finds all that is missing, with exit 3", dry)
    tap.check(tokens(world.cloud) == [], "and sends nothing")
    coloured, _ = at_terminal(world, ["apply", "--dry-run"], [])
    plain, _ = at_terminal(world, ["apply", "--dry-run"], [], NO_COLOR="1")
    tap.check(
        coloured.count("\x1b[32m+ ") == 6 and "\x1b[32m" not in plain and plain.count("+ ") == 6,
        "on a terminal what is made is green, unless NO_COLOR is set",
        coloured,
    )
    unasked = world.ctl("apply")
    tap.check(unasked.code == 1 and "--yes" in unasked.err and tokens(world.cloud) == [],
              "without a terminal nothing is done unasked", unasked)  # fmt: skip
    world.ctl_must("apply", "--yes")
    works = [world.cloud.login(*world.ask_helper(each.token)) for each in CONSUMERS]
    tap.check(works == [200] * len(CONSUMERS), "each token has its first password, and it logs in", works)
    again = world.ctl("apply", "--yes", "-o", "json")
    tap.check(again.code == 0 and counts(again) == (0, 0, 0, 6), "the second time changes nothing", again)


def change_and_drift(world: World, tap: Tap) -> None:
    before = {each.token: world.ask_helper(each.token)[1] for each in CONSUMERS}
    document = world.configuration()
    maps = document["registries"][world.cloud.host]["scope_maps"]
    maps["app-push"]["repositories"] = {"demo/app": ["content/read", "metadata/read"], "demo/web": ["content/read"]}
    narrower = world.work / "narrower.json"
    narrower.write_text(json.dumps({"registries": {world.cloud.host: {"scope_maps": maps, "tokens": {
        each.token: {"scope_map": each.scope_map} for each in CONSUMERS}}}}))  # fmt: skip
    narrower.chmod(0o644)
    dry = world.ctl("apply", "-f", str(narrower), "--dry-run")
    tap.check(
        dry.code == 3
        and "ci-main may no longer push to demo/app" in dry.out
        and "ci-nightly may now pull from demo/web" in dry.out,
        "a change is told by what it means for each token",
        dry,
    )
    world.ctl_must("apply", "-f", str(narrower), "--yes")
    user, password = world.ask_helper("ci-main")
    tap.check(
        world.cloud.login(user, password, "repository:demo/web:pull") == 200
        and {each.token: world.ask_helper(each.token)[1] for each in CONSUMERS} == before,
        "a change of rights leaves every password as it was",
    )
    drift = world.ctl("apply", "--dry-run", "-o", "json")
    tap.check(drift.code == 3 and counts(drift) == (0, 1, 0, 5), "what the registry has otherwise is drift", drift)
    world.ctl_must("token", "update", "--name", "ci-main", "--status", "disabled")
    world.ctl_must("apply", "--yes")
    state = world.cloud.arm("GET", "tokens/ci-main").json["properties"]["status"]
    tap.check(state == "disabled", "a disabled token stays disabled", state)
    world.ctl_must("token", "update", "--name", "ci-main", "--status", "enabled")
    elsewhere = world.work / "elsewhere.json"
    elsewhere.write_text('{"registries": {"other.azurecr.io": {}}}')
    elsewhere.chmod(0o644)
    refused = world.ctl("apply", "-f", str(elsewhere), "--yes")
    tap.check(refused.code == 78 and "is not in the configuration" in refused.err,
              "a file about another registry is refused", refused)  # fmt: skip


def with_more(world: World, count: int, start: str) -> None:
    document = world.configuration()
    registry = document["registries"][world.cloud.host]
    registry["tokens"] |= {f"{start}-{index:03}": {"scope_map": "app-pull"} for index in range(count)}
    world.write_configuration(document)


def broken_off(world: World, tap: Tap) -> None:
    cloud = world.cloud
    with_more(world, 6, "cut")
    fault = {"fault": "arm_status", "status": 403, "match": "tokens/cut-003", "times": 1}
    cloud.request("POST", cloud.ready["fault"], json.dumps(fault).encode())
    failed = world.ctl("apply", "--yes")
    tap.check(
        failed.code == 1 and "3 of 6 steps are done" in failed.err and len(failed.err.splitlines()) >= 1,
        "a failure in the middle says what is done and what to run",
        failed,
    )
    argv = [str(world.programs / "scopedctl"), "apply", "--yes"]
    process = subprocess.Popen(argv, env=world.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)  # fmt: skip
    time.sleep(0.15)
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=30)[1]
    was_cut = process.returncode == 1 and "steps are done and stay so" in said
    tap.check(was_cut or (process.returncode == 0 and not said.strip().startswith("scopedctl: apply")),
              "Ctrl-C says what was done, or came too late", said)  # fmt: skip
    busy = {"fault": "arm_status", "status": 429, "retry_after": 1, "match": "tokens/cut-005", "times": 1}
    cloud.request("POST", cloud.ready["fault"], json.dumps(busy).encode())
    world.ctl_must("apply", "--yes")
    shown = json.loads(world.ctl_must("token", "list", "-o", "json").out)["tokens"]
    ready = [each["token"] for each in shown if each["record"]["state"] == "ready"]
    tap.check(len(ready) == 10, "the next run brings all of it to its end", ready)


def prune(world: World, tap: Tap) -> None:
    world.write_configuration()
    left = world.ctl("apply", "-o", "json")
    tap.check(left.code == 0 and len(plan(left)["notes"]) == 6, "what is in no file stays and is told", left)
    world.ctl_must("apply", "--prune", "--yes")
    tap.check(tokens(world.cloud) == sorted(each.token for each in CONSUMERS), "with --prune it goes", tokens(world.cloud))


def many(world: World, tap: Tap) -> None:
    with_more(world, MANY, "many")
    began = time.monotonic()
    first = world.ctl("apply", "--yes", "-o", "json", limit=330)
    tap.note(f"{MANY} tokens were made in {time.monotonic() - began:.0f} s")
    tap.check(first.code == 0, f"a file with {MANY} tokens is applied", first.last_line)
    began = time.monotonic()
    second = world.ctl("apply", "--yes", "-o", "json")
    tap.note(f"the second time took {time.monotonic() - began:.2f} s")
    tap.check(
        second.code == 0 and counts(second) == (0, 0, 0, MANY + 6), "the second time changes nothing", second.last_line
    )


if __name__ == "__main__":
    sys.exit(play(operator))
