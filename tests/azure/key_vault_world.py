"""A world whose records are in the emulator's Key Vault, and what other clients need to look at it."""

from __future__ import annotations

import json
import sys
import urllib.parse
from pathlib import Path
from typing import Any

from azure import Answer, Cloud
from cache import cached, fetch
from lab import Lab
from process import LabError, run
from servers import search_path
from world import CONSUMERS, Consumer, World

SDK = {"azure-keyvault-secrets": "4.12.0", "azure-identity": "1.27.0"}
READER = Path(__file__).with_name("sdk_reader.py")


class KeyVaultWorld(World):
    """The identity of the store is `host`, of the type that `login` has; its settings go in beside."""

    def __init__(self, lab: Lab, cloud: Cloud, policy: dict[str, str], consumers: tuple[Consumer, ...] = CONSUMERS):
        super().__init__(lab.work, lab.programs, cloud, consumers, policy)
        self.login: dict[str, Any] = {}  # of the store, where it is not the rotator's
        self.store: dict[str, Any] = {}

    def configuration(self) -> dict[str, Any]:
        document = super().configuration()
        ready = self.cloud.ready
        document["registries"][self.cloud.host]["store"] = "corp"
        document["stores"] = {
            "corp": {"type": "key_vault", "address": ready["key_vault"], "ca_file": ready["ca"], "identity": "host"}
            | self.store
        }
        document["identities"]["host"] = self.login or dict(document["identities"]["rotator"])
        return document

    def secret_name(self, token: str) -> str:
        """As scoped-config(5) says it, for a registry and a token of small letters, digits and single hyphens."""
        registry = self.cloud.host
        if ":" in registry:
            return self.listed_name(token)
        return f"registry-tokens--{registry.replace('.', '-')}--{token}"

    def listed_name(self, token: str) -> str:
        address = f"{self.cloud.host}/{token}"
        for each in vault(self.cloud, "GET", "secrets").json["value"]:
            if each["tags"].get("ProviderAddress") == address:
                return str(each["id"].rpartition("/")[2])
        raise LabError(f"the Key Vault has no secret that says '{address}'")

    def bundle(self, token: str) -> dict[str, Any]:
        return dict(vault(self.cloud, "GET", f"secrets/{self.secret_name(token)}").json)

    def record(self, token: str) -> dict[str, Any]:
        return dict(json.loads(self.bundle(token)["value"]))


def vault_bearer(cloud: Cloud) -> str:
    ready = cloud.ready
    form = {
        "grant_type": "client_credentials", "client_id": ready["client_id"], "client_secret": ready["client_secret"],
        "scope": f"{ready['key_vault']}/.default",
    }  # fmt: skip
    answer = cloud.request(
        "POST", f"{ready['authority']}/{ready['tenant']}/oauth2/v2.0/token", urllib.parse.urlencode(form).encode()
    )
    return str(answer.json["access_token"])


def vault(cloud: Cloud, method: str, path: str, body: object | None = None) -> Answer:
    """A request to the Key Vault; `path` is below its address."""
    headers = {"Authorization": f"Bearer {vault_bearer(cloud)}", "Content-Type": "application/json"}
    url = f"{cloud.ready['key_vault']}/{path}?api-version=7.4"
    return cloud.request(method, url, json.dumps(body).encode() if body is not None else None, headers)


def sdk_folder() -> Path:
    """Azure's library for Key Vault, of PyPI. Needs the network at the first time."""

    def make(folder: Path) -> None:
        words = ["-m", "pip", "install", "--quiet", "--no-compile", "--target", str(folder)]
        fetch([sys.executable, *words, *(f"{name}=={version}" for name, version in SDK.items())], folder)

    return cached(f"azure-keyvault-secrets-{SDK['azure-keyvault-secrets']}", make, [READER])


def read_with_sdk(folder: Path, cloud: Cloud, name: str) -> dict[str, Any]:
    ready = cloud.ready
    env = {
        "PATH": search_path(), "PYTHONPATH": str(folder), "REQUESTS_CA_BUNDLE": ready["ca"],
        "CLIENT_SECRET": ready["client_secret"], "HOME": str(folder),
    }  # fmt: skip
    argv = [sys.executable, "-B", str(READER), ready["key_vault"], name, ready["authority"], ready["tenant"],
            ready["client_id"]]  # fmt: skip
    done = run(argv, env, 60)
    if done.code != 0:
        raise LabError(f"azure-keyvault-secrets: {done.last_line}")
    return dict(json.loads(done.out))
