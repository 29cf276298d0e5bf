"""The runner behind tests/run: builds what a part needs, runs it, adds everything up.

A part is one row of PARTS. Parts of one pace that are named one after the other run as one.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path

from lanes import ROOT, Job, Totals, run_jobs, script_job
from process import death_follows_us
from unit_results import read_results

SOAK = ROOT / "tests" / "soak" / "main.py"
CRASH = ROOT / "tests" / "crash"
soak_options: list[str] = []  # of the command line
SCRIPT_LIMIT = 420.0  # seconds for one integration test
CLIENTS_LIMIT = 1800.0  # with an empty cache clients are fetched and built first
CRASH_LIMIT = 1200.0
SOAK_LIMIT = 4 * 3600.0
VAULT_LIMIT = 1800.0
KUBERNETES_LIMIT = 2400.0  # with an empty cache Kubernetes is fetched and built first
PACKAGES_LIMIT = 3600.0  # everything is compiled once more, and the first time a Debian is fetched
FUZZ_ROUNDS = 3000
ALONE = ("main_job.py", "ten_rotations.py")  # its policy of seconds counts on an idle processor
LONG = ("bad_cloud.py", "kubelet.py", "matrix.py", "style.py", "trust.py", "vault.py")


@dataclass(frozen=True)
class Pace:
    """How many jobs run at once."""

    lanes: int


COMPUTES = Pace(2)
WAITS = Pace(3)  # for what waits more than it computes


@dataclass(frozen=True)
class Part:
    pace: Pace
    jobs: Callable[[Totals], list[Job]]  # builds what they need, and shows when that fails
    only_when_named: bool = False


def scripts_of(folder: str) -> list[Path]:
    return sorted(each for each in (ROOT / "tests" / folder).glob("*.py") if os.access(each, os.X_OK))


def jobs_of_folder(folder: str, seconds: float = SCRIPT_LIMIT) -> list[Job]:
    return [
        script_job(each, seconds, alone=each.name in ALONE, long=each.name in LONG) for each in scripts_of(folder)
    ]


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
    totals.show(f"ok build of {preset}: {' '.join(targets)} ({time.monotonic() - started:.0f} s)")
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
    totals.say(f"{preset}: {results.passed} cases passed")
    if done.returncode != 0:
        totals.say("\n".join(done.stdout.splitlines()[-60:]))
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


def check(_: Totals) -> list[Job]:
    return jobs_of_folder("check")


def unit(preset: str, *targets: str) -> Callable[[Totals], list[Job]]:
    def jobs(totals: Totals) -> list[Job]:
        if not build(preset, totals, *targets):
            return []
        return [Job(f"unit tests, {preset}", partial(unit_tests, preset), long=True)]

    return jobs


def integration(totals: Totals) -> list[Job]:
    if not build("release", totals, "all", "unit_store"):  # its tests of a real vault are called by vault.py
        return []
    return [*jobs_of_folder("integration"), script_job(SOAK, SCRIPT_LIMIT, "--short", long=True)]


def folder(name: str, seconds: float, *targets: str) -> Callable[[Totals], list[Job]]:
    def jobs(totals: Totals) -> list[Job]:
        return jobs_of_folder(name, seconds) if build("release", totals, *targets) else []

    return jobs


def fuzz(totals: Totals) -> list[Job]:
    """Each fuzz target over a fixed sequence of mutated inputs and its corpus, under the address sanitizer."""
    if not build("asan", totals, "tests"):
        return []
    jobs = []
    for program in sorted((ROOT / "build" / "asan" / "bin").glob("*_fuzz")):
        for arguments, inputs in inputs_of(program):
            jobs.append(Job(f"{program.name} over {inputs}", partial(fuzz_target, program, arguments, inputs)))
    return jobs


def inputs_of(program: Path) -> Iterator[tuple[list[str], str]]:
    yield ["--rounds", str(FUZZ_ROUNDS)], f"{FUZZ_ROUNDS} mutated inputs"
    corpus = ROOT / "tests" / "fuzz" / "corpus" / program.name.removesuffix("_fuzz")
    if corpus.is_dir():
        yield [str(corpus)], "its corpus"


def fuzz_target(program: Path, arguments: list[str], inputs: str, totals: Totals) -> None:
    argv = [*death_follows_us(), str(program), *arguments]
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    if done.returncode == 0:
        return totals.show(f"ok {program.name} holds for {inputs}")
    for line in done.stdout.splitlines()[-40:]:
        totals.say(f"# {line}")
    return totals.show(f"FAILED {program.name}: it ended with {done.returncode} on {inputs}")


def crash(totals: Totals) -> list[Job]:
    """A sample of the histories of the model test, and the mistakes that it must catch; each uses all processors."""
    if not build("release", totals, "crash_model"):
        return []
    return [script_job(CRASH / each, CRASH_LIMIT, alone=True) for each in ("histories.py", "mutants.py")]


def crash_full(totals: Totals) -> list[Job]:
    if not build("release", totals, "crash_model"):
        return []
    return [script_job(CRASH / "histories.py", CRASH_LIMIT, "--full", alone=True)]


def soak(totals: Totals) -> list[Job]:
    """A thousand rotations under pulls, faults and kill -9; takes --seed, --rotations, --kills and --seconds."""
    return [script_job(SOAK, SOAK_LIMIT, *soak_options, alone=True)] if build("release", totals, "all") else []


def vault(totals: Totals) -> list[Job]:
    """The store `vault` and its logins at a real OpenBao, alone and as a cluster that loses its leaders."""
    if not build("release", totals, "all", "unit_tests", "unit_store"):
        return []
    scripts = (ROOT / "tests" / "integration" / "vault.py", *scripts_of("vault"))
    return [script_job(each, VAULT_LIMIT, alone=True) for each in scripts]


def kubernetes(totals: Totals) -> list[Job]:
    """Pull secrets on a real cluster's API server, one script after the other: each has one of its own."""
    if not build("release", totals, "all"):
        return []
    return [script_job(each, KUBERNETES_LIMIT, alone=True) for each in scripts_of("kubernetes")]


def packages(_: Totals) -> list[Job]:
    """What people install: the packages built, and at work on a Debian of their own under a booted systemd."""
    return [script_job(each, PACKAGES_LIMIT, alone=True) for each in scripts_of("packages")]


PARTS = {
    "check": Part(COMPUTES, check),
    "unit": Part(COMPUTES, unit("release", "all", "tests")),
    "integration": Part(WAITS, integration),
    "clients": Part(WAITS, folder("clients", CLIENTS_LIMIT, "all")),
    # acr-emulator as a program of its own: how it refuses to start, and the real Azure CLI at it.
    "emulator": Part(WAITS, folder("az", CLIENTS_LIMIT, "acr-emulator", "scopedctl", "scoped-curl")),
    "asan": Part(COMPUTES, unit("asan", "unit_tests")),
    "tsan": Part(COMPUTES, unit("tsan", "unit_tests")),
    "fuzz": Part(COMPUTES, fuzz),
    "crash": Part(COMPUTES, crash),
    "crash-full": Part(COMPUTES, crash_full, only_when_named=True),
    "soak": Part(WAITS, soak, only_when_named=True),
    "vault": Part(WAITS, vault, only_when_named=True),
    "azure": Part(WAITS, folder("azure", CLIENTS_LIMIT, "all"), only_when_named=True),
    "kubernetes": Part(WAITS, kubernetes, only_when_named=True),
    "packages": Part(WAITS, packages, only_when_named=True),
}


def run_parts(labels: list[str], totals: Totals) -> None:
    for pace, together in groupby(labels, key=lambda label: PARTS[label].pace):
        names = list(together)
        started = time.monotonic()
        print(f"== {', '.join(names)}", flush=True)
        jobs = [job for name in names for job in PARTS[name].jobs(totals)]
        run_jobs(jobs, pace.lanes, totals)
        print(f"== {', '.join(names)}: {time.monotonic() - started:.0f} s", flush=True)


def main() -> int:
    first_option = next((i for i, each in enumerate(sys.argv) if each.startswith("-")), len(sys.argv))
    soak_options.extend(sys.argv[first_option:])
    labels = sys.argv[1:first_option] or [label for label, part in PARTS.items() if not part.only_when_named]
    unknown = [label for label in labels if label not in PARTS]
    if unknown:
        print(f"tests/run: unknown label '{unknown[0]}'; known are {', '.join(PARTS)}", file=sys.stderr)
        return 2
    totals = Totals()
    run_parts(labels, totals)
    if totals.failures:
        print("\nWhat failed:")
        for line in totals.failures:
            print(f"  {line}")
    print(f"{totals.passed} passed, {totals.failed} failed, {totals.skipped} skipped")
    return 1 if totals.failed else 0


if __name__ == "__main__":
    sys.exit(main())
