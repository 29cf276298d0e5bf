#!/usr/bin/env python3
"""What a cluster may refuse: each is one line with its remedy, nothing is written by half, and no more is asked than
the back-off allows. The account is the chart's, with the chart's roles and no other right.

Not tested here: each line word for word (tests/unit/publish).
"""

from __future__ import annotations

import functools
import json
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from cluster import Cluster, logins_in
from cluster_parts import Parts, find_parts
from lab import Lab
from process import LabError
from publishing import BLUE, RELEASE, SECRET, SPACE, PublishingWorld, install_chart, running
from scene import play
from tap import Tap
from world import CALM_POLICY, Consumer

USER = f"system:serviceaccount:{SPACE}:{RELEASE}"
GOOD = "team-good"


def refusals(parts: Parts, lab: Lab, tap: Tap) -> None:
    cloud = lab.start_registry()
    world = PublishingWorld(lab.work, lab.programs, cloud, (Consumer(BLUE, "app-pull", False),), CALM_POLICY)
    world.set_up()
    with running(Cluster(lab.work / "cluster", parts)) as cluster:
        for space in (GOOD, "team-other"):
            cluster.must("create", "namespace", space)
        chart = {"type": "kubernetes_secret", "token": f"{cloud.host}/{BLUE}", "secret": SECRET}
        install_chart(cluster, {"pods": chart | {"namespaces": [GOOD]}})
        world.become_pod(cluster)
        account(cluster, tap)
        for test in (forbidden, missing, wrong_type, immutable, conflict):
            test(world, cluster, tap)
        backs_off(world, cluster, tap)
        holds_the_slot(world, cluster, tap)


def account(cluster: Cluster, tap: Tap) -> None:
    """The role that the chart makes, by the cluster's own word."""

    def may(verb: str, what: str, space: str) -> bool:
        return cluster.kubectl("auth", "can-i", verb, what, "-n", space, f"--as={USER}").out.strip() == "yes"

    verbs = ("get", "create", "patch", "list", "update", "delete")
    allowed = [verb for verb in verbs if may(verb, f"secrets/{SECRET}", GOOD)]
    tap.check(allowed == ["get", "create", "patch"], "the account may get, create and patch its secret", allowed)
    others = [what for what in ("secrets/other", "secrets", "configmaps", "pods") if may("get", what, GOOD)]
    tap.check(not others, "and see nothing else", others)
    tap.check(not may("get", f"secrets/{SECRET}", "team-other"), "nor that of another namespace")


def once(world: PublishingWorld, *spaces: str, **more: Any) -> tuple[int | None, str, str]:
    world.publish({"pods": world.in_pod(namespaces=list(spaces), **more)})
    done = world.ctl("publish", "--once")
    return done.code, done.out, done.err


def told(tap: Tap, got: tuple[int | None, str, str], expected: str, sentence: str) -> None:
    code, _, err = got
    lines = [line for line in err.splitlines() if line]
    tap.check(code == 3 and len(lines) == 1 and expected in lines[0], sentence, got)


def forbidden(world: PublishingWorld, cluster: Cluster, tap: Tap) -> None:
    got = once(world, "team-other", GOOD)
    expected = "does not let us 'get' it: apply the role of packaging/kubernetes"
    told(tap, got, expected, "a forbidden namespace is one line")
    tap.check(f"{GOOD}/{SECRET}: generation 1" in got[1], "and the others get theirs", got[1])
    tap.check(cluster.secret("team-other", SECRET) is None, "nothing is written where it is forbidden")


def missing(world: PublishingWorld, cluster: Cluster, tap: Tap) -> None:
    bind(cluster, "team-none")
    got = once(world, "team-none")
    told(tap, got, "does not let us 'get' it", "a namespace that is not there has no role that would let us look")


def bind(cluster: Cluster, space: str) -> None:
    """The rights of the chart in one more namespace, if there is one."""
    if space != "team-none":
        cluster.kubectl("create", "namespace", space)
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "metadata": {"name": "more", "namespace": space}}
    what = {"apiGroups": [""], "resources": ["secrets"], "resourceNames": [SECRET]}
    rules = [what | {"verbs": ["get", "create", "patch"]}]
    subjects = [{"kind": "ServiceAccount", "name": RELEASE, "namespace": SPACE}]
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "more"}
    binding = role | {"kind": "RoleBinding", "roleRef": reference, "subjects": subjects}
    for document in (role | {"kind": "Role", "rules": rules}, binding):
        cluster.kubectl("apply", "-f", "-", stdin=json.dumps(document))


def wrong_type(world: PublishingWorld, cluster: Cluster, tap: Tap) -> None:
    bind(cluster, "team-type")
    cluster.must("create", "secret", "generic", SECRET, "-n", "team-type", "--from-literal=a=b")
    got = once(world, "team-type")
    told(tap, got, "is of type 'Opaque', which is fixed", "a secret of another type is one line")
    tap.check((cluster.secret("team-type", SECRET) or {})["data"] == {"a": "Yg=="}, "and stays as it was")


def immutable(world: PublishingWorld, cluster: Cluster, tap: Tap) -> None:
    bind(cluster, "team-fixed")
    cluster.must("create", "secret", "docker-registry", SECRET, "-n", "team-fixed", "--docker-server=x.io",
                 "--docker-username=u", "--docker-password=p")  # fmt: skip
    cluster.must("patch", "secret", SECRET, "-n", "team-fixed", "-p", '{"immutable": true}')
    got = once(world, "team-fixed", take_from=["kubectl-create"])
    expected = f"is immutable, so that no password in it can be replaced: run 'kubectl delete secret {SECRET} -n team-fixed'"
    told(tap, got, expected, "an immutable secret is one line")
    cluster.must("delete", "secret", SECRET, "-n", "team-fixed")
    code, out, _ = once(world, "team-fixed")
    tap.check(code == 0 and "written" in out, "and the remedy in it helps", out)


def conflict(world: PublishingWorld, cluster: Cluster, tap: Tap) -> None:
    bind(cluster, "team-theirs")
    cluster.must("create", "secret", "docker-registry", SECRET, "-n", "team-theirs", "--docker-server=ghcr.io",
                 "--docker-username=u", "--docker-password=p")  # fmt: skip
    before = cluster.secret("team-theirs", SECRET)
    got = once(world, "team-theirs")
    told(tap, got, "is kept by 'kubectl-create', so it is left alone", "a secret of another manager is one line")
    tap.check(cluster.secret("team-theirs", SECRET) == before, "and stays as it was")
    code, out, err = once(world, "team-theirs", take_from=["kubectl-create"])
    document = logins_in(cluster.secret("team-theirs", SECRET) or {})
    tap.check(code == 0, "a manager that is named gives way", (out, err))
    tap.check(
        document == {"ghcr.io": "u:p", world.cloud.host: ":".join(world.ask_helper(BLUE))},
        "and the login of the other registry stays",
        document.keys(),
    )


def backs_off(world: PublishingWorld, cluster: Cluster, tap: Tap) -> None:
    """1 s, then up to 2, 4, 8 ...: in twelve seconds there is no room for more than a handful."""
    world.publish({"pods": world.in_pod(namespaces=["team-other"])})
    world.start_agent()
    before = len(cluster.requests_of(USER))
    time.sleep(12)
    asked = len(cluster.requests_of(USER)) - before
    tap.check(1 <= asked <= 12, "an agent that is refused asks no faster than its back-off", asked)
    problem = world.told().get(f"team-other/{SECRET}", {}).get("problem", "")
    tap.check("does not let us 'get' it" in problem, "and its status says why", problem)
    checked = world.ctl("status", "--check")
    tap.check(checked.code == 3 and "problem: publisher pods: " in checked.out, "for people and for monitoring", checked.out)


def holds_the_slot(world: PublishingWorld, cluster: Cluster, tap: Tap) -> None:
    world.ctl_must("rotate", f"{world.cloud.host}/{BLUE}")
    world.ctl("rotate", f"{world.cloud.host}/{BLUE}", limit=14)  # longer than the promise on the old password
    reason = next((str(each["reason"]) for each in (world.status() or {}).get("tokens", [])), "")
    expected = "the old password is kept until publisher 'pods' has told everybody"
    tap.check(reason == expected, "the old password's slot is held meanwhile", reason)
    bind(cluster, "team-other")
    deadline = time.monotonic() + 60
    name = f"team-other/{SECRET}"
    while world.told().get(name, {}).get("generation", 0) < 2 and time.monotonic() < deadline:
        time.sleep(0.2)
    has = world.told().get(name, {})
    tap.check(has.get("generation") in (2, 3), "with the role it is told by itself", has)
    world.stop()


def main() -> int:
    try:
        parts = find_parts()  # before there is a network of our own
    except LabError as reason:
        print(f"SKIPPED: what a real cluster refuses: {reason}")
        return 0
    return play(functools.partial(refusals, parts))


if __name__ == "__main__":
    sys.exit(main())
