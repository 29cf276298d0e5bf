#!/usr/bin/env python3
"""From a pull secret that a person made and renewed by hand to one that follows the rotation, while pods pull by it: the
steps of packaging/doc/from-the-article.md, one after the other.

Not tested here: the pods themselves, the Azure CLI in place of the requests that it makes (tests/az).
"""

from __future__ import annotations

import base64
import functools
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from clients import Skopeo
from cluster import Cluster, logins_in
from cluster_parts import Parts, find_parts
from lab import Lab
from process import LabError, run
from publishing import BLUE, Pulls, PublishingWorld, install_chart, running
from scene import play
from tap import Tap
from world import SECONDS_POLICY, Consumer

SPACE = "production"
SECRET = "acr-pull-secret"
PUSHER = "ci-main"
ROTATIONS = 2


def moving(parts: Parts, lab: Lab, tap: Tap) -> None:
    cloud = lab.start_registry()
    world = PublishingWorld(lab.work, lab.programs, cloud, (Consumer(PUSHER, "app-push", True),), SECONDS_POLICY)
    world.set_up()
    pushed = Skopeo(world, lab.certificates).push(PUSHER)
    tap.check(pushed.code == 0, "there is an image to pull", pushed)
    with running(Cluster(lab.work / "cluster", parts)) as cluster:
        by_hand(world, cluster)
        pulls = Pulls(cloud, cluster, SPACE, SECRET)
        pulls.thread.start()
        try:
            take_over(world, cluster, tap)
            time.sleep(1)
        finally:
            pulls.stop()
            world.stop()
        tap.note(f"{pulls.done} pulls, {len(pulls.failures)} failed")
        tap.check(pulls.done > 50 and not pulls.failures, "no pull failed on the way", pulls.failures[:5])


def by_hand(world: PublishingWorld, cluster: Cluster) -> None:
    """The article's steps 2, 3 and 5: a token, its first password, a secret."""
    cloud = world.cloud
    token = {"properties": {"scopeMapId": f"{cloud.resource_id}/scopeMaps/app-pull", "status": "enabled"}}
    answer = cloud.arm("PUT", f"tokens/{BLUE}", token)
    if answer.status not in (200, 201):
        raise LabError(f"PUT tokens/{BLUE}: HTTP {answer.status}")
    end = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
    asked = {"tokenId": f"{cloud.resource_id}/tokens/{BLUE}", "name": "password1", "expiry": end}
    answer = cloud.arm("POST", "generateCredentials", asked)
    passwords = {each["name"]: each.get("value") for each in answer.json["passwords"]}
    cluster.must("create", "namespace", SPACE)
    cluster.must(
        "create", "secret", "docker-registry", SECRET, f"--docker-server={cloud.host}", f"--docker-username={BLUE}",
        f"--docker-password={passwords['password1']}", "-n", SPACE,
    )  # fmt: skip


def take_over(world: PublishingWorld, cluster: Cluster, tap: Tap) -> None:
    world.consumers += (Consumer(BLUE, "app-pull", False),)
    pods = {
        "type": "kubernetes_secret", "token": f"{world.cloud.host}/{BLUE}", "secret": SECRET, "namespaces": [SPACE],
        "take_from": ["kubectl-create"],
    }  # fmt: skip
    install_chart(cluster, {"pods": pods})
    world.become_pod(cluster)
    world.publish({"pods": pods | {"service_account": str(world.account)}})
    password = password_in_use(world, cluster)
    argv = [str(world.programs / "scopedctl"), "import", world.cloud.host, BLUE, "--password-stdin", "--slot", "password1"]
    imported = run(argv, world.environment(), 60, stdin=password)
    tap.check(imported.code == 0, "the password that the pods use is imported as the current one", imported)
    before = logins_in(cluster.secret(SPACE, SECRET) or {})
    published = world.ctl("publish", "--once")
    after = logins_in(cluster.secret(SPACE, SECRET) or {})
    tap.check(published.code == 0, "the secret is taken over from who made it", published)
    tap.check(before == after == {world.cloud.host: f"{BLUE}:{password}"}, "and its password is the same", list(after))
    world.start_agent()
    for number in range(ROTATIONS):
        done = world.ctl("rotate", f"{world.cloud.host}/{BLUE}", limit=120)
        tap.check(done.code == 0, f"rotation {number + 1} is done", done)
        login = ":".join(world.ask_helper(BLUE))
        now = logins_in(cluster.secret(SPACE, SECRET) or {})
        tap.check(now == {world.cloud.host: login}, "and the secret has its password", list(now))
    tap.check(world.cloud.passwords(BLUE).keys() == {"password1", "password2"}, "both slots are in turn")


def password_in_use(world: PublishingWorld, cluster: Cluster) -> str:
    text = cluster.must("get", "secret", SECRET, "-n", SPACE, "-o", r"jsonpath={.data.\.dockerconfigjson}")
    return str(json.loads(base64.b64decode(text))["auths"][world.cloud.host]["password"])


def main() -> int:
    try:
        parts = find_parts()  # before there is a network of our own
    except LabError as reason:
        print(f"SKIPPED: moving a pull secret of a real cluster: {reason}")
        return 0
    return play(functools.partial(moving, parts))


if __name__ == "__main__":
    sys.exit(main())
