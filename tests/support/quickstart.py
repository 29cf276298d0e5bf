"""The driver behind packaging/quickstart: the main job in a folder of its own, shown to a person."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

from clients import TOLD
from lab import Lab
from job import MainJob, Outcome, programs_folder
from process import LabError
from sandbox import raise_when_stopped, run_private, run_shared, why_not_private
from watch import Screen
from world import World

ROOT = Path(__file__).resolve().parents[2]
KEPT = ("agent", "clients", "config.json", "home", "keys", "log", "records", "registry.json")


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="packaging/quickstart")
    parser.add_argument("--keep", metavar="DIR", type=Path, help="leave configuration, logs and state there")
    parser.add_argument("--duration", metavar="S", type=float, default=90, help="seconds of traffic (90)")
    return parser.parse_args()


def job(work: Path, private: bool, duration: float) -> int:
    """Runs the main job in `work` and prints how it went. Returns the exit code."""
    screen = Screen()
    try:
        with Lab(work, programs_folder(ROOT), private) as lab:
            outcome = one_run(lab, screen, duration)
    except (LabError, OSError) as problem:
        screen.finish()
        print(f"quickstart: {problem}\nquickstart: '--keep DIR' leaves the logs to look at", file=sys.stderr)
        return 1
    return report(outcome)


def one_run(lab: Lab, screen: Screen, duration: float) -> Outcome:
    screen.say("starting the registry: control plane, identity provider, nginx, CNCF Distribution")
    cloud = lab.start_registry()
    engine = lab.start_engine()
    screen.say(f"the registry is {cloud.host}; " + ("clients are Docker Engine and skopeo" if engine else
               f"the client is skopeo (no Docker Engine: {lab.no_engine})"))  # fmt: skip
    world = World(lab.work, lab.programs, cloud)
    try:
        return MainJob(lab, cloud, world, screen, duration).run()
    finally:
        world.stop()


def report(outcome: Outcome) -> int:
    for what, how in outcome.proofs.items():
        print(f"  {'proved' if how else 'NOT PROVED'}: {what}" + (f" ({how})" if how else ""))
    for failure in outcome.failures[:TOLD]:
        print(f"  failed: {failure}")
    short = outcome.shortcomings()
    for each in short:
        print(f"  not enough: {each}")
    print(f"quickstart: {outcome.line}")
    return 1 if short or outcome.failures else 0


def work_folder(keep: Path | None) -> Path:
    """A new folder, or the one to keep, which must be empty. Raises LabError."""
    if not keep:
        return Path(tempfile.mkdtemp(prefix="scoped-quickstart-"))
    keep = keep.absolute()
    keep.mkdir(parents=True, exist_ok=True, mode=0o700)
    if any(keep.iterdir()):
        raise LabError(f"--keep {keep}: the folder is not empty")
    if len(str(keep)) > 70:
        raise LabError(f"--keep {keep}: too long for the path of a unix socket")
    return keep


def clean(work: Path, keep: bool) -> None:
    """Removes everything, or only what nobody wants to look at."""
    if not keep:
        shutil.rmtree(work, ignore_errors=True)
        return
    for entry in work.iterdir():
        if entry.name not in KEPT:
            shutil.rmtree(entry, ignore_errors=True)
    print(f"kept in {work}: {', '.join(sorted(entry.name for entry in work.iterdir()))}")


def main() -> int:
    arguments = parse_arguments()
    try:
        work = work_folder(arguments.keep)
    except LabError as problem:
        print(f"quickstart: {problem}", file=sys.stderr)
        return 2
    raise_when_stopped()
    obstacle = why_not_private()
    os.chdir(ROOT)
    try:
        if obstacle:
            print(f"quickstart: without namespaces of its own ({obstacle}): localhost and skopeo only")
            return run_shared(lambda: job(work, False, arguments.duration))
        scratch = work / "tmp"
        scratch.mkdir()
        return run_private(lambda: job(work, True, arguments.duration), scratch)
    finally:
        clean(work, bool(arguments.keep))


if __name__ == "__main__":
    sys.exit(main())
