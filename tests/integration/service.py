#!/usr/bin/env python3
"""scoped-agent as a service manager sees it: sockets that are handed over, what it reports, reload, watchdog.

Played without a service manager, by the variables and sockets that one uses. Not tested here: real units under a real
systemd (tests/packages), each decision of the workers' watch (tests/unit/loop).
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from eventually import eventually
from faults import Faults
from lab import Lab
from process import Daemon, LabError
from scene import play
from tap import Tap
from world import CALM_POLICY, Consumer, World

FIRST, SECOND = "first", "second"
PATIENCE = 15.0
PTRACE_SEIZE, PTRACE_INTERRUPT = 0x4206, 0x4207
GRACE = 25.0  # seconds that a stop has
WATCHDOG = 3_000_000  # microseconds


class Manager:
    """The notification socket, and all that was said there."""

    def __init__(self, path: Path):
        self.path = path
        self.said: list[str] = []
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self) -> None:
        while True:
            self.said += self.socket.recv(65536).decode().split("\n")

    def count(self, word: str) -> int:
        return sum(each.startswith(word) for each in self.said)

    @property
    def status(self) -> str:
        return next((each for each in reversed(self.said) if each.startswith("STATUS=")), "")


def wait_until(is_so: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        if time.monotonic() > deadline:
            raise LabError(f"not within {PATIENCE:.0f} s: {what}")
        time.sleep(0.02)


class Service:
    """An agent that was started the way a service manager starts one."""

    def __init__(self, world: World, manager: Manager, watchdog: int = 0):
        self.world, self.manager = world, manager
        folder = world.work / "agent"
        self.sockets = [listening(folder / "agent.sock"), listening(folder / "control.sock")]
        self.watchdog = watchdog
        self.log = world.work / "log" / "service.log"
        self.daemon: Daemon | None = None

    def start(self) -> None:
        env = self.world.environment() | {"NOTIFY_SOCKET": str(self.manager.path), "LISTEN_FDS": "2"}
        watch = f"WATCHDOG_USEC={self.watchdog} WATCHDOG_PID=$$ " if self.watchdog else ""
        move = "".join(f" {3 + at}<&{each.fileno()}" for at, each in enumerate(self.sockets))
        for each in self.sockets:
            os.set_inheritable(each.fileno(), True)
        agent = self.world.programs / "scoped-agent"
        script = f"exec{move}; LISTEN_PID=$$ {watch}exec {agent}"
        self.daemon = InheritingDaemon("scoped-agent", ["bash", "-c", script], env, self.log)

    def must_run(self) -> Daemon:
        assert self.daemon
        return self.daemon

    def hang_up(self) -> None:
        os.kill(self.must_run().pid, signal.SIGHUP)


class InheritingDaemon(Daemon):
    """A daemon that is given the descriptors of this process which are marked for it."""

    def __init__(self, name: str, argv: list[str], env: dict[str, str], log: Path):
        self.name, self.log = name, log
        with log.open("ab") as sink:
            self.process = subprocess.Popen(
                argv, env=env, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, start_new_session=True, close_fds=False
            )


def listening(path: Path) -> socket.socket:
    """Listens there, with a descriptor away from 3 and 4, which is where the agent gets them."""
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    made.bind(str(path))
    path.chmod(0o600)
    made.listen(64)
    high = socket.socket(fileno=fcntl.fcntl(made.fileno(), fcntl.F_DUPFD_CLOEXEC, 50))
    made.close()
    return high


def configuration(world: World, default: str) -> dict[str, Any]:
    document = world.configuration()
    registry = document["registries"][world.cloud.host]
    registry["default_token"] = default
    return document


def user(world: World) -> str:
    """Whom the helper names when nothing but the registry is asked for."""
    done = world.helper("plain", "get")
    return str(json.loads(done.out)["Username"]) if done.code == 0 else done.last_line


def service(lab: Lab, tap: Tap) -> None:
    cloud = lab.start_registry()
    consumers = tuple(Consumer(name, "app-pull", False) for name in (FIRST, SECOND))
    world = World(lab.work, lab.programs, cloud, consumers, CALM_POLICY)
    world.set_up()
    plain = world.client_folder("plain")
    (world.work / "bin" / "docker-credential-scoped-plain").unlink()
    (world.work / "bin" / "docker-credential-scoped-plain").symlink_to(plain_helper(world))
    world.write_configuration(configuration(world, FIRST))
    assert plain
    manager = Manager(lab.work / "notify")
    started(world, manager, tap)
    wrong_start(world, manager, tap)
    watchdog(world, Manager(lab.work / "notify-2"), tap)
    for path in (world.work / "agent").glob("*.sock"):
        path.unlink()
    stop_in_mid_step(world, Manager(lab.work / "notify-3"), tap)


def plain_helper(world: World) -> Path:
    """A script, since the program's own name would be a profile."""
    path = world.work / "bin" / "plain-helper"
    path.write_text(f'#!/bin/sh\nexec {world.programs}/docker-credential-scoped "$@"\n')
    path.chmod(0o755)
    return path


def started(world: World, manager: Manager, tap: Tap) -> None:
    run = Service(world, manager)
    early: list[str] = []
    client = threading.Thread(target=lambda: early.append(user(world)))
    client.start()  # before the agent is there: the socket is
    run.start()
    try:
        client.join(PATIENCE)
        tap.check(early == [FIRST], "whoever asks before the agent runs is answered when it does", early)
        wait_until(lambda: manager.count("READY=1") == 1, "READY=1")
        tap.ok("the manager is told when it is ready")
        wait_until(lambda: "next rotation" in manager.status, "STATUS= with the next rotation")
        tap.ok("its status names the next rotation")
        reloads(world, run, tap)
        many_signals(run, tap)
    finally:
        run.must_run().kill()
        for each in run.sockets:
            each.close()
    for path in (world.work / "agent").glob("*.sock"):
        path.unlink()


def reloads(world: World, run: Service, tap: Tap) -> None:
    manager = run.manager
    good = configuration(world, SECOND)
    world.config.write_text("{ \"registries\": { \"broken\n")
    run.hang_up()
    wait_until(lambda: "not taken" in manager.status, "STATUS= that says why")
    tap.check(str(world.config) in manager.status, "a broken configuration is named in the status", manager.status)
    tap.check("next rotation" in manager.status, "and what goes on too", manager.status)
    world.config.write_text(json.dumps(configuration(world, "nobody")))
    run.hang_up()
    wait_until(lambda: "nobody" in manager.status, "STATUS= about the second mistake")
    tap.check((manager.count("READY=1"), manager.count("RELOADING=1")) == (1, 0), "nothing began anew", manager.said)
    world.write_configuration(good)
    answers: list[str] = []
    over = threading.Event()

    def ask() -> None:
        while not over.is_set():
            answers.append(user(world))

    client = threading.Thread(target=ask)
    client.start()
    try:
        run.hang_up()
        wait_until(lambda: manager.count("READY=1") == 2, "READY=1 after the reload")
        wait_until(lambda: SECOND in answers, "answers by the new configuration")
    finally:
        over.set()
        client.join()
    tap.check(set(answers) <= {FIRST, SECOND}, "nobody is refused while it reloads", set(answers))
    tap.check("not taken" not in manager.status, "the complaint is over", manager.status)
    tap.check(manager.count("RELOADING=1") == 1, "the manager is told of the reload", manager.said)
    tap.check((world.status() or {}).get("agent") is not None, "scopedctl is answered as before")


def many_signals(run: Service, tap: Tap) -> None:
    """None is lost, and none hits it between two runs."""
    daemon = run.must_run()
    for _ in range(30):
        run.hang_up()
        time.sleep(0.01)
    tap.check(daemon.is_running(), "many reloads at once leave it running", daemon.last_log_line())
    os.kill(daemon.pid, signal.SIGHUP)
    os.kill(daemon.pid, signal.SIGTERM)
    wait_until(lambda: not daemon.is_running(), "the end after SIGTERM in a reload")
    tap.check(daemon.process.returncode == 0, "SIGTERM in the middle of a reload ends it with 0", daemon.process.returncode)
    told = eventually(lambda: run.manager.count("STOPPING=1") >= 1)  # its words may come after the end
    tap.check(told, "and the manager is told", run.manager.said)


def wrong_start(world: World, manager: Manager, tap: Tap) -> None:
    world.config.write_text("[]")
    run = Service(world, manager)
    run.start()
    daemon = run.must_run()
    wait_until(lambda: not daemon.is_running(), "the end of a start with a wrong configuration")
    tap.check(daemon.process.returncode == 78, "a wrong configuration ends the start with 78", daemon.process.returncode)
    wait_until(lambda: str(world.config) in manager.status, "STATUS= that names the file")
    tap.ok("the status names the file also then")
    for each in run.sockets:
        each.close()
    for path in (world.work / "agent").glob("*.sock"):
        path.unlink()
    world.write_configuration(configuration(world, FIRST))


def watchdog(world: World, manager: Manager, tap: Tap) -> None:
    run = Service(world, manager, watchdog=WATCHDOG)
    run.start()
    frozen: Frozen | None = None
    try:
        wait_until(lambda: manager.count("WATCHDOG=1") >= 3, "three pings")
        tap.ok("the watchdog is pinged while all goes well")
        daemon = run.must_run()
        frozen = Frozen(daemon.pid)
        if frozen.why_not:
            tap.skip("a stuck worker keeps the watchdog from being pinged", frozen.why_not)
            return
        asking = threading.Thread(target=lambda: user(world))
        asking.start()
        wait_until(lambda: "does not get on" in run.log.read_text(errors="replace"), "the complaint about a worker")
        pings = manager.count("WATCHDOG=1")
        complaints = run.log.read_text(errors="replace").count("does not get on")
        wait_until(
            lambda: run.log.read_text(errors="replace").count("does not get on") > complaints + 1, "two more of them"
        )
        tap.check(manager.count("WATCHDOG=1") == pings, "a stuck worker keeps the watchdog from being pinged", manager.said)
        tap.check(daemon.is_running(), "while the loop itself goes on")
    finally:
        if frozen:
            frozen.let_go()
        run.must_run().kill()
        for each in run.sockets:
            each.close()


def stop_in_mid_step(world: World, manager: Manager, tap: Tap) -> None:
    """A password has been generated, the store does not take it, and the agent is to end."""
    run = Service(world, manager)
    run.start()
    records, away = world.work / "records", world.work / "records.away"
    before = world.cloud.passwords(FIRST)
    Faults(world.cloud).arm({"fault": "delay_after", "ms": 2_000}, "generateCredentials", times=1)
    asking = threading.Thread(target=lambda: world.ctl("rotate", f"{world.cloud.host}/{FIRST}"))
    asking.start()
    try:
        daemon = run.must_run()
        wait_until(lambda: world.cloud.passwords(FIRST) != before, "a new password, whose answer is still on its way")
        records.rename(away)
        os.kill(daemon.pid, signal.SIGTERM)
        wait_until(lambda: manager.count("EXTEND_TIMEOUT_USEC=") >= 2, "a request for more time")
        tap.ok("a stop in mid-step asks the service manager for more time")
        time.sleep(GRACE + 2)
        tap.check(daemon.is_running(), "it outlasts the time that a stop has, for a password that is in memory alone")
        away.rename(records)
        wait_until(lambda: not daemon.is_running(), "the end once the store takes it")
        tap.check(daemon.process.returncode == 0, "then it ends with 0", daemon.process.returncode)
    finally:
        if away.exists():
            away.rename(records)
        run.must_run().kill()
        asking.join()
        for each in run.sockets:
            each.close()
    after = world.cloud.passwords(FIRST)
    done = world.ctl("rotate", f"{world.cloud.host}/{FIRST}")
    tap.check(done.code == 0, "and whoever comes next goes on with that password", done)
    tap.check(world.cloud.passwords(FIRST) == after, "which is not generated anew", world.cloud.passwords(FIRST))


class Frozen:
    """Another process that holds every thread of a program but the first, as a debugger does, until it is let go."""

    def __init__(self, pid: int):
        argv = [sys.executable, "-B", __file__, "--freeze", str(pid)]
        self.holder = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.holder.stdout
        self.why_not = self.holder.stdout.readline().strip()

    def let_go(self) -> None:
        self.holder.communicate()


def freeze(pid: int) -> str:
    """Stops the threads of a program; why not, where that is forbidden."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.argtypes = (ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p)
    libc.ptrace.restype = ctypes.c_long
    threads = [int(each.name) for each in Path(f"/proc/{pid}/task").iterdir()]
    for thread in threads:
        if thread == pid:
            continue
        if libc.ptrace(PTRACE_SEIZE, thread, None, None) != 0 or libc.ptrace(PTRACE_INTERRUPT, thread, None, None) != 0:
            return f"threads cannot be stopped here: {os.strerror(ctypes.get_errno())}"
    return "" if len(threads) > 1 else "it has one thread"


if __name__ == "__main__":
    if sys.argv[1:2] == ["--freeze"]:
        print(freeze(int(sys.argv[2])), flush=True)
        sys.stdin.read()
        sys.exit(0)
    sys.exit(play(service))
