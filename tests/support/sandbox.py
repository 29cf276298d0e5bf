"""Private namespaces: a network with nothing but loopback, mounts and processes of our own.

`run_private(main)` calls `main` as the first process of new mount, network and process namespaces, so that

* `myregistry.azurecr.io` can be 127.0.0.1:443 with a verified certificate and no file of the host is touched,
* everything that was started ends when `main` ends, however it ends.

Where that is not allowed (not root, a container without the right), `run_shared(main)` calls it as it is.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWNET = 0x00020000, 0x20000000, 0x40000000
PR_SET_PDEATHSIG = 1
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

libc = ctypes.CDLL(None, use_errno=True)


class Stopped(Exception):
    """Somebody asked this program to end: Ctrl-C, SIGTERM or a closed terminal."""


def raise_when_stopped() -> None:
    """The first stop signal raises Stopped in the main thread; later ones are ignored, so cleaning up ends."""

    def on_signal(number: int, _frame: object) -> None:
        for each in STOP_SIGNALS:
            signal.signal(each, signal.SIG_IGN)
        raise Stopped(signal.Signals(number).name)

    for each in STOP_SIGNALS:
        signal.signal(each, on_signal)


def why_not_private() -> str | None:
    """Why namespaces cannot be made here, or None when they can."""
    if os.geteuid() != 0:
        return "not root"
    for program in ("unshare", "mount", "ip"):
        if not shutil.which(program):
            return f"'{program}' is not installed"
    probe = [
        "unshare",
        "--mount",
        "--net",
        "--pid",
        "--fork",
        "--mount-proc",
        "--propagation",
        "private",
        "true",
    ]
    if subprocess.run(probe, capture_output=True).returncode != 0:
        return "namespaces may not be made here"
    return None


def run_private(main: Callable[[], int], scratch: Path) -> int:
    """Runs `main` in namespaces of its own and returns its exit code. `scratch` is an empty folder of ours."""
    sys.stdout.flush()
    with open("/proc/self/ns/pid", "rb") as ours:
        unshare(CLONE_NEWPID)  # for the next child only
        child = os.fork()
        if child == 0:
            os._exit(first_process(main, scratch))
        libc.setns(ours.fileno(), CLONE_NEWPID)
    for each in STOP_SIGNALS:
        # Ctrl-C reaches the child by itself; a second one is ignored there.
        signal.signal(each, lambda number, _frame: os.kill(child, number))
    try:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    finally:
        raise_when_stopped()


def unshare(flags: int) -> None:
    if libc.unshare(flags) != 0:
        raise OSError(ctypes.get_errno(), "unshare")


def first_process(main: Callable[[], int], scratch: Path) -> int:
    """The child: process 1 of its namespace, so the kernel kills every other one when it ends."""
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    raise_when_stopped()
    try:
        unshare(CLONE_NEWNS | CLONE_NEWNET)
        arrange_mounts(scratch)
        mount_command("ip", "link", "set", "lo", "up")
        code = main()
    except Stopped as reason:
        print(f"stopped by {reason}", file=sys.stderr)
        code = 130
    except Exception as problem:  # the last frame of this process: nobody else can report it
        sys.excepthook(type(problem), problem, problem.__traceback__)
        code = 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return code


def run_shared(main: Callable[[], int]) -> int:
    """Runs `main` in the namespaces we are in."""
    raise_when_stopped()
    try:
        return main()
    except Stopped as reason:
        print(f"stopped by {reason}", file=sys.stderr)
        return 130


def arrange_mounts(scratch: Path) -> None:
    """Our own /proc, and private versions of the folders where clients and engine leave things."""
    mount_command("mount", "--make-rprivate", "/")
    mount_command("mount", "-t", "proc", "proc", "/proc")
    mount_command("mount", "-t", "tmpfs", "-o", "mode=0755", "tmpfs", "/run")
    private_copy(Path("/etc"), scratch)
    private_view(Path("/opt"), scratch, hidden=("containerd",))
    private_view(Path("/var/lib"), scratch, hidden=("containerd", "containers", "docker", "nginx"))


def private_copy(folder: Path, scratch: Path) -> None:
    """Replaces a small folder by a copy in memory."""
    stage = new_tmpfs(scratch)
    subprocess.run(["cp", "-a", f"{folder}/.", str(stage)], check=True)
    mount_command("mount", "--move", str(stage), str(folder))


def private_view(folder: Path, scratch: Path, hidden: tuple[str, ...]) -> None:
    """Replaces a folder by one in memory that shows the same entries but the hidden ones."""
    if not folder.is_dir():
        return
    stage = new_tmpfs(scratch)
    for entry in folder.iterdir():
        target = stage / entry.name
        if entry.name in hidden:
            continue
        if entry.is_symlink():
            target.symlink_to(os.readlink(entry))
        elif entry.is_dir():
            target.mkdir()
            mount_command("mount", "--rbind", str(entry), str(target))
    mount_command("mount", "--move", str(stage), str(folder))


def new_tmpfs(scratch: Path) -> Path:
    mount_command("mount", "-t", "tmpfs", "-o", "mode=0755", "tmpfs", str(scratch))
    return scratch


def mount_command(*argv: str) -> None:
    done = subprocess.run(argv, capture_output=True, text=True)
    if done.returncode != 0:
        raise OSError(f"{' '.join(argv)}: {done.stderr.strip() or done.returncode}")


def name_host(host: str) -> None:
    """Makes a name mean this machine. Only inside run_private, where /etc is ours."""
    with open("/etc/hosts", "a", encoding="utf-8") as hosts:
        hosts.write(f"127.0.0.1 {host}\n")
