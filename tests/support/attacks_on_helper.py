"""What somebody tries on a helper: sockets in its way, environments, looking into its memory."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import hostile
from attacks import attack
from hostile import Hostile
from machine import ALICE, BOB, EVERYBODYS, HOST_SOCKET, MALLORY, ROOT, Machine, User, compile_library, private_folder
from process import Finished
from tap import Tap
from world import HELPER

SAVED = "saved.example"  # a registry that the configuration does not mention, with a saved login
LOGIN = {"ServerURL": SAVED, "Username": "alice", "Secret": "alices-own-secret"}
NOT_FOUND = "credentials not found in native keychain"


def save_login(machine: Machine, user: User) -> None:
    done = machine.helper(user, "store", json.dumps(LOGIN))
    if done.code != 0:
        raise OSError(f"a login could not be saved: {done}")


def is_saved_login(done: Finished) -> bool:
    return done.code == 0 and LOGIN["Secret"] in done.out


def ask_everything(machine: Machine, user: User, more: dict[str, str]) -> list[Finished]:
    """Each verb once, with a secret where there is one to be sent."""
    host = machine.cloud.host
    login = json.dumps({"ServerURL": "other.example", "Username": "u", "Secret": "never-to-be-told"})
    asked = (("get", host), ("get", "other.example"), ("list", ""), ("store", login), ("erase", "other.example"))
    return [machine.helper(user, verb, text, more) for verb, text in asked]


def check_untouched(machine: Machine, tap: Tap, trap: Hostile, user: User, more: dict[str, str], what: str) -> None:
    """The trap gets nothing, nobody gets the trap's answer, and the helper serves as if it were not there."""
    done = ask_everything(machine, user, more)
    tap.check(trap.received == b"", f"{what}: not one byte is sent", trap.received[:80])
    tap.check(not any("trap" in each.out for each in done), f"{what}: its answer is nobody's", done)
    tap.check(all(each.code in (0, 1) for each in done), f"{what}: every verb ends by itself", done)


def check_believed(machine: Machine, tap: Tap, path: Path, user: User, more: dict[str, str], what: str) -> None:
    """The same place without what is wrong with it: the helper does ask there, so the look above was no accident."""
    with Hostile(path, user.uid, hostile.answer('{"ServerURL":"x","Username":"own","Secret":"own"}\n')) as own:
        done = machine.get(user, more=more)
        tap.check('"own"' in done.out and len(own.requests) == 1, f"{what}: it is asked", done)


@attack
def hostile_socket_in_tmp(machine: Machine, tap: Tap) -> None:
    """Another user's socket in /tmp, which $SCOPED_AGENT_SOCKET names."""
    path = Path("/tmp/trust-agent.sock")
    more = {"SCOPED_AGENT_SOCKET": str(path)}
    with Hostile(path, MALLORY.uid) as trap:
        check_untouched(machine, tap, trap, ALICE, more, "another user's socket in /tmp")
    with Hostile(path, MALLORY.uid) as trap:
        check_untouched(machine, tap, trap, ROOT, more, "another user's socket in /tmp, asked by root")
    check_believed(machine, tap, path, ALICE, more, "one's own socket in /tmp")


@attack
def runtime_folder_of_another(machine: Machine, tap: Tap) -> None:
    """$XDG_RUNTIME_DIR belongs to somebody else, as after `su` without a login."""
    folder = private_folder(MALLORY, Path("/run/mallory/scoped"), 0o755).parent
    more = {"XDG_RUNTIME_DIR": str(folder)}
    with Hostile(folder / "scoped/agent.sock", MALLORY.uid) as trap:
        check_untouched(machine, tap, trap, ALICE, more, "a runtime folder of another user")
    with Hostile(folder / "scoped/agent.sock", MALLORY.uid) as trap:
        check_untouched(machine, tap, trap, ROOT, more, "a user's runtime folder under root")
    tap.check(machine.login_of(machine.get(ALICE, more=more)) == EVERYBODYS, "the system's agent is asked all the same")


@attack
def link_in_the_path(machine: Machine, tap: Tap) -> None:
    """A symbolic link as any part of the path, to a socket that would be believed in its own place."""
    real = private_folder(ALICE, ALICE.runtime / "real/scoped").parent
    links = private_folder(ALICE, ALICE.runtime / "links")
    private_folder(ALICE, links / "last")
    (links / "first").symlink_to(real)
    (links / "middle").mkdir()
    (links / "middle/scoped").symlink_to(real / "scoped")
    (links / "last/agent.sock").symlink_to(real / "scoped/agent.sock")
    for part in ("first/scoped/agent.sock", "middle/scoped/agent.sock", "last/agent.sock"):
        with Hostile(real / "scoped/agent.sock", ALICE.uid) as trap:
            more = {"SCOPED_AGENT_SOCKET": str(links / part)}
            check_untouched(machine, tap, trap, ALICE, more, f"a link as the {part.split('/')[0]} part")
    check_believed(
        machine, tap, real / "scoped/agent.sock", ALICE, {"XDG_RUNTIME_DIR": str(real)}, "the same without a link"
    )


@attack
def folder_that_others_may_write(machine: Machine, tap: Tap) -> None:
    """A world-writable folder and a group-writable one, on the way or at its end; even the socket is one's own."""
    folder = private_folder(ALICE, ALICE.runtime / "open")
    inner = private_folder(ALICE, folder / "scoped")
    more = {"XDG_RUNTIME_DIR": str(folder)}
    for mode in (0o777, 0o770, 0o1777, 0o720):
        for open_one in (folder, inner):
            open_one.chmod(mode)
            with Hostile(inner / "agent.sock", ALICE.uid) as trap:
                where = "at the end" if open_one == inner else "on the way"
                check_untouched(machine, tap, trap, ALICE, more, f"a folder of mode {mode:o} {where}")
            open_one.chmod(0o700)
    check_believed(machine, tap, inner / "agent.sock", ALICE, more, "a folder of mode 700")


@attack
def listener_behind_ones_own_socket(machine: Machine, tap: Tap) -> None:
    """The file is the user's own and the folder too, but who listens is somebody else."""
    path = private_folder(ALICE, ALICE.runtime / "scoped") / "agent.sock"
    with Hostile(path, MALLORY.uid, bind_as=ALICE.uid) as trap:
        check_untouched(machine, tap, trap, ALICE, {}, "a stranger who listens on the user's own socket")
        tap.check(trap.connections > 0, "he was looked at, and that was all", trap.connections)


@attack
def secrets_for_the_systems_agent(machine: Machine, tap: Tap) -> None:
    """Somebody who took over the system's agent waits for logins that users store."""
    machine.stop_agent()
    with Hostile(HOST_SOCKET, MALLORY.uid, hostile.answer(""), bind_as=0) as trap:
        save = json.dumps(LOGIN)
        done = [machine.helper(ALICE, verb, text) for verb, text in (("store", save), ("erase", SAVED), ("list", ""))]
        verbs = [each.verb for each in trap.requests]
        tap.check(b"alices-own-secret" not in trap.received, "a login that is stored is not sent to it", verbs)
        tap.check(set(verbs) <= {"get", "list", "stale"} and "get" in verbs, "it is sent get, list and stale", verbs)
        tap.check(all(each.code is not None for each in done), "every verb ends by itself", done)


def try_broken_agent(machine: Machine, tap: Tap, behave: hostile.Behaviour, what: str) -> None:
    """The user's own agent misbehaves: the saved login comes all the same."""
    path = private_folder(ALICE, ALICE.runtime / "scoped") / "agent.sock"
    save_login(machine, ALICE)
    with Hostile(path, ALICE.uid, behave) as broken:
        done = machine.get(ALICE, SAVED)
        tap.check(is_saved_login(done), f"{what}: scoped-fetch answers", done)
        tap.check(bool(broken.received), f"{what}: it had been asked", broken.received)
    tap.note(f"{what}: {done.seconds:.1f} s")


@attack
def agent_that_never_answers(machine: Machine, tap: Tap) -> None:
    """It accepts, reads and keeps silent."""
    try_broken_agent(machine, tap, hostile.silent, "an agent that keeps silent")


@attack
def agent_that_answers_half(machine: Machine, tap: Tap) -> None:
    """Half a frame, and then nothing more."""
    try_broken_agent(machine, tap, hostile.half_answer, "an agent that answers half")


@attack
def agent_that_dies(machine: Machine, tap: Tap) -> None:
    """It ends in the middle of its answer, each time."""
    try_broken_agent(machine, tap, hostile.dies_in_the_middle, "an agent that dies in mid-answer")


@attack
def agent_that_promises_a_gigabyte(machine: Machine, tap: Tap) -> None:
    """A frame of 1 GiB: nothing is allocated for it."""
    limit = ["prlimit", f"--as={256 << 20}", "--"] if shutil.which("prlimit") else []
    path = private_folder(ALICE, ALICE.runtime / "scoped") / "agent.sock"
    save_login(machine, ALICE)
    with Hostile(path, ALICE.uid, hostile.huge_frame):
        done = machine.run(ALICE, [*limit, str(machine.bin / HELPER), "get"], SAVED)
    tap.check(is_saved_login(done), "a frame of 1 GiB is refused, with 256 MiB to live in", done)


@attack
def agent_that_says_wait_for_ever(machine: Machine, tap: Tap) -> None:
    """WAIT each second, and WAIT without a pause: one deadline ends it."""
    for behave in (hostile.waits_for_ever, hostile.waits_without_a_pause):
        try_broken_agent(machine, tap, behave, f"an agent that {behave.__name__.replace('_', ' ')}")


@attack
def agent_that_is_restarted(machine: Machine, tap: Tap) -> None:
    """The connection ends in the middle of the answer; the helper asks once more."""
    path = private_folder(ALICE, ALICE.runtime / "scoped") / "agent.sock"
    text = '{"ServerURL":"x","Username":"new","Secret":"agent"}\n'
    with Hostile(path, ALICE.uid, hostile.dies_once(text)) as restarted:
        done = machine.get(ALICE)
        tap.check(done.out == text and done.code == 0, "the second try is answered", done)
        tap.check(restarted.connections == 2, "there were two tries", restarted.connections)


@attack
def environment_of_another_loader(machine: Machine, tap: Tap) -> None:
    """LD_PRELOAD, LD_AUDIT, GCONV_PATH and their kin, where an agent answers: nothing of them is loaded."""
    work = private_folder(ALICE, ALICE.runtime / "loader")
    marker = work / "marker"
    source = f"""
        #include <fcntl.h>
        unsigned la_version(unsigned v) {{ return v; }}
        void gconv_init(void) {{}}
        __attribute__((constructor)) static void begin(void) {{ open("{marker}", O_CREAT | O_WRONLY, 0600); }}
    """
    why_not = compile_library(source, work / "evil.so")
    if why_not:
        return tap.skip("the loader's environment", why_not)
    (work / "gconv-modules").write_text("module INTERNAL UTF-8// evil 1\nmodule UTF-8// INTERNAL evil 1\n")
    evil = str(work / "evil.so")
    for name in ("LD_PRELOAD", "LD_AUDIT"):
        machine.run(ALICE, ["env", f"{name}={evil}", "/bin/true"])
        tap.check(marker.exists(), f"{name} reaches /bin/true")
        marker.unlink(missing_ok=True)
    more = {
        "LD_PRELOAD": evil, "LD_AUDIT": evil, "LD_LIBRARY_PATH": str(work), "GCONV_PATH": str(work), "LC_ALL": "tr_TR",
        "LOCPATH": str(work), "NLSPATH": str(work), "GLIBC_TUNABLES": "glibc.malloc.check=3", "MALLOC_TRACE": evil,
    }  # fmt: skip
    junk = [f"{name}={value}" for name, value in more.items()]
    done = machine.run(ALICE, ["env", *junk, str(machine.bin / HELPER), "get"], machine.cloud.host)
    tap.check(machine.login_of(done) == EVERYBODYS and not done.err, "the helper answers as ever", done)
    tap.check(not marker.exists(), "and nothing was loaded into it")


@attack
def setuid_execution(machine: Machine, tap: Tap) -> None:
    """The helper runs with more rights than its caller: the caller's environment says nothing."""
    folder = Path("/opt/scoped/setuid")
    folder.mkdir()
    program = folder / HELPER
    shutil.copy2(machine.bin / HELPER, program)
    os.chown(program, BOB.uid, BOB.uid)
    program.chmod(0o4755)
    path = private_folder(BOB, Path("/run/bob/scoped")) / "agent.sock"
    for name, value in (("SCOPED_AGENT_SOCKET", path), ("XDG_RUNTIME_DIR", "/run/bob")):
        with Hostile(path, BOB.uid) as trap:
            done = machine.run(MALLORY, [str(program), "get"], machine.cloud.host, {name: str(value)})
            tap.check(trap.received == b"" and "trap" not in done.out, f"{name} of the caller is not looked at", done)
    shutil.rmtree(folder)
    check_believed(machine, tap, path, BOB, {"XDG_RUNTIME_DIR": "/run/bob"}, "the same environment of one's own")


@attack
def sudo_with_a_users_home(machine: Machine, tap: Tap) -> None:
    """`sudo -E` keeps HOME and the XDG folders: root neither reads nor writes there, and does not ask there."""
    if not shutil.which("sudo"):
        return tap.skip("sudo", "sudo is not installed; run 'packaging/deps tests'")
    Path("/etc/sudoers.d/trust").write_text("Defaults !use_pty\nalice ALL=(ALL) NOPASSWD:SETENV: ALL\n")
    Path("/etc/sudoers.d/trust").chmod(0o440)
    save_login(machine, ALICE)
    private_folder(ALICE, ALICE.home / ".config/scoped/config.d")
    for name, host in (("config.json", "alices.example"), ("config.d/more.json", "more.example")):
        document = {"registries": {host: {"default_token": "alice-token", "tokens": {"alice-token": {}}}}}
        (ALICE.home / ".config/scoped" / name).write_text(json.dumps(document))
    for path in (ALICE.home / ".config", *(ALICE.home / ".config").rglob("*")):
        os.chown(path, ALICE.uid, ALICE.uid)
    socket_path = private_folder(ALICE, ALICE.runtime / "scoped") / "agent.sock"
    keeps = machine.run(ALICE, ["sudo", "-n", "-E", "sh", "-c", "echo $HOME $XDG_RUNTIME_DIR"])
    tap.check(keeps.out.split() == [str(ALICE.home), str(ALICE.runtime)], "sudo -E keeps the user's folders", keeps)
    before = state_of(ALICE.home)
    asked = {"get": SAVED, "store": json.dumps(LOGIN | {"ServerURL": "roots.example"}), "erase": SAVED, "list": ""}
    with watch_reads(ALICE.home) as seen, Hostile(socket_path, ALICE.uid) as trap:
        argv = ["sudo", "-n", "-E", "--", str(machine.bin / HELPER)]
        done = {verb: machine.run(ALICE, [*argv, verb], text) for verb, text in asked.items()}
        tap.check(not seen(), "nothing was read in the user's folder", seen())
        tap.check(trap.received == b"", "the user's agent was not asked", trap.received)
    tap.check(state_of(ALICE.home) == before, "nothing was written into the user's folder")
    tap.check(done["get"].code == 1 and done["get"].out.strip() == NOT_FOUND, "a user's login is not root's", done["get"])
    refused = done["store"].code == 1 and done["store"].out.count("\n") == 1
    tap.check(refused, "root's login is not saved there", done["store"])
    silent = done["erase"].code == 0 and done["list"].code == 0 and SAVED not in done["list"].out
    tap.check(silent, "erase and list end by themselves", done)
    kept = machine.get(ALICE, SAVED)
    tap.check(is_saved_login(kept), "the user still has the login", kept)
    shutil.rmtree(ALICE.home / ".config")


def state_of(folder: Path) -> dict[str, tuple[int, int, int]]:
    found = {}
    for path in (folder, *folder.rglob("*")):
        info = path.lstat()
        found[str(path)] = (info.st_ino, info.st_mtime_ns, info.st_ctime_ns)
    return found


class watch_reads:  # noqa: N801 - used as `with watch_reads(...)`
    """Tells which entries below a folder were read, by inotify."""

    IN_ACCESS = 0x00000001

    def __init__(self, folder: Path):
        import ctypes

        self.libc = ctypes.CDLL(None, use_errno=True)
        self.fd = self.libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        for path in (folder, *(each for each in folder.rglob("*") if each.is_dir())):
            if self.libc.inotify_add_watch(self.fd, os.fsencode(path), self.IN_ACCESS) < 0:
                raise OSError(ctypes.get_errno(), "inotify_add_watch")
        # our own look comes later and through other calls
        self.names: list[str] = []

    def __enter__(self) -> Callable[[], list[str]]:
        return self.seen

    def seen(self) -> list[str]:
        try:
            data = os.read(self.fd, 65536)
        except BlockingIOError:
            return self.names
        while data:
            size = int.from_bytes(data[12:16], "little")
            mask = int.from_bytes(data[4:8], "little")
            name = data[16 : 16 + size].rstrip(b"\0").decode() or "a folder"
            self.names.append(f"{name} ({mask:#x})")
            data = data[16 + size :]
        return self.names

    def __exit__(self, *_: object) -> None:
        os.close(self.fd)
