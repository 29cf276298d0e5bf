"""An installation whose records are in a vault, and what the tests of it ask again and again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from typing import Any

from azure import Cloud
from lab import Lab
from process import Finished
from vault import Server
from world import CALM_POLICY, Consumer, World

PREFIX = "registry-tokens"
TOKEN = "ci-main"
FOREIGN = "ci-nightly"  # made by somebody else, to be imported
CONSUMERS = (Consumer(TOKEN, "app-push", True), Consumer(FOREIGN, "app-push", True))
LIMIT = 30.0  # seconds for what is waited for by asking


class VaultWorld(World):
    """A world whose store is the vault, reached by AppRole unless `login` says otherwise."""

    def __init__(self, lab: Lab, cloud: Cloud, vault: Server, policy: Mapping[str, str] = CALM_POLICY):
        super().__init__(lab.work, lab.programs, cloud, CONSUMERS, policy)
        self.vault = vault
        self.store: dict[str, Any] = {}  # settings beside the usual ones; None: without that one
        self.login: dict[str, Any] = {
            "type": "vault_approle",
            "role_id": f"file:{self.work}/keys/role-id",
            "secret_id": f"file:{self.work}/keys/secret-id",
        }
        self.variables: dict[str, str] = {}
        self.duties = ["broker", "watch", "rotate"]

    def configuration(self) -> dict[str, Any]:
        document = super().configuration()
        document["registries"][self.cloud.host]["store"] = "corp"
        usual = {
            "type": "vault", "address": self.vault.address, "ca_file": self.vault.ca_file, "identity": "host",
        }  # fmt: skip
        document["stores"] = {"corp": {k: v for k, v in (usual | self.store).items() if v is not None}}
        document["identities"]["host"] = self.login
        document["agent"]["duties"] = self.duties
        return document

    def environment(self) -> dict[str, str]:
        return super().environment() | self.variables

    def configure(self, store: Mapping[str, Any] | None = None, login: Mapping[str, Any] | None = None) -> None:
        self.store = dict(store or {})
        if login is not None:
            self.login = dict(login)
        self.write_configuration()

    def keep(self, name: str, text: str, mode: int = 0o600) -> str:
        """A file in the folder of keys; returns its path."""
        path = self.work / "keys" / name
        path.touch(mode)
        path.write_text(text + "\n")
        path.chmod(mode)
        return str(path)

    def secret(self, name: str, text: str) -> str:
        """The same, as the configuration names it."""
        return f"file:{self.keep(name, text)}"

    def path(self, token: str = TOKEN) -> str:
        return f"{PREFIX}/{self.cloud.host}/{token}"

    def record(self, token: str = TOKEN) -> dict[str, Any]:
        return dict(self.vault.read(self.path(token))["data"])

    def begin(self) -> None:
        """A rotator's AppRole, the configuration and one token in the vault."""
        self.vault.must("auth", "enable", "approle")
        self.vault.policy("rotator", rotator_policy())
        role, secret = self.vault.approle("host", "rotator")
        self.keep("role-id", role)
        self.keep("secret-id", secret)
        self.write_configuration()
        self.ctl_must("init")
        self.create_scope_maps()
        self.create_token(self.consumers[0])

    def drop_copies(self) -> None:
        shutil.rmtree(self.work / "home" / "state", ignore_errors=True)

    def cold_get(self) -> Finished:
        """A helper that has no copy to answer with; without an agent it asks the vault."""
        self.drop_copies()
        return self.helper(TOKEN, "get")


def rotator_policy(mount: str = "secret") -> dict[str, list[str]]:
    """As packaging/doc/vault.md has it."""
    return {
        f"{mount}/data/{PREFIX}/*": ["create", "read", "update"],
        f"{mount}/metadata/{PREFIX}/*": ["create", "read", "update", "list"],
        f"{mount}/destroy/{PREFIX}/*": ["update"],
        f"{mount}/config": ["read"],
    }


def is_one_line(done: Finished, *parts: str) -> bool:
    text = done.out.removesuffix("\n")
    return done.code == 1 and "\n" not in text and all(part in text for part in parts)


def metadata_of(world: VaultWorld, token: str = TOKEN) -> dict[str, Any]:
    text = world.vault.must("kv", "metadata", "get", "-mount=secret", "-format=json", world.path(token)).out
    return dict(json.loads(text)["data"])
