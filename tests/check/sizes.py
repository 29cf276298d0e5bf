#!/usr/bin/env python3
"""Sizes and small habits: length of files and functions, README, unnumbered TODOs, executable bits."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tree import ROOT, TEXT, files, first_line, name_of, report

FILE_LINES, FUNCTION_LINES, README_WORDS = 600, 80, 400
CODE = (".h", ".cpp", ".py", ".sh", ".cmake")
UNFINISHED = re.compile(r"\b(?:TODO|FIXME|XXX)\b(?!\(#\d+\))")


def long_files() -> Iterator[str]:
    for path in files():
        if path.suffix in CODE or first_line(path).startswith("#!"):
            lines = len(path.read_text(errors="replace").splitlines())
            if lines > FILE_LINES:
                yield f"{name_of(path)} has {lines} lines, at most {FILE_LINES}"


def long_cpp_functions() -> Iterator[str]:
    paths = "\n".join(str(each) for each in files() if each.suffix in (".h", ".cpp"))
    argv = [
        "ctags", "--languages=C++", "--langmap=C++:+.h", "--kinds-C++=f", "--fields=+ne",
        "--output-format=json", "-L", "-", "-f", "-",
    ]  # fmt: skip
    tags = subprocess.run(argv, input=paths, capture_output=True, text=True).stdout
    for line in tags.splitlines():
        tag = json.loads(line)
        length = tag.get("end", tag["line"]) - tag["line"] + 1
        if length > FUNCTION_LINES:
            yield f"{name_of(Path(tag['path']))}:{tag['line']} {tag['name']} has {length} lines, at most {FUNCTION_LINES}"


def long_python_functions() -> Iterator[str]:
    for path in files():
        if path.suffix != ".py":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
                length = node.end_lineno - node.lineno + 1
                if length > FUNCTION_LINES:
                    yield f"{name_of(path)}:{node.lineno} {node.name} has {length} lines, at most {FUNCTION_LINES}"


def readme() -> Iterator[str]:
    path = ROOT / "README.md"
    if not path.is_file():
        yield "there is no README.md"
    elif (words := len(path.read_text().split())) > README_WORDS:
        yield f"README.md has {words} words, at most {README_WORDS}"


def unfinished() -> Iterator[str]:
    for path in files():
        if path.suffix not in TEXT or path == Path(__file__).resolve():
            continue
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            if UNFINISHED.search(line):
                yield f"{name_of(path)}:{number} has a TODO without the number of an issue"


def executable_bits() -> Iterator[str]:
    for path in files():
        runs, is_script = os.access(path, os.X_OK), first_line(path).startswith("#!")
        if is_script != runs:
            yield f"{name_of(path)} {'is a script that is not executable' if is_script else 'is executable but no script'}"


def main() -> int:
    good = [report("files of at most 600 lines", long_files())]
    if shutil.which("ctags"):
        good.append(report("C++ functions of at most 80 lines", long_cpp_functions()))
    else:
        print("SKIPPED C++ functions of at most 80 lines: ctags is not installed (packaging/deps tests)")
    good.append(report("Python functions of at most 80 lines", long_python_functions()))
    good.append(report("README of at most 400 words", readme()))
    good.append(report("a TODO has the number of an issue", unfinished()))
    good.append(report("scripts are executable and nothing else is", executable_bits()))
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
