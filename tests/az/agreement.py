#!/usr/bin/env python3
"""What az and scopedctl leave behind: each pair of commands at two registries alike, and what they hold compared.
usage: agreement.py [--times] [NAME]   only the az whose name contains NAME; with the time that each command took

The differences that are on purpose are listed in packaging/doc/az.md, by the number that stands here. Not tested here:
what each command prints (cli.py, tests/integration).
"""

from __future__ import annotations

import json
import shlex
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parents[1]
sys.path[1:1] = [str(TESTS / "support"), str(TESTS / "clients")]

from azure import Cloud
from cli import BEARER_LIFE, BIN, HOW_TO, commands_in
from lab import Lab
from process import LabError
from programs import WAYS, AzureCli
from string import Template
from tap import Tap
from world import CALM_POLICY, World

DOC = TESTS.parents[0] / "packaging" / "doc" / "az.md"
State = dict[str, Any]


@dataclass(frozen=True)
class Pair:
    """The same wish in two languages; `differs` is the number in az.md of what is otherwise on purpose."""

    az: str
    ours: str
    differs: int = 0


PAIRS = (
    Pair("acr scope-map create -n cicd-scope -r {r} --description 'for CI' --repository myapp/api content/write content/read --repository myapp/web content/read --repository myapp/api metadata/read",
         "scope-map create -n cicd-scope --description 'for CI' --repository myapp/api content/write content/read --repository myapp/web content/read --repository myapp/api metadata/read"),
    Pair("acr scope-map create -n pull-scope -r {r} --repository samples/* content/read",
         "scope-map create -n pull-scope --repository samples/* content/read"),
    Pair("acr scope-map update -n cicd-scope -r {r} --add-repository myapp/new content/read content/write --remove-repository myapp/web content/read",
         "scope-map update -n cicd-scope --add-repository myapp/new content/read content/write --remove-repository myapp/web content/read"),
    Pair("acr scope-map update -n cicd-scope -r {r} --description 'for CI and CD'",
         "scope-map update -n cicd-scope --description 'for CI and CD'"),
    Pair("acr token create -n made-token -r {r} --scope-map cicd-scope", "token create -n made-token --scope-map cicd-scope", 1),
    Pair("acr token create -n own-token -r {r} --repository shared/sdk content/read metadata/read",
         "token create -n own-token --repository shared/sdk content/read metadata/read", 1),
    Pair("acr token update -n old-token -r {r} --status disabled", "token update -n old-token --status disabled"),
    Pair("acr token update -n old-token -r {r} --scope-map cicd-scope", "token update -n old-token --scope-map cicd-scope", 2),
    Pair("acr token update -n old-token -r {r} --scope-map pull-scope --status enabled",
         "token update -n old-token --scope-map pull-scope --status enabled"),
    Pair("acr token credential generate -n old-token -r {r} --password1 --expiration 2035-01-01T00:00:00Z",
         "credential generate -n old-token --password1 --expiration 2035-01-01T00:00:00Z --output-file {work}/p1"),
    Pair("acr token credential generate -n old-token -r {r} --password2", "credential generate -n old-token --password2 --output-file {work}/p2", 3),
    Pair("acr token credential delete -n old-token -r {r} --password2", "credential delete -n old-token --password2 --yes"),
    Pair("acr token delete -n old-token -r {r} --yes", "token delete -n old-token --yes"),
    Pair("acr scope-map delete -n pull-scope -r {r} --yes", "scope-map delete -n pull-scope --yes"),
)  # fmt: skip


def state_of(cloud: Cloud) -> State:
    """What a registry holds, without what is its own: ids, times and passwords."""
    maps = {
        each["name"]: (sorted(each["properties"]["actions"]), each["properties"].get("description") or "")
        for each in cloud.arm("GET", "scopeMaps").json["value"]
    }
    tokens = {}
    for each in cloud.arm("GET", "tokens").json["value"]:
        properties = each["properties"]
        slots = {
            slot["name"]: (slot["expiry"][:10] if "expiry" in slot else "never")
            for slot in properties.get("credentials", {}).get("passwords", [])
        }
        scope_map = properties["scopeMapId"].rpartition("/")[2]
        tokens[each["name"]] = (scope_map, properties["status"].lower(), slots)
    return {"maps": maps, "tokens": tokens}


def is_as_listed(number: int, az: State, ours: State, token: str) -> bool:
    """Whether the states differ in exactly what az.md says under this number, and in nothing else."""
    if az["maps"] != {name: (actions, text) for name, (actions, text) in ours["maps"].items()} and number != 1:
        return False
    az_map, az_status, az_slots = az["tokens"][token]
    our_map, our_status, our_slots = ours["tokens"][token]
    rules: dict[int, Callable[[], bool]] = {
        1: lambda: set(az_slots.values()) == {"never"} and len(az_slots) == 2
        and len(our_slots) == 1 and "never" not in our_slots.values() and (az_map, az_status) == (our_map, our_status),
        2: lambda: (az_status, our_status) == ("enabled", "disabled") and (az_map, az_slots) == (our_map, our_slots),
        3: lambda: az_slots["password2"] == "never" and our_slots["password2"] != "never"
        and az_slots["password1"] == our_slots["password1"],
    }  # fmt: skip
    return rules[number]()


class Sides:
    def __init__(self, cli: AzureCli, az: Cloud, world: World):
        self.cli, self.az, self.world = cli, az, world
        self.seconds: list[tuple[str, float, float]] = []  # words, az, scopedctl

    def play(self, pair: Pair, tap: Tap) -> None:
        names = {"r": self.az.ready["registry"], "work": self.world.work}
        theirs = self.cli.run(shlex.split(pair.az.format(**names)))
        ours = self.world.ctl(*shlex.split(pair.ours.format(**names)))
        words = " ".join(pair.ours.split()[:4])
        self.seconds.append((words, theirs.seconds, ours.seconds))
        if theirs.code != 0 or ours.code != 0:
            tap.not_ok(f"az and 'scopedctl {words}' agree", theirs.last_line if theirs.code != 0 else ours.last_line)
            return
        left, right = state_of(self.az), state_of(self.world.cloud)
        token = pair.ours.split("-n ")[1].split()[0]
        self.forget_known(left, right, token)
        if not pair.differs:
            tap.check(left == right, f"after az and 'scopedctl {words}' both registries hold the same", difference(left, right))
        else:
            tap.check(
                is_as_listed(pair.differs, left, right, token),
                f"after az and 'scopedctl {words}' they differ in number {pair.differs} of az.md alone",
                difference(left, right),
            )
            self.align(pair, token)

    def forget_known(self, left: State, right: State, token: str) -> None:
        """Tokens whose passwords differ on purpose are compared once, when they are made."""
        for state in (left, right):
            for name in ("made-token", "own-token"):
                if name != token:
                    state["tokens"].pop(name, None)
            for name, (actions, _) in list(state["maps"].items()):
                if name == "own-token-scope-map":
                    state["maps"][name] = (actions, "")  # some versions of az describe it, some do not

    def align(self, pair: Pair, token: str) -> None:
        """Takes az's side to where ours is, so that the next pair begins alike."""
        if pair.differs == 2:
            self.az.arm("PATCH", f"tokens/{token}", {"properties": {"status": "disabled"}})


def difference(left: State, right: State) -> str:
    return json.dumps({"az": left, "scopedctl": right}, default=str)


def prepare(cloud: Cloud) -> None:
    """A token that nothing looks after, on either side."""
    scope_map = f"{cloud.resource_id}/scopeMaps/_repositories_pull"
    cloud.arm("PUT", "tokens/old-token", {"properties": {"scopeMapId": scope_map, "status": "enabled"}})


def compare(name: str, work: Path, tap: Tap, times: bool = False) -> None:
    cli = WAYS[name](work)
    if times:
        cli.python = ""  # each command is a process of its own, as people start it
    sides = []
    for side in ("az", "ours"):
        lab = Lab(work / side, BIN, False, BEARER_LIFE)
        lab.logs.mkdir(parents=True)
        sides.append(lab)
    try:
        az, ours = (lab.start_registry() for lab in sides)
        for cloud in (az, ours):
            prepare(cloud)
        cli.environment["REQUESTS_CA_BUNDLE"] = az.ready["ca"]
        for words in commands_in(HOW_TO.read_text(), "Point `az` at it"):
            done = cli.run(shlex.split(Template(words).substitute(az.ready)))
            if done.code != 0:
                raise LabError(f"az {words}: {done.last_line}")
        world = World(work / "world", BIN, ours, (), CALM_POLICY | {"fence_max": "2h", "lifetime": "90d"})
        document = world.configuration()
        document["registries"][ours.host]["scope_maps"] = {}
        document["registries"][ours.host]["tokens"] = {"made-token": {}, "own-token": {}}
        world.write_configuration(document)
        world.ctl_must("init")
        both = Sides(cli, az, world)
        for pair in PAIRS:
            both.play(pair, tap)
        if times:
            show_times(name, both)
    finally:
        for lab in sides:
            lab.stop()


def show_times(name: str, both: Sides) -> None:
    for words, az, ours in both.seconds:
        print(f"scopedctl {words}: {ours * 1000:.0f} ms; {name}: {az * 1000:.0f} ms, {az / ours:.0f} times that")


def documented(tap: Tap) -> None:
    """Each difference that is allowed for is one that people are told."""
    text = DOC.read_text()
    missing = [pair.differs for pair in PAIRS if pair.differs and f"\n{pair.differs}. **" not in text]
    tap.check(not missing, f"{DOC.name} tells every difference", missing)


def main() -> int:
    tap = Tap()
    documented(tap)
    times = "--times" in sys.argv
    wanted = next((each for each in sys.argv[1:] if not each.startswith("--")), "")
    for name in [each for each in WAYS if wanted in each]:
        with tempfile.TemporaryDirectory(prefix="scoped-agree-") as folder:
            try:
                tap.note(name)
                compare(name, Path(folder), tap, times)
            except LabError as problem:
                tap.not_ok(f"{name} and scopedctl agree", problem)
    return tap.exit_code


if __name__ == "__main__":
    sys.exit(main())
