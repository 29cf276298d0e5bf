"""The runner behind tests/run: builds what a part needs, runs it, adds everything up.

A part is one row of PARTS. What it prints is counted line by line: `ok`, `not ok` or `FAILED`, `SKIPPED`.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from process import death_follows_us
from unit_results import read_results

ROOT = Path(__file__).resolve().parents[2]
SOAK = ROOT / "tests" / "soak" / "main.py"
soak_options: list[str] = []  # of the command line
SCRIPT_LIMIT = 420.0  # seconds for one integration test
CLIENTS_LIMIT = 1800.0  # with an empty cache clients are fetched and built first
CRASH_LIMIT = 1200.0
SOAK_LIMIT = 4 * 3600.0
PACKAGES_LIMIT = 3600.0  # everything is compiled once more, and the first time a Debian is fetched
FUZZ_ROUNDS = 3000
SIDE_BY_SIDE = 2
ALONE = ("main_job.py",)  # its policy of seconds counts on an idle processor
LINE = re.compile(r"(ok|not ok|FAILED|SKIPPED)\b[ :-]*")


@dataclass
class Totals:
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    failures: list[str] = field(default_factory=list)

    def count(self, line: str) -> None:
        """Counts one line of a part's output."""
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

    def show(self, line: str) -> None:
        print(line, flush=True)
        self.count(line)


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


def run_script(script: Path, totals: Totals, seconds: float = SCRIPT_LIMIT, *arguments: str) -> None:
    for line in lines_of(script, seconds, *arguments):
        totals.show(line)


def run_side_by_side(jobs: Iterable[Callable[[], list[str]]], totals: Totals) -> None:
    """For what waits more than it computes. What one prints is shown when it has ended, and as a whole."""
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        for done in as_completed([pool.submit(job) for job in jobs]):
            for line in done.result():
                totals.show(line)


def timed(script: Path, seconds: float) -> list[str]:
    started = time.monotonic()
    lines = list(lines_of(script, seconds))
    return [f"# {script.name}: {time.monotonic() - started:.0f} s", *lines]


def run_folder(folder: str, totals: Totals, seconds: float) -> None:
    """The scripts of a folder; those that need the machine for themselves come first, one after the other."""
    scripts = scripts_of(folder)
    for script in scripts:
        if script.name in ALONE:
            print(f"# {script.name}", flush=True)
            run_script(script, totals, seconds)
    others = [script for script in scripts if script.name not in ALONE]
    run_side_by_side([partial(timed, script, seconds) for script in others], totals)


def scripts_of(folder: str) -> list[Path]:
    return sorted(each for each in (ROOT / "tests" / folder).glob("*.py") if os.access(each, os.X_OK))


def build(preset: str, totals: Totals, *targets: str) -> bool:
    """Configures and builds targets of a preset; a failure counts as one and shows the compiler's last lines."""
    env = dict(os.environ)
    if shutil.which("ccache"):
        env.setdefault("CMAKE_CXX_COMPILER_LAUNCHER", "ccache")
        env.setdefault("CCACHE_SLOPPINESS", "pch_defines,time_macros")  # without it nothing precompiled is cached
    commands = [["cmake", "--preset", preset], ["cmake", "--build", "--preset", preset, "--target", *targets]]
    started = time.monotonic()
    for command in commands:
        done = subprocess.run(
            command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        if done.returncode != 0:
            print("\n".join(done.stdout.splitlines()[-40:]))
            totals.show(f"FAILED build of {preset}: {' '.join(command)}: exit {done.returncode}")
            return False
    totals.show(f"ok build of {preset} ({time.monotonic() - started:.0f} s)")
    return True


def unit_tests(preset: str, totals: Totals) -> None:
    program = ROOT / "build" / preset / "bin" / "unit_tests"
    env = dict(os.environ)
    env.setdefault("UBSAN_OPTIONS", "print_stacktrace=1:halt_on_error=1")
    env.setdefault("TSAN_OPTIONS", "halt_on_error=1:second_deadlock_stack=1")
    with tempfile.TemporaryDirectory(prefix="scoped-unit-") as folder:
        report = Path(folder) / "results.xml"
        argv = [
            *without_address_randomness(preset),
            str(program),
            "-r",
            "xml",
            "-o",
            str(report),
            "--order",
            "rand",
        ]
        done = subprocess.run(
            argv, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
        )
        results = read_results(report.read_text(errors="replace") if report.exists() else "")
    for each in results.failed:
        totals.show(f"FAILED {preset}: {each}")
    for each in results.skipped:
        totals.show(f"SKIPPED: {preset}: {each}")
    totals.passed += results.passed
    print(f"{preset}: {results.passed} cases passed", flush=True)
    if done.returncode != 0:
        print("\n".join(done.stdout.splitlines()[-60:]))
        if not results.failed:
            totals.show(f"FAILED {preset}: unit_tests ended with {done.returncode}")
    elif results.passed == 0:
        totals.show(f"FAILED {preset}: no case ran")


def without_address_randomness(preset: str) -> list[str]:
    """The thread sanitizer of GCC 12 stops where the kernel randomises more bits than it knows."""
    command = ["setarch", platform.machine(), "-R"]
    if preset != "tsan" or not shutil.which("setarch"):
        return []
    return command if subprocess.run([*command, "true"], capture_output=True).returncode == 0 else []


def check(totals: Totals) -> None:
    for script in scripts_of("check"):
        run_script(script, totals)


def unit(totals: Totals) -> None:
    if build("release", totals, "all", "tests"):
        unit_tests("release", totals)


def sanitized(preset: str) -> Callable[[Totals], None]:
    def part(totals: Totals) -> None:
        if build(preset, totals, "unit_tests"):
            unit_tests(preset, totals)

    return part


def fuzz(totals: Totals) -> None:
    """Each fuzz target over a fixed sequence of mutated inputs and its corpus, under the address sanitizer."""
    if not build("asan", totals, "tests"):
        return
    jobs = []
    for program in sorted((ROOT / "build" / "asan" / "bin").glob("*_fuzz")):
        jobs.append(partial(fuzz_target, program, ["--rounds", str(FUZZ_ROUNDS)], f"{FUZZ_ROUNDS} mutated inputs"))
        corpus = ROOT / "tests" / "fuzz" / "corpus" / program.name.removesuffix("_fuzz")
        if corpus.is_dir():
            jobs.append(partial(fuzz_target, program, [str(corpus)], "its corpus"))
    run_side_by_side(jobs, totals)


def fuzz_target(program: Path, arguments: list[str], inputs: str) -> list[str]:
    argv = [*death_follows_us(), str(program), *arguments]
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    if done.returncode == 0:
        return [f"ok {program.name} holds for {inputs}"]
    shown = [f"# {line}" for line in done.stdout.splitlines()[-40:]]
    return [*shown, f"FAILED {program.name}: it ended with {done.returncode} on {inputs}"]


def crash(totals: Totals) -> None:
    """A sample of the histories of the model test, and the mistakes that it must catch."""
    if build("release", totals, "crash_model"):
        run_script(ROOT / "tests" / "crash" / "histories.py", totals, CRASH_LIMIT)
        run_script(ROOT / "tests" / "crash" / "mutants.py", totals, CRASH_LIMIT)


def crash_full(totals: Totals) -> None:
    if build("release", totals, "crash_model"):
        run_script(ROOT / "tests" / "crash" / "histories.py", totals, CRASH_LIMIT, "--full")


def integration(totals: Totals) -> None:
    if build("release", totals, "all", "unit_store"):  # its tests of a real vault are called by vault.py
        run_folder("integration", totals, SCRIPT_LIMIT)
        print("# soak, in short", flush=True)
        run_script(SOAK, totals, SCRIPT_LIMIT, "--short")


def soak(totals: Totals) -> None:
    """A thousand rotations under pulls, faults and kill -9; takes --seed, --rotations, --kills and --seconds."""
    if build("release", totals, "all"):
        run_script(SOAK, totals, SOAK_LIMIT, *soak_options)


def clients(totals: Totals) -> None:
    if build("release", totals, "all"):
        run_folder("clients", totals, CLIENTS_LIMIT)


def emulator(totals: Totals) -> None:
    """acr-emulator as a program of its own: how it refuses to start, and the real Azure CLI at it."""
    if build("release", totals, "acr-emulator", "scopedctl", "scoped-curl"):
        run_folder("az", totals, CLIENTS_LIMIT)


def packages(totals: Totals) -> None:
    """What people install: the packages built, and at work on a Debian of their own under a booted systemd."""
    for script in scripts_of("packages"):
        print(f"# {script.name}", flush=True)
        run_script(script, totals, PACKAGES_LIMIT)


PARTS: dict[str, Callable[[Totals], None]] = {
    "check": check,
    "unit": unit,
    "integration": integration,
    "clients": clients,
    "emulator": emulator,
    "asan": sanitized("asan"),
    "tsan": sanitized("tsan"),
    "fuzz": fuzz,
    "crash": crash,
    "crash-full": crash_full,
    "soak": soak,
    "packages": packages,
}
ONLY_WHEN_NAMED = {"crash-full", "packages", "soak"}


def main() -> int:
    first_option = next((i for i, each in enumerate(sys.argv) if each.startswith("-")), len(sys.argv))
    soak_options.extend(sys.argv[first_option:])
    labels = sys.argv[1:first_option] or [label for label in PARTS if label not in ONLY_WHEN_NAMED]
    unknown = [label for label in labels if label not in PARTS]
    if unknown:
        print(f"tests/run: unknown label '{unknown[0]}'; known are {', '.join(PARTS)}", file=sys.stderr)
        return 2
    totals = Totals()
    for label in labels:
        started = time.monotonic()
        print(f"== {label}", flush=True)
        PARTS[label](totals)
        print(f"== {label}: {time.monotonic() - started:.0f} s", flush=True)
    if totals.failures:
        print("\nWhat failed:")
        for line in totals.failures:
            print(f"  {line}")
    print(f"{totals.passed} passed, {totals.failed} failed, {totals.skipped} skipped")
    return 1 if totals.failed else 0


if __name__ == "__main__":
    sys.exit(main())
