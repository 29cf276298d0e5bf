#!/usr/bin/env python3
"""Every identity of Entra logs in for real: at the emulator's token endpoint, at the token services of its hosts,
and through the real Azure CLI; each reads the same record from the Key Vault.

Not tested here: each request to the letter (tests/unit/identity), Azure itself.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from string import Template
from typing import Any

TESTS = Path(__file__).resolve().parents[1]
sys.path[1:1] = [str(TESTS / each) for each in ("support", "clients", "az")]

from cli import HOW_TO, commands_in
from key_vault_world import KeyVaultWorld
from lab import Lab
from process import Finished, LabError, run
from programs import AzureCli, of_pypi
from scene import play
from tap import Tap
from world import CALM_POLICY, Consumer

TOKEN = "ci-main"
CONSUMERS = (Consumer(TOKEN, "app-push", True),)


@dataclass(frozen=True)
class Row:
    what: str
    settings: dict[str, Any]  # of the identity
    variables: dict[str, str] = field(default_factory=dict)
    says: tuple[str, ...] = ()  # parts of the one line of a refusal; empty: it works


class IdentityWorld(KeyVaultWorld):
    variables: Mapping[str, str] = {}

    def environment(self) -> dict[str, str]:
        return super().environment() | dict(self.variables)

    def get(self, row: Row) -> Finished:
        """What the helper says when nothing but the vault can answer."""
        self.login, self.variables = row.settings, row.variables
        self.write_configuration()
        shutil.rmtree(self.work / "home" / "state", ignore_errors=True)
        return self.helper(TOKEN, "get")


def private_copy(world: IdentityWorld, name: str, data: bytes) -> str:
    path = world.work / "keys" / name
    path.touch(0o600)
    path.write_bytes(data)
    return str(path)


def pfx_of(world: IdentityWorld, pem: str) -> str:
    path = world.work / "keys" / "client.pfx"
    path.touch(0o600)
    argv = ["openssl", "pkcs12", "-export", "-in", pem, "-passout", "pass:open-sesame", "-out", str(path)]
    done = run(argv, world.environment())
    if done.code != 0:
        raise LabError(f"openssl pkcs12: {done.last_line}")
    return str(path)


EXPIRED = """
import datetime, sys
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
key = rsa.generate_private_key(65537, 2048)
name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "expired")])
now = datetime.datetime.now(datetime.timezone.utc)
made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
made = made.serial_number(1).not_valid_before(now - datetime.timedelta(2)).not_valid_after(now - datetime.timedelta(1))
pem = serialization.Encoding.PEM
sys.stdout.buffer.write(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
sys.stdout.buffer.write(made.sign(key, hashes.SHA256()).public_bytes(pem))
"""


def expired_certificate(world: IdentityWorld, az: AzureCli) -> str:
    """OpenSSL 3.0 makes none; the Azure CLI brings a library that does."""
    done = run([sys.executable, "-B", "-c", EXPIRED], world.environment() | az.environment)
    if done.code != 0:
        raise LabError(f"an expired certificate: {done.last_line}")
    return private_copy(world, "expired.pem", done.out.encode())


def rows(world: IdentityWorld, az: AzureCli) -> list[Row]:
    ready = world.cloud.ready
    entra = {"authority": ready["authority"], "tenant": ready["tenant"], "client_id": ready["client_id"], "ca_file": ready["ca"]}
    named = {
        "AZURE_TENANT_ID": ready["tenant"], "AZURE_CLIENT_ID": ready["client_id"], "AZURE_AUTHORITY_HOST": ready["authority"],
    }  # fmt: skip
    host, header = ready["managed_identity"], ready["identity_header"]
    machine = {"AZURE_POD_IDENTITY_AUTHORITY_HOST": host}
    pem = private_copy(world, "client.pem", Path(ready["client_certificate"]).read_bytes())
    token = private_copy(world, "federated", Path(ready["federated_token"]).read_bytes())
    password = private_copy(world, "pfx-password", b"open-sesame")
    cli = {"AZURE_CONFIG_DIR": str(az.home / "azure"), "REQUESTS_CA_BUNDLE": ready["ca"], **az.environment}
    return [
        Row("a client secret", {"type": "entra_secret", **entra, "client_secret": f"file:{world.secret_file()}"}),
        Row("a certificate in PEM, PS256", {"type": "entra_certificate", **entra, "certificate": f"file:{pem}"}),
        Row("a certificate in PEM, RS256",
            {"type": "entra_certificate", **entra, "certificate": f"file:{pem}", "signature": "rs256"}),
        Row("a certificate in PFX", {"type": "entra_certificate", **entra, "certificate": f"file:{pfx_of(world, pem)}",
                                     "certificate_password": f"file:{password}"}),
        Row("an expired certificate",
            {"type": "entra_certificate", **entra, "certificate": f"file:{expired_certificate(world, az)}"},
            says=("the client certificate has expired on", "change certificate")),
        Row("a workload's token", {"type": "workload_identity", **entra, "token_file": token}),
        Row("a workload's token, named by variables", {"type": "workload_identity", "ca_file": ready["ca"]},
            named | {"AZURE_FEDERATED_TOKEN_FILE": token}),
        Row("a workload's token that vanished", {"type": "workload_identity", **entra, "token_file": f"{token}-gone"},
            says=("token of the workload", f"{token}-gone")),
        Row("a virtual machine", {"type": "managed_identity"}, machine),
        Row("a virtual machine with another identity", {"type": "managed_identity", "client_id": "other"}, machine,
            says=("the host has no such identity: assign it",)),
        Row("an App Service", {"type": "managed_identity"},
            {"IDENTITY_ENDPOINT": f"{host}/msi/token", "IDENTITY_HEADER": header}),
        Row("an App Service of 2017", {"type": "managed_identity"},
            {"MSI_ENDPOINT": f"{host}/msi/token", "MSI_SECRET": header}),
        Row("the Cloud Shell", {"type": "managed_identity"}, {"MSI_ENDPOINT": f"{host}/msi/token"}),
        Row("no metadata service", {"type": "managed_identity"}, {"AZURE_POD_IDENTITY_AUTHORITY_HOST": "http://127.0.0.1:9"},
            says=("no managed identity here (is this a virtual machine of Azure",)),
        Row("the Azure CLI", {"type": "azure_cli", "program": str(world.work / "bin" / "az")}, cli),
        Row("an Azure CLI without a login", {"type": "azure_cli", "program": str(world.work / "bin" / "az")},
            cli | {"AZURE_CONFIG_DIR": str(world.work / "nobody")}, says=("run 'az login'",)),
        Row("the environment with a secret", {"type": "entra_environment", "ca_file": ready["ca"]},
            named | {"AZURE_CLIENT_SECRET": ready["client_secret"]}),
        Row("the environment with a certificate", {"type": "entra_environment", "ca_file": ready["ca"]},
            named | {"AZURE_CLIENT_CERTIFICATE_PATH": pem}),
        Row("a chain, of which the host works", {"type": "entra_chain", "ca_file": ready["ca"]}, machine),
        Row("a chain, of which nothing works", {"type": "entra_chain"},
            {"AZURE_POD_IDENTITY_AUTHORITY_HOST": "http://127.0.0.1:9", "AZURE_TOKEN_CREDENTIALS": "prod"},
            says=("none of them works here: environment: ", "; workload identity: ", "; managed identity: ")),
        Row("a wrong tenant", {"type": "entra_secret", **entra, "tenant": "00000000-0000-0000-0000-000000000000",
                               "client_secret": f"file:{world.secret_file()}"},
            says=("there is no such tenant: check tenant",)),
        Row("an application that nobody knows", {"type": "entra_secret", **entra, "client_id": "nobody",
                                                 "client_secret": f"file:{world.secret_file()}"},
            says=("check client_id and tenant",)),
    ]  # fmt: skip


def log_in_with_az(world: IdentityWorld, az: AzureCli) -> None:
    """`az` as a program of its own, as an identity runs it."""
    ready = world.cloud.ready
    az.home = world.work / "az"
    az.home.mkdir()
    az.environment["REQUESTS_CA_BUNDLE"] = ready["ca"]
    for words in commands_in(HOW_TO.read_text(), "Point `az` at it"):
        done = az.run(shlex.split(Template(words).substitute(ready)))
        if done.code != 0:
            raise LabError(f"az {words}: {done.last_line}")
    program = world.work / "bin" / "az"
    program.write_text(f'#!/bin/sh\nexec {shlex.join(az.argv)} "$@"\n')
    program.chmod(0o755)


def identities(az: AzureCli) -> Any:
    def test(lab: Lab, tap: Tap) -> None:
        cloud = lab.start_registry()
        tap.note(f"azure-cli {az.version}, {subprocess.check_output(['openssl', 'version'], text=True).strip()}")
        world = IdentityWorld(lab, cloud, CALM_POLICY, CONSUMERS)
        world.write_configuration()
        world.create_scope_maps()
        world.create_token(CONSUMERS[0])
        log_in_with_az(world, az)
        expected = world.ask_helper(TOKEN)
        for row in rows(world, az):
            done = world.get(row)
            if row.says:
                text = done.out.removesuffix("\n")
                is_so = done.code == 1 and "\n" not in text and all(part in text for part in row.says)
                tap.check(is_so, f"{row.what} is one line that says what to do", done)
            else:
                tap.check(done.code == 0 and expected[1] in done.out, f"{row.what} reads the record", done)
        controls(world, tap)

    return test


def controls(world: IdentityWorld, tap: Tap) -> None:
    """The control plane with a host's identity: a machine rotates without a secret of its own."""
    document = world.configuration()
    document["identities"] = {"rotator": {"type": "managed_identity"}, "host": {"type": "managed_identity"}}
    world.variables = {"AZURE_POD_IDENTITY_AUTHORITY_HOST": world.cloud.ready["managed_identity"]}
    world.write_configuration(document)
    before = world.record(TOKEN)["generation"]
    done = world.ctl("rotate", f"{world.cloud.host}/{TOKEN}", limit=90)
    tap.check(
        done.code == 0 and world.record(TOKEN)["generation"] == before + 1,
        "a machine with a managed identity rotates, without any secret of its own", done,
    )  # fmt: skip


if __name__ == "__main__":
    home = Path(tempfile.mkdtemp(prefix="scoped-az-"))
    try:
        cli = of_pypi(home)  # before there is no network any more
    except LabError as problem:
        Tap().skip("every identity of Entra", str(problem))
        sys.exit(0)
    try:
        code = play(identities(cli))
    finally:
        cli.stop()
        shutil.rmtree(home, ignore_errors=True)
    sys.exit(code)
