"""Rows about the process: arguments, texts of usage and version, what happens to input and output."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from calls import (
    HELPER,
    at_terminal,
    into_closed_pipe,
    into_full_disk,
    with_open_input,
    without,
    written_while_it_runs,
)
from protocol_world import READER, Managed
from rows import NO_URL, Line, Row, Step, erase, get, listing, login, store

ACTIONS = "<store|get|erase|list|version>"
MEBIBYTE = 1 << 20


def usage(name: str = HELPER) -> bytes:
    return f"Usage: {name} {ACTIONS}\n".encode()


def unknown(action: str, name: str = HELPER) -> bytes:
    return f"{name}: unknown action: {action}\n".encode()


def process_rows(managed: Managed, version: str) -> list[Row]:
    return [*argument_rows(version), *input_rows(managed, version), *output_rows(managed)]


def argument_rows(version: str) -> list[Row]:
    line = f"{HELPER} ({HELPER}) {version}\n".encode()
    named = [HELPER, f"{HELPER}-ci", f"/usr/local/bin/{HELPER}", f"./{HELPER}-ci.main"]
    last = [each.rpartition("/")[2] for each in named]
    return [
        Row(
            "without exactly one argument it prints its usage and fails",
            ("1.1 argv", "1.1 usage"),
            [Step(words, b"", usage(), 1) for words in ((), ("get", "x"), ("get", ""), ("version", "version"), ("--help", "-h"), ("store",) * 4)],
        ),
        Row(
            "--help and -h print the usage and succeed",
            ("1.1 flags", "1.1 usage"),
            [Step((flag,), b"", usage()) for flag in ("--help", "-h")],
        ),
        Row(
            "version, --version and -v print one line with the name and the version",
            ("1.1 flags", "1.1 version"),
            [Step((word,), b"", line) for word in ("version", "--version", "-v")],
        ),
        Row(
            "actions are told apart by case and nothing is completed",
            ("1.1 actions", "1.1 unknown action"),
            [
                Step((word,), b"", unknown(word), 1)
                for word in ("Get", "GET", "STORE", "List", "Version", "ge", "gets", "get ", " get", "-get", "-V", "-H", "--get", "", "stale", "é")
            ],
        ),
        Row(
            "an unknown action is one line, whatever it is made of",
            ("1.1 unknown action", "2.8.3"),
            [Step(("ge\nt\x1b[31m",), b"", unknown("ge t [31m"), 1), Step(("\r\n",), b"", unknown("  "), 1)],
        ),
        Row(
            "texts name the program as it was called",
            ("1.1 name", "1.1 usage", "1.1 version"),
            [
                step
                for name, shown in zip(named, last, strict=True)
                for step in (
                    Step((), b"", usage(shown), 1, name=name),
                    Step(("-v",), b"", f"{shown} ({HELPER}) {version}\n".encode(), name=name),
                    Step(("x",), b"", unknown("x", shown), 1, name=name),
                )
            ],
        ),
    ]  # fmt: skip


def every_path(managed: Managed, stdin: bytes) -> list[Step]:
    """One call of each path through the program, with input that it may not need."""
    return [
        Step((), stdin, usage(), 1),
        Step(("get", "x"), stdin, usage(), 1),
        Step(("--help",), stdin, usage()),
        Step(("nonsense",), stdin, unknown("nonsense"), 1),
        listing({managed.host: READER}, stdin),
    ]


def input_rows(managed: Managed, version: str) -> list[Row]:
    host = managed.host
    line = f"{HELPER} ({HELPER}) {version}\n".encode()
    blanks, key = b" " * 1000 + b"\n", host.encode()
    mebibyte = (blanks * (MEBIBYTE // len(blanks) + 1))[: MEBIBYTE - len(key) - 1] + b"\n" + key
    assert len(mebibyte) == MEBIBYTE
    return [
        Row(
            "1 MiB of input is read to its end in every path",
            ("1.2 drain", "2.8.5", "7.2.2"),
            [
                *every_path(managed, mebibyte), Step(("version",), mebibyte, line), Step(("-v",), mebibyte, line),
                get(mebibyte, login(host, READER, managed.reader)), erase(mebibyte), Step(("store",), mebibyte, Line(("JSON",)), 1),
                get(b"\n" * MEBIBYTE, NO_URL),
            ],
        ),
        Row(
            "a client that is still writing is not cut off",
            ("1.2 drain", "2.8.5", "7.2.2"),
            [
                get(mebibyte, login(host, READER, managed.reader), way=written_while_it_runs),
                erase(mebibyte, way=written_while_it_runs), Step(("store",), mebibyte, Line(("JSON",)), 1, way=written_while_it_runs),
            ],
        ),
        Row(
            "what needs no input does not wait for it",
            ("1.2 list", "7.2.2"),
            [
                replace(step, way=way)
                for step in (*every_path(managed, b""), Step(("version",), b"", line))
                for way in (with_open_input, at_terminal)
            ],
        ),
        Row(
            "a closed input is an empty one",
            ("1.2 get empty", "2.8.14"),
            [
                get("", NO_URL, way=without(0)), replace(get("", NO_URL, way=without(0)), arguments=("erase",)),
                Step(("store",), b"", Line(("JSON",)), 1, way=without(0)), *(replace(step, way=without(0)) for step in every_path(managed, b"")),
            ],
        ),
    ]  # fmt: skip


def output_rows(managed: Managed) -> list[Row]:
    host = managed.host
    answer = login(host, READER, managed.reader)
    printing = [get(host, answer), get("ghcr.io"), get("", NO_URL), listing({host: READER}), *every_path(managed, b"")]  # fmt: skip
    return [
        Row(
            "success is 0, every failure is 1, and stderr stays empty",
            ("1.1 errors", "1.1 success", "1.1 stderr", "2.8.2", "2.8.3", "2.8.4", "7.2.1", "7.2.14"),
            [*printing, store("ghcr.io"), get("ghcr.io", login("ghcr.io")), erase("ghcr.io")],
        ),
        Row(
            "get with nothing stored is the exact constant text",
            ("1.3 not found", "1.4 texts", "2.8.7", "7.2.1"),
            [get(key, b"credentials not found in native keychain\n", 1) for key in ("ghcr.io", "docker.io", "https://ghcr.io", "quay.io/a/b", "odd key")],
        ),
        Row(
            "an answer that nobody can read is a failure and not a signal",
            ("2.8.2",),
            [replace(step, out=b"", code=1, way=way) for step in printing for way in (into_closed_pipe, into_full_disk)],
        ),
        Row(
            "what prints nothing does not care about its output",
            ("1.1 success",),
            [
                step
                for way in (into_closed_pipe, into_full_disk, without(1))
                for step in (store("ghcr.io", way=way), get("ghcr.io", login("ghcr.io")), erase("ghcr.io", way=way), get("ghcr.io"))
            ],
        ),
        Row(
            "closed descriptors are never mistaken for others",
            ("2.8.14", "2.8.3"),
            [
                get(host, answer, way=without(2)), get("ghcr.io", way=without(2)),
                replace(get(host, answer, way=without(1)), out=b""), replace(get("ghcr.io", way=without(1, 2)), out=b""),
                replace(get("", NO_URL, way=without(0, 1, 2)), out=b""), store("ghcr.io", way=without(1, 2)),
                get("ghcr.io", login("ghcr.io"), way=without(2)), listing({host: READER, "ghcr.io": "me"}, way=without(0, 2)),
            ],
        ),
        Row(
            "the working folder does not matter",
            ("1.1 environment",),
            [get(host, answer, cwd=Path("/proc/self")), store("ghcr.io", cwd=Path("/")), get("ghcr.io", login("ghcr.io"), cwd=Path("/dev"))],
        ),
    ]  # fmt: skip
