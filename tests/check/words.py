#!/usr/bin/env python3
"""What must not be in the tree: a path of somebody's machine, anything that looks like a real secret."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

from tree import files, name_of, report

MACHINE_PATHS = re.compile(r"(?<![\w./$}~-])/(?:work|root|Users|home/(?!USER\b|\.\.\.|…)[a-z]\w*)(?=/|\b)")
SECRETS = {
    "a private key": re.compile(r"-----BEGIN (?:\w+ )*PRIVATE KEY-----\n[A-Za-z0-9+/=\n]{40,}"),
    "a registry password": re.compile(r"\b[A-Za-z0-9+/]{42}ACR[A-Za-z0-9+/]{7}\b"),
    "a signed token": re.compile(r"\beyJ[\w-]{20,}\.eyJ[\w-]{20,}\.[\w-]{40,}"),
    "a cloud key": re.compile(r"\bAKIA[0-9A-Z]{16}\b"),
}


def lines_with(pattern: re.Pattern[str], what: str) -> Iterator[str]:
    for path in files():
        text = path.read_text(errors="replace")
        for found in pattern.finditer(text):
            line = text.count("\n", 0, found.start()) + 1
            yield f"{name_of(path)}:{line} has {what}"


def secrets() -> Iterator[str]:
    for what, pattern in SECRETS.items():
        yield from lines_with(pattern, f"what looks like {what}")


def main() -> int:
    good = [
        report("no path of one machine", lines_with(MACHINE_PATHS, "a path of one machine")),
        report("nothing that looks like a secret", secrets()),
    ]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
