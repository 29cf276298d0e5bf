"""Rows of a protocol: a sentence, the rows of the reference that it stands for, and calls with what each must say.

`play_rows` plays every row under several modes (an agent, none, ...). A row holds when every call says what it must
and when all modes say the same bytes.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from calls import HELPER, Answer, Call, Way, run_call, short
from tap import Tap

NOT_FOUND = b"credentials not found in native keychain\n"
NO_URL = b"no credentials server URL\n"
NO_USER = b"no credentials username\n"
TOO_LONG = b"bufio.Scanner: token too long\n"
NOT_JSON = b"not a JSON object with ServerURL, Username and Secret\n"
LONGEST_ERROR = 600  # bytes; a terminal's few lines


@dataclass(frozen=True)
class Line:
    """An error for a person: one line that holds these texts."""

    holds: tuple[str, ...]

    def problem_with(self, out: bytes) -> str | None:
        text = out.decode(errors="replace")
        if out.count(b"\n") != 1 or not out.endswith(b"\n") or not text[:-1].isprintable():
            return "it is not one printable line"
        if len(out) > LONGEST_ERROR:
            return f"it is longer than {LONGEST_ERROR} bytes"
        missing = [each for each in self.holds if each not in text]
        return f"it does not hold {missing}" if missing else None


Expected = bytes | Line


@dataclass(frozen=True)
class Step:
    arguments: tuple[str, ...]
    stdin: bytes = b""
    out: Expected = b""
    code: int = 0
    also_stderr: bool = False  # the failure of a registry that we manage
    env: Mapping[str, str | None] = field(default_factory=dict)  # None: not set
    name: str = HELPER
    uid: int | None = None
    way: Way = run_call
    secret: bytes = b""  # what must not be seen in a failure
    cwd: Path | None = None

    def problem_with(self, answer: Answer) -> str | None:
        if answer.code != self.code:
            return f"it does not exit with {self.code}"
        if answer.unread:
            return "it did not read its input to the end"
        wrong = self.out.problem_with(answer.out) if isinstance(self.out, Line) else None
        if isinstance(self.out, bytes) and answer.out != self.out:
            wrong = f"it does not say {short(self.out)}"
        if wrong:
            return wrong
        if answer.err != (answer.out if self.also_stderr else b""):
            return "stderr holds something else"
        if self.code != 0 and self.secret and self.secret in answer.out + answer.err:
            return "it shows the secret"
        return None


@dataclass(frozen=True)
class Row:
    """`refs` are keys of the test's table of the reference."""

    sentence: str
    refs: tuple[str, ...]
    steps: Sequence[Step]
    # Looks at the home folder after the last step and says what is wrong there.
    left: Callable[[Path], str | None] = lambda _home: None


def get(key: str | bytes, out: Expected = NOT_FOUND, code: int | None = None, **more: object) -> Step:
    """Code: 1 for the fixed failures and lines, else 0."""
    failed = isinstance(out, Line) or out in (NOT_FOUND, NO_URL, TOO_LONG)
    return Step(("get",), as_bytes(key), out, int(failed) if code is None else code, **more)  # type: ignore[arg-type]


def erase(key: str | bytes, **more: object) -> Step:
    return Step(("erase",), as_bytes(key), **more)  # type: ignore[arg-type]


def store(url: str, user: str = "me", secret: str = "s3cret-text", **more: object) -> Step:
    """As the Go client writes it: one line of JSON in which <, > and & are escaped."""
    text = json.dumps({"ServerURL": url, "Username": user, "Secret": secret}, separators=(",", ":"))
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return store_raw(text + "\n", secret=secret.encode(), **more)


def store_raw(text: str | bytes, out: Expected = b"", **more: object) -> Step:
    return Step(("store",), as_bytes(text), out, int(out != b""), **more)  # type: ignore[arg-type]


def listing(entries: Mapping[str, str], stdin: bytes = b"unused", **more: object) -> Step:
    text = json.dumps(dict(sorted(entries.items())), separators=(",", ":"), ensure_ascii=False)
    return Step(("list",), stdin, text.encode() + b"\n", **more)  # type: ignore[arg-type]


def login(url: str, user: str = "me", secret: str = "s3cret-text") -> bytes:
    """What `get` prints."""
    members = {"ServerURL": url, "Username": user, "Secret": secret}
    return json.dumps(members, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def as_bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text


@dataclass
class Mode:
    """One way to install the helper. `prepare` makes it so, before the first row."""

    name: str
    program: Path
    prepare: Callable[[], object] = lambda: None


class Stage:
    """Where rows are played: each in an empty home folder of the same name. Not thread-safe."""

    def __init__(self, home: Path, env: Mapping[str, str]):
        self.home, self.env = home, dict(env)

    def play(self, row: Row, program: Path) -> tuple[list[Answer], str | None]:
        """What was said, and the first thing that was wrong."""
        shutil.rmtree(self.home, ignore_errors=True)
        self.home.mkdir(mode=0o700)
        answers: list[Answer] = []
        for number, step in enumerate(row.steps, 1):
            answers.append(step.way(self.call(step, program)))
            if problem := step.problem_with(answers[-1]):
                return answers, f"call {number} ({' '.join(step.arguments)} {short(step.stdin)}): {problem}: {answers[-1]}"
        return answers, row.left(self.home)

    def call(self, step: Step, program: Path) -> Call:
        env = {key: value for key, value in {**self.env, **step.env}.items() if value is not None}
        return Call(program, step.arguments, step.stdin, env, step.name, step.uid, step.cwd)


def play_rows(stage: Stage, modes: Iterable[Mode], rows: Sequence[Row], tap: Tap) -> None:
    problems: dict[str, list[str]] = {row.sentence: [] for row in rows}
    said: dict[str, list[Answer]] = {}
    if len(problems) != len(rows):
        tap.not_ok("every row has a sentence of its own", "one stands twice")
    for mode in modes:
        mode.prepare()
        for row in rows:
            answers, problem = stage.play(row, mode.program)
            if problem:
                problems[row.sentence].append(f"{mode.name}: {problem}")
            elif said.setdefault(row.sentence, answers) != answers:
                problems[row.sentence].append(f"{mode.name}: other bytes than in the mode before")
    for row in rows:
        wrong = problems[row.sentence]
        tap.check(not wrong, row.sentence, "; ".join(wrong))


def with_env(steps: Iterable[Step], **env: str | None) -> list[Step]:
    return [replace(step, env={**step.env, **env}) for step in steps]


def check_coverage(table: Mapping[str, str], rows: Sequence[Row], skipped: Sequence[str], tap: Tap) -> None:
    """Each entry of the table is the name of a rule; one that ends with a dash and a reason needs no row.

    `skipped`: entries whose rows cannot be played on this machine.
    """
    cited = {ref for row in rows for ref in row.refs} | set(skipped)
    open_ones = [ref for ref, text in table.items() if ref not in cited and " - " not in text]
    tap.check(not open_ones, "every row of the reference has a test or a reason", open_ones)
    tap.check(cited <= set(table), "no test names a row that the reference lacks", sorted(cited - set(table)))
    for ref, text in table.items():
        sentences = [row.sentence for row in rows if ref in row.refs]
        tap.note(f"{ref} {text}" + (": " + "; ".join(sentences) if sentences else ""))
