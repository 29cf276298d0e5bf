"""A control plane of Kubernetes on loopback: a real kube-apiserver with RBAC before a real etcd, and no nodes."""

from __future__ import annotations

import base64
import json
import os
import ssl
import subprocess
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cluster_parts import Parts
from process import Daemon, Finished, LabError, run
from vault import free_port

AUDIT = """apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules: [{level: Metadata}]
"""
START_LIMIT = 90.0


@dataclass(frozen=True)
class Pair:
    """A certificate and its key."""

    certificate: Path
    key: Path


class Authority:
    """Owns its key; makes certificates with openssl."""

    def __init__(self, folder: Path):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.certificate = folder / "ca.crt"
        openssl(
            "req", "-x509", *KEY, "-keyout", f"{folder}/ca.key", "-out", str(self.certificate), "-days", "2",
            "-subj", "/CN=lab cluster",
        )  # fmt: skip

    def issue(self, name: str, subject: str, extension: str) -> Pair:
        pair = Pair(self.folder / f"{name}.crt", self.folder / f"{name}.key")
        request, extensions = self.folder / f"{name}.csr", self.folder / f"{name}.ext"
        extensions.write_text(extension + "\n")
        openssl("req", *KEY, "-keyout", str(pair.key), "-out", str(request), "-subj", subject)
        openssl(
            "x509", "-req", "-in", str(request), "-CA", str(self.certificate), "-CAkey", f"{self.folder}/ca.key",
            "-CAcreateserial", "-days", "2", "-extfile", str(extensions), "-out", str(pair.certificate),
        )  # fmt: skip
        pair.key.chmod(0o600)
        return pair


KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


def openssl(*arguments: str) -> None:
    done = subprocess.run(["openssl", *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        raise LabError(f"openssl {arguments[0]}: {done.stderr.strip()[-200:]}")


class Cluster:
    """Owns etcd and the API server; `work` is a folder for them."""

    def __init__(self, work: Path, parts: Parts):
        self.work, self.parts = work, parts
        self.port = free_port()
        self.daemons: list[Daemon] = []
        work.mkdir(parents=True, mode=0o700)
        self.log = work.parent / "log"
        self.log.mkdir(exist_ok=True)
        self.authority = Authority(work / "pki")
        self.server = self.authority.issue(
            "server", "/CN=kube-apiserver", "subjectAltName=IP:127.0.0.1,DNS:localhost"
        )
        self.admin = self.authority.issue("admin", "/O=system:masters/CN=admin", "extendedKeyUsage=clientAuth")
        self.kubeconfig = self.write_kubeconfig("admin", {
            "client-certificate": str(self.admin.certificate), "client-key": str(self.admin.key),
        })  # fmt: skip
        context = ssl.create_default_context(cafile=str(self.authority.certificate))
        context.load_cert_chain(self.admin.certificate, self.admin.key)
        self.opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
        )

    @property
    def address(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    @property
    def audit_log(self) -> Path:
        return self.work / "audit.log"

    def environment(self) -> dict[str, str]:
        return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": str(self.work), "KUBECONFIG": str(self.kubeconfig)}

    def start(self) -> None:
        store, peer = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
        etcd = [
            self.parts.etcd, "--data-dir", f"{self.work}/etcd", "--listen-client-urls", store,
            "--advertise-client-urls", store, "--listen-peer-urls", peer,
        ]  # fmt: skip
        self.daemons.append(Daemon("etcd", etcd, self.environment(), self.log / "etcd.log"))
        openssl("genrsa", "-out", f"{self.work}/accounts.key", "2048")
        (self.work / "audit.yaml").write_text(AUDIT)
        argv = [
            str(self.parts.cluster), "kube-apiserver", f"--etcd-servers={store}", f"--secure-port={self.port}",
            "--bind-address=127.0.0.1", "--advertise-address=192.0.2.1", "--endpoint-reconciler-type=none",
            f"--cert-dir={self.work}/certificates",
            f"--tls-cert-file={self.server.certificate}", f"--tls-private-key-file={self.server.key}",
            f"--client-ca-file={self.authority.certificate}", "--authorization-mode=RBAC",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={self.work}/accounts.key",
            f"--service-account-signing-key-file={self.work}/accounts.key",
            "--service-cluster-ip-range=10.0.0.0/24", f"--audit-policy-file={self.work}/audit.yaml",
            f"--audit-log-path={self.audit_log}", "--audit-log-mode=blocking",
        ]  # fmt: skip
        server = Daemon("kube-apiserver", argv, self.environment(), self.log / "kube-apiserver.log")
        self.daemons.append(server)
        server.wait_ready(self.is_ready, START_LIMIT)

    def stop(self) -> None:
        for daemon in reversed(self.daemons):
            daemon.stop()
        self.daemons.clear()

    def is_ready(self) -> bool:
        try:
            return self.request("GET", "/readyz")[0] == 200
        except OSError:
            return False

    # --- clients -------------------------------------------------------------------------------------

    def write_kubeconfig(self, name: str, user: Mapping[str, Any]) -> Path:
        """JSON is YAML; kubectl itself writes the file that is read as YAML."""
        path = self.work / f"{name}.kubeconfig"
        document = {
            "apiVersion": "v1", "kind": "Config", "current-context": name,
            "clusters": [{"name": "lab", "cluster": {
                "server": self.address, "certificate-authority": str(self.authority.certificate)}}],
            "users": [{"name": name, "user": dict(user)}],
            "contexts": [{"name": name, "context": {"cluster": "lab", "user": name}}],
        }  # fmt: skip
        path.touch(0o600)
        path.write_text(json.dumps(document))
        return path

    def kubectl(self, *arguments: str, stdin: str = "", limit: float = 60) -> Finished:
        return run([str(self.parts.cluster), "kubectl", *arguments], self.environment(), limit, stdin=stdin)

    def must(self, *arguments: str, stdin: str = "") -> str:
        done = self.kubectl(*arguments, stdin=stdin)
        if done.code != 0:
            raise LabError(f"kubectl {' '.join(arguments)}: exit {done.code}: {done.last_line}")
        return done.out

    def request(self, method: str, path: str, body: object = None, kind: str = "application/json") -> tuple[int, Any]:
        """As the administrator. Every status is an answer; raises OSError when there is none."""
        data = json.dumps(body).encode() if body is not None else None
        asked = urllib.request.Request(self.address + path, data=data, method=method)
        if data:
            asked.add_header("Content-Type", kind)
        try:
            with self.opener.open(asked, timeout=20) as reply:
                text = reply.read()
                return reply.status, json.loads(text) if text.startswith(b"{") else text
        except urllib.error.HTTPError as refusal:
            return refusal.code, refusal.read()

    def secret(self, space: str, name: str) -> dict[str, Any] | None:
        status, found = self.request("GET", f"/api/v1/namespaces/{space}/secrets/{name}")
        return found if status == 200 else None

    def requests_of(self, user: str) -> list[dict[str, Any]]:
        """What this user asked of the API server, by its audit log."""
        lines = self.audit_log.read_text().splitlines()
        events = [json.loads(line) for line in lines if line.endswith("}")]
        return [each for each in events if each["user"]["username"] == user]


def logins_in(secret: Mapping[str, Any]) -> dict[str, str]:
    """USER:PASSWORD by registry, of a pull secret."""
    document = json.loads(base64.b64decode(secret.get("data", {}).get(".dockerconfigjson", "")) or '{"auths": {}}')
    return {
        host: base64.b64decode(entry["auth"]).decode() for host, entry in document["auths"].items() if "auth" in entry
    }
