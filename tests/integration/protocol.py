#!/usr/bin/env python3
"""The credential-helper protocol, row by row of its reference, against the programs as they are built.

Every row is played with an agent, without one, and with scoped-fetch under the helper's name, and says the same
bytes each time. Rows stand in tests/support/rows_*.py; each names the entries below that it stands for, and the run
ends with the list of both.

Not tested here: many processes at once and damaged files (saved_logins.py), kubelet's protocol, whom the helper
trusts, real clients.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from calls import HELPER, Call, run_call
from lab import Lab
from protocol_world import READER, ProtocolWorld, turkish
from rows import Row, check_coverage, login, play_rows
from rows_environment import environment_rows
from rows_keys import key_rows
from rows_list import erase_rows, list_rows
from rows_process import process_rows
from rows_store import store_rows
from scene import play
from tap import Tap

# What the reference demands, by its section; after " - " why no row here can show it.
REFERENCE = {
    "1.1 name": "the name, as the client found it",
    "1.1 argv": "exactly two entries of argv, else the usage on stdout and 1",
    "1.1 actions": "store, get, erase, list, version; case-sensitive",
    "1.1 flags": "--version, -v, --help, -h",
    "1.1 usage": "the text of the usage",
    "1.1 unknown action": "the text for an unknown action",
    "1.1 version": "the line with name, package and version",
    "1.1 errors": "a message and a line feed on stdout, exit 1",
    "1.1 success": "exit 0; store and erase print nothing",
    "1.1 environment": "environment and working folder are the client's",
    "1.1 stderr": "stderr is the user's terminal",
    "1.1 timeout": "clients set none - the helper's own 20 s are a matter of its sockets",
    "1.2 get": "lines joined, then trimmed",
    "1.2 get empty": "no credentials server URL",
    "1.2 get long": "a line of 65,536 bytes is too long, and there is no other limit",
    "1.2 any key": "any text that is not empty is a key",
    "1.2 store lines": "one JSON value over joined lines",
    "1.2 store members": "members in any case, unknown ones, duplicates, null, what follows",
    "1.2 store types": "wrong types, arrays, empty and cut input",
    "1.2 store missing": "missing server URL, then user name",
    "1.2 empty secret": "an empty secret is accepted",
    "1.2 list": "list tolerates and ignores its input",
    "1.2 drain": "input is always read to its end",
    "1.3 three members": "exactly ServerURL, Username, Secret, in this order",
    "1.3 echo": "ServerURL is the trimmed input",
    "1.3 escapes": "escaped input is decoded",
    "1.3 utf-8": "what is not UTF-8 is never printed",
    "1.3 list": "one object, {} when empty",
    "1.3 list resolves": "every listed key is answered by get",
    "1.3 not found": "the exact text for nothing stored",
    "1.4 texts": "the three texts that clients compare",
    "1.4 erase absent": "erase of an absent entry is success",
    "1.4 no secret": "one useful line on failure, and no secret in it",
    "1.5 identity": "<token> as a user name",
    "1.5 scope-map": "scope-map tokens: their name and password, never <token>",
    "1.6 back-ends": "what the reference back-ends accept",
    "1.6 exemplary keys": "the keys of the reference's own suites",
    "1.7 suites": "cannot be pointed at a foreign binary - clients only",
    "2.8.1": "the trimmed input echoed",
    "2.8.2": "exit codes 0 and 1 only",
    "2.8.3": "stdout: JSON or one line",
    "2.8.4": "stderr silent, but for the failure of a managed registry",
    "2.8.5": "input is drained",
    "2.8.6": "keys in all their forms",
    "2.8.7": "unknown is the exact not-found",
    "2.8.8": "erase is idempotent and exits with 0",
    "2.8.9": "list names resolvable keys only",
    "2.8.10": "store of what is ours is silent, of anything else refused in one line",
    "2.8.11": "below a second from a copy - measured by tests/bench",
    "2.8.12": "texts do not depend on the language",
    "2.8.13": "many processes at once - in saved_logins.py",
    "2.8.14": "no HOME, no D-Bus, no terminal",
    "7.2.1": "the not-found text, and never another exit code",
    "7.2.2": "input drained; unused, CRLF, blanks, none",
    "7.2.3": "\\u003ctoken\\u003e, any case, unknown members, null, empty secret",
    "7.2.4": "ServerURL verbatim, three members, nothing else",
    "7.2.5": "an empty list is {}; its keys resolve",
    "7.2.6": "erase twice",
    "7.2.7": "host/repository keys: not-found and not an error",
    "7.2.8": "Docker Hub's keys are separate",
    "7.2.9": ":443, http://, https://, upper case",
    "7.2.10": "docker login stores back what it got",
    "7.2.11": "no password as <token>",
    "7.2.12": "an error only for a registry of ours that really failed",
    "7.2.13": "podman runs every helper at each pull - clients only; a miss is measured by tests/bench",
    "7.2.14": "stderr empty, short, no secret in any text",
    "7.2.15": "many processes at once - in saved_logins.py",
    "7.2.16": "clients' caches - a matter of the rotation's hold",
    "7.2.17": "kubelet - has tests of its own",
    "7.2.18": "HOME may be unset, PATH is the client's, docker --config is not seen",
    "7.2.19": "lines up to 64 KiB, and a fixed line beyond",
    "7.2.20": "repository-scoped tokens and cross-repository mounts - clients only",
}


def version_of(world: ProtocolWorld) -> str:
    """What the front says of itself; the rows then hold every mode to it."""
    said = run_call(Call(world.front, ("version",))).out.decode()
    return said.rpartition(" ")[2].strip()


def rows_of(world: ProtocolWorld, language: Mapping[str, str] | None) -> list[Row]:
    managed = world.managed
    elsewhere = world.work / "elsewhere"
    elsewhere.mkdir(mode=0o755)
    return [
        *key_rows(managed),
        *store_rows(managed),
        *list_rows(managed),
        *erase_rows(managed),
        *process_rows(managed, version_of(world)),
        *environment_rows(managed, language, elsewhere),
    ]


def protocol(lab: Lab, tap: Tap) -> None:
    cloud = lab.start_registry()
    world = ProtocolWorld(lab, cloud)
    managed = world.managed
    for name, password in (("reader", managed.reader), ("builder", managed.builder)):
        tap.check(cloud.login(name, password) == 200, f"the password of '{name}' logs in at the registry")
    language = turkish(world.work / "tmp")
    if language is None:
        tap.skip("in Turkish every text and every letter is the same", "localedef cannot make tr_TR here")
    rows = rows_of(world, language)
    stage = world.stage()
    modes = world.modes()
    try:
        modes[0].prepare()
        # Without this a mode "with an agent" could pass although nobody asks it.
        alone = Call(world.front_alone, ("get",), managed.host.encode(), stage.env, HELPER)
        answer = run_call(alone)
        expected = login(managed.host, READER, managed.reader)
        tap.check(answer.out == expected, "the agent answers where no scoped-fetch is installed", answer)
        world.stop()
        answer = run_call(alone)
        tap.check(
            answer.code == 1 and b"scoped-fetch" in answer.out, "and nobody else would have answered there", answer
        )
        play_rows(stage, modes, rows, tap)
    finally:
        world.stop()
    check_coverage(REFERENCE, rows, () if language else ("2.8.12",), tap)


if __name__ == "__main__":
    sys.exit(play(protocol))
