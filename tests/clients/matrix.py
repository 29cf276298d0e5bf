#!/usr/bin/env python3
"""Clients that nobody here wrote, each logging in, pulling, pushing, being denied and logging out.

They meet a real registry with helper and agent as a person installs them. `matrix.py NAME...` plays some only.
Not tested here: every key and text of the protocol (tests/unit), kubelet (clients/kubelet).
"""

from __future__ import annotations

import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from azure import Cloud
from catalog import ROWS
from client import LIMIT, Client, Login, Place, Row
from containers_family import Skopeo
from lab import Lab
from open_registry import OpenRegistry
from person import APP, READER, WEB, WEB_WRITER, WRITER, Person
from process import LabError, find_program
from recorder import Recorder
from sandbox import Stopped, raise_when_stopped
from scene import play
from scenes import OPEN, SCENES, Stage
from tap import Tap


@dataclass(frozen=True)
class Installed:
    row: Row
    program: Path


def install(rows: tuple[Row, ...], tap: Tap) -> list[Installed]:
    """Before anything is started, since the namespaces have no network."""
    found = []
    for row in rows:
        try:
            found.append(Installed(row, row.install()))
        except (LabError, OSError) as problem:
            tap.skip(row.name, str(problem))
    return found


class Matrix:
    """Plays every scene with every client; `perform` is called inside the namespaces."""

    def __init__(self, installed: list[Installed]):
        self.installed = installed

    def perform(self, lab: Lab, tap: Tap) -> None:
        if not lab.private:
            tap.skip(
                "clients", "they need namespaces of their own, where the registry's name is this machine"
            )
            return
        cloud = lab.start_registry()
        trust_authority(cloud)
        engine = lab.start_engine()
        with OpenRegistry(lab.work, lab.logs) as registry:
            person = Person(lab.work, lab.programs, cloud, registry.address)
            Path("/etc/containers/registries.conf.d").mkdir(parents=True, exist_ok=True)
            Path("/etc/containers/registries.conf.d/open.conf").write_text(person.insecure())
            try:
                person.set_up()
                person.start_agent()
                self.play(Place(person, engine, lab.no_engine), tap)
            finally:
                code = person.stop()
            tap.check(code in (0, None), "the agent ends with 0 after SIGTERM", code)

    def play(self, place: Place, tap: Tap) -> None:
        seed(place)
        recorder = Recorder(place.person.work / "recorded", place.person.home / "bin")
        clients = []
        for each in self.installed:
            client = each.row.client(place, each.program)
            if why := client.obstacle():
                tap.skip(each.row.name, why)
                continue
            clients.append(client)
            play_client(Stage(place, recorder, client, tap))
        rotate_under_all(place, clients, tap)


def play_client(stage: Stage) -> None:
    started = time.monotonic()
    print(f"CLIENT VERSION: {stage.client.name}: {stage.client.version()}", flush=True)
    for scene in SCENES:
        scene(stage)
    stage.tap.note(f"{stage.client.name}: {time.monotonic() - started:.1f} s")


def trust_authority(cloud: Cloud) -> None:
    """Adds the lab's authority to the system's; /etc is our own copy."""
    authority = Path(cloud.ready["ca"]).read_text()
    with open("/etc/ssl/certs/ca-certificates.crt", "a", encoding="utf-8") as bundle:
        bundle.write("\n" + authority)


def seed(place: Place) -> None:
    """Something to pull in every repository."""
    skopeo = Skopeo(place, Path(find_program("skopeo") or "skopeo"))
    person = place.person
    for env, image in (
        (person.with_suffix(WRITER.token), place.image(APP)),
        (person.with_suffix(WEB_WRITER.token), place.image(WEB)),
        (person.environment(), place.image(OPEN, person.open_registry)),
    ):
        done = skopeo.push(env, image)
        if done.code != 0:
            raise LabError(f"no image in {image}: {done.last_line}")


def rotate_under_all(place: Place, clients: list[Client], tap: Tap) -> None:
    """Every client works on and on while the password is replaced."""
    person = place.person
    generation, old = person.generation(READER.token), Login(*person.ask_helper(READER.token))
    with Crowd(place, clients) as crowd:
        crowd.wait_for_everybody()
        person.ctl_must("rotate", READER.token)
        served = person.ask_helper(READER.token)[1]
    tap.check(served != old.password, "the first answer after the rotation has the new password")
    replaced = person.generation(READER.token) > generation
    tap.check(replaced, "the password was replaced while all clients worked", f"generation {generation}")
    tap.check(not crowd.failures, "no client failed while it was", crowd.failures)
    tap.note(f"during the rotation: {', '.join(f'{name} {count}' for name, count in crowd.counts.items())}")
    for client in clients:
        tap.check(
            not (why := use(client, place, crowd.env)), f"{client.name} works with the new password", why
        )


class Crowd:
    """All clients at once, each again and again, from entering to leaving; the last use of each ends after that."""

    def __init__(self, place: Place, clients: list[Client]):
        self.place = place
        self.env = place.person.at_home()  # once: the files are not written while somebody reads them
        self.stopping = threading.Event()
        self.failures: list[str] = []
        self.counts = dict.fromkeys((each.name for each in clients), 0)
        self.threads = [threading.Thread(target=self.work, args=(each,), daemon=True) for each in clients]

    def __enter__(self) -> Crowd:
        for each in self.threads:
            each.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        for each in self.threads:
            each.join(2 * LIMIT)

    def work(self, client: Client) -> None:
        while not self.stopping.is_set():
            if why := use(client, self.place, self.env):
                self.failures.append(f"{client.name}: {why}")
                return
            self.counts[client.name] += 1

    def wait_for_everybody(self) -> None:
        """Until each has worked once and is at it again, or has failed."""
        while any(each.is_alive() for each in self.threads) and not all(self.counts.values()):
            if self.failures:
                return
            time.sleep(0.05)


def use(client: Client, place: Place, env: dict[str, str]) -> str:
    """Pulls, or looks a login up and tries it. Returns what went wrong."""
    if "pull" in client.can:
        done = client.pull(env, place.image(APP))
        return "" if done.code == 0 else str(done)
    found, done = client.resolve(env, place.host)
    if found is None:
        return str(done)
    return "" if place.cloud_accepts(found) else "the registry refuses what it found"


def main() -> int:
    names = sys.argv[1:]
    if unknown := set(names) - {row.name for row in ROWS}:
        print(f"matrix.py: unknown client {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    raise_when_stopped()
    try:
        installed = install(tuple(row for row in ROWS if not names or row.name in names), Tap())
        return play(Matrix(installed).perform)
    except Stopped as reason:
        print(f"stopped by {reason}", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
