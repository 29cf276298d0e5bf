"""A port before a vault that breaks in the ways in which networks and servers break.

Thread rule: `mode` may be set from any thread; each connection has a thread of its own, which ends with its ends.
"""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import suppress
from pathlib import Path

PIECE = 65536
GARBAGE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 15\r\nConnection: close\r\n\r\n<html>hi</html>"


class Wire:
    """Modes: "pass" on to the first backend that takes the connection, "down" (refused), "slow" (no answer),
    "garbage" (a page of some proxy's), "expired" (a certificate whose time is over)."""

    def __init__(self, backends: list[int], certificate: Path, key: Path, expired: tuple[Path, Path] | None = None):
        self.backends = backends
        self.certificate = certificate
        self.key = key
        self.expired = expired
        self.mode = "pass"
        self.open: set[socket.socket] = set()
        self.accepted = 0
        self.listener: socket.socket | None = self.listen(0)
        self.port = int(self.listener.getsockname()[1])
        threading.Thread(target=self.serve, args=(self.listener,), daemon=True).start()

    @staticmethod
    def listen(port: int) -> socket.socket:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(512)
        return listener

    def set(self, mode: str) -> None:
        """Connections that stand are cut: a client that keeps one would notice nothing."""
        self.mode = mode
        if mode == "down" and self.listener:
            with suppress(OSError):
                self.listener.shutdown(socket.SHUT_RDWR)
            self.listener.close()
            self.listener = None
        elif mode != "down" and not self.listener:
            self.listener = self.listen(self.port)
            threading.Thread(target=self.serve, args=(self.listener,), daemon=True).start()
        standing, self.open = self.open, set()
        for each in standing:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def serve(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            self.accepted += 1
            self.open.add(client)
            threading.Thread(target=self.meet, args=(client,), daemon=True).start()

    def meet(self, client: socket.socket) -> None:
        mode = self.mode
        if mode == "slow":
            return
        if mode == "garbage":
            self.answer(client, self.certificate, self.key)
        elif mode == "expired" and self.expired:
            self.answer(client, *self.expired)
        else:
            self.pass_on(client)
        self.open.discard(client)
        client.close()

    def answer(self, client: socket.socket, certificate: Path, key: Path) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        client.settimeout(20)
        with suppress(OSError), context.wrap_socket(client, server_side=True) as tls:
            tls.recv(PIECE)
            tls.sendall(GARBAGE)

    def pass_on(self, client: socket.socket) -> None:
        for port in self.backends:
            try:
                server = socket.create_connection(("127.0.0.1", port), timeout=5)
            except OSError:
                continue
            server.settimeout(None)
            threading.Thread(target=self.copy, args=(client, server), daemon=True).start()
            self.copy(server, client)
            return

    @staticmethod
    def copy(source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while piece := source.recv(PIECE):
                sink.sendall(piece)
        for each in (source, sink):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def stop(self) -> None:
        self.set("down")
