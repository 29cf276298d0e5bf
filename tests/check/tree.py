"""What the checks have in common: the files of the tree and how a result is printed."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEXT = (".h", ".cpp", ".py", ".sh", ".md", ".cmake", ".json", ".txt", ".yml", ".service", ".socket", "")
SKIPPED_FOLDERS = ("build", ".git", ".cache", "__pycache__")


def files(root: Path = ROOT) -> list[Path]:
    """Every file that belongs to the project; what git ignores does not, nor do build folders."""
    listing = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        done = subprocess.run(listing, capture_output=True, text=True)
        names = done.stdout.split("\0") if done.returncode == 0 else []
    except FileNotFoundError:
        names = []
    found = [root / name for name in names if name] or list(walk(root))
    return sorted(each for each in found if each.is_file() and not each.is_symlink())


def walk(folder: Path) -> Iterator[Path]:
    for entry in folder.iterdir():
        if entry.name in SKIPPED_FOLDERS or entry.name.startswith("build"):
            if entry.is_dir():
                continue
        if entry.is_dir() and not entry.is_symlink():
            yield from walk(entry)
        else:
            yield entry


def first_line(path: Path) -> str:
    with path.open("rb") as file:
        return file.readline(200).decode(errors="replace").rstrip("\n")


def shell_scripts() -> list[Path]:
    return [
        each
        for each in files()
        if first_line(each).startswith("#!") and first_line(each).endswith(("sh", "bash"))
    ]


def name_of(path: Path, root: Path = ROOT) -> str:
    return path.relative_to(root).as_posix()


def report(name: str, problems: Iterable[str]) -> bool:
    """Prints the result of one check; true when there was no problem."""
    listed = list(problems)
    for problem in listed:
        print(f"FAILED {name}: {problem}")
    if not listed:
        print(f"ok {name}")
    return not listed
