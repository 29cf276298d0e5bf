#!/usr/bin/env python3
"""The whole way from one password for everything to least privilege, with scopedctl alone and real pushes and pulls.

Scope maps, tokens, passwords, logins, a cluster, a rotation, the life of a token, a changed scope map, the audit, and
what `suggest` makes of it. Not tested here: each command's refusals (operator_writes.py, apply.py).
"""

from __future__ import annotations

import json
import shutil
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from clients import Skopeo
from lab import Lab
from process import Finished, run
from scene import play
from tap import Tap
from world import CALM_POLICY, HELPER, Consumer, World

APPS = ("myapp/api", "myapp/frontend", "myapp/worker")
SDK = "shared/sdk"
CICD, PRODUCTION, PARTNER, PUBLISHER = "cicd-token", "production-pull-token", "partner-token", "sdk-publisher"
SCOPE_MAPS: dict[str, list[tuple[str, ...]]] = {
    "cicd-scope": [(app, "content/write", "content/read") for app in APPS] + [(app, "metadata/read") for app in APPS],
    "production-pull-scope": [(app, "content/read") for app in APPS],
    "partner-scope": [(SDK, "content/read"), (SDK, "metadata/read")],
    "sdk-scope": [(SDK, "content/read", "content/write")],
    "cleanup-scope": [(app, "content/read", "content/delete") for app in APPS],
}  # fmt: skip
TOKENS = {CICD: "cicd-scope", PRODUCTION: "production-pull-scope", PARTNER: "partner-scope", PUBLISHER: "sdk-scope"}


class Town(World):
    """The configuration names the tokens; scope maps are made by hand."""

    def configuration(self) -> dict[str, Any]:
        document = super().configuration()
        registry = document["registries"][self.cloud.host]
        registry.pop("scope_maps")
        if "workspace" in self.cloud.ready:
            registry["control"] |= {
                "workspace": self.cloud.ready["workspace"],
                "logs_endpoint": self.cloud.ready["log_analytics"],
            }
        return document


class Images(Skopeo):
    def pull_from(self, token: str, repository: str) -> Finished:
        folder = self.scratch()
        try:
            return self.copy(token, f"docker://{self.world.cloud.host}/{repository}:latest", f"dir:{folder}", "src")
        finally:
            shutil.rmtree(folder, ignore_errors=True)


class Walk:
    def __init__(self, world: World, images: Images, tap: Tap):
        self.world, self.images, self.tap = world, images, tap

    def everybody_works(self, when: str) -> None:
        """Each consumer does its work, and nothing else."""
        done = {f"{CICD} pushes {app}": self.images.push(CICD, app) for app in APPS}
        done[f"{PUBLISHER} pushes {SDK}"] = self.images.push(PUBLISHER, SDK)
        done |= {f"{PRODUCTION} pulls {app}": self.images.pull_from(PRODUCTION, app) for app in APPS}
        done[f"{PARTNER} pulls {SDK}"] = self.images.pull_from(PARTNER, SDK)
        failed = {what: each.last_line for what, each in done.items() if each.code != 0}
        self.tap.check(not failed, f"{when}: everybody does their work", failed)

    def nobody_does_more(self, when: str) -> None:
        done = {
            "a push elsewhere": self.images.push(CICD, "unauthorized/image"),
            "a push by production": self.images.push(PRODUCTION, APPS[0]),
            "a pull by the partner": self.images.pull_from(PARTNER, APPS[0]),
        }
        passed = [what for what, each in done.items() if each.code == 0]
        said = done["a push elsewhere"].err
        self.tap.check(not passed and "denied" in said, f"{when}: and nothing else", passed or said)


def operator(lab: Lab, tap: Tap) -> None:
    cloud = lab.start_registry()
    consumers = tuple(Consumer(token, scope_map, False) for token, scope_map in TOKENS.items())
    world = Town(lab.work, lab.programs, cloud, consumers, CALM_POLICY)
    world.write_configuration()
    world.ctl_must("init")
    walk = Walk(world, Images(world, lab.certificates), tap)
    make(world)
    walk.everybody_works("made")
    walk.nobody_does_more("made")
    hand_out(walk)
    rotate(walk)
    life_of_a_token(walk)
    change(walk)
    audit(walk)


def make(world: World) -> None:
    for name, groups in SCOPE_MAPS.items():
        arguments = [word for group in groups for word in ("--repository", *group)]
        world.ctl_must("scope-map", "create", "--name", name, "--description", f"for {name}", *arguments)
    for token, scope_map in TOKENS.items():
        world.ctl_must("token", "create", "--name", token, "--scope-map", scope_map)


def hand_out(walk: Walk) -> None:
    """A password for somebody without the store, and the pull secret's successor in a cluster."""
    world, tap = walk.world, walk.tap
    target = world.work / "tmp" / "partner"
    world.ctl_must("credential", "hand-over", PARTNER, "--output-file", str(target), "--expiration-in-days", "90")
    login = world.cloud.login(PARTNER, target.read_text(), f"repository:{SDK}:pull")
    tap.check(login == 200, "a partner logs in with the password that was handed over", login)
    provider = world.work / "bin" / "kubelet-credential-scoped"
    provider.symlink_to(world.programs / HELPER)
    asked = {
        "apiVersion": "credentialprovider.kubelet.k8s.io/v1", "kind": "CredentialProviderRequest",
        "image": f"{world.cloud.host}/{APPS[0]}:latest",
    }  # fmt: skip
    environment = world.environment() | {"SCOPED_PROFILE": PRODUCTION}
    answer = run([str(provider)], environment, stdin=json.dumps(asked))
    tap.check(
        answer.code == 0 and PRODUCTION in answer.out, "a node's kubelet is given the token for pulling", answer
    )
    walk.everybody_works("handed out")


def rotate(walk: Walk) -> None:
    world, tap = walk.world, walk.tap
    before = world.ask_helper(PRODUCTION)
    world.ctl_must("rotate", PRODUCTION)
    after = world.ask_helper(PRODUCTION)
    both = [world.cloud.login(*before), world.cloud.login(*after)]
    tap.check(after != before and both == [200, 200], "a rotation leaves both passwords good", both)
    walk.everybody_works("rotated")
    early = world.ctl("credential", "delete", "--name", PRODUCTION, "--password1")
    tap.check(early.code == 1, "the old one is not deleted while clients may hold it", early)
    time.sleep(9)  # offline and hold
    world.ctl_must("credential", "delete", "--name", PRODUCTION, "--password1")
    tap.check(world.cloud.login(*before) == 401, "then it is")
    walk.everybody_works("deleted")


def life_of_a_token(walk: Walk) -> None:
    world, tap = walk.world, walk.tap
    listed = world.ctl_must("token", "list").out
    tap.check(all(token in listed for token in TOKENS), "all tokens are listed", listed)
    shown = json.loads(world.ctl_must("token", "show", "--name", CICD, "-o", "json").out)
    tap.check(shown["scope_map"] == "cicd-scope", "a token is shown with its scope map", shown)
    world.ctl_must("token", "update", "--name", PARTNER, "--status", "disabled")
    refused = walk.images.pull_from(PARTNER, SDK)
    tap.check(refused.code != 0, "a disabled token pulls nothing", refused)
    world.ctl_must("token", "update", "--name", PARTNER, "--status", "enabled")
    walk.everybody_works("enabled again")
    walk.nobody_does_more("enabled again")


def change(walk: Walk) -> None:
    world, tap, new = walk.world, walk.tap, "myapp/newservice"
    update = ("scope-map", "update", "--name", "cicd-scope")
    world.ctl_must(*update, "--add-repository", new, "content/write", "content/read")
    pushed = walk.images.push(CICD, new)
    tap.check(pushed.code == 0, "a repository that was added is pushed to at once", pushed)
    world.ctl_must(*update, "--remove-repository", new, "content/write", "content/read")
    refused = walk.images.push(CICD, new)
    tap.check(refused.code != 0, "one that was removed is not", refused)
    walk.everybody_works("changed")


# --- the audit ---------------------------------------------------------------------------------------------


def audit(walk: Walk) -> None:
    world, tap = walk.world, walk.tap
    if "workspace" not in world.cloud.ready:
        tap.skip("the audit and what suggest makes of it", "this registry has no log")
        return
    world.cloud.login(CICD, "a wrong password")
    events = wait_for_events(world)
    who = {each["identity"] for each in events}
    tap.check(set(TOKENS) <= who, "the log tells who logged in", who)
    failed = json.loads(world.ctl_must("events", "--failed", "--token", CICD, "-o", "json").out)["events"]
    tap.check([each["result"] for each in failed] == ["401"], "and who was refused", failed)
    used = json.loads(world.ctl_must("events", "--last-use", "-o", "json").out)["last_use"]
    never = [each["identity"] for each in used if each["last_login"] is None]
    tap.check(never == [], "and when each token last came", used)
    exact = world.ctl("suggest", "-o", "json")
    wider = [each for each in json.loads(exact.out)["suggestions"] if each["changes"]]
    tap.check(exact.code == 0 and not wider, "suggest proposes exactly the scope maps that were used", wider)
    narrow(walk)


def wait_for_events(world: World) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    for _ in range(50):
        done = world.ctl("events", "-o", "json")
        events = json.loads(done.out)["events"] if done.code == 0 else []
        if any(each["result"] == "401" for each in events):
            break
        time.sleep(0.2)
    return events


def narrow(walk: Walk) -> None:
    world, tap = walk.world, walk.tap
    world.ctl_must(
        "scope-map", "update", "--name", "production-pull-scope",
        "--add-repository", "myapp/*", "content/read", "content/delete", "--remove-repository", APPS[2],
    )  # fmt: skip
    walk.everybody_works("widened")
    target = world.work / "narrower.json"
    wide = world.ctl("suggest", "--write", str(target))
    tap.check(
        wide.code == 3 and "- myapp/*" in wide.out and "used" in wide.out,
        "what was widened is found, with the evidence",
        wide,
    )
    target.chmod(0o644)
    world.ctl_must("apply", "-f", str(target), "--yes")
    properties = world.cloud.arm("GET", "scopeMaps/production-pull-scope").json["properties"]
    wanted = sorted(f"repositories/{app}/content/read" for app in APPS)
    tap.check(sorted(properties["actions"]) == wanted, "applied, it grants what is used", properties["actions"])
    walk.everybody_works("narrowed")
    walk.nobody_does_more("narrowed")
    again = world.ctl("suggest")
    tap.check(again.code == 0, "nothing is left to narrow", again)


if __name__ == "__main__":
    sys.exit(play(operator))
