"""Keys, certificates and signed tokens, made with openssl."""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path
from typing import Any

from process import LabError, run
from servers import search_path


def openssl(*arguments: str, stdin: bytes | str = "") -> None:
    done = run(["openssl", *arguments], {"PATH": search_path()}, 60, stdin=stdin)
    if done.code != 0:
        raise LabError(f"openssl {arguments[0]}: exit {done.code}: {done.last_line}")


def self_signed(
    folder: Path, name: str, *extensions: str, hosts: str = "IP:127.0.0.1,DNS:localhost"
) -> tuple[Path, Path]:
    """A certificate that signs itself, and its key."""
    certificate, key = folder / f"{name}.pem", folder / f"{name}-key.pem"
    more = [word for each in extensions for word in ("-addext", each)]
    openssl(
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={name}",
        "-addext", f"subjectAltName={hosts}", *more, "-days", "2", "-keyout", str(key), "-out", str(certificate),
    )  # fmt: skip
    key.chmod(0o600)
    return certificate, key


def lapsed(folder: Path, name: str, hosts: str) -> tuple[Path, Path]:
    """The same, and its time is over."""
    certificate, key = self_signed(folder, name, hosts=hosts)
    request = folder / f"{name}.csr"
    openssl(
        "req", "-new", "-key", str(key), "-subj", f"/CN={name}", "-addext", f"subjectAltName={hosts}",
        "-out", str(request),
    )  # fmt: skip
    openssl(
        "x509", "-req", "-in", str(request), "-signkey", str(key), "-days", "-1", "-copy_extensions", "copy",
        "-out", str(certificate),
    )  # fmt: skip
    return certificate, key


class Signer:
    """Somebody who signs tokens; `public_key` is what others are told."""

    def __init__(self, folder: Path, name: str):
        self.key, self.public_key = folder / f"{name}.key", folder / f"{name}.pub"
        self.work = folder
        openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", str(self.key))
        openssl("pkey", "-in", str(self.key), "-pubout", "-out", str(self.public_key))

    def sign(self, claims: dict[str, Any], life: int = 600) -> str:
        now = int(time.time())
        payload = {"iat": now, "nbf": now - 5, "exp": now + life} | claims
        text = f"{encode(json.dumps({'alg': 'RS256', 'typ': 'JWT'}))}.{encode(json.dumps(payload))}"
        signature = self.work / "signature"
        openssl("dgst", "-sha256", "-sign", str(self.key), "-out", str(signature), stdin=text)
        return f"{text}.{encode(signature.read_bytes())}"


def encode(data: str | bytes) -> str:
    raw = data if isinstance(data, bytes) else data.encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
