#!/usr/bin/env python3
"""Deliberate mistakes in planner and executor, each of which the model test must catch.

Each patch of tests/crash/mutants is applied to copies of the sources that it touches; those are compiled with the
flags of build/release and linked, before the libraries that hold the originals, with the objects of crash_model.
usage: mutants.py [NAME...]   only those whose name contains one of the words
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from process import death_follows_us  # noqa: E402
from tap import Tap  # noqa: E402

BUILD = ROOT / "build" / "release"
MUTANTS = BUILD / "mutants"
# From a small sample to a large one; a mistake that none of them shows is not caught. Before them, where the
# text above the diff says "History PLAN", that one, or where it says "World N", a closer look at that world.
IN_WORLD = ["--singles", "3", "--stops", "7", "--pairs", "701"]
SEARCHES = (["--short"], ["--singles", "3", "--stops", "13", "--pairs", "701"])
LIMIT = 480.0  # seconds for one search
WORKERS = 2


class Unfit(Exception):
    """The patch does not apply, or what it makes does not compile or run."""


@dataclass(frozen=True)
class Caught:
    mutant: Path
    how: str  # empty: not caught
    problem: str = ""


def run(argv: list[str], cwd: Path, limit: float = LIMIT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*death_follows_us(), *argv], cwd=cwd, capture_output=True, text=True, errors="replace", timeout=limit
    )


def build_step(argv: list[str], cwd: Path) -> None:
    done = run(argv, cwd)
    if done.returncode != 0:
        raise Unfit(f"{Path(argv[0]).name}: {done.stdout[-400:]} {done.stderr[-800:]}")


def patched_sources(patch: Path, folder: Path) -> list[str]:
    """Copies what the patch touches into the folder, patched. Returns the paths below the root."""
    paths = re.findall(r"^\+\+\+ b/(\S+)$", patch.read_text(), re.MULTILINE)
    if not paths or any(not each.endswith(".cpp") for each in paths):
        raise Unfit("a patch changes .cpp files, at least one")
    for each in paths:
        copy = folder / each
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes((ROOT / each).read_bytes())
    build_step(["git", "apply", "--whitespace=nowarn", str(patch)], folder)
    return paths


def compile_commands() -> dict[str, list[str]]:
    rows = json.loads((BUILD / "compile_commands.json").read_text())
    return {str(Path(row["file"])): shlex.split(row["command"]) for row in rows}


def link_command() -> list[str]:
    """The words that link crash_model, relative to the build folder."""
    done = run(["ninja", "-t", "commands", "crash_model"], BUILD)
    line = done.stdout.strip().splitlines()[-1]
    return shlex.split(line.removeprefix(": && ").removesuffix(" && :"))


def make_model(patch: Path, folder: Path, commands: dict[str, list[str]], link: list[str]) -> Path:
    objects = []
    for each in patched_sources(patch, folder):
        argv = list(commands[str(ROOT / each)])
        made = folder / (each.replace("/", "_") + ".o")
        argv[argv.index("-o") + 1] = str(made)
        argv[argv.index("-c") + 1] = str(folder / each)
        build_step(argv, BUILD)
        objects.append(str(made))
    model = folder / "crash_model"
    at = link.index("-o")
    build_step([*link[:at], *objects, "-o", str(model), *link[at + 2 :]], BUILD)
    return model


def breaks(model: Path, plan: str) -> bool:
    done = run([str(model), "--replay", plan], BUILD)
    if done.returncode not in (0, 1):
        raise Unfit(f"the model ended with {done.returncode}: {done.stderr[-300:]}")
    return done.returncode == 1


def first_violation(model: Path, text: str) -> str:
    for plan in re.findall(r"^History (.+)$", text, re.MULTILINE):
        if breaks(model, plan):
            return plan
    worlds = re.findall(r"^World (\d+)", text, re.MULTILINE)
    for search in [*(["--world", each, *IN_WORLD] for each in worlds), *SEARCHES]:
        done = run([str(model), *search, "--first"], BUILD)
        found = re.search(r"^VIOLATION (.*)$", done.stdout, re.MULTILINE)
        if found:
            return found[1]
        if done.returncode != 0:
            raise Unfit(f"the model ended with {done.returncode}: {done.stderr[-300:]}")
    return ""


def judge(patch: Path, commands: dict[str, list[str]], link: list[str]) -> Caught:
    folder = MUTANTS / patch.stem  # always the same one, so that a compiler cache knows it again
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        model = make_model(patch, folder, commands, link)
        return Caught(patch, first_violation(model, patch.read_text()))
    except (Unfit, subprocess.TimeoutExpired, KeyError) as error:
        return Caught(patch, "", str(error))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    tap = Tap()
    if not (BUILD / "bin" / "crash_model").exists():
        tap.not_ok("the model is built", "run: cmake --build --preset release --target crash_model")
        return tap.exit_code
    patches = sorted((ROOT / "tests" / "crash" / "mutants").glob("*.patch"))
    if len(sys.argv) > 1:
        patches = [each for each in patches if any(word in each.name for word in sys.argv[1:])]
    commands, link = compile_commands(), link_command()
    caught = 0
    with ThreadPoolExecutor(WORKERS) as pool:
        for done in as_completed([pool.submit(judge, patch, commands, link) for patch in patches]):
            each = done.result()
            name = each.mutant.stem
            if tap.check(bool(each.how), f"{name}: {each.how}", each.problem or "no history shows it"):
                caught += 1
    print(f"{caught} of {len(patches)} mutants caught", flush=True)
    return tap.exit_code


if __name__ == "__main__":
    os.environ["GIT_CEILING_DIRECTORIES"] = str(MUTANTS)  # else a patch is applied to the tree around it
    os.environ.setdefault("CCACHE_SLOPPINESS", "pch_defines,time_macros")  # without it nothing precompiled is cached
    sys.exit(main())
