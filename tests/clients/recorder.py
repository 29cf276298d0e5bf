"""A helper in front of the helper: keeps what each call was given, and passes it on unchanged."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

# A folder for each call; its name says when, so that calls sort themselves. What the helper answers is kept as well.
WRAPPER = """#!/bin/sh
call='{calls}'/$(date +%s.%N)-$$
mkdir -p "$call"
printf '%s' "${{0##*/}}" >"$call/name"
printf '%s' "$*" >"$call/verb"
cat >"$call/stdin"
'{helpers}'/"${{0##*/}}" "$@" <"$call/stdin" >"$call/stdout"
code=$?
cat "$call/stdout"
exit $code
"""


@dataclass(frozen=True)
class Call:
    """One call as the helper saw it."""

    verb: str
    stdin: bytes

    def __str__(self) -> str:
        return f"{self.verb} {self.stdin!r}"


class Recorder:
    """`helpers` is the folder of the real ones, `work` an empty one of ours."""

    def __init__(self, work: Path, helpers: Path):
        self.helpers = helpers
        self.programs = work / "bin"
        self.folder = work / "calls"
        self.programs.mkdir(parents=True, mode=0o700)

    def before(self, env: dict[str, str]) -> dict[str, str]:
        """The environment with our wrappers in front of every helper there is now."""
        for helper in self.helpers.iterdir():
            wrapper = self.programs / helper.name
            wrapper.write_text(WRAPPER.format(calls=self.folder, helpers=self.helpers))
            wrapper.chmod(0o755)
        return env | {"PATH": f"{self.programs}:{env['PATH']}"}

    def take(self) -> list[Call]:
        """The calls since the last time, without what a client stores or gets of secrets left behind."""
        calls = [
            Call((each / "verb").read_text(), (each / "stdin").read_bytes())
            for each in sorted(self.folder.glob("*"), key=lambda each: each.name)
        ]
        shutil.rmtree(self.folder, ignore_errors=True)
        return calls
