"""Small Go programs of ours around other people's modules, built once into the cache folder."""

from __future__ import annotations

import fcntl
import hashlib
import os
import tempfile
from pathlib import Path

from process import LabError, find_program, run
from servers import cache_folder

SOURCES = ("go.mod", "go.sum", "main.go")
# One test may take no longer than seven minutes. What was compiled by then stays in Go's own cache, so that the
# next run goes on from there.
LIMIT = 240.0


def build_go_program(folder: Path) -> Path:
    """The program made of a folder with SOURCES. Raises LabError with the reason when there is none."""
    go = find_program("go")
    if not go:
        raise LabError("'go' is not installed")
    place = cache_folder() / "clients"
    place.mkdir(parents=True, exist_ok=True)
    program = place / f"{folder.name}-{digest_of(folder, go)}"
    with (place / f".{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not program.exists():
            build(go, folder, program)
            drop_others(program, folder.name)
    return program


def digest_of(folder: Path, go: str) -> str:
    whole = hashlib.sha256(run([go, "version"], settings()).out.encode())
    for name in SOURCES:
        whole.update(name.encode() + b"\0" + (folder / name).read_bytes() + b"\0")
    return whole.hexdigest()[:16]


def settings() -> dict[str, str]:
    """The environment, with the Go that is here: a module that wants a newer one is refused, not fetched for."""
    return {**os.environ, "GOTOOLCHAIN": "local", "GOFLAGS": "-mod=readonly -buildvcs=false", "GOWORK": "off"}


def build(go: str, folder: Path, program: Path) -> None:
    with tempfile.TemporaryDirectory(prefix=f".{program.name}.", dir=program.parent) as stage:
        made = Path(stage) / "program"
        done = run([go, "build", "-trimpath", "-o", str(made), "."], settings(), LIMIT, cwd=folder)
        if done.code is None:
            raise LabError(f"'go build' took longer than {LIMIT:.0f} s: run the test again, it goes on from there")
        if done.code != 0:
            raise LabError(f"'go build' in {folder.name}: {done.last_line}")
        made.rename(program)


def drop_others(program: Path, name: str) -> None:
    """Programs made of earlier sources."""
    for each in program.parent.glob(f"{name}-*"):
        if each != program and each.is_file():
            each.unlink()
