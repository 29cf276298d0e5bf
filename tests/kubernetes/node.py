"""What kubelet does for one pod, as far as a single machine without kubelet can: the volumes that the API server admitted,
a token of its own bound to the pod, the containers by podman under their own security context, and the probes.

Nothing here knows the chart: everything is read from the pod as the API server answers it. Not as kubelet: the network
is that of the test, and cgroups are podman's.
"""

from __future__ import annotations

import base64
import json
import os
import re
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cluster import Cluster
from process import Daemon, Finished, LabError, run
from servers import find_server

SIZES = {"": 1, "Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30}


def size_of(quantity: str) -> int:
    found = re.fullmatch(r"(\d+)(|Ki|Mi|Gi)", quantity)
    if not found:
        raise LabError(f"'{quantity}' is no size")
    return int(found[1]) * SIZES[found[2]]


class Node:
    """Owns the containers; `image` is the root folder of every image that a pod asks for."""

    def __init__(self, work: Path, cluster: Cluster, image: Path, podman: str):
        self.work, self.cluster, self.image, self.podman = work, cluster, image, podman
        self.volumes = work / "volumes"
        self.volumes.mkdir(parents=True)
        self.env = {"PATH": os.environ["PATH"], "HOME": str(work), "TMPDIR": str(work)}
        self.count = 0

    # --- volumes -------------------------------------------------------------------------------------

    def make_volumes(self, pod: Mapping[str, Any]) -> None:
        group = pod["spec"]["securityContext"]["fsGroup"]
        for volume in pod["spec"]["volumes"]:
            folder = self.volumes / volume["name"]
            folder.mkdir()
            if "emptyDir" in volume:
                self.make_empty(folder, volume["emptyDir"], group)
            elif "configMap" in volume:
                source = volume["configMap"]
                for name, text in self.config_map(pod, source["name"]).items():
                    put(folder / name, text, source["defaultMode"], group)
            elif "projected" in volume:
                for source in volume["projected"]["sources"]:
                    self.project(pod, folder, source, volume["projected"]["defaultMode"], group)
            else:
                raise LabError(f"a volume of an unknown kind: {volume}")

    def make_empty(self, folder: Path, source: Mapping[str, Any], group: int) -> None:
        """As kubelet: everybody may write, and what is made there is the pod's group's."""
        if source.get("medium") == "Memory":
            size = size_of(source["sizeLimit"])
            done = run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], self.env)
            if done.code != 0:
                raise LabError(f"mount tmpfs: {done.last_line}")
        os.chown(folder, 0, group)
        folder.chmod(0o2777)

    def config_map(self, pod: Mapping[str, Any], name: str) -> dict[str, str]:
        space = pod["metadata"]["namespace"]
        status, found = self.cluster.request("GET", f"/api/v1/namespaces/{space}/configmaps/{name}")
        if status != 200:
            raise LabError(f"config map {name}: HTTP {status}")
        return dict(found["data"])

    def project(self, pod: Mapping[str, Any], folder: Path, source: Mapping[str, Any], mode: int, group: int) -> None:
        if "serviceAccountToken" in source:
            put(folder / source["serviceAccountToken"]["path"], self.token(pod, source["serviceAccountToken"]), 0o640, group)
        elif "configMap" in source:
            texts = self.config_map(pod, source["configMap"]["name"])
            for item in source["configMap"]["items"]:
                put(folder / item["path"], texts[item["key"]], mode, group)
        elif "downwardAPI" in source:
            for item in source["downwardAPI"]["items"]:
                put(folder / item["path"], pod["metadata"][item["fieldRef"]["fieldPath"].removeprefix("metadata.")], mode, group)
        else:
            raise LabError(f"a projection of an unknown kind: {source}")

    def token(self, pod: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
        """Bound to the pod: with the pod it ends."""
        named = pod["metadata"]
        bound = {"kind": "Pod", "apiVersion": "v1", "name": named["name"], "uid": named["uid"]}
        spec = {"expirationSeconds": wanted["expirationSeconds"], "boundObjectRef": bound}
        if "audience" in wanted:
            spec["audiences"] = [wanted["audience"]]
        account = pod["spec"]["serviceAccountName"]
        path = f"/api/v1/namespaces/{named['namespace']}/serviceaccounts/{account}/token"
        request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec}
        status, made = self.cluster.request("POST", path, request)
        if status != 201:
            raise LabError(f"POST {path}: HTTP {status}: {made!r}")
        return str(made["status"]["token"])

    # --- containers ----------------------------------------------------------------------------------

    def command(self, *words: str) -> list[str]:
        runtime = find_server("runc")
        storage = ["--root", f"{self.work}/storage", "--runroot", f"{self.work}/run", "--storage-driver", "vfs"]
        settings = ["--cgroup-manager", "cgroupfs", "--events-backend", "none"]
        return [self.podman, *storage, *settings, *(["--runtime", runtime] if runtime else []), *words]

    def arguments(self, pod: Mapping[str, Any], container: Mapping[str, Any], name: str) -> list[str]:
        """Only what the pod says, and what kubelet adds: no capability, write or privilege that is not there."""
        whole, own = pod["spec"]["securityContext"], container["securityContext"]
        if whole["seccompProfile"] != {"type": "RuntimeDefault"} or own["allowPrivilegeEscalation"] is not False:
            raise LabError(f"a security context that this node does not know: {whole} {own}")
        words = [
            "run", "--rm", "--name", name, "--network=host", "--uts=private", f"--hostname={pod['spec']['hostname']}",
            "--log-driver=none", "--ulimit=host", "--read-only-tmpfs=false", "--security-opt=no-new-privileges",
            f"--user={whole['runAsUser']}:{whole['runAsGroup']}", f"--group-add={whole['fsGroup']}",
        ]  # fmt: skip
        words += [f"--cap-drop={each}" for each in own["capabilities"]["drop"]]
        words += ["--read-only"] if own["readOnlyRootFilesystem"] else []
        if memory := container.get("resources", {}).get("limits", {}).get("memory"):
            words.append(f"--memory={size_of(memory)}")
        service = {"KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": str(self.cluster.port)}
        variables = service | {each["name"]: each["value"] for each in container.get("env", [])}
        words += [f"--env={key}={value}" for key, value in variables.items()]
        for mount in container["volumeMounts"]:
            place = self.volumes / mount["name"] / mount.get("subPath", "")
            words.append(f"--volume={place}:{mount['mountPath']}:{'ro' if mount.get('readOnly') else 'rw'}")
        return [*words, "--rootfs", str(self.image), *container["command"], *container.get("args", [])]

    def run_to_its_end(self, pod: Mapping[str, Any], container: Mapping[str, Any]) -> Finished:
        return run(self.command(*self.arguments(pod, container, container["name"])), self.env, 60)

    def start(self, pod: Mapping[str, Any], container: Mapping[str, Any]) -> Daemon:
        self.count += 1
        name = f"{container['name']}-{self.count}"
        argv = self.command(*self.arguments(pod, container, name))
        return Daemon(name, argv, self.env, self.work.parent / "log" / f"{name}.log")

    def signal(self, container: Daemon, number: str) -> Finished:
        return run(self.command("kill", f"--signal={number}", container.name), self.env, 60)

    def execute(self, container: Daemon, *words: str, limit: float = 60) -> Finished:
        return run(self.command("exec", container.name, *words), self.env, limit)


def put(path: Path, text: str, mode: int, group: int) -> None:
    path.write_text(text)
    os.chown(path, 0, group)
    path.chmod(mode)


def probe(container: Mapping[str, Any], kind: str) -> int:
    """The status that this probe gets, 0 where nobody answers."""
    asked = container[kind]["httpGet"]
    ports = {each["name"]: each["containerPort"] for each in container["ports"]}
    port = ports.get(asked["port"], asked["port"])
    try:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"http://127.0.0.1:{port}{asked['path']}", timeout=container[kind]["timeoutSeconds"]) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refusal:
        return int(refusal.code)
    except OSError:
        return 0


def claims_of(token: str) -> dict[str, Any]:
    text = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))))
