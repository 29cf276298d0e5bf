"""Processes of the lab: daemons that end with us, and commands that are given a time limit.

A daemon is started through setpriv with a parent-death signal, so it ends even when this program is killed.
Thread rule: daemons are started and stopped by the main thread (the signal follows the thread that started
them); `run` may be called from any thread.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


class LabError(Exception):
    """The lab itself cannot do its work; one line that a person can act on."""


@dataclass(frozen=True)
class Finished:
    """What a command left: `code` is None when it was stopped at its time limit."""

    code: int | None
    out: str
    err: str
    seconds: float

    @property
    def last_line(self) -> str:
        """What the command said at last; of a structured log line its message."""
        lines = [line for line in (self.err + "\n" + self.out).splitlines() if line.strip()]
        line = lines[-1].strip() if lines else "no output"
        message = re.search(r'\bmsg="(.*)"$', line)
        return message[1] if message else line


def run(
    argv: Sequence[str],
    env: Mapping[str, str],
    limit: float = 30.0,
    stdin: str | bytes = "",
    cwd: Path | None = None,
) -> Finished:
    """Runs a command to its end, at most `limit` seconds."""
    started = time.monotonic()
    data = stdin if isinstance(stdin, bytes) else stdin.encode()
    process = subprocess.Popen(
        argv,
        env=dict(env),
        cwd=cwd,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        out, err = process.communicate(data, timeout=limit)
        code: int | None = process.returncode
    except subprocess.TimeoutExpired:
        end_group(process)
        out, err = process.communicate()
        code = None
    except BaseException:
        end_group(process)
        process.communicate()
        raise
    text = (out.decode(errors="replace"), err.decode(errors="replace"))
    return Finished(code, *text, time.monotonic() - started)


def end_group(process: subprocess.Popen[bytes]) -> None:
    """Kills a command and what it started; it leads its own session."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


class Daemon:
    """A long-running program whose output goes to a log file."""

    def __init__(
        self, name: str, argv: Sequence[str], env: Mapping[str, str], log: Path, pipe_out: bool = False
    ):
        self.name = name
        self.log = log
        with log.open("ab") as sink:
            self.process = subprocess.Popen(
                [*death_follows_us(), *argv],
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if pipe_out else sink,
                stderr=sink,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self.process.pid

    def is_running(self) -> bool:
        return self.process.poll() is None

    def wait_ready(self, is_ready: Callable[[], bool], limit: float) -> None:
        """Asks until the answer is yes. Raises LabError when the program ended or the time is over."""
        deadline = time.monotonic() + limit
        while not is_ready():
            if not self.is_running():
                raise LabError(f"{self.name} ended with {self.process.returncode}: {self.last_log_line()}")
            if time.monotonic() > deadline:
                raise LabError(f"{self.name} was not ready after {limit:.0f} s: {self.last_log_line()}")
            time.sleep(0.03)

    def stop(self, limit: float = 15.0) -> int:
        """SIGTERM, then SIGKILL after `limit` seconds. Returns the exit code; safe to call again."""
        if self.is_running():
            self.process.terminate()
            try:
                self.process.wait(limit)
            except subprocess.TimeoutExpired:
                end_group(self.process)
        code = self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()
        return code

    def kill(self) -> None:
        """SIGKILL to the program alone, as a crash would end it."""
        self.process.kill()
        self.process.wait()

    def last_log_line(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()[-1:]
        return f"{lines[0]} (see {self.log})" if lines else f"see {self.log}"


def death_follows_us() -> list[str]:
    """The prefix of a command that makes it end when the thread that starts it ends."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM", "--"] if setpriv else []


def find_program(*names: str) -> str | None:
    """The first of these programs on PATH or in the folders that hold system programs."""
    places = os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin"
    for name in names:
        if found := shutil.which(name, path=places):
            return found
    return None
