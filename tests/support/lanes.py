"""What the parts of the test suite consist of: jobs, which run side by side, and what they print, added up.

What a job prints is counted line by line: `ok`, `not ok` or `FAILED`, `SKIPPED`.
"""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

from process import death_follows_us

ROOT = Path(__file__).resolve().parents[2]
LINE = re.compile(r"(ok|not ok|FAILED|SKIPPED)\b[ :-]*")


@dataclass
class Totals:
    """Counts what is shown. `live` prints it at once; else it waits for print_held()."""

    live: bool = True
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    failures: list[str] = field(default_factory=list)
    held: list[str] = field(default_factory=list)

    def say(self, line: str) -> None:
        if self.live:
            print(line, flush=True)
        else:
            self.held.append(line)

    def show(self, line: str) -> None:
        self.say(line)
        word = LINE.match(line)
        if not word:
            return
        if word[1] == "ok":
            self.passed += 1
        elif word[1] == "SKIPPED":
            self.skipped += 1
        else:
            self.failed += 1
            self.failures.append(line)

    def take(self, other: Totals) -> None:
        """Adds what a job has shown, and prints it as a whole."""
        for line in other.held:
            print(line)
        sys.stdout.flush()
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped
        self.failures += other.failures


@dataclass(frozen=True)
class Job:
    name: str
    run: Callable[[Totals], None]
    alone: bool = False  # needs the machine for itself
    long: bool = False  # begins first, so that nobody waits for it at the end


def lines_of(script: Path, seconds: float, *arguments: str) -> Iterator[str]:
    """Runs a program that prints results. The last line is a failure when it ended badly without a word."""
    argv = [*death_follows_us(), sys.executable, "-B", str(script), *arguments]
    explained = False
    with subprocess.Popen(
        argv, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        limit = threading.Timer(seconds, process.terminate)
        limit.start()
        try:
            for line in process.stdout:
                explained = explained or line.startswith(("not ok", "FAILED"))
                yield line.rstrip("\n")
        finally:
            code = process.wait()
            limit.cancel()
    if code != 0 and not explained:
        yield f"FAILED {script.name}: it ended with {code} within {seconds:.0f} s and did not say why"


def script_job(
    script: Path, seconds: float, *arguments: str, alone: bool = False, long: bool = False
) -> Job:
    def run(totals: Totals) -> None:
        for line in lines_of(script, seconds, *arguments):
            totals.show(line)

    return Job(script.name, run, alone, long)


def run_jobs(jobs: Iterable[Job], lanes: int, totals: Totals) -> None:
    """Those that need the machine first, one after the other; what they print is seen as it comes."""
    rest = []
    for job in jobs:
        if not job.alone:
            rest.append(job)
            continue
        print(f"# {job.name}", flush=True)
        job.run(totals)
    rest.sort(key=lambda job: not job.long)
    with ThreadPoolExecutor(lanes) as pool:
        for done in as_completed([pool.submit(held, job) for job in rest]):
            totals.take(done.result())


def held(job: Job) -> Totals:
    mine = Totals(live=False)
    started = time.monotonic()
    job.run(mine)
    mine.held.insert(0, f"# {job.name}: {time.monotonic() - started:.0f} s")
    return mine
