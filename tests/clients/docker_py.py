"""docker-py: its credential store class, and its engine client, which uses it for pulls and pushes."""

from __future__ import annotations

import json
import secrets
import sys
from pathlib import Path

from cache import cached, fetch
from client import HUB, LIMIT, Client, Login, get, erase, login_document
from image import file_tree
from person import Environment
from process import Finished, run
from recorder import Call
from world import HELPER

HARNESS = Path(__file__).resolve().parent / "py-docker" / "main.py"
# The library and what it needs, all named, so that a run next year tests the same.
PACKAGES = (
    "docker==7.2.0",
    "requests==2.32.5",
    "urllib3==2.5.0",
    "certifi==2025.8.3",
    "charset-normalizer==3.4.3",
    "idna==3.10",
)
NOT_FOUND = 3


class DockerPy(Client):
    """Logging out is something that its engine client does not know; its store class does."""

    name = "docker-py"
    pull_denied = "404 Client Error.*pull access denied for "
    push_denied = "denied: requested access to the resource is denied"
    hub = (HUB,)
    can = frozenset({"pull", "push", "login", "logout", "resolve", "list"})

    def obstacle(self) -> str:
        return "" if self.place.engine else self.place.no_engine

    def command(self, env: Environment, *arguments: str, stdin: str = "") -> Finished:
        settings = {"PYTHONPATH": self.program}
        if self.place.engine:
            settings["DOCKER_HOST"] = f"unix://{self.place.engine.socket}"
        return run([sys.executable, "-B", str(HARNESS), *arguments], env | settings, LIMIT, stdin=stdin)

    def helper(self, env: Environment) -> str:
        return env.get("TEST_HELPER", HELPER).removeprefix("docker-credential-")

    def version(self) -> str:
        return f"docker-py {json.loads(self.command(self.place.person.environment(), 'version').out)}"

    def expected(self, deed: str, login: Login) -> list[Call]:
        host = self.place.host
        return {
            "pull": [get(host)],
            "resolve": [get(host)],
            "login": [get(host), Call("store", json.dumps(login_document(host, login)).encode())],
            "logout": [erase(host)],
            "list": [Call("list", b"")],
        }[deed]

    def login(self, env: Environment, login: Login | None) -> Finished:
        """With its engine client, which looks for a login first and keeps none; then with its store class."""
        assert login, "it is given one"
        done = self.command(env, "login", self.place.host, stdin=login.lines)
        if done.code != 0:
            return done
        return self.command(env, "store", self.helper(env), self.place.host, stdin=login.lines)

    def logout(self, env: Environment) -> Finished:
        return self.command(env, "erase", self.helper(env), self.place.host)

    def all_logins(self, env: Environment) -> Finished:
        return self.command(env, "list", self.helper(env))

    def pull(self, env: Environment, image: str) -> Finished:
        return self.command(env, "pull", image)

    def push(self, env: Environment, image: str) -> Finished:
        assert self.place.engine
        self.place.engine.load(file_tree(secrets.token_hex(16), with_busybox=False), image)
        return self.command(env, "push", image)

    def resolve(self, env: Environment, registry: str) -> tuple[Login | None, Finished]:
        done = self.command(env, "get", self.helper(env), registry)
        if done.code != 0:
            return None, Finished(0, done.out, done.err, done.seconds) if done.code == NOT_FOUND else done
        answer = json.loads(done.out)
        return Login(answer["Username"], answer["Secret"]), done


def install() -> Path:
    def make(folder: Path) -> None:
        words = ["-m", "pip", "install", "--quiet", "--no-deps", "--target", str(folder), *PACKAGES]
        fetch([sys.executable, *words], folder)

    return cached(f"docker-py-{PACKAGES[0].partition('==')[2]}", make, [Path(__file__)])
