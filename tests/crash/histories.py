#!/usr/bin/env python3
"""The model test of the rotation: histories of the real planner and executor, by two workers side by side.

usage: histories.py [--full]   without --full a sample of each class
"""

from __future__ import annotations

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from process import death_follows_us  # noqa: E402
from tap import Tap  # noqa: E402

MODEL = ROOT / "build" / "release" / "bin" / "crash_model"
WORKERS = 2
AT_LEAST = 1_000_000  # histories of the full search
# Histories that once broke a promise, each with what has kept it since.
FOUND = (
    (
        "a claim whose request may still be under way is put back with its record, for those who saw no restore",
        "world=9 agents=2 cut=remove1:0:9 cut=restore:0:16 write=queued_long",
    ),
)
TOTALS = re.compile(
    r"^(?P<worlds>\d+) worlds, (?P<histories>\d+) histories, (?P<same>\d+) the same as a smaller one, "
    r"(?P<violations>\d+) violations, (?P<races>\d+) with a race that remains, (?P<late>\d+) late, "
    r"wall clock asked: (?P<asked>yes|no), (?P<seconds>\d+) s$",
    re.MULTILINE,
)


@dataclass
class Sum:
    numbers: dict[str, int] = field(default_factory=dict)
    happened: dict[str, int] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)
    asked: bool = False
    problems: list[str] = field(default_factory=list)

    def add(self, done: subprocess.CompletedProcess[str]) -> None:
        totals = TOTALS.search(done.stdout)
        if not totals:
            self.problems.append(f"crash_model ended with {done.returncode}: {done.stderr[-300:]}")
            return
        self.violations += re.findall(r"^VIOLATION (.*)$", done.stdout, re.MULTILINE)
        self.asked |= totals["asked"] == "yes"
        for name in ("histories", "same", "violations", "races", "late"):
            self.numbers[name] = self.numbers.get(name, 0) + int(totals[name])
        self.numbers["worlds"] = int(totals["worlds"])
        self.numbers["seconds"] = max(self.numbers.get("seconds", 0), int(totals["seconds"]))
        for name, count in re.findall(r"^happened: (\S+) (\d+)$", done.stdout, re.MULTILINE):
            self.happened[name] = self.happened.get(name, 0) + int(count)


def search(full: bool) -> Sum:
    def worker(number: int) -> subprocess.CompletedProcess[str]:
        argv = [str(MODEL), "--worker", f"{number}/{WORKERS}", *([] if full else ["--short"])]
        return subprocess.run([*death_follows_us(), *argv], capture_output=True, text=True, errors="replace")

    with ThreadPoolExecutor(WORKERS) as pool:
        found = Sum()
        for done in pool.map(worker, range(WORKERS)):
            found.add(done)
    return found


def replay_found(tap: Tap) -> None:
    for sentence, plan in FOUND:
        argv = [*death_follows_us(), str(MODEL), "--replay", plan]
        done = subprocess.run(argv, capture_output=True, text=True, errors="replace")
        kept = done.returncode == 0 and "every fault happened: yes" in done.stdout
        tap.check(kept, sentence, " | ".join([plan, *done.stdout.splitlines()[-2:]]))


def tell(tap: Tap, found: Sum, full: bool) -> None:
    n = found.numbers
    if not tap.check(not found.problems, "the search ends", found.problems):
        return
    tap.check(
        n["violations"] == 0,
        f"no promise is broken in {n['histories']} histories of 1 to 3 agents in {n['worlds']} worlds",
        " | ".join(found.violations),
    )
    never = [name for name, count in found.happened.items() if count == 0]
    tap.check(
        bool(found.happened) and not never, f"each of {len(found.happened)} kinds of fault happened", never
    )
    tap.check(not found.asked, "the wall clock is never asked, so that its steps change no history")
    if full:
        tap.check(n["histories"] >= AT_LEAST, f"at least {AT_LEAST} histories", n["histories"])
    tap.note(f"{n['races']} with a race that remains (see rotation.md), {n['late']} late after several faults")
    tap.note("happened: " + ", ".join(f"{name} {count}" for name, count in found.happened.items()))
    tap.note(
        f"pruned: {n['same']} in which a fault of the plan never came, since that is the history of a smaller plan; "
        "steps of the wall clock, since nobody asks it; most looks at which nothing is due, since they write nothing"
    )
    tap.note(f"{n['histories']} histories in {n['seconds']} s")


def main() -> int:
    tap = Tap()
    full = sys.argv[1:] == ["--full"]
    replay_found(tap)
    tell(tap, search(full), full)
    return tap.exit_code


if __name__ == "__main__":
    sys.exit(main())
