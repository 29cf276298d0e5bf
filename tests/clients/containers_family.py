"""podman, skopeo, buildah: three programs around one library, containers/image, and one way to log in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cache import need
from client import LIMIT, Client, Login, erase, get
from person import Environment
from process import Finished, run
from recorder import Call


class ContainersClient(Client):
    """The helper is asked for the host alone, by clients that never look at credsStore."""

    takes_login_from_helper = True
    hub = ("docker.io",)

    def options(self, env: Environment) -> Sequence[str]:
        return ()

    def command(self, env: Environment, *arguments: str, stdin: str = "") -> Finished:
        return run([self.program, *self.options(env), *arguments], env, LIMIT, stdin=stdin)

    def version(self) -> str:
        return self.command(self.place.person.environment(), "--version").out.strip()

    def expected(self, deed: str, login: Login) -> list[Call]:
        host = self.place.host
        return {"pull": [get(host)], "login": [get(host)], "logout": [erase(host)]}[deed]

    def login(self, env: Environment, login: Login | None) -> Finished:
        if login is None:
            return self.command(env, "login", self.place.host)
        words = ("login", "--username", login.user, "--password-stdin", self.place.host)
        return self.command(env, *words, stdin=login.password)

    def logout(self, env: Environment) -> Finished:
        return self.command(env, "logout", self.place.host)


class Skopeo(ContainersClient):
    name = "skopeo"

    def options(self, env: Environment) -> Sequence[str]:
        """It does not read $CONTAINERS_REGISTRIES_CONF as the others do."""
        settings = env.get("CONTAINERS_REGISTRIES_CONF")
        given = [f"--registries-conf={settings}"] if settings else []
        return [f"--tmpdir={self.place.person.work}/tmp", *given]

    def pull(self, env: Environment, image: str) -> Finished:
        with self.scratch() as folder:
            return self.command(env, "copy", "--quiet", f"docker://{image}", f"dir:{folder}")

    def push(self, env: Environment, image: str) -> Finished:
        with self.new_image() as layout:
            return self.command(env, "copy", "--quiet", f"oci:{layout}", f"docker://{image}")


class StoringClient(ContainersClient):
    """Keeps images in a storage of its own."""

    pull_denied = push_denied = "unauthorized: authentication required"

    def pull(self, env: Environment, image: str) -> Finished:
        return self.command(env, "pull", "--quiet", image)

    def push(self, env: Environment, image: str) -> Finished:
        with self.new_image() as layout:
            made = self.command(env, "pull", "--quiet", f"oci:{layout}")
            if made.code != 0:
                return made
            return self.command(env, "push", "--quiet", made.out.split()[-1], f"docker://{image}")

    def storage(self) -> list[str]:
        return ["--storage-driver=vfs", f"--root={self.work}/root", f"--runroot={self.work}/run"]


class Podman(StoringClient):
    name = "podman"

    def options(self, env: Environment) -> Sequence[str]:
        return [
            *self.storage(),
            f"--tmpdir={self.work}/tmp",
            "--cgroup-manager=cgroupfs",
            "--events-backend=none",
        ]


class Buildah(StoringClient):
    name = "buildah"

    def options(self, env: Environment) -> Sequence[str]:
        return self.storage()

    def pull(self, env: Environment, image: str) -> Finished:
        return self.command(env, "pull", "--quiet", "--policy=always", image)


def installed(name: str) -> Path:
    return Path(need(name, "lab" if name == "skopeo" else "tests"))
