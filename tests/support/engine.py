"""A private Docker Engine: its own socket, data and run folders, no bridge and no packet filter rules.

Only inside sandbox.run_private, because the engine also writes to /run, /opt and /etc/docker.
"""

from __future__ import annotations

import os
from pathlib import Path

from process import Daemon, LabError, run
from servers import find_server, search_path


class Engine:
    def __init__(self, work: Path, log: Path):
        self.work = work
        self.socket = work / "docker.sock"
        self.log = log
        self.docker = find_server("docker") or ""
        self.daemon: Daemon | None = None

    @staticmethod
    def why_not() -> str | None:
        """Why no engine can be started here, or None."""
        absent = [name for name in ("dockerd", "docker") if not find_server(name)]
        return f"{' and '.join(absent)} not found; run 'packaging/deps lab'" if absent else None

    def environment(self) -> dict[str, str]:
        return {"PATH": search_path(), "HOME": str(self.work), "DOCKER_HOST": f"unix://{self.socket}"}

    def start(self) -> None:
        """Raises LabError with the engine's own last words."""
        self.work.mkdir(parents=True, exist_ok=True)
        settings = self.work / "daemon.json"
        settings.write_text("{}\n")  # not the host's
        argv = [
            find_server("dockerd") or "dockerd",
            f"--config-file={settings}", f"--host=unix://{self.socket}", f"--data-root={self.work}/data",
            f"--exec-root={self.work}/exec", f"--pidfile={self.work}/pid", "--storage-driver=vfs",
            "--bridge=none", "--iptables=false", "--ip6tables=false", "--ip-masq=false", "--group=",
        ]  # fmt: skip
        env = self.environment() | {"TMPDIR": os.environ.get("TMPDIR", "/tmp")}
        self.daemon = Daemon("dockerd", argv, env, self.log)
        self.daemon.wait_ready(self.answers, limit=30)

    def answers(self) -> bool:
        return self.socket.exists() and run([self.docker, "version"], self.environment(), limit=5).code == 0

    def load(self, archive: bytes, name: str) -> None:
        """Makes an image from a tar of its files."""
        done = run([self.docker, "import", "-", name], self.environment(), stdin=archive)
        if done.code != 0:
            raise LabError(f"docker import {name}: {done.last_line}")

    def stop(self) -> None:
        if self.daemon:
            self.daemon.stop()
