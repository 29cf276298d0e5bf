"""A forward proxy on loopback: passes on what asks for CONNECT with the right login, and keeps who asked for what.

Thread rule: `asked` may be read once whoever asked has an answer.
"""

from __future__ import annotations

import base64
import socket
import threading
from contextlib import suppress

PIECE = 65536


class ForwardProxy:
    def __init__(self, login: str):
        self.expected = base64.b64encode(login.encode()).decode()
        self.asked: list[str] = []  # "HOST:PORT"
        self.refused = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self.listener.getsockname()[1])
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.play, args=(client,), daemon=True).start()

    def play(self, client: socket.socket) -> None:
        with client, suppress(OSError, ValueError):
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                piece = client.recv(1)
                if not piece:
                    return
                head += piece
            method, place, _ = head.split(b"\r\n")[0].decode().split(" ")
            if method != "CONNECT" or f"Proxy-Authorization: Basic {self.expected}\r\n" not in head.decode():
                self.refused += 1
                client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
                return
            self.asked.append(place)
            host, _, port = place.rpartition(":")
            with socket.create_connection((host.strip("[]"), int(port)), 5) as server:
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                back = threading.Thread(target=pump, args=(server, client), daemon=True)
                back.start()
                pump(client, server)
                back.join()

    def stop(self) -> None:
        with suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(PIECE):
            sink.sendall(piece)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
