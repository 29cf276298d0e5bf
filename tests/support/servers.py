"""Where the servers are that `packaging/deps lab` unpacked: nginx, docker-registry, Docker Engine."""

from __future__ import annotations

import os
from pathlib import Path

from process import find_program


def cache_folder() -> Path:
    if given := os.environ.get("SCOPED_CACHE"):
        return Path(given)
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "docker-credential-scoped"


def server_folders() -> list[str]:
    root = cache_folder() / "servers" / "usr"
    return [str(root / "bin"), str(root / "sbin")]


def search_path() -> str:
    """PATH for everything in the lab: what is installed comes before what was unpacked."""
    usual = os.environ.get("PATH", "/usr/bin:/bin")
    return ":".join([usual, "/usr/local/sbin", "/usr/sbin", "/sbin", *server_folders()])


def find_server(name: str) -> str | None:
    if found := find_program(name):
        return found
    for folder in server_folders():
        if os.access(f"{folder}/{name}", os.X_OK):
            return f"{folder}/{name}"
    return None
