"""Clients that no package of the system brings: fetched and built once into CACHE/clients/NAME-VERSION.

Each comes through the ordinary client of its registry (go, npm, pip), which checks what it fetches.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from process import LabError, find_program, run
from servers import cache_folder

FETCH_LIMIT = 1500.0  # seconds; on a cold cache a big Go program takes minutes
COMPLETE = "complete"  # holds the digest of what the folder was made from


def cached(name: str, make: Callable[[Path], None], sources: Iterable[Path] = ()) -> Path:
    """The folder of a client, made by `make(folder)` when it is not there or its sources have changed."""
    root = cache_folder() / "clients"
    root.mkdir(parents=True, exist_ok=True)
    target, digest = root / name, digest_of(sources)
    with (root / f".{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if is_complete(target, digest):
            return target
        stage = Path(tempfile.mkdtemp(prefix=f".{name}.", dir=root))
        try:
            make(stage)
            (stage / COMPLETE).write_text(digest)
            shutil.rmtree(target, ignore_errors=True)
            stage.rename(target)
        finally:
            shutil.rmtree(stage, ignore_errors=True)
    return target


def digest_of(sources: Iterable[Path]) -> str:
    whole = hashlib.sha256()
    for each in sources:
        whole.update(each.name.encode() + b"\0" + each.read_bytes() + b"\0")
    return whole.hexdigest()


def is_complete(folder: Path, digest: str) -> bool:
    mark = folder / COMPLETE
    return mark.is_file() and mark.read_text() == digest


def need(program: str, use: str = "") -> str:
    """The path of an installed program; `use` is that of packaging/deps which brings it."""
    found = find_program(program)
    if not found:
        raise LabError(f"'{program}' is not installed" + (f"; run 'packaging/deps {use}'" if use else ""))
    return found


def fetch(argv: list[str], folder: Path, **extra: str) -> str:
    """Runs a fetching or building command; raises LabError with its last words."""
    done = run(argv, {**os.environ, **extra}, FETCH_LIMIT, cwd=folder)
    if done.code is None:
        raise LabError(f"{' '.join(argv[:3])}: took longer than {FETCH_LIMIT:.0f} s: run the test again, it goes on from there")
    if done.code != 0:
        raise LabError(f"{' '.join(argv[:3])}: {done.last_line}")
    return done.out


def go(folder: Path, *arguments: str, **extra: str) -> str:
    """Only the Go that is here; a module that wants a newer one is refused and not fetched for."""
    settings = {"GOTOOLCHAIN": "local", "CGO_ENABLED": "0", "GOFLAGS": "", "GOWORK": "off"}
    return fetch([need("go"), *arguments], folder, **(settings | extra))


def go_module(requirement: Path, module: str) -> str:
    """The version of a module in a go.mod."""
    found = re.search(rf"{re.escape(module)} v(\S+)", requirement.read_text())
    if not found:
        raise LabError(f"{requirement} does not name {module}")
    return found[1]
