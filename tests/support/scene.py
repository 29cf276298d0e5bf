"""The frame of an integration test: a folder and namespaces of its own, and proof that nothing stays behind."""

from __future__ import annotations

import shutil
import sys
import tempfile
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

from lab import Lab
from job import PROGRAMS, programs_folder
from process import LabError
from sandbox import Stopped, raise_when_stopped, run_private, run_shared, why_not_private
from tap import Tap

ROOT = Path(__file__).resolve().parents[2]

# Where clients and engine leave things on a machine if nobody prevents it.
WATCHED = ("/etc/docker", "/etc/hosts", "/opt/containerd", "/run/docker", "/run/containerd", "/var/lib/containers",
           "/var/lib/docker", "/var/lib/nginx")  # fmt: skip

Test = Callable[[Lab, Tap], None]


def play(test: Test, token_life: float = 6, needed: Sequence[str] = PROGRAMS) -> int:
    """Runs one test and returns the exit code of its script; `needed` are the programs that it uses."""
    raise_when_stopped()
    before = host_state()
    work = Path(tempfile.mkdtemp(prefix="scoped-test-"))
    obstacle = why_not_private()
    try:
        if obstacle:
            print(f"# without namespaces of its own: {obstacle}", flush=True)
            code = run_shared(lambda: perform(test, work, False, token_life, needed))
        else:
            scratch = work / "tmp"
            scratch.mkdir()
            code = run_private(lambda: perform(test, work, True, token_life, needed), scratch)
    finally:
        processes = processes_of(work)
        shutil.rmtree(work, ignore_errors=True)
    tap = Tap()
    tap.check(not processes, "no process is left behind", processes)
    tap.check(not work.exists(), "no file is left behind", f"{work} could not be removed")
    after = host_state()
    tap.check(
        after == before,
        "the host's own folders are as before",
        {k: v for k, v in after.items() if before[k] != v},
    )
    return code or tap.exit_code


def perform(test: Test, work: Path, private: bool, token_life: float, needed: Sequence[str]) -> int:
    tap = Tap()
    try:
        with Lab(work, programs_folder(ROOT, needed), private, token_life) as lab:
            test(lab, tap)
            lab.stop()
            if lab.emulator:
                tap.check(
                    lab.emulator.stop() == 0,
                    "the registry ends with 0 after SIGTERM",
                    lab.emulator.last_log_line(),
                )
    except Stopped:
        raise  # nobody's failure
    except Exception as problem:  # whatever it is, it is a failed test and not the end of the run
        tap.not_ok(f"{Path(sys.argv[0]).stem} runs to its end", f"{type(problem).__name__}: {problem}")
        if not isinstance(problem, LabError):
            for line in traceback.format_exc().splitlines():
                tap.note(line)
        show_logs(work / "log")
    return tap.exit_code


def show_logs(folder: Path) -> None:
    """The end of each log, for whoever reads a failed run afterwards."""
    for log in sorted(folder.glob("*.log")):
        for line in log.read_text(errors="replace").splitlines()[-15:]:
            print(f"# {log.name}: {line[:300]}", flush=True)


def host_state() -> dict[str, float]:
    """When each watched place was last changed; 0 for one that is not there."""
    return {name: Path(name).stat().st_mtime if Path(name).exists() else 0.0 for name in WATCHED}


def processes_of(work: Path) -> list[str]:
    """The command lines of running processes that name the test's folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        except OSError:
            continue  # it has ended since
        if str(work) in words:
            found.append(words)
    return found
