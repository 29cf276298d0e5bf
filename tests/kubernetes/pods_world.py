"""A world as the chart configures one: records in the Key Vault, one identity by the federated token of the pod."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from key_vault_world import KeyVaultWorld
from publishing import BLUE, PublishingWorld


class PodsWorld(PublishingWorld, KeyVaultWorld):
    def configuration(self) -> dict[str, Any]:
        ready = self.cloud.ready
        token = self.work / "keys" / "federated"
        if not token.exists():
            token.touch(0o600)
            token.write_bytes(Path(ready["federated_token"]).read_bytes())
        self.login = {
            "type": "workload_identity", "authority": ready["authority"], "tenant": ready["tenant"],
            "client_id": ready["client_id"], "ca_file": ready["ca"], "token_file": str(token),
        }  # fmt: skip
        document = super().configuration()
        document["identities"]["rotator"] = dict(self.login)
        return document

    def problem(self) -> str:
        """What its agent's status says of the token."""
        tokens = (self.status() or {}).get("tokens", [])
        return next((str(each.get("problem", "")) for each in tokens if each["token"] == BLUE), "")
