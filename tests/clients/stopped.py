#!/usr/bin/env python3
"""Ctrl-C in the middle of the matrix: nothing runs on, nothing lies about.

Not tested here: Ctrl-C while clients are fetched and built.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from process import death_follows_us
from sandbox import raise_when_stopped, why_not_private
from scene import host_state, processes_of
from tap import Tap

MATRIX = Path(__file__).resolve().parent / "matrix.py"
CLIENT = "skopeo"
LIMIT = 60.0


def stop_at(line: str, work: Path) -> tuple[int, bool]:
    """Runs the matrix until it prints a line that starts so, and presses Ctrl-C; (exit code, came it so far)."""
    argv = [*death_follows_us(), sys.executable, "-B", str(MATRIX), CLIENT]
    env = os.environ | {"TMPDIR": str(work)}
    with subprocess.Popen(
        argv, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    ) as process:
        assert process.stdout
        came = any(each.startswith(line) for each in process.stdout)
        if came:
            os.killpg(process.pid, signal.SIGINT)  # as a terminal sends it
        try:
            process.communicate(timeout=LIMIT)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
        return process.wait(), came


def main() -> int:
    raise_when_stopped()
    tap = Tap()
    obstacle = why_not_private() if shutil.which(CLIENT) else f"{CLIENT} is not installed"
    if obstacle:
        tap.skip("Ctrl-C in the matrix", obstacle)
        return 0
    before = host_state()
    with tempfile.TemporaryDirectory(prefix="scoped-stop-") as folder:
        work = Path(folder)
        for line, when in (
            ("CLIENT VERSION", "before the first deed"),
            (f"ok - {CLIENT} pulls", "among pulls"),
        ):
            code, came = stop_at(line, work)
            tap.check(came, f"the matrix comes to '{line}'", f"it ended with {code}")
            tap.check(code == 130, f"Ctrl-C {when} ends it with 130", code)
            tap.check(not (left := processes_of(work)), f"no process is left after Ctrl-C {when}", left)
            files = [each.name for each in work.iterdir()]
            tap.check(not files, f"no file is left after Ctrl-C {when}", files)
    tap.check(host_state() == before, "the host's own folders are as before Ctrl-C", host_state())
    return tap.exit_code


if __name__ == "__main__":
    sys.exit(main())
