#!/usr/bin/env python3
"""The linters: shellcheck over the shell scripts, clang-format over the C++."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator

from tree import ROOT, files, name_of, report, shell_scripts

# Versions of clang-format disagree with each other; the tree is written with this one (Debian 12).
FORMAT_VERSION = 14


def shell_problems() -> Iterator[str]:
    for script in shell_scripts():
        argv = ["shellcheck", "--format=gcc", "--external-sources", str(script)]
        done = subprocess.run(argv, capture_output=True, text=True)
        yield from (line.removeprefix(f"{ROOT}/") for line in done.stdout.splitlines())


def format_problems(program: str) -> Iterator[str]:
    for source in files():
        if source.suffix in (".h", ".cpp"):
            argv = [program, "--dry-run", "--Werror", str(source)]
            if subprocess.run(argv, capture_output=True).returncode != 0:
                yield f"{name_of(source)}: run 'clang-format -i {name_of(source)}'"


def format_program() -> tuple[str, str]:
    """(program, why not): the clang-format of our version."""
    for name in (f"clang-format-{FORMAT_VERSION}", "clang-format"):
        if not shutil.which(name):
            continue
        told = subprocess.run([name, "--version"], capture_output=True, text=True).stdout
        if (version := re.search(r"version (\d+)", told)) and int(version[1]) == FORMAT_VERSION:
            return name, ""
    return "", f"no clang-format {FORMAT_VERSION}, with which the tree is formatted"


def main() -> int:
    good = []
    if shutil.which("shellcheck"):
        good.append(report("shell scripts pass shellcheck", shell_problems()))
    else:
        print("SKIPPED shell scripts pass shellcheck: it is not installed (packaging/deps tests)")
    program, why = format_program()
    if program:
        good.append(report("C++ is in the project's format", format_problems(program)))
    else:
        print(f"SKIPPED C++ is in the project's format: {why}")
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
