"""Kubernetes' own programs for the tests: built once by go into the cache folder, etcd unpacked by packaging/deps."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "clients"))

from cache import cached, go, go_module
from process import LabError
from servers import find_server

SOURCE = Path(__file__).resolve().parents[1] / "kubernetes" / "cluster"
SOURCES = [SOURCE / name for name in ("go.mod", "go.sum", "main.go")]
HELM = "3.18.6"


@dataclass(frozen=True)
class Parts:
    cluster: Path  # kube-apiserver, kubectl and kubelet's keyring
    etcd: str
    helm: Path
    version: str  # of Kubernetes


def find_parts() -> Parts:
    """Raises LabError with the reason. Needs the network the first time, and then some minutes."""
    etcd = find_server("etcd")
    if not etcd:
        raise LabError("'etcd' is not here; run 'packaging/deps kubernetes'")
    version = go_module(SOURCES[0], "k8s.io/kubernetes")
    return Parts(build_cluster(version), etcd, install_helm(), version)


def build_cluster(version: str) -> Path:
    """Says the version that it is of: kubectl and helm compare it."""
    names = ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")
    flags = " ".join(["-s", "-w", *(f"-X {name}.gitVersion=v{version}" for name in names)])

    def make(folder: Path) -> None:
        output = f"{folder}/cluster"
        go(SOURCE, "build", "-mod=readonly", "-buildvcs=false", "-trimpath", f"-ldflags={flags}", "-o", output, ".")

    return cached(f"kubernetes-{version}", make, SOURCES) / "cluster"


def install_helm() -> Path:
    def make(folder: Path) -> None:
        flags = f"-ldflags=-s -w -X helm.sh/helm/v3/internal/version.version=v{HELM}"
        go(folder, "install", "-trimpath", flags, f"helm.sh/helm/v3/cmd/helm@v{HELM}", GOBIN=str(folder))

    return cached(f"helm-{HELM}", make) / "helm"
