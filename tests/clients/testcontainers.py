"""testcontainers for Node: only its resolver of credentials; pulls are the engine's."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from cache import cached, fetch, need
from client import LIMIT, Client, Login
from person import Environment
from process import Finished, run
from recorder import Call

SOURCE = Path(__file__).resolve().parent / "node-testcontainers"
FILES = ("package.json", "package-lock.json")


def wanted() -> str:
    return str(json.loads((SOURCE / "package.json").read_text())["dependencies"]["testcontainers"])


class Testcontainers(Client):
    name = "testcontainers"
    can = frozenset({"resolve"})

    def version(self) -> str:
        node = run([need("node"), "--version"], {}, LIMIT).out.strip()
        return f"testcontainers {wanted()}, node {node}"

    def expected(self, deed: str, login: Login) -> list[Call]:
        return {"resolve": [Call("get", f"{self.place.host}\n".encode())]}[deed]

    def resolve(self, env: Environment, registry: str) -> tuple[Login | None, Finished]:
        argv = [need("node"), str(SOURCE / "main.js"), self.program, registry]
        done = run(argv, env, LIMIT)
        found = json.loads(done.out)[0] if done.code == 0 else None
        return (Login(found["username"], found["password"]) if found else None), done


def install() -> Path:
    """node_modules, as the lock file has it and without running anybody's scripts."""
    need("node")

    def make(folder: Path) -> None:
        for each in FILES:
            shutil.copy(SOURCE / each, folder)
        fetch([need("npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder)

    return cached(f"testcontainers-{wanted()}", make, [SOURCE / each for each in FILES]) / "node_modules"
