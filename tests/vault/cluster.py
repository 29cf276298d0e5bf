#!/usr/bin/env python3
"""Three nodes of OpenBao with raft and TLS, whose leader is killed twenty times while passwords are rotated; then a
restore from an old backup, after which no live password is destroyed.

Clients reach the cluster through one port, as through a load balancer that knows no leader.
"""

from __future__ import annotations

import hashlib
import random
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from eventually import eventually
from lab import Lab
from process import Finished, LabError
from scene import play
from tap import Tap
from vault import find_bao
from vault_cluster import Cluster
from vault_world import FOREIGN, TOKEN, VaultWorld

KILLS = 20
PATIENCE = 150.0  # for a rotation to end: a claim cut off before its answer stands until its fence has passed
SEED = 20


class Watcher:
    """Reads both records all the time, as a stranger would, and remembers every generation that it saw."""

    def __init__(self, world: VaultWorld):
        self.world = world
        self.seen: dict[tuple[str, int], set[str]] = defaultdict(set)
        self.last: dict[str, int] = {}
        self.went_back: list[str] = []
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.watch, daemon=True)
        self.thread.start()

    def watch(self) -> None:
        while not self.stop.wait(0.25):
            for token in (TOKEN, FOREIGN):
                try:
                    self.note(token, self.world.record(token))
                except LabError:
                    continue  # an election

    def note(self, token: str, record: dict[str, Any]) -> None:
        generation = int(record["generation"])
        digest = hashlib.sha256(f"{record['slot']} {record['password']}".encode()).hexdigest()
        self.seen[token, generation].add(digest)
        if generation < self.last.get(token, 0):
            self.went_back.append(f"{token}: {self.last[token]} -> {generation}")
        self.last[token] = generation

    def end(self) -> None:
        self.stop.set()
        self.thread.join()


def cluster_test(program: str) -> Callable[[Lab, Tap], None]:
    def test(lab: Lab, tap: Tap) -> None:
        cloud = lab.start_registry()
        cluster = Cluster(program, lab.work / "vault")
        tap.note(cluster.version())
        tap.note(f"seed {SEED}")
        world = VaultWorld(lab, cloud, cluster)
        try:
            world.begin()
            world.create_token(world.consumers[1])
            world.start_agent()
            leaders_die(world, tap, cluster)
            restored(world, tap, cluster, lab.work / "backup")
        finally:
            world.stop()
            cluster.stop()

    return test


def leaders_die(world: VaultWorld, tap: Tap, cluster: Cluster) -> None:
    chance = random.Random(SEED)
    watcher = Watcher(world)
    before = {token: int(world.record(token)["generation"]) for token in (TOKEN, FOREIGN)}
    ended, failed_gets = 0, 0
    for number in range(KILLS):
        token = (TOKEN, FOREIGN)[number % 2]
        answers: list[Finished] = []
        rotation = threading.Thread(target=lambda token=token, answers=answers: answers.append(rotate(world, token)))
        rotation.start()
        time.sleep(chance.uniform(0, 1.2))
        cluster.kill_leader()
        failed_gets += world.helper(token, "get").code != 0
        cluster.revive()
        rotation.join()
        ended += answers[0].code == 0
        failed_gets += world.helper(token, "get").code != 0
    tap.note(f"{ended} of {KILLS} rotations ended while their leader was killed; the others were done again")
    for token in (TOKEN, FOREIGN):
        done = eventually(lambda token=token: rotate(world, token).code == 0, PATIENCE)
        tap.check(done, f"after {KILLS} leaders were killed {token} rotates as before")
    watcher.end()
    after = {token: world.record(token) for token in (TOKEN, FOREIGN)}
    for token, record in after.items():
        watcher.note(token, record)
        accepted = world.cloud.login(record["username"], record["password"]) == 200
        tap.check(accepted, f"no record is lost: the registry takes the recorded password of {token}")
    doubled = {key: len(found) for key, found in watcher.seen.items() if len(found) > 1}
    tap.check(not doubled, "no generation is doubled: each was seen with one password only", doubled)
    tap.check(not watcher.went_back, "no generation went back", watcher.went_back)
    made = sum(int(after[token]["generation"]) - before[token] for token in before)
    tap.check(made >= ended + 2, "each rotation that was reported is in the record", f"{made} of {ended + 2}")
    tap.check(failed_gets == 0, "no pull failed meanwhile", failed_gets)


def rotate(world: VaultWorld, token: str) -> Finished:
    return world.ctl("rotate", f"{world.cloud.host}/{token}", limit=PATIENCE)


def restored(world: VaultWorld, tap: Tap, cluster: Cluster, backup: Path) -> None:
    """The vault forgets the last rotation; the agent, which remembers it, publishes its copy back."""
    cluster.must("operator", "raft", "snapshot", "save", str(backup))
    before = world.record()
    done = rotate(world, TOKEN)
    after = world.record()
    tap.check(done.code == 0 and after["generation"] == before["generation"] + 1, "a rotation after the backup", done)
    world.ask_helper(TOKEN)
    cluster.restore(str(backup))

    def is_mended() -> bool:
        try:
            return str(world.record()["password"]) == str(after["password"])
        except (LabError, KeyError):
            return False

    mended = eventually(is_mended, 240)
    tap.check(mended, "a vault that was restored gets the newer password back from the agent", world.ctl("status"))
    alive = world.cloud.login(after["username"], after["password"]) == 200
    tap.check(alive, "and that password was not destroyed in the registry")
    tap.check(world.helper(TOKEN, "get").code == 0, "a pull is answered")


if __name__ == "__main__":
    found, missing = find_bao()  # before there is no network any more
    if found is None:
        Tap().skip("a cluster that loses its leaders", missing)
        sys.exit(0)
    sys.exit(play(cluster_test(found)))
