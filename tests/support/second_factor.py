"""A vault's second factor by RFC 6238: the vault wants it of each login at one mount, and here is who has the codes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import struct
import time
from typing import Any
from urllib.parse import parse_qs, urlparse

from vault import Server

PERIOD, DIGITS = 5, 6  # seconds: the vault takes a code once


class SecondFactor:
    """`alias` is who logs in, as the mount names them."""

    def __init__(self, vault: Server, mount: str, alias: str):
        self.vault = vault
        accessor = json.loads(vault.must("auth", "list", "-format=json").out)[f"{mount}/"]["accessor"]
        method = "identity/mfa/method/totp"
        self.method = str(
            self.write(method, "issuer=lab", f"period={PERIOD}", "algorithm=SHA1", f"digits={DIGITS}")["method_id"]
        )
        entity = self.write("identity/entity", "name=host")["id"]
        vault.must("write", "identity/entity-alias", f"name={alias}", f"canonical_id={entity}",
                   f"mount_accessor={accessor}")  # fmt: skip
        url = self.write(f"{method}/admin-generate", f"method_id={self.method}", f"entity_id={entity}")["url"]
        secret = parse_qs(urlparse(url).query)["secret"][0]
        self.key = base64.b32decode(secret + "=" * (-len(secret) % 8))
        vault.must("write", "identity/mfa/login-enforcement/lab", f"mfa_method_ids={self.method}",
                   f"auth_method_accessors={accessor}")  # fmt: skip

    def write(self, path: str, *members: str) -> dict[str, Any]:
        return dict(json.loads(self.vault.must("write", "-format=json", path, *members).out)["data"])

    def next_code(self) -> str:
        """One that nobody has used: of a time that begins now."""
        time.sleep(PERIOD - time.time() % PERIOD)
        digest = hmac.new(self.key, struct.pack(">Q", int(time.time()) // PERIOD), hashlib.sha1).digest()
        at = digest[-1] & 15
        number = struct.unpack(">I", digest[at : at + 4])[0] & 0x7FFFFFFF
        return f"{number % 10**DIGITS:0{DIGITS}}"

    def end(self) -> None:
        self.vault.must("delete", "identity/mfa/login-enforcement/lab")
