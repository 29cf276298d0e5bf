#!/usr/bin/env python3
"""The same tree gives the same packages, to the byte, wherever it is built."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from tap import Tap

NEEDED = ("dpkg-buildpackage", "dh", "lintian")


def build(work: Path) -> dict[str, str] | str:
    """Name of each package -> its digest; or what went wrong."""
    output = work / "packages"
    argv = [str(ROOT / "packaging/build-deb"), "--no-lintian", "--output", str(output), "--work", str(work / "build")]
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        return done.stdout[-900:]
    return {each.name: hashlib.sha256(each.read_bytes()).hexdigest() for each in output.glob("*.deb")}


def main() -> int:
    tap = Tap()
    sentence = "two builds in different folders give the same bytes"
    missing = [each for each in NEEDED if not shutil.which(each)]
    if missing:
        tap.skip(sentence, f"{missing[0]} is not installed (packaging/deps packages)")
        return 0
    with tempfile.TemporaryDirectory(dir="/var/tmp") as first, tempfile.TemporaryDirectory(dir="/var/tmp") as second:
        built = build(Path(first)), build(Path(second) / "a-longer-way")
    tap.check(len(built[0]) == 3 and built[0] == built[1], sentence, built)
    return tap.exit_code


if __name__ == "__main__":
    sys.exit(main())
