#!/usr/bin/env python3
"""The chart and the plain manifests: the same objects, accepted by a real API server, installed, changed and removed.

Not tested here: a pod of it (pod.py); what its account may do (refusals.py).
"""

from __future__ import annotations

import functools
import json
import os
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from cluster import Cluster
from cluster_parts import Parts, find_parts
from lab import Lab
from process import LabError, run
from publishing import CHART, RELEASE, SPACE, helm, running
from scene import play
from tap import Tap

PLAIN = CHART.parent / "plain"
HASH = "docker-credential-scoped/config"  # of the chart's alone: who edits a manifest restarts the pods by hand

Objects = dict[tuple[str, str, str], dict[str, Any]]


def chart(parts: Parts, lab: Lab, tap: Tap) -> None:
    with running(Cluster(lab.work / "cluster", parts)) as cluster:
        linted = run([str(parts.helm), "lint", "--strict", str(CHART)], cluster.environment(), 60)
        tap.check(linted.code == 0, "the chart passes helm's own checks", linted)
        same_objects(cluster, tap)
        configuration_is_right(lab, cluster, tap)
        installed(cluster, tap)


def render(cluster: Cluster, *arguments: str) -> str:
    usual = ("-n", SPACE, "--kube-version", cluster.parts.version)
    return helm(cluster, "template", RELEASE, str(CHART), *usual, *arguments)


def objects(cluster: Cluster, manifests: str) -> Objects:
    """By kind, namespace and name, as kubectl reads them."""
    text = cluster.must("create", "--dry-run=client", "--validate=strict", "-o", "json", "-f", "-", stdin=manifests)
    found: Objects = {}
    for each in documents(text):
        named = each["metadata"]
        found[each["kind"], named.get("namespace", ""), named["name"]] = each
    return found


def documents(text: str) -> list[dict[str, Any]]:
    """Of kubectl, which prints one object after the other, or a list."""
    decoder, at, found = json.JSONDecoder(), 0, []
    while at < len(text.rstrip()):
        document, at = decoder.raw_decode(text, at)
        found += document.get("items", [document])
        at += len(text[at:]) - len(text[at:].lstrip())
    return found


def plain(cluster: Cluster) -> Objects:
    texts = [path.read_text() for path in sorted(PLAIN.glob("*.yaml"))]
    found = objects(cluster, "\n---\n".join(texts))
    found.pop(("Namespace", "", SPACE))  # helm makes it itself
    return found


def same_objects(cluster: Cluster, tap: Tap) -> None:
    rendered, written = objects(cluster, render(cluster)), plain(cluster)
    pods = rendered["StatefulSet", SPACE, RELEASE]["spec"]["template"]["metadata"]
    annotations = pods.pop("annotations")
    tap.check(list(annotations) == [HASH], "the chart's pods change with their configuration", annotations)
    names = sorted(rendered), sorted(written)
    tap.check(names[0] == names[1], "chart and plain manifests have the same objects", names)
    different = [name for name in rendered if rendered[name] != written.get(name)]
    tap.check(not different, "and they say the same", different)
    kinds = {kind for kind, _, _ in rendered}
    expected = {"ServiceAccount", "Role", "RoleBinding", "ConfigMap", "StatefulSet", "NetworkPolicy"}
    expected |= {"PodDisruptionBudget"}
    tap.check(kinds == expected, "everything that an agent in a cluster needs is there", kinds)
    agents = rendered["StatefulSet", SPACE, RELEASE]["spec"]
    container = agents["template"]["spec"]["containers"][0]
    probes = [container[name]["httpGet"]["path"] for name in ("livenessProbe", "readinessProbe")]
    tap.check(agents["replicas"] == 2 and probes == ["/healthz"] * 2, "two replicas, probed on /healthz", agents)
    cluster.must("create", "namespace", SPACE)
    manifests = [f"-f={path}" for path in sorted(PLAIN.glob("*.yaml")) if path.name != "namespace.yaml"]
    applied = cluster.kubectl("apply", "--dry-run=server", "--validate=strict", *manifests)
    tap.check(applied.code == 0, "the API server takes the plain manifests", applied)
    cluster.must("delete", "namespace", SPACE, "--wait=false")


def configuration_is_right(lab: Lab, cluster: Cluster, tap: Tap) -> None:
    """What stands in the ConfigMap is what the agent's own parser takes."""
    document = plain(cluster)["ConfigMap", SPACE, RELEASE]["data"]["config.json"]
    path = lab.work / "chart-config.json"
    path.write_text(document)
    path.chmod(0o644)
    environment = {"PATH": os.environ["PATH"], "HOME": str(lab.work)}
    done = run([str(lab.programs / "scopedctl"), "publish", "--once", "--config", str(path)], environment, 20)
    tap.check(done.code != 78, "its configuration is one that the agent takes", done)


def roles(cluster: Cluster) -> list[str]:
    """The namespaces in which the chart has a role."""
    text = cluster.must("get", "roles", "-A", "-o", "json", "-l", f"app.kubernetes.io/instance={RELEASE}")
    return sorted(each["metadata"]["namespace"] for each in json.loads(text)["items"])


def installed(cluster: Cluster, tap: Tap) -> None:
    space = "scoped-test"  # the other one is about to vanish, and nobody here finishes that
    usual = ("-n", space, "--set", "config.publishers.pods.namespaces={team-a,team-b}")
    for name in ("team-a", "team-b", "other"):
        cluster.must("create", "namespace", name)
    helm(cluster, "install", RELEASE, str(CHART), "--create-namespace", *usual)
    places = roles(cluster)
    tap.check(places == ["team-a", "team-b"], "helm installs it: a role in each namespace that is named", places)
    values = {"config": {"publishers": {"pods": {"namespaces": None, "namespace_selector": "team"}}}}
    changed = cluster.work / "changed.json"
    changed.write_text(json.dumps(values))
    helm(cluster, "upgrade", RELEASE, str(CHART), "-n", space, "-f", str(changed))
    rule = json.loads(cluster.must("get", "clusterrole", f"{RELEASE}-pods", "-o", "json"))["rules"]
    expected = [
        {"apiGroups": [""], "resources": ["namespaces"], "verbs": ["list"]},
        {
            "apiGroups": [""], "resourceNames": ["acr-pull"], "resources": ["secrets"],
            "verbs": ["get", "create", "patch", "list"],
        },
    ]
    tap.check(rule == expected, "with a selector the role is one of the cluster, for that one name", rule)
    tap.check(not roles(cluster), "and the others are gone", roles(cluster))
    helm(cluster, "uninstall", RELEASE, "-n", space)
    gone = cluster.must("get", "statefulsets,serviceaccounts,configmaps,networkpolicies", "-n", space, "-o", "name")
    tap.check(RELEASE not in gone, "uninstalled, nothing of it is left", gone)


def main() -> int:
    try:
        parts = find_parts()  # before there is a network of our own
    except LabError as reason:
        print(f"SKIPPED: the chart on a real cluster: {reason}")
        return 0
    return play(functools.partial(chart, parts))


if __name__ == "__main__":
    sys.exit(main())
