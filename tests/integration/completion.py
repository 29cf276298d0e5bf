#!/usr/bin/env python3
"""Completion in real shells, with names from the registry, and the manual pages as man reads them.

Not tested here: which candidates fit (tests/unit/ctl).
"""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from lab import Lab
from process import find_program, run
from scene import play
from tap import Tap
from world import CALM_POLICY, Consumer, World

ONLY_THERE = "made-elsewhere"  # a token that no file names


def operator(lab: Lab, tap: Tap) -> None:
    cloud = lab.start_registry()
    world = World(lab.work, lab.programs, cloud, (Consumer("node-blue", "app-pull", False),), CALM_POLICY)
    world.write_configuration()
    world.ctl_must("init")
    world.create_scope_maps()
    scope_map = f"{cloud.resource_id}/scopeMaps/app-pull"
    cloud.arm("PUT", f"tokens/{ONLY_THERE}", {"properties": {"scopeMapId": scope_map, "status": "enabled"}})
    named = world.ctl_must("__complete", "token", "show", "--name", "").out.split()
    tap.check(set(named) == {"node-blue", ONLY_THERE}, "tokens complete from file and registry", named)
    maps = world.ctl_must("__complete", "scope-map", "show", "--name", "app-").out.split()
    tap.check(maps == ["app-pull", "app-push"], "so do scope maps", maps)
    broken = run([str(world.programs / "scopedctl"), "__complete", "token", "show", "--name", ""],
                 world.environment() | {"SCOPED_CONFIG": "/nowhere"})  # fmt: skip
    tap.check(broken.code == 0 and not broken.out and not broken.err, "what goes wrong is no candidate", broken)
    in_bash(world, tap)
    in_zsh(world, tap)
    in_fish(world, tap)
    manual_pages(world, tap)


def in_bash(world: World, tap: Tap) -> None:
    program = find_program("bash")
    if not program:
        tap.skip("bash completes", "no bash is installed")
        return
    script = world.work / "completion.bash"
    script.write_text(world.ctl_must("completion", "bash").out)
    for line, wanted in (("scopedctl scope-m", "scope-map"), ("scopedctl token show --name made", ONLY_THERE)):
        words = line.split()
        code = (
            f"source {script}; COMP_WORDS=({' '.join(words)}); COMP_CWORD={len(words) - 1}; "
            'complete -p scopedctl >/dev/null && _scopedctl && printf "%s\\n" "${COMPREPLY[@]}"'
        )
        done = run([program, "--norc", "-c", code], world.environment())
        tap.check(done.out.split() == [wanted], f"bash completes '{line}'", done)


def in_fish(world: World, tap: Tap) -> None:
    program = find_program("fish")
    if not program:
        tap.skip("fish completes a token's name", "no fish is installed")
        return
    script = world.work / "completion.fish"
    script.write_text(world.ctl_must("completion", "fish").out)
    code = f"source {script}; complete -C 'scopedctl token show --name made'"
    done = run([program, "--no-config", "-c", code], world.environment())
    tap.check(done.out.split() == [ONLY_THERE], "fish completes a token's name", done)


def in_zsh(world: World, tap: Tap) -> None:
    """It only completes at a terminal: the line is typed, Tab pressed, and what it shows is read."""
    program = find_program("zsh")
    if not program:
        tap.skip("zsh completes a token's name", "no zsh is installed")
        return
    script = world.work / "completion.zsh"
    script.write_text(world.ctl_must("completion", "zsh").out)
    start = f"autoload -Uz compinit; compinit -u -d {world.work}/zcompdump; source {script}\n"
    shown = typed(world, [program, "-f"], [start, "scopedctl token show --name made\t"], ONLY_THERE)
    tap.check(ONLY_THERE in shown, "zsh completes a token's name", shown[-300:])


def typed(world: World, argv: list[str], texts: list[str], until: str) -> str:
    ours, theirs = pty.openpty()
    environment = world.environment() | {"TERM": "dumb"}
    process = subprocess.Popen(argv, env=environment, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)  # fmt: skip
    os.close(theirs)
    shown, deadline = "", time.monotonic() + 20
    for text in texts:
        time.sleep(1)
        os.write(ours, text.encode())
    while until not in shown and time.monotonic() < deadline:
        if select.select([ours], [], [], 0.2)[0]:
            shown += os.read(ours, 4096).decode(errors="replace")
    process.kill()
    process.wait()
    os.close(ours)
    return shown


def manual_pages(world: World, tap: Tap) -> None:
    folder = world.work / "man"
    world.ctl_must("help", "--man-folder", str(folder))
    pages = sorted(folder.glob("*.1"))
    tap.check(len(pages) > 20, "there is a manual page for each command", pages)
    checker = find_program("groff")
    if not checker:
        tap.skip("manual pages are read without a complaint", "no groff is installed")
        return
    complaints = []
    for page in pages:
        done = run([checker, "-man", "-Tutf8", "-ww", "-z", str(page)], world.environment())
        if done.code != 0 or done.err.strip():
            complaints.append(f"{page.name}: {done.err.strip()}")
    tap.check(not complaints, "manual pages are read without a complaint", complaints[:3])


if __name__ == "__main__":
    sys.exit(play(operator))
