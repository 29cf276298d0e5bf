"""An installation that publishes, as a pod of the chart would: by the service account that the chart makes."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from azure import Cloud
from clients import REPOSITORY
from cluster import Cluster
from process import LabError, run
from world import World

BLUE = "node-blue"
SECRET = "acr-pull"
RELEASE = SPACE = "scoped-agent"
CHART = Path(__file__).resolve().parents[2] / "packaging" / "kubernetes" / "chart"

Publishers = Mapping[str, Mapping[str, Any]]


class PublishingWorld(World):
    """A world whose token `node-blue` is published."""

    publishers: dict[str, dict[str, Any]] = {}
    variables: dict[str, str] = {}

    def configuration(self) -> dict[str, Any]:
        return super().configuration() | {"publishers": self.publishers}

    def environment(self) -> dict[str, str]:
        return super().environment() | self.variables

    def publish(self, publishers: Publishers) -> None:
        """Writes the configuration with these."""
        token = f"{self.cloud.host}/{BLUE}"
        self.publishers = {name: {"token": token} | dict(each) for name, each in publishers.items()}
        self.write_configuration()

    @property
    def account(self) -> Path:
        return self.work / "account"

    def become_pod(self, cluster: Cluster) -> None:
        """The environment and the files of a pod with the chart's service account."""
        self.account.mkdir(exist_ok=True)
        (self.account / "ca.crt").write_bytes(cluster.authority.certificate.read_bytes())
        (self.account / "token").write_text(cluster.must("create", "token", RELEASE, "-n", SPACE))
        self.variables = {"KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": str(cluster.port)}

    def in_pod(self, **settings: Any) -> dict[str, Any]:
        """A publisher of the pull secret with the pod's account."""
        return {"type": "kubernetes_secret", "secret": SECRET, "service_account": str(self.account)} | settings

    def told(self) -> dict[str, dict[str, Any]]:
        """What the agent says of each consumer."""
        status = self.status() or {}
        return {each["consumer"]: each for one in status.get("publishers", []) for each in one["consumers"]}


def helm(cluster: Cluster, *arguments: str) -> str:
    done = run([str(cluster.parts.helm), *arguments], cluster.environment(), 60)
    if done.code != 0:
        raise LabError(f"helm {' '.join(arguments[:2])}: exit {done.code}: {done.last_line}")
    return done.out


def install_chart(cluster: Cluster, publishers: Publishers) -> None:
    """The chart as it is, with these publishers in its configuration: their roles follow from that."""
    values = cluster.work / "values.json"
    # null takes the chart's own example out
    values.write_text(json.dumps({"config": {"publishers": {"pods": None} | {k: dict(v) for k, v in publishers.items()}}}))
    helm(cluster, "upgrade", "--install", RELEASE, str(CHART), "-n", SPACE, "--create-namespace", "-f", str(values))


class Keyring:
    """Kubelet's own code that reads a pull secret, as a process; one thread at a time."""

    def __init__(self, cluster: Cluster):
        self.process = subprocess.Popen(
            [str(cluster.parts.cluster), "keyring"], text=True, bufsize=1, env=cluster.environment(),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def logins(self, image: str, secret: Mapping[str, Any]) -> list[tuple[str, str]]:
        """In the order in which kubelet tries them."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps({"image": image, "secret": secret}) + "\n")
        answer = self.process.stdout.readline()
        if not answer:
            raise LabError("kubelet's keyring ended")
        return [(each["username"], each["password"]) for each in json.loads(answer)]

    def stop(self) -> None:
        self.process.kill()
        self.process.communicate()


@contextmanager
def running(cluster: Cluster) -> Iterator[Cluster]:
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


def pull(cloud: Cloud, repository: str, login: tuple[str, str]) -> str:
    """One pull by a login: token, manifest, every blob. Empty, or why it failed."""
    scope = f"repository:{repository}:pull"
    status, bearer = cloud.docker_token(*login, scope)
    if status != 200:
        return f"login: HTTP {status}"
    manifest = cloud.data_plane(f"{repository}/manifests/latest", bearer)
    if manifest.status != 200:
        return f"manifest: HTTP {manifest.status}"
    for part in [manifest.json["config"], *manifest.json["layers"]]:
        blob = cloud.data_plane(f"{repository}/blobs/{part['digest']}", bearer)
        if blob.status != 200 or len(blob.body) != part["size"]:
            return f"blob: HTTP {blob.status}"
    return ""


class Pulls:
    """Pulls without a pause, each as kubelet would: the secret, its reading, the logins in turn."""

    def __init__(self, cloud: Cloud, cluster: Cluster, space: str, secret: str):
        self.cloud, self.cluster, self.space, self.secret = cloud, cluster, space, secret
        self.keyring = Keyring(cluster)
        self.done = 0
        self.failures: list[str] = []
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self) -> None:
        while not self.stopping.is_set():
            why = self.once()
            if why:
                self.failures.append(why)
            self.done += 1

    def once(self) -> str:
        try:
            secret = self.cluster.secret(self.space, self.secret)
            if not secret:
                return "there is no secret"
            image = f"{self.cloud.host}/{REPOSITORY}:latest"
            tried = [pull(self.cloud, REPOSITORY, each) for each in self.keyring.logins(image, secret)]
            return "" if "" in tried else f"no login in the secret pulls: {tried}"
        except (OSError, LabError) as problem:
            return f"{type(problem).__name__}: {problem}"

    def stop(self) -> None:
        self.stopping.set()
        self.thread.join()
        self.keyring.stop()
