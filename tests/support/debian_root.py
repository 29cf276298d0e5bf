"""Debian roots: made once by debootstrap into the cache, used below a writable layer that is thrown away.

A root is entered as the first process of namespaces of its own (boot_init), so nothing is mounted on the host and all
processes end with the first. Root only.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from process import Finished, LabError, run

INIT = Path(__file__).with_name("boot_init")
MIRROR = "http://deb.debian.org/debian"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# What the packages depend on and recommend, so that installing them needs no network; and what the tests ask with.
PACKAGES = (
    "systemd", "systemd-sysv", "dbus", "libcurl4", "libfmt9", "libsecret-1-0", "libboost-program-options1.74.0",
    "libssl3", "libsystemd0", "libcpp-httplib0.11", "libyaml-cpp0.7", "ca-certificates",
)  # fmt: skip
# Two engines, and what a whole registry is made of.
ENGINES = (
    "podman", "crun", "fuse-overlayfs", "docker.io", "iptables", "nginx-light", "docker-registry", "busybox-static",
)  # fmt: skip

# Units of these that would start at a boot, or wait for a network.
NOT_STARTED = (
    "containerd.service", "docker-registry.service", "docker.service", "docker.socket", "nginx.service",
    "podman-auto-update.service", "podman-auto-update.timer", "podman-restart.service", "podman.socket",
    "systemd-networkd-wait-online.service",
)  # fmt: skip


def roots_folder() -> Path:
    if folder := os.environ.get("SCOPED_ROOTS"):
        return Path(folder)
    cache = os.environ.get("XDG_CACHE_HOME") or f"{os.environ['HOME']}/.cache"
    return Path(os.environ.get("SCOPED_CACHE") or f"{cache}/docker-credential-scoped") / "roots"


def why_no_root() -> str | None:
    if os.geteuid() != 0:
        return "not root"
    for program in ("debootstrap", "unshare", "nsenter", "setsid"):
        if not shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin:/sbin"):
            return f"'{program}' is not installed (packaging/deps packages)"
    return None


def make_root() -> Path:
    """A Debian 12 with systemd, from the cache or made now. Raises LabError where the archive cannot be reached."""
    root = roots_folder() / "bookworm"
    if root.is_dir():
        return root
    unfinished = new_folder("bookworm")
    argv = ["debootstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}", "bookworm", str(unfinished), MIRROR]
    must_run(argv, unfinished, 900)
    (unfinished / "etc/machine-id").write_text("uninitialized\n")
    unfinished.rename(root)
    return root


def make_root_with_engines() -> Path:
    """The same with two engines and what a registry is made of; none of their services starts by itself."""
    root = roots_folder() / "bookworm-engines"
    if root.is_dir():
        return root
    plain, unfinished = make_root(), new_folder("bookworm-engines")
    must_run(["cp", "-a", f"{plain}/.", str(unfinished)], unfinished, 300)
    shutil.copy("/etc/resolv.conf", unfinished / "etc/resolv.conf")
    refuse = unfinished / "usr/sbin/policy-rc.d"
    refuse.write_text("#!/bin/sh\nexit 101\n")
    refuse.chmod(0o755)
    inside = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "chroot", str(unfinished), "env", "-i",
              f"PATH={PATH}", "DEBIAN_FRONTEND=noninteractive"]  # fmt: skip
    must_run([*inside, "apt-get", "update"], unfinished, 300)
    must_run([*inside, "apt-get", "install", "-y", "--no-install-recommends", *ENGINES], unfinished, 900)
    must_run([*inside, "systemctl", "mask", *NOT_STARTED], unfinished, 60)
    refuse.unlink()
    unfinished.rename(root)
    return root


def new_folder(name: str) -> Path:
    """What is not finished is made anew the next time."""
    folder = roots_folder() / f"{name}.unfinished"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def must_run(argv: Sequence[str], unfinished: Path, limit: float) -> None:
    done = run(argv, os.environ, limit)
    if done.code != 0:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise LabError(f"{' '.join(argv[:1] + argv[-3:])}: {done.last_line}")


class Booted:
    """A machine under systemd, or with nothing but a shell that sleeps. What is written stays in `layer`."""

    def __init__(self, root: Path, layer: Path, packages: Path, log: Path):
        self.root, self.layer, self.packages, self.log = root, layer, packages, log
        self.process: subprocess.Popen[bytes] | None = None
        self.first = 0

    def start(self, *command: str) -> None:
        argv = [
            "setsid", "unshare", "--mount", "--pid", "--uts", "--ipc", "--net", "--cgroup", "--fork", "--kill-child",
            str(INIT), str(self.root), str(self.layer), *(command or ("/lib/systemd/systemd",)),
        ]  # fmt: skip
        with self.log.open("ab") as sink:
            env = os.environ | {"BOOT_PACKAGES": str(self.packages)}
            self.process = subprocess.Popen(argv, env=env, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink)
        self.wait_for(lambda: self.find_first(), "its first process")

    def find_first(self) -> bool:
        """Behind setsid and unshare, the process that has become the command."""
        assert self.process
        for entry in Path("/proc").glob("[0-9]*/stat"):
            try:
                words = entry.read_text().rpartition(")")[2].split()
                name = (entry.parent / "comm").read_text().strip()
            except OSError:
                continue
            if int(words[1]) == self.process.pid and name not in ("setsid", "unshare", "boot_init", "bash"):
                self.first = int(entry.parent.name)
                return True
        return False

    def wait_for(self, is_so: Callable[[], bool], what: str, limit: float = 60) -> None:
        deadline = time.monotonic() + limit
        while not is_so():
            if self.process and self.process.poll() is not None:
                raise LabError(f"the machine ended: {self.log.read_text(errors='replace')[-300:]}")
            if time.monotonic() > deadline:
                raise LabError(f"not within {limit:.0f} s: {what}")
            time.sleep(0.1)

    def run(self, *argv: str, stdin: str = "", limit: float = 60) -> Finished:
        enter = ["nsenter", "--target", str(self.first), "--mount", "--pid", "--net", "--ipc", "--uts", "--cgroup",
                 "--root", "--wdns=/", "env", "-i", f"PATH={PATH}", "HOME=/srv", "LANG=C.UTF-8",
                 "DEBIAN_FRONTEND=noninteractive"]  # fmt: skip
        return run([*enter, *argv], os.environ, limit, stdin)

    def beside(self, *argv: str, limit: float = 30) -> Finished:
        """A program of the host, in the machine's network."""
        return run(["nsenter", "--target", str(self.first), "--net", *argv], os.environ, limit)

    def sh(self, script: str, limit: float = 60) -> Finished:
        return self.run("sh", "-c", script, limit=limit)

    def must(self, script: str, limit: float = 60) -> str:
        done = self.sh(script, limit)
        if done.code != 0:
            raise LabError(f"{script}: exit {done.code}: {done.out[-300:]} {done.err[-600:]}")
        return done.out

    def wait_until(self, script: str, limit: float = 30) -> None:
        """Until a shell command succeeds."""
        self.wait_for(lambda: self.sh(script).code == 0, script, limit)

    def path(self, name: str) -> Path:
        """A path inside, seen from outside, while it runs."""
        return Path(f"/proc/{self.first}/root") / name.lstrip("/")

    def stop(self) -> None:
        if self.process and self.process.poll() is None and self.first:
            try:
                os.kill(self.first, 9)
            except ProcessLookupError:
                pass
        if self.process:
            self.process.wait()
        self.first = 0
