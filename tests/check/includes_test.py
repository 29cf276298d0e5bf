#!/usr/bin/env python3
"""The checker of includes itself: each kind of planted mistake is caught in a copy of the tree, and only it."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tree import ROOT, report

# (what, file, text that is added to it, what the checker must say)
PLANTED = (
    ("an include against the arrows", "common/base/planted.cpp", '#include "common/json/value.h"\n',
     'common/base may not use common/json'),
    ("an include of the helper by the agent", "agent/loop/planted.h", '#include "helper/front/planted.h"\n',
     "is not written from the root"),
    ("an include that is not written from the root", "common/json/planted.cpp", '#include "value.h"\n',
     "is not written from the root"),
    ("a library outside the folder that hides it", "common/store/planted.cpp", "#include <openssl/evp.h>\n",
     "OpenSSL is hidden in"),
    ("a library in a header", "common/json/planted.h", "#include <nlohmann/json.hpp>\n", "belongs in .cpp files"),
    ("a link against the arrows", "common/base/CMakeLists.txt",
     "scoped_library(planted SOURCES planted.cpp LINK record)\n", "may not use common/record"),
    ("a link of a hidden library", "common/base/CMakeLists.txt",
     "target_link_libraries(scoped_base PRIVATE CURL::libcurl)\n", "libcurl is hidden in"),
)  # fmt: skip


def complaints(root: Path) -> set[str]:
    argv = [sys.executable, "-B", str(ROOT / "tests/check/includes.py"), str(root)]
    done = subprocess.run(argv, capture_output=True, text=True)
    return {line for line in done.stdout.splitlines() if line.startswith("FAILED")}


def copy_tree(target: Path) -> None:
    for folder in ("common", "helper", "agent", "tests"):
        shutil.copytree(ROOT / folder, target / folder, ignore=shutil.ignore_patterns("__pycache__"))


def main() -> int:
    good = []
    with tempfile.TemporaryDirectory(prefix="scoped-check-") as folder:
        root = Path(folder)
        copy_tree(root)
        before = complaints(root)
        for what, name, text, expected in PLANTED:
            path = root / name
            old = path.read_text() if path.exists() else None
            path.write_text((old or "") + text)
            new = complaints(root) - before
            if old is None:
                path.unlink()
            else:
                path.write_text(old)
            caught = len(new) == 1 and expected in next(iter(new))
            good.append(
                report(
                    f"the checker catches {what}", [] if caught else [f"it said {sorted(new) or 'nothing'}"]
                )
            )
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
