#!/usr/bin/env python3
"""The pull secret of a real cluster: made, kept and made again, beside what others put into it.

Not tested here: each refusal (refusals.py), rotations under pulls (rotations.py).
"""

from __future__ import annotations

import functools
import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from cluster import Cluster, logins_in
from cluster_parts import Parts, find_parts
from lab import Lab
from process import LabError
from scene import play
from tap import Tap
from world import CALM_POLICY, Consumer, World

BLUE = "node-blue"
SECRET = "acr-pull"


class PublishingWorld(World):
    """A world whose token is published; `publishers` is the object of the configuration."""

    publishers: dict[str, dict[str, Any]] = {}

    def configuration(self) -> dict[str, Any]:
        return super().configuration() | {"publishers": self.publishers}

    def publish(self, publishers: dict[str, dict[str, Any]]) -> None:
        token = f"{self.cloud.host}/{BLUE}"
        self.publishers = {name: {"token": token} | each for name, each in publishers.items()}
        self.write_configuration()


def pull_secret(parts: Parts, lab: Lab, tap: Tap) -> None:
    cloud = lab.start_registry()
    world = PublishingWorld(lab.work, lab.programs, cloud, (Consumer(BLUE, "app-pull", False),), CALM_POLICY)
    world.set_up()
    cluster = Cluster(lab.work / "cluster", parts)
    try:
        cluster.start()
        tap.note(cluster.must("version").replace("\n", ", "))
        first_secret(world, cluster, tap)
    finally:
        cluster.stop()


def first_secret(world: PublishingWorld, cluster: Cluster, tap: Tap) -> None:
    cluster.must("create", "namespace", "team-a")
    pods = {"type": "kubernetes_secret", "secret": SECRET, "namespaces": ["team-a"], "kubeconfig": str(cluster.kubeconfig)}
    world.publish({"pods": pods})
    done = world.ctl("publish", "--once")
    expected = f"pods: team-a/{SECRET}: generation 1, written\n"
    tap.check(done.code == 0 and done.out == expected, "a pull secret is made where there is none", done)
    secret = cluster.secret("team-a", SECRET) or {}
    tap.check(secret.get("type") == "kubernetes.io/dockerconfigjson", "it is of the type that kubelet reads", secret)
    login = ":".join(world.ask_helper(BLUE))
    tap.check(logins_in(secret) == {world.cloud.host: login}, "it holds the current password", logins_in(secret))
    again = world.ctl("publish", "--once", "-o", "json")
    consumers = json.loads(again.out)["publishers"][0]["consumers"]
    tap.check(
        consumers == [{"consumer": f"team-a/{SECRET}", "changed": False}], "who has it is only looked at", again.out
    )


def main() -> int:
    try:
        parts = find_parts()  # before there is a network of our own
    except LabError as reason:
        print(f"SKIPPED: the pull secret of a real cluster: {reason}")
        return 0
    return play(functools.partial(pull_secret, parts))


if __name__ == "__main__":
    sys.exit(main())
