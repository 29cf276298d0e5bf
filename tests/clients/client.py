"""What the matrix asks of a client: a few deeds, and what is known of how it does them."""

from __future__ import annotations

import json
import re
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from engine import Engine
from image import write_oci_layout
from person import Environment, Person
from process import Finished
from recorder import Call

LIMIT = 60.0  # seconds for one deed


@dataclass(frozen=True)
class Login:
    user: str
    password: str

    @property
    def lines(self) -> str:
        return f"{self.user}\n{self.password}\n"


@dataclass(frozen=True)
class Place:
    """Where clients work."""

    person: Person
    engine: Engine | None
    no_engine: str  # why there is none

    @property
    def host(self) -> str:
        return self.person.cloud.host

    def cloud_accepts(self, login: Login) -> bool:
        return self.person.cloud.login(login.user, login.password) == 200

    def image(self, repository: str, registry: str = "") -> str:
        return f"{registry or self.host}/{repository}:latest"


class Client:
    """One client. A deed that is not among `can` is never asked for."""

    name = ""
    can: frozenset[str] = frozenset({"login", "pull", "push", "logout"})
    takes_login_from_helper = False  # when it logs in without being given a user name
    goes_on_after_errors: bool | None = None  # without a login, when the helper failed; None: not asked here
    hub: tuple[str, ...] = ()  # the keys that it asks for when it pulls from Docker Hub
    # What the client says when the registry refuses: a pattern each.
    pull_denied = push_denied = "requested access to the resource is denied"

    def __init__(self, place: Place, program: Path):
        self.place = place
        self.program = str(program)
        self.work = place.person.work / "clients" / re.sub(r"\W+", "-", self.name)
        self.work.mkdir(parents=True, exist_ok=True)

    def obstacle(self) -> str:
        """Why it cannot work here, or nothing."""
        return ""

    def version(self) -> str:
        raise NotImplementedError

    def expected(self, deed: str, login: Login) -> list[Call]:
        """What the helper is asked during a deed, for our host; `login` is what it answers."""
        raise NotImplementedError

    def expected_for_repository(self, repository: str) -> list[Call]:
        """What a pull asks where every registry goes to the helper; for those that send the repository."""
        raise NotImplementedError

    def login(self, env: Environment, login: Login | None) -> Finished:
        """With this login, or with what the helper has where the client can do that."""
        raise NotImplementedError

    def logout(self, env: Environment) -> Finished:
        raise NotImplementedError

    def pull(self, env: Environment, image: str) -> Finished:
        raise NotImplementedError

    def push(self, env: Environment, image: str) -> Finished:
        """A new image each time."""
        raise NotImplementedError

    def all_logins(self, env: Environment) -> Finished:
        """A JSON object on stdout: key -> user name."""
        raise NotImplementedError

    def resolve(self, env: Environment, registry: str) -> tuple[Login | None, Finished]:
        """What the client finds for a registry; None when it would go on anonymously."""
        raise NotImplementedError

    # --- for those who write a client -------------------------------------------------------------------

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        folder = self.work / secrets.token_hex(6)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    @contextmanager
    def new_image(self) -> Iterator[Path]:
        """The folder of an OCI layout."""
        with self.scratch() as folder:
            write_oci_layout(folder, secrets.token_hex(16))
            yield folder


HUB = "https://index.docker.io/v1/"


def get(key: str) -> Call:
    return Call("get", key.encode())


def erase(key: str) -> Call:
    return Call("erase", key.encode())


def store(document: Mapping[str, str]) -> Call:
    """As Go's encoder writes it."""
    return Call("store", json.dumps(document, separators=(",", ":")).encode() + b"\n")


def login_document(host: str, login: Login) -> dict[str, str]:
    return {"ServerURL": host, "Username": login.user, "Secret": login.password}


@dataclass(frozen=True)
class Row:
    """One client of the table: how it comes here, outside of the namespaces, and what drives it inside."""

    name: str
    install: Callable[[], Path]  # where it is; raises LabError with the reason why it cannot be
    client: Callable[[Place, Path], Client]
