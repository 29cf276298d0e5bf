"""CNCF Distribution without any login: a registry that is in nobody's configuration."""

from __future__ import annotations

import json
import socket
import urllib.error
import urllib.request
from pathlib import Path

from process import Daemon, LabError
from servers import find_server


class OpenRegistry:
    """Owns its process. Only in a network of our own, where nobody else takes the port meanwhile."""

    def __init__(self, work: Path, logs: Path):
        self.work = work / "open-registry"
        self.logs = logs
        self.address = f"127.0.0.1:{free_port()}"
        self.daemon: Daemon | None = None

    def __enter__(self) -> OpenRegistry:
        self.work.mkdir()
        settings = {
            "version": "0.1",
            "log": {"level": "warn"},
            "storage": {"filesystem": {"rootdirectory": str(self.work / "data")}},
            "http": {"addr": self.address},
        }
        file = self.work / "settings.json"  # every JSON document is a YAML one
        file.write_text(json.dumps(settings))
        if not (program := find_server("docker-registry")):
            raise LabError("docker-registry not found; run 'packaging/deps lab'")
        env = {"PATH": "/usr/bin:/bin", "OTEL_TRACES_EXPORTER": "none"}
        self.daemon = Daemon(
            "open-registry", [program, "serve", str(file)], env, self.logs / "open-registry.log"
        )
        self.daemon.wait_ready(self.answers, limit=15)
        return self

    def __exit__(self, *_: object) -> None:
        if self.daemon:
            self.daemon.stop()

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://{self.address}/v2/", timeout=2) as reply:
                return bool(reply.status == 200)
        except OSError:
            return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
