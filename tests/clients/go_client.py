"""The reference client of docker-credential-helpers, which Docker and many others link, in a small program."""

from __future__ import annotations

import json
from pathlib import Path

from cache import cached, go, go_module
from client import LIMIT, Client, Login, erase, get, login_document, store
from person import Environment
from process import Finished, run
from recorder import Call
from world import HELPER

SOURCE = Path(__file__).resolve().parent / "go-client"
MODULE = "github.com/docker/docker-credential-helpers"
NOT_FOUND = 3  # its exit code for the library's typed error


class GoClient(Client):
    name = "go-client"
    can = frozenset({"login", "logout", "resolve", "list"})

    def command(self, env: Environment, *arguments: str, stdin: str = "") -> Finished:
        return run([self.program, env.get("TEST_HELPER", HELPER), *arguments], env, LIMIT, stdin=stdin)

    def version(self) -> str:
        return f"{MODULE} v{go_module(SOURCE / 'go.mod', MODULE)}"

    def expected(self, deed: str, login: Login) -> list[Call]:
        host = self.place.host
        return {
            "resolve": [get(host)],
            "login": [store(login_document(host, login))],
            "logout": [erase(host)],
            "list": [Call("list", b"unused")],
        }[deed]

    def login(self, env: Environment, login: Login | None) -> Finished:
        assert login, "it is given one"
        return self.command(env, "store", self.place.host, stdin=login.lines)

    def logout(self, env: Environment) -> Finished:
        return self.command(env, "erase", self.place.host)

    def all_logins(self, env: Environment) -> Finished:
        return self.command(env, "list")

    def resolve(self, env: Environment, registry: str) -> tuple[Login | None, Finished]:
        done = self.command(env, "get", registry)
        if done.code != 0:
            return None, Finished(0, done.out, done.err, done.seconds) if done.code == NOT_FOUND else done
        answer = json.loads(done.out)
        return Login(answer["Username"], answer["Secret"]), done


def install() -> Path:
    def make(folder: Path) -> None:
        go(SOURCE, "build", "-mod=readonly", "-trimpath", "-o", f"{folder}/go-client", ".")

    name = f"go-client-{go_module(SOURCE / 'go.mod', MODULE)}"
    return cached(name, make, [SOURCE / each for each in ("go.mod", "go.sum", "main.go")]) / "go-client"
