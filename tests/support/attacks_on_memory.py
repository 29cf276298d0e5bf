"""Looking for passwords in the memory of helper and agent: debuggers and core files of the same uid."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

from attacks import attack
from machine import AGENT, ALICE, Machine, User, private_folder
from process import LabError
from tap import Tap
from world import HELPER

PTRACE_ATTACH, PTRACE_DETACH = 16, 17


def as_user(user: User, do: Callable[[], str]) -> str:
    """What a function returns in a process of that user."""
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setresgid(user.uid, user.uid, user.uid)
            os.setresuid(user.uid, user.uid, user.uid)
            os.write(theirs, do().encode())
        finally:
            os._exit(0)
    os.close(theirs)
    with os.fdopen(ours) as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return said


def open_file(path: str) -> str:
    try:
        with open(path, "rb", buffering=0):
            return "open"
    except OSError as problem:
        return os.strerror(problem.errno or 0)


def attach(pid: int) -> str:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.ptrace(PTRACE_ATTACH, pid, None, None) != 0:
        return os.strerror(ctypes.get_errno())
    os.waitpid(pid, 0x40000000)  # __WALL
    libc.ptrace(PTRACE_DETACH, pid, None, None)
    return "open"


LOOKS: dict[str, Callable[[int], str]] = {
    "/proc/PID/mem": lambda pid: open_file(f"/proc/{pid}/mem"),
    "/proc/PID/environ": lambda pid: open_file(f"/proc/{pid}/environ"),
    "ptrace": attach,
}


def start(user: User, machine: Machine, argv: list[str], folder: Path) -> subprocess.Popen[bytes]:
    """A program of that user that waits on its stdin, allowed to leave a core file in `folder`."""

    def allow_core() -> None:
        resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    process = subprocess.Popen(
        machine.as_user(user, argv), env=machine.environment(user), cwd=folder, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, preexec_fn=allow_core,
    )  # fmt: skip
    wait_until_it_reads(process.pid, argv[0])
    return process


def wait_until_it_reads(pid: int, program: str) -> None:
    """Until the program itself, and no more setpriv, sleeps in read(2)."""
    import time

    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            is_it = os.path.samefile(f"/proc/{pid}/exe", program)
            if is_it and Path(f"/proc/{pid}/syscall").read_text().startswith("0 "):
                return
        except OSError:
            pass
        time.sleep(0.01)
    raise LabError(f"'{program}' does not wait for its input")


def fetch_as_helper(machine: Machine) -> Path:
    """scoped-fetch under the helper's name, as in images without an agent: it waits on the client's stdin."""
    link = machine.bin / "fetch" / HELPER
    if not link.exists():
        link.parent.mkdir()
        link.symlink_to(machine.bin / "scoped-fetch")
    return link


@attack
def debugger_of_the_same_user(machine: Machine, tap: Tap) -> None:
    """The user's own processes look into a helper that waits, or into the agent as its own uid."""
    folder = private_folder(ALICE, ALICE.runtime / "core")
    cat = os.path.realpath("/bin/cat")
    programs = {"a program like any other": [cat], "the helper": [str(machine.bin / HELPER), "get"]}
    programs["scoped-fetch"] = [str(fetch_as_helper(machine)), "get"]
    open_here = []
    for what, argv in programs.items():
        process = start(ALICE, machine, argv, folder)
        for name, look in LOOKS.items():
            said = as_user(ALICE, lambda look=look, pid=process.pid: look(pid))  # type: ignore[misc]
            if argv[0] == cat:
                open_here.append(said == "open")
            else:
                tap.check(said in ("Permission denied", "Operation not permitted"), f"{name} of {what} is closed", said)
        process.kill()
        process.communicate()
    tap.check(any(open_here), "a program like any other is open", "nothing can be looked at here, whoever asks")
    assert machine.agent
    for name, look in LOOKS.items():
        said = as_user(AGENT, lambda look=look: look(machine.agent.pid))  # type: ignore[misc,union-attr]
        tap.check(said in ("Permission denied", "Operation not permitted"), f"{name} of the agent is closed", said)


@attack
def core_file(machine: Machine, tap: Tap) -> None:
    """A helper is made to crash where core files are allowed."""
    folder = private_folder(ALICE, ALICE.runtime / "core")
    cat = os.path.realpath("/bin/cat")
    for what, argv in (
        ("a program like any other", [cat]),
        ("the helper", [str(machine.bin / HELPER), "get"]),
        ("scoped-fetch", [str(fetch_as_helper(machine)), "get"]),
    ):
        process = start(ALICE, machine, argv, folder)
        os.kill(process.pid, signal.SIGSEGV)
        _, status = os.waitpid(process.pid, 0)
        process.returncode = -signal.SIGSEGV
        if argv[0] == cat:
            if not tap.check(os.WCOREDUMP(status), f"{what} leaves a core file"):
                return tap.skip("core files", "none is made here, whoever crashes")
        else:
            tap.check(os.WIFSIGNALED(status) and not os.WCOREDUMP(status), f"{what} leaves none", status)
    left = [each.name for each in folder.iterdir()]
    tap.check(len(left) <= 1, "there is no core file but that one", left)
