#!/usr/bin/env python3
"""Mistakes that were made once (common/doc/mistakes.md) and that a pattern can find."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

from tree import files, name_of, report

PATTERNS = {
    "TRY is not among other elements in braces (5)": re.compile(r"\{[^{}();]*,\s*TRY(?:_WITH)?\(|\{TRY(?:_WITH)?\([^;{}]*\),"),
    "an error is not moved into itself (6)": re.compile(r"\b(\w+) = std::move\(\1\)\.(?:within|as|with_)\w*\("),
    "no function of a string_view is named quoted (7)": re.compile(r"\bquoted\((?:const )?std::string_view \w+\) *[;{]"),
}


def places(pattern: re.Pattern[str]) -> Iterator[str]:
    for path in files():
        if path.suffix not in (".h", ".cpp"):
            continue
        text = path.read_text()
        for found in pattern.finditer(text):
            line = text.count("\n", 0, found.start()) + 1
            yield f"{name_of(path)}:{line} {' '.join(found[0].split())[:60]}"


def main() -> int:
    good = [report(name, places(pattern)) for name, pattern in PATTERNS.items()]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
