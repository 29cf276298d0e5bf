#!/usr/bin/env python3
"""What common/doc/rotation.md names as a proof is there: mutants, scripts, and sentences of tests."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from tap import Tap  # noqa: E402

DOCUMENT = ROOT / "common" / "doc" / "rotation.md"
SOURCES = ("tests/unit/**/*.cpp", "tests/integration/*.py", "tests/crash/*.cpp", "tests/crash/*.py")


def proofs_of(text: str) -> list[str]:
    """The last columns of the tables that say what shows something, and the list of complaints."""
    rows = [line for line in text.splitlines() if line.startswith("|")]
    cells = [row.strip("|").split("|")[-1] for row in rows if "shows it" not in row and "---" not in row]
    _, _, complaints = text.partition("What others complain about:")
    return [*cells, complaints.partition("\n## ")[0]]


def tested_sentences() -> str:
    """All texts of the tests, with adjacent literals joined."""
    texts = [path.read_text() for pattern in SOURCES for path in sorted(ROOT.glob(pattern))]
    return re.sub(r'"\s*\n\s*"', "", "\n".join(texts))


def main() -> int:
    tap = Tap()
    text = " ".join(proofs_of(DOCUMENT.read_text()))
    sentences = re.findall(r'"([^"]{12,})"', " ".join(text.split()))
    mutants = {path.stem.split("-", 1)[1] for path in (ROOT / "tests" / "crash" / "mutants").glob("*.patch")}
    tested = tested_sentences()
    missing = [each for each in sentences if each not in tested]
    tap.check(bool(sentences) and not missing, f"the {len(sentences)} sentences of tests that rotation.md quotes exist", missing)
    unnamed = sorted(mutants - set(re.findall(r"`([a-z0-9-]+)`", text)))
    tap.check(not unnamed, f"rotation.md names what each of {len(mutants)} mutants shows", unnamed)
    scripts = [each for each in re.findall(r"`(tests/\S+\.\w+)", text) if not (ROOT / each).exists()]
    tap.check(not scripts, "the files that rotation.md names exist", scripts)
    return tap.exit_code


if __name__ == "__main__":
    sys.exit(main())
