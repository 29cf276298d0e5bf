#!/usr/bin/env python3
"""What `scopedctl explain` says is what the real helper answers, with the agent and without it.

Not tested here: each rule (tests/unit/answer) and the printed form (tests/unit/ctl).
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from lab import Lab
from process import Daemon, Finished, find_program, run
from scene import play
from servers import search_path
from tap import Tap
from world import CALM_POLICY, HELPER, Consumer, World

NOTHING = "credentials not found in native keychain"
OTHER = "other.azurecr.io"
OWN = "own.azurecr.io"  # in a user's own files

# Token -> its repository patterns; the first is the default_token.
TOKENS: dict[str, list[str]] = {
    "pull-all": [],
    "team-build": ["team/*", "base"],
    "team-app": ["team/app"],
    "lib-only": ["lib/*"],
    "tie-one": ["shared/*"],
    "tie-two": ["shared/*"],
}
PROFILES = ("", "ci", "locked", "elsewhere", "unknown")
USERS = ("root", "alice", "bob", "carol")
# Who may use what in the system's configuration; carol is in the group 'dev'.
ALLOW: dict[str, dict[str, list[str]]] = {
    "team-build": {"users": ["alice"]},
    "team-app": {"users": ["alice", "bob"]},
    "lib-only": {"groups": ["dev"]},
    "tie-one": {"users": ["alice"]},
    "tie-two": {"users": ["alice"]},
}


def keys_of(host: str) -> tuple[str, ...]:
    return (
        host, f"HTTPS://{host.upper()}:443/v2/", f"{host}/team/app", f"https://{host}/team/app/sub", f"{host}/base",
        f"{host}/lib/x", f"{host}/shared/x", f"{host}/nothing", OTHER, f"{OTHER}/team/app", "ghcr.io/team/app",
    )  # fmt: skip


@dataclass(frozen=True)
class Case:
    user: str
    profile: str
    key: str

    def __str__(self) -> str:
        return f"{self.user}, profile '{self.profile}', key '{self.key}'"


def cases(users: tuple[str, ...], host: str) -> Iterator[Case]:
    for user in users:
        for profile in PROFILES:
            for key in keys_of(host):
                yield Case(user, profile, key)


# --- answers as one text: "token NAME", "nothing", or the line -----------------------------------------


def said_by_helper(done: Finished) -> str:
    if done.code == 0:
        return f"token {json.loads(done.out)['Username']}"
    line = done.out.removesuffix("\n")
    return "nothing" if line == NOTHING else line


def said_by_explain(done: Finished) -> str:
    if done.code != 0:
        return f"explain exits with {done.code}: {done.last_line}"
    answer = json.loads(done.out)["answer"]
    if answer["kind"] == "token":
        return f"token {answer['token']}"
    return "nothing" if answer["kind"] in ("not_mine", "not_found") else str(answer["text"])


def compare(tap: Tap, sentence: str, expected: Mapping[Case, str], found: Mapping[Case, str]) -> None:
    """One line a profile, so that a failure says where."""
    for profile in PROFILES:
        wrong = [
            f"{case}: explained '{text}', answered '{found[case]}'"
            for case, text in expected.items()
            if case.profile == profile and found[case] != text
        ]
        count = sum(case.profile == profile for case in expected)
        tap.check(not wrong, f"{sentence}: profile '{profile}', {count} cases", wrong[:3])


def check_variety(tap: Tap, sentence: str, explained: Mapping[Case, str]) -> None:
    """That the table holds every kind of answer, so that an empty comparison shows."""
    texts = set(explained.values())
    missing = [token for token in ("pull-all", "team-build", "team-app", "lib-only") if f"token {token}" not in texts]
    kinds = ("no profile 'unknown'", "more than one token fits") if "root" in {c.user for c in explained} else ()
    missing += [kind for kind in kinds if not any(kind in text for text in texts)]
    tap.check(not missing and "nothing" in texts, sentence, missing)


# --- a configuration of one's own ----------------------------------------------------------------------


def document_of(world: World) -> dict[str, Any]:
    document = world.configuration()
    host = world.cloud.host
    registry = document["registries"][host]
    registry["default_token"] = "pull-all"
    for token, patterns in TOKENS.items():
        registry["tokens"][token]["repositories"] = patterns
    registry["tokens"]["pull-all"] = {"scope_map": "none-of-it"}
    document["registries"][OTHER] = {"store": "local", "tokens": {"other-one": {}, "other-two": {}}}
    document["profiles"] = {
        "ci": {host: "team-build"}, "locked": {host: "lib-only"}, "elsewhere": {OTHER: "other-one"},
    }  # fmt: skip
    return document


def own_configuration(world: World, tap: Tap) -> None:
    def environment(case: Case) -> dict[str, str]:
        return world.environment() | ({"SCOPED_PROFILE": case.profile} if case.profile else {})

    def explained(case: Case) -> str:
        argv = [str(world.programs / "scopedctl"), "explain", case.key, "-o", "json"]
        return said_by_explain(run(argv, environment(case)))

    def answered(case: Case) -> str:
        return said_by_helper(run([str(world.programs / HELPER), "get"], environment(case), stdin=case.key))

    # The tokens of the second registry have no record, so a helper cannot name them.
    table = [case for case in cases(("root",), world.cloud.host) if not is_other_one(case)]
    expected = {case: explained(case) for case in table}
    check_variety(tap, "one's own configuration has every kind of answer", expected)
    world.start_agent()
    compare(tap, "one's own agent answers as explained", expected, {case: answered(case) for case in table})
    world.stop()
    compare(tap, "without an agent it is the same", expected, {case: answered(case) for case in table})


def is_other_one(case: Case) -> bool:
    return case.profile == "elsewhere" and case.key.startswith(OTHER)


# --- the system's configuration ------------------------------------------------------------------------


class Machine:
    """The system's files and users in a mount namespace of our own."""

    def __init__(self, world: World):
        self.world = world
        self.host = world.cloud.host
        self.programs = Path("/run/scoped-test")  # where every user may start them
        self.agent: Daemon | None = None

    def set_up(self) -> None:
        people = {"scoped": 899, "alice": 2001, "bob": 2002, "carol": 2003}
        with open("/etc/passwd", "a", encoding="utf-8") as passwd, open("/etc/group", "a", encoding="utf-8") as group:
            for name, number in people.items():
                passwd.write(f"{name}:x:{number}:{number}::/nonexistent:/bin/sh\n")
                group.write(f"{name}:x:{number}:\n")
            group.write("dev:x:2100:carol\nhelpers:x:2101:alice,bob,carol\n")
        self.programs.mkdir()
        for name in (HELPER, "scoped-fetch", "scopedctl"):
            shutil.copy2(self.world.programs / name, self.programs / name)
        Path("/etc/scoped").mkdir()
        shutil.copytree(self.world.work / "records", "/var/lib/scoped/records")
        shutil.copy2(self.world.work / "keys" / "records", "/etc/scoped/records.key")
        Path("/etc/scoped/config.json").write_text(json.dumps(self.document(), indent=2) + "\n")
        os.chmod("/etc/scoped/config.json", 0o644)

    def document(self) -> dict[str, Any]:
        document = document_of(self.world)
        for each in ("control", "ca_file"):
            del document["registries"][self.host][each]
        del document["identities"]
        for token, settings in document["registries"][self.host]["tokens"].items():
            settings.pop("allow", None)
            if token in ALLOW:
                settings["allow"] = ALLOW[token]
        document["stores"]["local"] |= {
            "path": "/var/lib/scoped/records", "key": "file:/etc/scoped/records.key",
        }  # fmt: skip
        document["agent"] = {"duties": ["broker"], "listeners": {"host": {"type": "host", "group": "helpers"}}}
        return document

    def give_store_to(self, user: str) -> None:
        for place in ("/var/lib/scoped", "/etc/scoped/records.key"):
            run(["chown", "-R", user, place], {"PATH": search_path()})

    def start_agent(self) -> None:
        self.give_store_to("scoped")
        log = self.world.work / "log" / "system-agent.log"
        argv = [str(self.world.programs / "scoped-agent"), "--system"]
        self.agent = Daemon("scoped-agent", argv, {"PATH": search_path()}, log)
        self.agent.wait_ready(lambda: Path("/run/scoped/host/agent.sock").exists(), limit=15)

    def stop(self) -> None:
        if self.agent:
            self.agent.stop()

    def explained(self, case: Case) -> str:
        argv = [str(self.world.programs / "scopedctl"), "explain", case.key, "--user", case.user, "-o", "json"]
        profile = ["--profile", case.profile] if case.profile else []
        return said_by_explain(run([*argv, *profile], {"PATH": search_path()}))

    def answered(self, case: Case) -> str:
        return said_by_helper(self.run_as(case, HELPER, "get"))

    def explained_to_themselves(self, case: Case) -> str:
        return said_by_explain(self.run_as(case, "scopedctl", "explain", case.key, "-o", "json"))

    def run_as(self, case: Case, program: str, *arguments: str) -> Finished:
        setpriv = find_program("setpriv") or "setpriv"
        as_user = [setpriv, f"--reuid={case.user}", f"--regid={case.user}", "--init-groups"]
        environment = {"PATH": search_path(), "HOME": f"/run/{case.user}"}
        if case.profile:
            environment["SCOPED_PROFILE"] = case.profile
        return run([*as_user, str(self.programs / program), *arguments], environment, stdin=case.key)

    def give_own_files_to(self, user: str) -> None:
        """A registry and a profile that the system does not know."""
        folder = Path(f"/run/{user}/.config/scoped")
        folder.mkdir(parents=True)
        own = {"registries": {OWN: {"tokens": {"own-one": {}, "own-two": {}}}}, "profiles": {"mine": {OWN: "own-one"}}}
        (folder / "config.json").write_text(json.dumps(own))
        run(["chown", "-R", user, f"/run/{user}"], {"PATH": search_path()})


def system_configuration(world: World, tap: Tap) -> None:
    machine = Machine(world)
    machine.set_up()
    table = [case for case in cases(USERS, machine.host) if not is_other_one(case)]
    expected = {case: machine.explained(case) for case in table}
    check_variety(tap, "the system's configuration has every kind of answer", expected)
    machine.start_agent()
    compare(tap, "the system's agent answers each user as explained", expected,
            {case: machine.answered(case) for case in table})  # fmt: skip
    both_levels(machine, tap)
    machine.stop()
    # Only root can read the system's store; others hear that they need the agent, where a token was chosen.
    machine.give_store_to("root")
    shutil.rmtree("/run/alice")
    needs_agent = f"'{machine.host}' needs scoped-agent, which is not running"
    alone = {
        case: needs_agent if case.user != "root" and text.startswith("token ") else text
        for case, text in expected.items()
    }
    compare(tap, "without an agent it is the same", alone, {case: machine.answered(case) for case in table})


def both_levels(machine: Machine, tap: Tap) -> None:
    """A user with files of their own beside the system's, with the system's agent."""
    machine.give_own_files_to("alice")
    for profile in ("", "ci", "mine", "unknown"):
        table = [Case("alice", profile, key) for key in (*keys_of(machine.host)[:6], OWN)]
        if profile == "mine":
            table.pop()  # its token has no record, so a helper cannot name it
        wrong = [
            f"{case}: explained '{text}', answered '{machine.answered(case)}'"
            for case in table
            if (text := machine.explained_to_themselves(case)) != machine.answered(case)
        ]
        tap.check(not wrong, f"with files of both levels profile '{profile}' is answered as explained", wrong)
    seen = machine.explained_to_themselves(Case("alice", "mine", machine.host))
    tap.check("no profile 'mine' in the configuration of the system" in seen, "a user's profile is not known to the system", seen)


def explain(lab: Lab, tap: Tap) -> None:
    cloud = lab.start_registry()
    consumers = tuple(Consumer(token, "app-pull", False) for token in TOKENS)
    world = World(lab.work, lab.programs, cloud, consumers, CALM_POLICY)
    world.set_up()
    world.write_configuration(document_of(world))
    own_configuration(world, tap)
    if lab.private:
        system_configuration(world, tap)
    else:
        tap.skip("several users of the system's agent", "no namespaces of our own here")


if __name__ == "__main__":
    sys.exit(play(explain))
