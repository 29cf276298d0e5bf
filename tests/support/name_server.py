"""A name server on port 53 of loopback that knows a few services (RFC 2782) and says of all else that it is not there.

Only inside sandbox.run_private: /etc/resolv.conf is changed to name it.
"""

from __future__ import annotations

import socket
import struct
import threading
from pathlib import Path

SRV, NO_SUCH_NAME = 33, 3


class NameServer:
    def __init__(self, services: dict[str, list[tuple[int, int, int, str]]]):
        """`services`: of a name priority, weight, port and target of each record."""
        self.services = services
        self.asked: list[str] = []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 53))
        Path("/etc/resolv.conf").write_text("nameserver 127.0.0.1\n")
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self) -> None:
        while True:
            try:
                question, client = self.socket.recvfrom(4096)
            except OSError:
                return
            self.socket.sendto(self.answer(question), client)

    def answer(self, question: bytes) -> bytes:
        end, labels = 12, []
        while length := question[end]:
            labels.append(question[end + 1 : end + 1 + length].decode())
            end += 1 + length
        name, (kind,) = ".".join(labels).lower(), struct.unpack_from("!H", question, end + 1)
        self.asked.append(name)
        found = self.services.get(name, []) if kind == SRV else []
        flags = 0x8180 | (0 if found else NO_SUCH_NAME)
        message = question[:2] + struct.pack("!HHHHH", flags, 1, len(found), 0, 0) + question[12 : end + 5]
        for priority, weight, port, target in found:
            data = struct.pack("!HHH", priority, weight, port) + wire_name(target)
            message += b"\xc0\x0c" + struct.pack("!HHIH", SRV, 1, 60, len(data)) + data
        return message

    def stop(self) -> None:
        self.socket.close()


def wire_name(name: str) -> bytes:
    return b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0"
