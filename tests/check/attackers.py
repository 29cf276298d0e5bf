#!/usr/bin/env python3
"""The table of attackers (common/doc/attackers.md) and the tests behind it name the same attacks."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator

from tree import ROOT, name_of, report

TABLE = ROOT / "common" / "doc" / "attackers.md"
SCRIPT = ROOT / "tests" / "integration" / "trust.py"
ROW = re.compile(r"^\|(?P<cells>.*)\|\s*`(?P<test>\w+)`\s*\|$", re.MULTILINE)


def rows() -> list[str]:
    return [found["test"] for found in ROW.finditer(TABLE.read_text())]


def is_attack(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef) and any(
        isinstance(each, ast.Name) and each.id == "attack" for each in node.decorator_list
    )


def tests() -> Iterator[tuple[str, str]]:
    """(name, why it is no good or "") of each attack."""
    script = SCRIPT.read_text()
    for path in sorted((ROOT / "tests" / "support").glob("attacks_*.py")):
        is_run = re.search(rf"^import {path.stem}\b", script, re.MULTILINE) is not None
        for node in ast.walk(ast.parse(path.read_text())):
            if is_attack(node):
                assert isinstance(node, ast.FunctionDef)
                yield node.name, "" if is_run else f"{name_of(path)} is not run by {name_of(SCRIPT)}"


def problems() -> Iterator[str]:
    listed, found = rows(), dict(tests())
    yield from (f"'{name}' has no row" for name in found if name not in listed)
    yield from (f"row '{name}' has no test" for name in listed if name not in found)
    yield from (f"'{name}' has two rows" for name in set(listed) if listed.count(name) > 1)
    yield from (why for why in found.values() if why)
    if not found:
        yield "there is no attack at all"


if __name__ == "__main__":
    sys.exit(0 if report("each attacker of the table is a test", problems()) else 1)
