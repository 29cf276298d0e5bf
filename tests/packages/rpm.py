#!/usr/bin/env python3
"""The RPM packages: built by rpmbuild from the tree, and what is in them. Requirements are of another distribution's
names, so nothing is installed.

usage: rpm.py [--built DIR PREFIX]      packs what was built there for that prefix, instead of building it
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from process import LabError
from tap import Tap

SPEC = "packaging/rpm/docker-credential-scoped.spec"
PACKAGES = ("acr-emulator", "docker-credential-scoped", "scoped-agent")
ON_DEMAND = ("libcurl", "libsecret", "yaml-cpp")  # what private modules alone link


def ask(*argv: str) -> list[str]:
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise LabError(f"{' '.join(argv[:2])}: {(done.stderr or done.stdout)[-600:]}")
    return done.stdout.splitlines()


def build(work: Path, prefix: str, built: str) -> dict[str, Path]:
    """Name of each package -> its file."""
    tree = work / "tree"
    names = ask("git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard")
    for name in names:
        if (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tree / name, follow_symlinks=False)
    defines = [f"_topdir {work}", f"_builddir {tree}", f"_prefix {prefix}", f"_datadir {prefix}/share"]
    defines += [f"built {built}"] if built else []
    argv = ["rpmbuild", "-bb", "--nodeps", "--build-in-place"]
    for each in defines:
        argv += ["--define", each]
    done = subprocess.run([*argv, SPEC], cwd=tree, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise LabError(f"rpmbuild: {done.stdout[-900:]}")
    return {ask("rpm", "-qp", "--queryformat", "%{NAME}", str(each))[0]: each for each in work.rglob("*.rpm")}


def look(packages: dict[str, Path], prefix: str, tap: Tap) -> None:
    tap.check(sorted(packages) == list(PACKAGES), "rpmbuild makes the three packages", sorted(packages))
    version = re.search(r"project\(\S+ VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text())
    named = ask("rpm", "-qp", "--queryformat", "%{VERSION}", str(packages["scoped-agent"]))
    tap.check(version is not None and named == [version[1]], "their version is that of the tree", named)
    files = {name: ask("rpm", "-qlp", str(each)) for name, each in packages.items()}
    every = [each for listed in files.values() for each in listed]
    twice = {each for each in every if every.count(each) > 1}
    tap.check(not twice, "no file is in two of them", twice)
    stray = [each for each in every if not each.startswith((prefix + "/", "/etc/scoped"))]
    tap.check(not stray, "nothing lies outside of the prefix and /etc/scoped", stray)
    for name in ("scoped-agent.service", "scoped-agent.socket", "scoped-hooks.path"):
        found = f"{prefix}/lib/systemd/system/{name}" in files["scoped-agent"]
        tap.check(found, f"{name} is in the agent's package", files["scoped-agent"][:8])
    for name, each in packages.items():
        needed = [line for line in ask("rpm", "-qp", "--requires", str(each)) if line.startswith(ON_DEMAND)]
        recommended = ask("rpm", "-qp", "--recommends", str(each))
        tap.check(not needed, f"{name} requires no library that is loaded on demand", needed)
        if name != "acr-emulator":
            tap.check(any(line.startswith(ON_DEMAND) for line in recommended), "but recommends them", recommended)
    scripts = "\n".join(ask("rpm", "-qp", "--scripts", str(packages["scoped-agent"])))
    tap.check("rm -r" not in scripts, "no script deletes records", scripts[-300:])


def main() -> int:
    tap = Tap()
    if missing := [each for each in ("rpmbuild", "rpm", "git") if not shutil.which(each)]:
        tap.skip("the RPM packages", f"'{missing[0]}' is not installed (packaging/deps packages)")
        return 0
    built, prefix = sys.argv[2:4] if sys.argv[1:2] == ["--built"] else ("", "/usr")
    with tempfile.TemporaryDirectory(prefix="scoped-rpm-", dir="/var/tmp") as work:
        try:
            look(build(Path(work), prefix, built), prefix, tap)
        except LabError as problem:
            tap.not_ok("the RPM packages", problem)
    return tap.exit_code


if __name__ == "__main__":
    sys.exit(main())
