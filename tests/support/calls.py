"""One call of the helper as a client makes it: exact bytes in, exact bytes out.

`run_call` gives the input as a pipe that is full before the helper starts, so what it leaves unread can be
counted afterwards, whatever the timing. Other ways to call it (a terminal, closed descriptors) are functions of
the same form below.
"""

from __future__ import annotations

import array
import fcntl
import os
import pty
import subprocess
import termios
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

HELPER = "docker-credential-scoped"
LIMIT = 25.0  # seconds; the helper's own deadline is 20
MOST_PREPARED = 1 << 20  # what a pipe can hold


@dataclass(frozen=True)
class Call:
    """`program` is what runs, `name` what it is told that it is called."""

    program: Path
    arguments: tuple[str, ...]
    stdin: bytes = b""
    env: Mapping[str, str] = field(default_factory=dict)
    name: str = HELPER
    uid: int | None = None  # another user; nothing: whoever we are
    cwd: Path | None = None

    def start(self, **streams: object) -> subprocess.Popen[bytes]:
        user = {} if self.uid is None else {"user": self.uid, "group": self.uid, "extra_groups": []}
        return subprocess.Popen(
            [self.name, *self.arguments], executable=str(self.program), env=dict(self.env), cwd=self.cwd,
            start_new_session=True, **user, **streams,  # type: ignore[call-overload,no-any-return]
        )  # fmt: skip


@dataclass(frozen=True)
class Answer:
    """`code` is None when it was stopped at the limit, negative when a signal ended it."""

    code: int | None
    out: bytes
    err: bytes
    unread: int = 0  # bytes of the input that the helper left

    def __str__(self) -> str:
        text = f"exit {self.code}, {short(self.out)}"
        text += f", stderr {short(self.err)}" if self.err else ""
        return text + (f", {self.unread} bytes left unread" if self.unread else "")


def short(text: bytes) -> str:
    return repr(text) if len(text) <= 240 else f"{text[:120]!r}...{text[-60:]!r} ({len(text)} bytes)"


Way = Callable[[Call], Answer]


def finish(process: subprocess.Popen[bytes], unread: Callable[[], int] = lambda: 0) -> Answer:
    try:
        out, err = process.communicate(timeout=LIMIT)
        code: int | None = process.returncode
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        code = None
    return Answer(code, out or b"", err or b"", unread())


def bytes_in(pipe: int) -> int:
    waiting = array.array("i", [0])
    fcntl.ioctl(pipe, termios.FIONREAD, waiting)
    return waiting[0]


def run_call(call: Call) -> Answer:
    """The usual way: input ready and at its end, output and errors into pipes."""
    reader, writer = os.pipe()
    try:
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, max(65536, min(len(call.stdin), MOST_PREPARED)))
        os.set_blocking(writer, False)
        if os.write(writer, call.stdin) != len(call.stdin):
            raise OSError(f"a pipe does not hold {len(call.stdin)} bytes")
    finally:
        os.close(writer)
    try:
        process = call.start(stdin=reader, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        return finish(process, lambda: bytes_in(reader))
    finally:
        os.close(reader)


def written_while_it_runs(call: Call) -> Answer:
    """A client that writes more than any pipe holds; what it could not write counts as left unread."""
    process = call.start(stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    stdin, left = process.stdin, len(call.stdin)
    assert stdin is not None
    process.stdin = None

    def write() -> None:
        nonlocal left
        try:
            while left:
                left -= os.write(stdin.fileno(), call.stdin[-left:][:65536])
        except BrokenPipeError:
            pass
        stdin.close()

    writer = threading.Thread(target=write)
    writer.start()
    answer = finish(process)
    writer.join()
    return Answer(answer.code, answer.out, answer.err, left)


def with_open_input(call: Call) -> Answer:
    """The client's end stays open and silent, as when a helper is run inside a pipeline."""
    reader, writer = os.pipe()
    try:
        os.write(writer, call.stdin)
        return finish(call.start(stdin=reader, stdout=subprocess.PIPE, stderr=subprocess.PIPE))
    finally:
        os.close(writer)
        os.close(reader)


def at_terminal(call: Call) -> Answer:
    """Standard input is a terminal at which nobody types."""
    ours, theirs = pty.openpty()
    try:
        return finish(call.start(stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE))
    finally:
        os.close(ours)
        os.close(theirs)


def without(*closed: int) -> Way:
    """Some of the descriptors 0, 1 and 2 are closed."""

    def way(call: Call) -> Answer:
        streams = {0: "stdin", 1: "stdout", 2: "stderr"}
        given = {streams[fd]: subprocess.PIPE for fd in (1, 2) if fd not in closed}
        given["stdin"] = subprocess.DEVNULL
        reader, writer = os.pipe()
        os.write(writer, call.stdin)
        os.close(writer)
        given["stdin"] = reader
        try:
            return finish(call.start(preexec_fn=lambda: [os.close(fd) for fd in closed], **given))
        finally:
            os.close(reader)

    return way


def into_closed_pipe(call: Call) -> Answer:
    """Nobody reads the answer any more."""
    reader, writer = os.pipe()
    os.close(reader)
    return into(writer, call)


def into_full_disk(call: Call) -> Answer:
    return into(os.open("/dev/full", os.O_WRONLY), call)


def into(output: int, call: Call) -> Answer:
    reader, writer = os.pipe()
    os.write(writer, call.stdin)
    os.close(writer)
    try:
        return finish(call.start(stdin=reader, stdout=output, stderr=subprocess.PIPE, restore_signals=True))
    finally:
        os.close(output)
        os.close(reader)
