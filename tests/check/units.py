#!/usr/bin/env python3
"""The units of systemd that are installed: systemd itself has nothing to say about them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from tap import Tap  # noqa: E402

UNITS = ROOT / "packaging" / "systemd"
KINDS = (".service.in", ".socket", ".path", ".timer")


def write_units(manager: str, folder: Path) -> list[Path]:
    """As they are installed, but for the place of the programs: any program that is there."""
    made = []
    for unit in sorted(each for each in (UNITS / manager).iterdir() if each.name.endswith(KINDS)):
        text = unit.read_text()
        for program in ("scoped-agent", "scopedctl"):
            text = text.replace(f"@BINDIR@/{program}", "/bin/true")
        copy = folder / unit.name.removesuffix(".in").replace("@.", "@name.")
        copy.write_text(text)
        made.append(copy)
    return made


def main() -> int:
    tap = Tap()
    if shutil.which("systemd-analyze") is None:
        tap.skip("systemd has nothing to say about the units", "there is no systemd-analyze")
        return tap.exit_code
    for manager in ("system", "user"):
        with tempfile.TemporaryDirectory(prefix="scoped-units-") as folder:
            units = write_units(manager, Path(folder))
            argv = ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", f"--{manager}", *map(str, units)]
            done = subprocess.run(
                argv, capture_output=True, text=True, errors="replace", env=os.environ | {"XDG_RUNTIME_DIR": folder}
            )
            names = ", ".join(unit.name for unit in units)
            tap.check(
                done.returncode == 0 and not done.stderr.strip(),
                f"systemd has nothing to say about the units of the {manager}: {names}",
                done.stderr.strip().replace("\n", " | "),
            )
    return tap.exit_code


if __name__ == "__main__":
    sys.exit(main())
