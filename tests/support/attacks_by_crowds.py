"""Ten thousand connections that want nothing good, while somebody else asks for a password."""

from __future__ import annotations

import os
import resource
import signal
import socket
import struct
import time
from collections.abc import Callable, Sequence

from attacks import attack
from hostile import HEADER, encode_request
from machine import ALICE, CONTAINER, CONTAINERS, DOCKER_GID, EVERYBODYS, HOST_SOCKET, Machine
from tap import Tap

ATTACKERS, EACH = 8, 1250  # uids, and connections of each
FIRST_UID = 13000
LEAST = 60  # questions that are asked meanwhile

Senders = Sequence[Callable[[socket.socket, str], None]]


def keep_silent(_client: socket.socket, _host: str) -> None:
    pass


def send_garbage(client: socket.socket, _host: str) -> None:
    client.send(os.urandom(64))


def send_half(client: socket.socket, host: str) -> None:
    client.send(encode_request("get", host)[:-3])


def promise_much(client: socket.socket, _host: str) -> None:
    """Half of a long frame: each would like a megabyte of the agent's memory."""
    client.send(HEADER.pack(b"SCQ1", 1 << 20) + b"d\x03get\0" + b"x" * 60_000)


def never_read(client: socket.socket, host: str) -> None:
    """A right question whose answer nobody takes."""
    client.send(encode_request("list", host))


ALL: Senders = (keep_silent, send_garbage, send_half, promise_much, never_read)


def crowd(uid: int, path: str, host: str, count: int, senders: Senders, report: int, go_on: int) -> None:
    """The process of one attacker: opens its connections, says how many, and holds them until it is killed."""
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_NOFILE, (count + 64, count + 64))
    if uid:
        os.setgroups([DOCKER_GID])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    held: list[socket.socket] = []
    for number in range(count):
        client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", 10, 0))  # while the backlog is full
        try:
            client.connect(path)
            held.append(client)
            client.setblocking(False)
            senders[number % len(senders)](client, host)
        except OSError:
            pass  # the agent has closed it already
    os.write(report, f"{len(held)}\n".encode())
    os.read(go_on, 1)


class Crowd:
    """Attackers at work; `with` ends them."""

    def __init__(self, path: str, host: str, uids: list[int], senders: Senders = ALL):
        self.reports, theirs = os.pipe()
        hold, self.let_go = os.pipe()
        self.pids: list[int] = []
        for uid in uids:
            pid = os.fork()
            if pid == 0:
                try:
                    os.close(self.let_go)
                    crowd(uid, path, host, EACH, senders, theirs, hold)
                finally:
                    os._exit(0)
            self.pids.append(pid)
        os.close(theirs)
        os.close(hold)
        os.set_blocking(self.reports, False)
        self.text = b""

    def __enter__(self) -> Crowd:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.let_go)
        for pid in self.pids:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        os.close(self.reports)

    def connected(self) -> list[int]:
        """How many connections each attacker that is ready has made."""
        try:
            self.text += os.read(self.reports, 4096)
        except BlockingIOError:
            pass
        return [int(line) for line in self.text.split()]


def ask_meanwhile(machine: Machine, attackers: Crowd, tap: Tap, what: str) -> None:
    """Alice asks until the crowd is complete and some more; every question is answered with the password."""
    seconds, wrong = [], []
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        done = machine.get(ALICE)
        seconds.append(done.seconds)
        if machine.login_of(done) != EVERYBODYS:
            wrong.append(done)
        if len(attackers.connected()) == len(attackers.pids) and len(seconds) >= LEAST:
            break
    made = sum(attackers.connected())
    wanted = EACH * len(attackers.pids)
    tap.check(made == wanted, f"{what}: {wanted} connections were made", made)
    tap.check(not wrong, f"{what}: {len(seconds)} questions of another uid were answered", wrong[:3])
    seconds.sort()
    tap.note(f"{what}: median {seconds[len(seconds) // 2]:.3f} s, longest {seconds[-1]:.3f} s for a whole process")


def memory_of(pid: int) -> int:
    """Resident MiB."""
    with open(f"/proc/{pid}/statm", encoding="ascii") as numbers:
        return int(numbers.read().split()[1]) * resource.getpagesize() >> 20


@attack
def ten_thousand_connections(machine: Machine, tap: Tap) -> None:
    """Eight uids open 10,000 connections that send nothing, garbage, halves, or never read."""
    assert machine.agent
    calm = sorted(machine.get(ALICE).seconds for _ in range(20))
    tap.note(f"before: median {calm[10]:.3f} s, longest {calm[-1]:.3f} s; the agent has {memory_of(machine.agent.pid)} MiB")
    uids = [FIRST_UID + number for number in range(ATTACKERS)]
    with Crowd(str(HOST_SOCKET), machine.cloud.host, uids) as attackers:
        ask_meanwhile(machine, attackers, tap, "10,000 connections")
        open_now = len(os.listdir(f"/proc/{machine.agent.pid}/fd"))
        tap.note(f"the agent holds {open_now} descriptors and {memory_of(machine.agent.pid)} MiB")
        tap.check(memory_of(machine.agent.pid) < 256, "its memory stays bounded", memory_of(machine.agent.pid))


@attack
def one_uid_takes_all_places(machine: Machine, tap: Tap) -> None:
    """A single user opens as many as it can, and sends nothing."""
    with Crowd(str(HOST_SOCKET), machine.cloud.host, [FIRST_UID], [keep_silent]) as attackers:
        ask_meanwhile(machine, attackers, tap, "one uid")


@attack
def crowd_in_a_container(machine: Machine, tap: Tap) -> None:
    """A container fills its own socket, under uids that it chose; the users of the host do not notice."""
    path = str(CONTAINERS / CONTAINER / "agent.sock")
    # As root: the folder above lets nobody else in, which a mount in a container goes round.
    with Crowd(path, machine.cloud.host, [0, 0]) as attackers:
        ask_meanwhile(machine, attackers, tap, "a crowd in a container")
