#!/usr/bin/env python3
"""What acr-emulator says when it cannot start: one line that tells what to do, and an exit code that is not 0.

Not tested here: every wrong argument by itself (tests/unit/emulator/options_test.cpp).
"""

from __future__ import annotations

import socket
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[1:1] = [str(TESTS / "support")]

from process import find_program, run
from tap import Tap

PROGRAM = TESTS.parents[0] / "build" / "release" / "bin" / "acr-emulator"


@dataclass(frozen=True)
class Start:
    what: str
    arguments: list[str]
    code: int
    parts: tuple[str, ...]  # of the line


def write(path: Path, text: str) -> str:
    path.write_text(text)
    return str(path)


def starts(work: Path, busy: int) -> list[Start]:
    cut = '{"schema": 1, "facts": {"registry": "myreg'
    return [
        Start("an unknown option", ["--listen", "80"], 2, ("--listen", "--help")),
        Start("a word that is no option", ["start"], 2, ("--help",)),
        Start("a name that is no registry's", ["--registry", "no-way"], 2, ("--registry", "no-way")),
        Start("a port beyond all ports", ["--port", "70000"], 2, ("--port", "70000")),
        Start("an occupied port", ["--port", str(busy)], 1, (f"127.0.0.1:{busy}", "in use")),
        Start("a state file that is cut off", ["--state", write(work / "cut.json", cut)], 1, ("cut.json",)),
        Start("a state file that is empty", ["--state", write(work / "empty.json", "")], 1, ("empty.json",)),
        Start("a state file of something else", ["--state", write(work / "else.json", "{}")], 1,
              ("else.json", "schema")),
        Start("a state file in no folder", ["--state", str(work / "nowhere" / "s.json")], 1, ("nowhere",)),
        Start("a storage folder that is a file", ["--storage", write(work / "file", "")], 1, (str(work / "file"),)),
    ]  # fmt: skip


def check(tap: Tap, work: Path, start: Start, path: str) -> None:
    env = {"PATH": path, "HOME": str(work), "SCOPED_CACHE": str(work), "TMPDIR": str(work)}
    done = run([str(PROGRAM), *start.arguments], env, limit=20)
    lines = done.err.splitlines()
    is_so = done.code == start.code and len(lines) == 1 and not done.out
    is_so = is_so and all(part in done.err for part in start.parts)
    tap.check(is_so, f"{start.what}: one line, exit {start.code}", f"exit {done.code}: {done.err!r} {done.out!r}")


def main() -> int:
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="scoped-start-") as folder, socket.socket() as busy:
        work = Path(folder)
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        programs = work / "bin"  # all that there is on PATH, beside an empty cache
        programs.mkdir()
        for start in starts(work, busy.getsockname()[1]):
            check(tap, work, start, str(programs))
        for lacking in ("nginx", "docker-registry"):
            start = Start(f"no {lacking}", ["--storage", str(work / "images")], 1, (lacking,))
            if find_program(lacking):
                tap.skip(start.what, "it is installed on this machine")
            else:
                check(tap, work, start, str(programs))
            (programs / lacking).symlink_to("/bin/true")  # looks like it, so that only the next one is missing
        left = [each.name for each in work.iterdir() if each.name.startswith("acr-emulator-")]
        tap.check(not left, "a refused start leaves no folder of keys behind", left)
    return tap.exit_code


if __name__ == "__main__":
    sys.exit(main())
