"""crane, for go-containerregistry and all that is made with it: ko, cosign, kaniko, Flux, Tekton."""

from __future__ import annotations

from pathlib import Path

from cache import cached, go
from client import HUB, LIMIT, Client, Login, erase, get, login_document, store
from person import APP, Environment
from process import Finished, run
from recorder import Call

VERSION = "0.22.1"
MODULE = "github.com/google/go-containerregistry/cmd/crane"


class Crane(Client):
    name = "crane"
    can = frozenset({"login", "pull", "push", "logout", "choose by repository"})
    pull_denied = "GET https://.*: UNAUTHORIZED: authentication required"
    push_denied = "POST https://.*: UNAUTHORIZED: authentication required"
    hub = ("index.docker.io/library/busybox", HUB)

    def command(self, env: Environment, *arguments: str, stdin: str = "") -> Finished:
        return run([self.program, *arguments], env, LIMIT, stdin=stdin)

    def version(self) -> str:
        return "crane " + self.command(self.place.person.environment(), "version").out.strip()

    def expected(self, deed: str, login: Login) -> list[Call]:
        """With credHelpers the whole repository is looked up too, but only the host is a key there."""
        host = self.place.host
        return {
            "pull": [get(host)],
            "login": [store(login_document(host, login))],
            "logout": [erase(host)],
        }[deed]

    def expected_for_repository(self, repository: str) -> list[Call]:
        """The repository first, the host when nothing was found for it: two tokens fit APP."""
        whole = f"{self.place.host}/{repository}"
        return [get(whole), get(self.place.host)] if repository == APP else [get(whole)]

    def login(self, env: Environment, login: Login | None) -> Finished:
        assert login, "it is given one"
        words = ("auth", "login", "--username", login.user, "--password-stdin", self.place.host)
        return self.command(env, *words, stdin=login.password)

    def logout(self, env: Environment) -> Finished:
        return self.command(env, "auth", "logout", self.place.host)

    def pull(self, env: Environment, image: str) -> Finished:
        with self.scratch() as folder:
            folder.mkdir()
            return self.command(env, "pull", image, f"{folder}/image.tar")

    def push(self, env: Environment, image: str) -> Finished:
        with self.new_image() as layout:
            return self.command(env, "push", str(layout), image)


def install() -> Path:
    def make(folder: Path) -> None:
        go(folder, "install", "-trimpath", f"{MODULE}@v{VERSION}", GOBIN=str(folder))

    return cached(f"crane-{VERSION}", make) / "crane"
