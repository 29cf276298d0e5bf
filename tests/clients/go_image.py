"""go.podman.io/image, the library of podman, skopeo, buildah and CRI-O, newer than those of the system."""

from __future__ import annotations

from pathlib import Path

from cache import cached, go, go_module
from client import LIMIT, Client, Login, erase, get, login_document, store
from person import Environment
from process import Finished, run
from recorder import Call

SOURCE = Path(__file__).resolve().parent / "go-image"
MODULE = "go.podman.io/image/v5"
TAGS = "containers_image_openpgp,exclude_graphdriver_btrfs,exclude_graphdriver_devicemapper"


class GoImage(Client):
    name = "go-image"
    hub = ("docker.io",)

    def command(self, env: Environment, *arguments: str, stdin: str = "") -> Finished:
        return run([self.program, *arguments], env, LIMIT, stdin=stdin)

    def version(self) -> str:
        return f"{MODULE} v{go_module(SOURCE / 'go.mod', MODULE)}"

    def expected(self, deed: str, login: Login) -> list[Call]:
        host = self.place.host
        return {
            "pull": [get(host)],
            "login": [store(login_document(host, login))],
            "logout": [erase(host)],
        }[deed]

    def login(self, env: Environment, login: Login | None) -> Finished:
        assert login, "it is given one"
        return self.command(env, "login", self.place.host, stdin=login.lines)

    def logout(self, env: Environment) -> Finished:
        return self.command(env, "logout", self.place.host)

    def pull(self, env: Environment, image: str) -> Finished:
        with self.scratch() as folder:
            return self.command(env, "copy", f"docker://{image}", f"dir:{folder}")

    def push(self, env: Environment, image: str) -> Finished:
        with self.new_image() as layout:
            return self.command(env, "copy", f"oci:{layout}", f"docker://{image}")


def install() -> Path:
    def make(folder: Path) -> None:
        go(SOURCE, "build", "-mod=readonly", "-trimpath", "-tags", TAGS, "-o", f"{folder}/go-image", ".")

    name = f"go-image-{go_module(SOURCE / 'go.mod', MODULE)}"
    return cached(name, make, [SOURCE / each for each in ("go.mod", "go.sum", "main.go")]) / "go-image"
