#!/usr/bin/env python3
"""A pod of the chart at work: the image of packaging/container under podman and runc, with the security context, volumes,
environment and probes that the API server admitted, and a token bound to that pod.

Not tested here: kubelet and its network; the webhook that makes a pod's Azure token (its part is played by the test).
"""

from __future__ import annotations

import functools
import json
import sys
import time
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parents[1]
sys.path[1:1] = [str(TESTS / each) for each in ("support", "azure", "clients")]

from cluster import Cluster, logins_in
from cluster_parts import Parts, find_parts
from eventually import eventually
from lab import Lab
from node import Node, claims_of, probe
from pods_world import PodsWorld
from process import Daemon, LabError, find_program, run
from publishing import BLUE, RELEASE, SECRET, SPACE, helm, running
from scene import play
from tap import Tap
from world import SECONDS_POLICY, Consumer

TARGET = "team-a"
CONTEXT = TESTS.parent / "packaging" / "container" / "context"
CONFIG = "/etc/scoped/config.json"
AZURE = "/var/run/secrets/azure/tokens"  # where the webhook of AKS mounts it

Pod = dict[str, Any]


def pod(parts: Parts, podman: str, lab: Lab, tap: Tap) -> None:
    if not lab.private:
        tap.skip("a pod of the chart", "mounts need a namespace of our own")
        return
    cloud = lab.start_registry()
    world = PodsWorld(lab, cloud, SECONDS_POLICY, (Consumer(BLUE, "app-pull", False),))
    world.write_configuration()
    world.create_scope_maps()
    version = run([podman, "--version"], world.environment()).out.strip()
    tap.note(f"Kubernetes {parts.version}, {version}")
    image = make_image(world)
    with running(Cluster(lab.work / "cluster", parts)) as cluster:
        install(world, cluster)
        admitted = admit(world, cluster, tap)
        node = Node(lab.work / "node", cluster, image, podman)
        node.make_volumes(admitted)
        at_work(world, cluster, node, admitted, tap)


def make_image(world: PodsWorld) -> Path:
    """As packaging/container makes it, with the lab's authority among those that it trusts."""
    context = world.work / "image"
    done = run([str(CONTEXT), "--build", str(world.programs.parent), str(context)], world.environment(), 120)
    if done.code != 0:
        raise LabError(f"context: {done.last_line}")
    root = context / "agent"
    with (root / "etc/ssl/certs/ca-certificates.crt").open("a") as bundle:
        bundle.write(Path(world.cloud.ready["ca"]).read_text())
    return root


def values_of(world: PodsWorld) -> dict[str, Any]:
    """The chart's own configuration, with the lab's addresses and its policy of seconds."""
    ready, host = world.cloud.ready, world.cloud.host
    control = {"type": "acr", "resource_id": world.cloud.resource_id, "endpoint": ready["arm"], "identity": "workload"}
    registry = {
        "store": "vault", "default_token": BLUE, "rotation": world.policy, "control": control,
        "tokens": {BLUE: {}, "production-pull-token": None},
    }  # fmt: skip
    pods = {"token": f"{host}/{BLUE}", "secret": SECRET, "namespaces": [TARGET]}
    return {
        "image": {"repository": "registry.example.com/scoped-agent", "tag": "lab"},
        "workloadIdentity": {"clientId": ready["client_id"]},
        "config": {
            "registries": {host: registry},
            "stores": {"vault": {"address": ready["key_vault"]}},
            "publishers": {"pods": pods},
        },
    }  # fmt: skip


def install(world: PodsWorld, cluster: Cluster) -> None:
    """Into namespaces that take nothing but the strictest of Kubernetes' pod security standards."""
    for space in (SPACE, TARGET):
        cluster.must("create", "namespace", space)
    cluster.must("label", "namespace", SPACE, "pod-security.kubernetes.io/enforce=restricted")
    authority = cluster.authority.certificate
    cluster.must("create", "configmap", "kube-root-ca.crt", "-n", SPACE, f"--from-file=ca.crt={authority}")
    values = cluster.work / "values.json"
    values.write_text(json.dumps(values_of(world)))
    chart = TESTS.parent / "packaging" / "kubernetes" / "chart"
    helm(cluster, "install", RELEASE, str(chart), "-n", SPACE, "-f", str(values))


def admit(world: PodsWorld, cluster: Cluster, tap: Tap) -> Pod:
    """The first pod of the StatefulSet as its controller and the webhook of AKS would ask for it, and as it was admitted."""
    template = json.loads(cluster.must("get", "statefulset", RELEASE, "-n", SPACE, "-o", "json"))["spec"]["template"]
    ready = world.cloud.ready
    spec = template["spec"]
    variables = {
        "AZURE_CLIENT_ID": ready["client_id"], "AZURE_TENANT_ID": ready["tenant"],
        "AZURE_AUTHORITY_HOST": ready["authority"], "AZURE_FEDERATED_TOKEN_FILE": f"{AZURE}/azure-identity-token",
    }  # fmt: skip
    spec["containers"][0]["env"] += [{"name": name, "value": value} for name, value in variables.items()]
    cluster.must(
        "create", "configmap", "azure-token", "-n", SPACE,
        f"--from-file=azure-identity-token={ready['federated_token']}",
    )  # fmt: skip
    spec["containers"][0]["volumeMounts"].append({"name": "azure", "mountPath": AZURE, "readOnly": True})
    spec["volumes"].append({"name": "azure", "configMap": {"name": "azure-token", "defaultMode": 0o444}})
    asked = {
        "apiVersion": "v1", "kind": "Pod", "spec": spec | {"hostname": f"{RELEASE}-0", "subdomain": RELEASE},
        "metadata": {"name": f"{RELEASE}-0", "namespace": SPACE, "labels": template["metadata"]["labels"]},
    }  # fmt: skip
    status, answer = cluster.request("POST", f"/api/v1/namespaces/{SPACE}/pods", asked)
    tap.check(status == 201, "the API server admits the pod under the standard 'restricted'", answer)
    return dict(json.loads(cluster.must("get", "pod", f"{RELEASE}-0", "-n", SPACE, "-o", "json")))


def is_ready(admitted: Pod) -> bool:
    return probe(admitted["spec"]["containers"][0], "readinessProbe") == 200


def at_work(world: PodsWorld, cluster: Cluster, node: Node, admitted: Pod, tap: Tap) -> None:
    first, main = admitted["spec"]["initContainers"][0], admitted["spec"]["containers"][0]
    began = node.run_to_its_end(admitted, first)
    tap.check(began.code == 0, "the container that makes its folder ends well", began)
    agent = node.start(admitted, main)
    try:
        tap.check(eventually(lambda: is_ready(admitted)), "the agent's container becomes ready", agent.last_log_line())
        tap.check(probe(main, "livenessProbe") == 200, "and is alive")
        create_token(world, node, agent, tap)
        secret = eventually(lambda: cluster.secret(TARGET, SECRET) is not None)
        tap.check(secret, "it writes the pull secret", agent.last_log_line())
        by_whom(cluster, admitted, tap)
        agent = follows(world, cluster, node, admitted, agent, tap)
        ended = node.signal(agent, "TERM")
        code = agent.process.wait(admitted["spec"]["terminationGracePeriodSeconds"])
        tap.check(ended.code == 0 and code == 0, "told to end it ends with 0 in its time", (ended, code))
    finally:
        if agent.is_running():
            node.signal(agent, "KILL")
            agent.stop()


def create_token(world: PodsWorld, node: Node, agent: Daemon, tap: Tap) -> None:
    words = ("token", "create", "--registry", world.cloud.host, "--name", BLUE, "--scope-map", "app-pull", "--config", CONFIG)
    made = node.execute(agent, "/usr/local/bin/scopedctl", *words)
    tap.check(made.code == 0, "scopedctl makes the token in the pod", made)
    name = world.record(BLUE)["rotator"]["instance"]
    tap.check(name.startswith(f"{RELEASE}-0."), "so that its record names the pod as the one that rotates", name)


def by_whom(cluster: Cluster, admitted: Pod, tap: Tap) -> None:
    user = f"system:serviceaccount:{SPACE}:{RELEASE}"
    pods = {each["user"].get("extra", {}).get("authentication.kubernetes.io/pod-name", [""])[0] for each in cluster.requests_of(user)}
    tap.check(pods == {f"{RELEASE}-0"}, "by a token that is bound to this pod, as the API server's audit log says", pods)
    claims = claims_of((Path(cluster.work.parent) / "node" / "volumes" / token_volume(admitted) / "token").read_text())
    is_bound = claims["kubernetes.io"]["pod"]["uid"] == admitted["metadata"]["uid"]
    tap.check(is_bound, "and that ends with it", claims["kubernetes.io"])


def token_volume(admitted: Pod) -> str:
    return next(str(each["name"]) for each in admitted["spec"]["volumes"] if "projected" in each)


def follows(world: PodsWorld, cluster: Cluster, node: Node, admitted: Pod, agent: Daemon, tap: Tap) -> Daemon:
    """It rotates, is killed as by the kernel, and goes on."""
    before, name = world.record(BLUE)["generation"], world.record(BLUE)["rotator"]["instance"]
    rotated = eventually(lambda: world.record(BLUE)["generation"] > before, 150)
    tap.check(rotated, "it rotates by itself", agent.last_log_line())
    node.signal(agent, "KILL")
    agent.process.wait(30)
    killed_at = world.record(BLUE)["generation"]
    agent = node.start(admitted, admitted["spec"]["containers"][0])
    tap.check(eventually(lambda: is_ready(admitted)), "killed and started again it becomes ready", agent.last_log_line())
    again = eventually(lambda: world.record(BLUE)["generation"] > killed_at, 150)
    tap.check(again and world.record(BLUE)["rotator"]["instance"] == name, "and rotates on under the same name", agent.last_log_line())
    right = {world.cloud.host: ":".join(world.ask_helper(BLUE))}
    told = eventually(lambda: logins_in(cluster.secret(TARGET, SECRET) or {}) == right)
    tap.check(told, "the pull secret has the current password", cluster.secret(TARGET, SECRET))
    tap.note(f"generation {world.record(BLUE)['generation']} at {time.strftime('%H:%M:%S', time.gmtime())} UTC, rotated by {name}")
    return agent


def main() -> int:
    podman = find_program("podman")
    try:
        parts = find_parts()  # before there is a network of our own
        if not podman:
            raise LabError("podman is not installed")
    except LabError as reason:
        print(f"SKIPPED: a pod of the chart: {reason}")
        return 0
    return play(functools.partial(pod, parts, podman))


if __name__ == "__main__":
    sys.exit(main())
