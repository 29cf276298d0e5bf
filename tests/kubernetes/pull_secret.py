#!/usr/bin/env python3
"""The pull secret of a real cluster: made, kept and made again, beside what others put into it; who we are there; and
what a promotion costs in fifty namespaces.

Not tested here: each refusal (refusals.py), rotations under pulls (rotations.py).
"""

from __future__ import annotations

import functools
import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from cluster import Cluster, logins_in
from cluster_parts import Parts, find_parts
from eventually import eventually
from lab import Lab
from process import LabError
from publishing import BLUE, RELEASE, SECRET, SPACE, PublishingWorld, install_chart, running
from scene import play
from tap import Tap
from world import CALM_POLICY, Consumer

GREEN = "node-green"
USER = f"system:serviceaccount:{SPACE}:{RELEASE}"
MANY = 50
MOST_REQUESTS, MOST_SECONDS = 100, 5.0


def pull_secret(parts: Parts, lab: Lab, tap: Tap) -> None:
    cloud = lab.start_registry()
    consumers = tuple(Consumer(each, "app-pull", False) for each in (BLUE, GREEN))
    world = PublishingWorld(lab.work, lab.programs, cloud, consumers, CALM_POLICY)
    world.set_up()
    with running(Cluster(lab.work / "cluster", parts)) as cluster:
        tap.note(cluster.must("version").strip().replace("\n", ", "))
        cluster.must("create", "namespace", "team-a")
        first_secret(world, cluster, tap)
        by_program(world, cluster, tap)
        by_label(world, cluster, tap)
        looked_after(world, cluster, tap)
        fifty(world, cluster, tap)


def by_kubeconfig(cluster: Cluster, **more: Any) -> dict[str, Any]:
    place = {"secret": SECRET, "namespaces": ["team-a"]}
    return {"type": "kubernetes_secret", "kubeconfig": str(cluster.kubeconfig)} | place | more


def first_secret(world: PublishingWorld, cluster: Cluster, tap: Tap) -> None:
    world.publish({"pods": by_kubeconfig(cluster)})
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
    merged(world, cluster, tap)


def merged(world: PublishingWorld, cluster: Cluster, tap: Tap) -> None:
    """What others put into the same object, and into the same document, stays."""
    patch = {"metadata": {"labels": {"owner": "team-a"}}, "data": {"note": "aGk="}}
    cluster.must("patch", "secret", SECRET, "-n", "team-a", "-p", json.dumps(patch))
    world.ctl_must("rotate", f"{world.cloud.host}/{BLUE}")
    done = world.ctl("publish", "--once")
    secret = cluster.secret("team-a", SECRET) or {}
    kept = secret["metadata"]["labels"].get("owner") == "team-a" and secret["data"].get("note") == "aGk="
    tap.check(done.code == 0 and kept, "others' labels and keys of the secret stay", (done, secret))
    login = ":".join(world.ask_helper(BLUE))
    tap.check(logins_in(secret) == {world.cloud.host: login}, "beside the next password", logins_in(secret))


PROGRAM = """#!/bin/sh
echo run >> "{folder}/runs"
cat <<TEXT
{"kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1", "status": {"token": "$(cat "{token}")"}}
TEXT
"""


def by_program(world: PublishingWorld, cluster: Cluster, tap: Tap) -> None:
    """A kubeconfig whose program makes tokens, as those of AKS do; kubectl uses the same one."""
    chart = {"type": "kubernetes_secret", "token": f"{world.cloud.host}/{BLUE}", "secret": SECRET}
    named, many = chart | {"namespaces": ["team-a"]}, chart | {"namespace_selector": "scoped=yes"}
    install_chart(cluster, {"pods": named, "many": many})
    world.become_pod(cluster)
    program = cluster.work / "make-token"
    program.write_text(PROGRAM.replace("{folder}", str(cluster.work)).replace("{token}", f"{world.account}/token"))
    program.chmod(0o700)
    plugin = {"apiVersion": "client.authentication.k8s.io/v1", "command": str(program), "interactiveMode": "Never"}
    kubeconfig = cluster.write_kubeconfig("program", {"exec": plugin})
    world.publish({"pods": by_kubeconfig(cluster, kubeconfig=str(kubeconfig))})
    done = world.ctl("publish", "--once")
    tap.check(done.code == 0 and "was there" in done.out, "a program of the kubeconfig makes the credentials", done)
    runs = (cluster.work / "runs").read_text().count("run")
    tap.check(runs == 1, "it is run once for all requests", runs)
    tap.check(bool(cluster.requests_of(USER)), "the API server knows us by its token")


def by_label(world: PublishingWorld, cluster: Cluster, tap: Tap) -> None:
    for space in ("blue-1", "blue-2", "grey"):
        cluster.must("create", "namespace", space)
    cluster.must("label", "namespace", "blue-1", "blue-2", "scoped=yes")
    world.publish({"many": world.in_pod(namespace_selector="scoped=yes")})
    done = world.ctl("publish", "--once")
    expected = "".join(f"many: {space}/{SECRET}: generation 2, written\n" for space in ("blue-1", "blue-2"))
    tap.check(done.out == expected and done.code == 0, "namespaces are found by their labels", done)
    tap.check(cluster.secret("grey", SECRET) is None, "and no other gets the secret")


def looked_after(world: PublishingWorld, cluster: Cluster, tap: Tap) -> None:
    """By the agent, without anybody asking."""
    host = world.cloud.host
    world.start_agent()
    cluster.must("delete", "secret", SECRET, "-n", "blue-1")
    tap.check(eventually(lambda: cluster.secret("blue-1", SECRET) is not None), "a deleted secret is made again")
    cluster.must("label", "namespace", "grey", "scoped=yes")
    tap.check(eventually(lambda: cluster.secret("grey", SECRET) is not None), "a namespace that comes later gets it")
    login = ":".join(world.ask_helper(BLUE))
    tap.check(logins_in(cluster.secret("blue-1", SECRET) or {}) == {host: login}, "with the current password")
    seen = eventually(lambda: set(world.told()) == {f"{each}/{SECRET}" for each in ("blue-1", "blue-2", "grey")})
    tap.check(seen, "the status says who has which generation", world.told())
    table = world.ctl("status").out
    tap.check(f"grey/{SECRET}" in table and "CONSUMER" in table, "for people, too", table)
    world.stop()


def fifty(world: PublishingWorld, cluster: Cluster, tap: Tap) -> None:
    """A promotion in fifty namespaces, from the promotion to the last secret, counted by the audit log."""
    names = [f"many-{number:02}" for number in range(MANY - 3)]
    labels = {"labels": {"scoped": "yes"}}
    spaces = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name} | labels} for name in names]
    cluster.must("apply", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": spaces}))
    cluster.must("label", "namespace", "team-a", "scoped=no")
    document = world.configuration()
    document["copies"]["revalidate_agent"] = "10m"  # only the promotion is counted
    world.write_configuration(document)
    world.start_agent()
    first = eventually(lambda: [each["generation"] for each in world.told().values()] == [2] * MANY)
    tap.check(first, f"{MANY} namespaces have the password", len(world.told()))
    before = len(cluster.requests_of(USER))
    world.ctl_must("rotate", f"{world.cloud.host}/{BLUE}")
    told = eventually(lambda: all(each["generation"] == 3 for each in world.told().values()))
    requests = cluster.requests_of(USER)[before:]
    seconds = spread(requests)
    tap.note(f"a promotion in {MANY} namespaces: {len(requests)} requests in {seconds:.2f} s")
    tap.check(told and len(requests) <= MOST_REQUESTS, f"a promotion takes at most {MOST_REQUESTS} requests", len(requests))
    tap.check(seconds <= MOST_SECONDS, f"and at most {MOST_SECONDS:g} s", seconds)
    login = ":".join(world.ask_helper(BLUE))
    right = {world.cloud.host: login}
    wrong = [each for each in [*names, "grey"] if logins_in(cluster.secret(each, SECRET) or {}) != right]
    tap.check(not wrong, "and all have the new password", wrong)
    world.stop()


def spread(requests: list[dict[str, Any]]) -> float:
    """Seconds from the first request to the last answer, by the audit log's clock."""
    def at(text: str) -> float:
        return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()

    if not requests:
        return 0.0
    begins = [at(each["requestReceivedTimestamp"]) for each in requests]
    return max(at(each["stageTimestamp"]) for each in requests) - min(begins)


def main() -> int:
    try:
        parts = find_parts()  # before there is a network of our own
    except LabError as reason:
        print(f"SKIPPED: the pull secret of a real cluster: {reason}")
        return 0
    return play(functools.partial(pull_secret, parts))


if __name__ == "__main__":
    sys.exit(main())
