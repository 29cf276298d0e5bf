"""Real clients that pull and push through the helper, and what became of each operation."""

from __future__ import annotations

import itertools
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from engine import Engine
from image import file_tree, write_oci_layout
from process import Finished, run
from world import CONSUMERS, HOLD, World

REPOSITORY = "demo/app"
LIMIT = 30.0  # an operation that takes longer has failed
TOLD = 10  # failures that are told one by one; all are counted


class Client(Protocol):
    """One way to pull and to push; `name` is shown to people."""

    name: str

    def pull(self, token: str) -> Finished: ...
    def push(self, token: str, repository: str = REPOSITORY, tag: str = "latest") -> Finished: ...


class Skopeo:
    name = "skopeo"

    def __init__(self, world: World, certificates: Path):
        self.world = world
        self.certificates = certificates

    def copy(self, token: str, source: str, target: str, side: str) -> Finished:
        authfile = self.world.client_folder(token) / "config.json"
        argv = [
            "skopeo", "--insecure-policy", f"--tmpdir={self.world.work}/tmp", "copy", "--quiet",
            f"--authfile={authfile}", f"--{side}-cert-dir={self.certificates}", source, target,
        ]  # fmt: skip
        return run(argv, self.world.environment(), LIMIT)

    def pull(self, token: str) -> Finished:
        folder = self.scratch()
        try:
            source = f"docker://{self.world.cloud.host}/{REPOSITORY}:latest"
            return self.copy(token, source, f"dir:{folder}", "src")
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def push(self, token: str, repository: str = REPOSITORY, tag: str = "latest") -> Finished:
        folder = self.scratch()
        try:
            write_oci_layout(folder, secrets.token_hex(16))
            return self.copy(
                token, f"oci:{folder}", f"docker://{self.world.cloud.host}/{repository}:{tag}", "dest"
            )
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def scratch(self) -> Path:
        return self.world.work / "tmp" / f"image-{secrets.token_hex(6)}"


class Docker:
    name = "docker"

    def __init__(self, world: World, engine: Engine):
        self.world = world
        self.engine = engine
        self.pushing = threading.Lock()

    def command(self, token: str, *arguments: str) -> Finished:
        env = self.world.environment() | {
            "DOCKER_HOST": f"unix://{self.engine.socket}",
            "DOCKER_CONFIG": str(self.world.client_folder(token)),
        }
        return run([self.engine.docker, *arguments], env, LIMIT)

    def image(self, repository: str = REPOSITORY, tag: str = "latest") -> str:
        return f"{self.world.cloud.host}/{repository}:{tag}"

    def pull(self, token: str) -> Finished:
        return self.command(token, "pull", "--quiet", self.image())

    def push(self, token: str, repository: str = REPOSITORY, tag: str = "latest") -> Finished:
        """One at a time: pushes of one image at once share their layers' transfers, and one denial denies all."""
        with self.pushing:
            self.engine.load(file_tree(secrets.token_hex(16)), self.image(repository, tag))
            return self.command(token, "push", "--quiet", self.image(repository, tag))


@dataclass(frozen=True)
class Failure:
    what: str
    token: str
    why: str


class Tally:
    """What was done so far. Any thread may add to it."""

    def __init__(self, tell: Callable[[str], None]):
        self.lock = threading.Lock()
        self.pulls: dict[str, int] = {each.token: 0 for each in CONSUMERS}
        self.pushes = 0
        self.late = 0  # slower than the hold, with a login in time
        self.failures: list[Failure] = []
        self.tell = tell

    def pulled(self, token: str) -> None:
        with self.lock:
            self.pulls[token] += 1

    def pushed(self) -> None:
        with self.lock:
            self.pushes += 1

    def failed(self, failure: Failure) -> None:
        with self.lock:
            self.failures.append(failure)
            number = len(self.failures)
        if number <= TOLD:
            self.tell(f"FAILED {failure.what} as {failure.token}: {failure.why}")

    @property
    def total_pulls(self) -> int:
        with self.lock:
            return sum(self.pulls.values())


class Traffic:
    """Threads that pull and push until told to stop."""

    def __init__(self, world: World, clients: Sequence[Client], tally: Tally):
        self.world = world
        self.clients = clients
        self.tally = tally
        self.pause = 0.05  # seconds between two pulls of a client
        self.stopping = threading.Event()
        self.threads: list[threading.Thread] = []

    def start(self) -> None:
        for number, client in enumerate(self.clients):
            self.begin(self.keep_pulling, client, number)
            self.begin(self.keep_pushing, client, number)

    def begin(self, work: Callable[[Client, int], None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        thread.start()
        self.threads.append(thread)

    def stop(self) -> None:
        """Lets every operation that is under way come to its end."""
        self.stopping.set()
        for thread in self.threads:
            thread.join(LIMIT + 5)

    def keep_pulling(self, client: Client, first: int) -> None:
        for consumer in itertools.islice(itertools.cycle(CONSUMERS), first, None):
            if self.stopping.wait(self.pause):
                return
            self.pull_once(client, consumer.token)

    def keep_pushing(self, client: Client, first: int) -> None:
        pushers = [each for each in CONSUMERS if each.may_push]
        for consumer in itertools.islice(itertools.cycle(pushers), first, None):
            if self.stopping.wait(3.0):
                return
            self.push_once(client, consumer.token, f"by-{client.name}")

    def pull_once(self, client: Client, token: str) -> bool:
        started = time.time()
        if self.judge(f"{client.name} pull", token, client.pull(token), started):
            self.tally.pulled(token)
            return True
        return False

    def push_once(self, client: Client, token: str, tag: str = "latest") -> bool:
        """Not to the tag that others pull: Distribution writes a tag in place, and answers 500 to who reads it then."""
        started = time.time()
        if self.judge(f"{client.name} push", token, client.push(token, tag=tag), started):
            self.tally.pushed()
            return True
        return False

    def judge(self, what: str, token: str, done: Finished, started: float) -> bool:
        """A slow operation is still good if its login came within the hold, which is all that is promised."""
        if done.code is None:
            self.tally.failed(Failure(what, token, f"stopped after {LIMIT:.0f} s"))
            return False
        if done.code != 0:
            self.tally.failed(Failure(what, token, f"{done.seconds:.1f} s: {done.last_line}"))
            return False
        if done.seconds > HOLD:
            login = self.world.cloud.last_login(token, started)
            if login is None or login - started > HOLD:
                self.tally.failed(
                    Failure(what, token, f"took {done.seconds:.1f} s, its login was not within {HOLD:g} s")
                )
                return False
            with self.tally.lock:
                self.tally.late += 1
        return True
