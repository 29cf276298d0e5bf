"""Sockets that are not what they seem: another process, another uid, and an answer that nobody should get.

Everything that such a socket receives is written down, so that a test can show that it was nothing.
"""

from __future__ import annotations

import os
import signal
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

KEEP = -1  # leave the group as it is

HEADER = struct.Struct("<4sI")  # magic and the size of the rest


@dataclass(frozen=True)
class Request:
    kind: str
    verb: str
    profile: str
    input: bytes


def encode_request(verb: str, key: str, profile: str = "", kind: str = "d") -> bytes:
    rest = kind.encode() + bytes([len(verb)]) + verb.encode() + bytes([len(profile)]) + profile.encode() + key.encode()
    return HEADER.pack(b"SCQ1", len(rest)) + rest


def decode_request(frame: bytes) -> Request:
    rest = frame[HEADER.size :]
    verb_end = 2 + rest[1]
    profile_end = verb_end + 1 + rest[verb_end]
    return Request(
        chr(rest[0]), rest[2:verb_end].decode(), rest[verb_end + 1 : profile_end].decode(), rest[profile_end:]
    )


def encode_reply(said: str, text: str = "", code: int = 0) -> bytes:
    rest = said.encode() + bytes([code, 0]) + text.encode()
    return HEADER.pack(b"SCR1", len(rest)) + rest


TRAP = '{"ServerURL":"x","Username":"mallory","Secret":"trap"}\n'


class Talk:
    """One connection as a behaviour sees it; `number` counts from 1."""

    def __init__(self, connection: socket.socket, number: int, heard: Callable[[bytes], None]):
        self.connection = connection
        self.number = number
        self._heard = heard

    def read_request(self) -> bytes:
        frame = self._read(HEADER.size)
        return frame + self._read(HEADER.unpack(frame)[1]) if len(frame) == HEADER.size else frame

    def read_to_end(self) -> None:
        while self._read(1):
            pass

    def send(self, data: bytes) -> None:
        self.connection.sendall(data)

    def _read(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            piece = self.connection.recv(size - len(data))
            if not piece:
                break
            self._heard(piece)
            data += piece
        return data


Behaviour = Callable[[Talk], None]


def trap(talk: Talk) -> None:
    """Answers with credentials of its own."""
    talk.read_request()
    talk.send(encode_reply("A", TRAP))
    talk.read_to_end()


def answer(text: str) -> Behaviour:
    def behave(talk: Talk) -> None:
        talk.read_request()
        talk.send(encode_reply("A", text))
        talk.read_to_end()

    return behave


def silent(talk: Talk) -> None:
    talk.read_to_end()


def half_answer(talk: Talk) -> None:
    talk.read_request()
    talk.send(encode_reply("A", TRAP)[:20])
    talk.read_to_end()


def dies_in_the_middle(talk: Talk) -> None:
    talk.read_request()
    talk.send(encode_reply("A", TRAP)[:20])


def huge_frame(talk: Talk) -> None:
    talk.read_request()
    talk.send(HEADER.pack(b"SCR1", 1 << 30) + b"A\0\0" + b"x" * 65536)
    talk.read_to_end()


def waits_for_ever(talk: Talk) -> None:
    talk.read_request()
    while True:
        talk.send(encode_reply("W"))
        time.sleep(1)


def waits_without_a_pause(talk: Talk) -> None:
    talk.read_request()
    while True:
        talk.send(encode_reply("W") * 64)


def dies_once(text: str) -> Behaviour:
    """An agent that is restarted: the first connection ends in the middle of the answer."""

    def behave(talk: Talk) -> None:
        if talk.number == 1:
            return dies_in_the_middle(talk)
        talk.read_request()
        talk.send(encode_reply("A", text))
        talk.read_to_end()

    return behave


class Hostile:
    """A listening socket of another uid, in a process of its own. Use it with `with`.

    `bind_as` makes the socket's file, `uid` listens: that one is what a client sees as its peer.
    """

    def __init__(self, path: Path, uid: int, behave: Behaviour = trap, bind_as: int | None = None, mode: int = 0o666):
        self.path = path
        self._log, theirs = os.pipe()
        self._text = b""
        self._done = False
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self._log)
            try:
                serve(path, uid, uid if bind_as is None else bind_as, behave, mode, theirs)
            finally:
                os._exit(1)
        os.close(theirs)
        first = os.read(self._log, 1)
        if first != b"R":
            raise OSError(f"no hostile socket at {path}")

    def __enter__(self) -> Hostile:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self.path.unlink(missing_ok=True)

    def stop(self) -> None:
        if self._done:
            return
        self._done = True
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        while piece := os.read(self._log, 65536):
            self._text += piece
        os.close(self._log)

    @property
    def connections(self) -> int:
        self.stop()
        return self._text.count(b"C\n")

    @property
    def received(self) -> bytes:
        """All bytes of all connections."""
        self.stop()
        return b"".join(bytes.fromhex(line[1:].decode()) for line in self._text.splitlines() if line.startswith(b"H"))

    @property
    def requests(self) -> list[Request]:
        """The requests received, one after the other."""
        data, found = self.received, []
        while len(data) >= HEADER.size:
            end = HEADER.size + HEADER.unpack(data[: HEADER.size])[1]
            found.append(decode_request(data[:end]))
            data = data[end:]
        return found


def serve(path: Path, uid: int, bind_as: int, behave: Behaviour, mode: int, log: int) -> None:
    """The process of a hostile socket; ends when it is killed."""
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, signal.SIG_DFL)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    become(bind_as, keep_root=True)
    path.unlink(missing_ok=True)
    listening.bind(str(path))
    path.chmod(mode)
    os.seteuid(0)
    become(uid)
    listening.listen(1024)
    os.write(log, b"R")
    number = 0
    while True:
        connection, _ = listening.accept()
        number += 1
        os.write(log, b"C\n")

        def heard(data: bytes) -> None:
            os.write(log, b"H" + data.hex().encode() + b"\n")

        threading.Thread(target=converse, args=(behave, Talk(connection, number, heard)), daemon=True).start()


def converse(behave: Behaviour, talk: Talk) -> None:
    try:
        behave(talk)
    except OSError:
        pass  # the other side has had enough
    finally:
        talk.connection.close()


def become(uid: int, groups: tuple[int, ...] = (), keep_root: bool = False) -> None:
    """This process is somebody else from now on; with `keep_root` it can come back."""
    if uid == 0:
        return
    if keep_root:
        os.seteuid(uid)
        return
    os.setgroups(groups)
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
