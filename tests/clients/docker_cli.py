"""Docker's command line with Docker Engine: Debian's, the one that is installed, and a current one."""

from __future__ import annotations

import re
import secrets
import shutil
from pathlib import Path

from cache import cached, go
from client import HUB, LIMIT, Client, Login, Place, erase, get, login_document, store
from image import file_tree
from person import Environment
from process import Finished, LabError, find_program, run
from recorder import Call
from servers import server_folders

CURRENT = "29.7.2"
MODULE = "github.com/docker/cli"


class DockerCli(Client):
    """Up to 28 it goes on without a login when the helper fails, from 29 on it stops."""

    pull_denied = "pull access denied for .*: denied: requested access to the resource is denied"
    push_denied = "denied: requested access to the resource is denied"
    takes_login_from_helper = True
    hub = (HUB,)

    def __init__(self, place: Place, program: Path, name: str):
        self.name = name
        super().__init__(place, program)
        self.goes_on_after_errors = int(version_of(self.program).split(".")[0]) < 29

    def obstacle(self) -> str:
        return "" if self.place.engine else self.place.no_engine

    def command(self, env: Environment, *arguments: str, stdin: str = "") -> Finished:
        assert self.place.engine
        address = {"DOCKER_HOST": f"unix://{self.place.engine.socket}"}
        return run([self.program, *arguments], env | address, LIMIT, stdin=stdin)

    def version(self) -> str:
        words = ("version", "--format", "client {{.Client.Version}}, engine {{.Server.Version}}")
        return self.command(self.place.person.environment(), *words).out.strip()

    def expected(self, deed: str, login: Login) -> list[Call]:
        host = self.place.host
        return {
            "pull": [get(host)],
            "login": [get(host), store(login_document(host, login))],
            "logout": [erase(host), erase(host)],
        }[deed]

    def login(self, env: Environment, login: Login | None) -> Finished:
        if login is None:
            return self.command(env, "login", self.place.host)
        words = ("login", "--username", login.user, "--password-stdin", self.place.host)
        return self.command(env, *words, stdin=login.password)

    def logout(self, env: Environment) -> Finished:
        return self.command(env, "logout", self.place.host)

    def pull(self, env: Environment, image: str) -> Finished:
        return self.command(env, "pull", "--quiet", image)

    def push(self, env: Environment, image: str) -> Finished:
        assert self.place.engine
        self.place.engine.load(file_tree(secrets.token_hex(16), with_busybox=False), image)
        return self.command(env, "push", "--quiet", image)


def version_of(program: str) -> str:
    told = run([program, "--version"], {"PATH": "/usr/bin:/bin"}, limit=10).out
    found = re.search(r"version ([\d.]+)", told)
    return found[1] if found else "?"


def of_debian() -> Path:
    """The one that comes with the engine."""
    for folder in ("/usr/bin", *server_folders()):
        if found := shutil.which("docker", path=folder):
            return Path(found)
    raise LabError("the engine's own docker is not there; run 'packaging/deps lab'")


def on_path() -> Path:
    found = find_program("docker")
    if not found:
        raise LabError("no docker on PATH")
    if version_of(found) in (CURRENT, version_of(str(of_debian()))):
        raise LabError("the docker on PATH is one of the others")
    return Path(found)


def current() -> Path:
    """Built from the module's source with the versions that its maintainers name in vendor.mod."""

    def make(folder: Path) -> None:
        source = folder / "source"
        told = go(folder, "mod", "download", "-json", f"{MODULE}@v{CURRENT}+incompatible")
        place = re.search(r'"Dir": "(.*)"', told)
        if not place:
            raise LabError(f"go mod download does not say where {MODULE} is")
        # The module is read-only where go keeps it, and its vendor folder holds no code.
        shutil.copytree(
            place[1], source, ignore=shutil.ignore_patterns("vendor"), copy_function=shutil.copyfile
        )
        for each in [source, *source.rglob("*")]:
            each.chmod(0o755 if each.is_dir() else 0o644)
        (source / "vendor.mod").rename(source / "go.mod")
        (source / "vendor.sum").rename(source / "go.sum")
        flags = f"-s -w -X {MODULE}/cli/version.Version={CURRENT}"
        go(
            source,
            "build",
            "-mod=mod",
            "-trimpath",
            f"-ldflags={flags}",
            "-o",
            f"{folder}/docker",
            "./cmd/docker",
        )
        shutil.rmtree(source)

    return cached(f"docker-{CURRENT}", make) / "docker"
