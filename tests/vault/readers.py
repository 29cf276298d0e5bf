#!/usr/bin/env python3
"""Readers that are not ours: OpenBao's agent with a template, PyPI's hvac and npm's node-vault read the record that we
write, each with a policy that allows to read that one key and nothing else.

docker-credential-vault-login reads the members `username` and `password` at the top of a secret
(https://github.com/morningconsult/docker-credential-vault-login, README), or those in `data` where `metadata` stands beside
it, as in a mount of version 2. It cannot be built here, since Go's proxy does not give its module out, so its way to read is
repeated: one plain read of the path, in a mount of either version.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "clients"))

from cache import cached, fetch, need
from eventually import eventually
from lab import Lab
from process import Daemon, LabError, run
from scene import play
from servers import search_path
from tap import Tap
from vault import Vault, find_bao
from vault_world import VaultWorld

HVAC, NODE_VAULT = "hvac==2.4.0", "node-vault@0.12.0"
READ_BY_HVAC = """
import hvac, json, os, sys
client = hvac.Client(url=os.environ["ADDR"], token=os.environ["TOKEN"], verify=os.environ["CA"])
got = client.secrets.kv.v2.read_secret_version(path=sys.argv[1], mount_point="secret", raise_on_deleted_version=True)
print(json.dumps(got["data"]["data"]))
"""
READ_BY_NODE = """
const vault = require("node-vault")({ endpoint: process.env.ADDR, token: process.env.TOKEN });
vault.read("secret/data/" + process.argv[1]).then(got => console.log(JSON.stringify(got.data.data)),
  problem => { console.error(problem.message); process.exit(1); });
"""


def fetch_hvac() -> Path:
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-compile"]
    return cached(HVAC.replace("==", "-"), lambda folder: void(fetch([*pip, "--target", str(folder), HVAC], folder)))


def fetch_node_vault() -> Path:
    npm = [need("npm"), "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-save", NODE_VAULT]
    return cached(NODE_VAULT.replace("@", "-"), lambda folder: void(fetch(npm, folder)))


def void(_: object) -> None:
    pass


def readers_test(program: str, hvac: Path | LabError, node: Path | LabError) -> Callable[[Lab, Tap], None]:
    def test(lab: Lab, tap: Tap) -> None:
        cloud = lab.start_registry()
        vault = Vault(program, lab.work / "vault")
        tap.note(vault.version())
        world = VaultWorld(lab, cloud, vault)
        try:
            world.begin()
            vault.policy("reader", {f"secret/data/{world.path()}": ["read"]})
            token = vault.must("token", "create", "-policy=reader", "-field=token").out.strip()
            world.ctl_must("rotate", world.cloud.host + "/ci-main")
            ours = world.ask_helper("ci-main")
            own_reader(world, tap, token, ours)
            by_agent(world, tap, token, ours)
            by_hvac(world, tap, token, ours, hvac)
            by_node(world, tap, token, ours, node)
            by_plain_read(world, tap, ours)
        finally:
            world.stop()
            vault.stop()

    return test


def own_reader(world: VaultWorld, tap: Tap, token: str, ours: tuple[str, str]) -> None:
    """The reader's policy is enough for a machine that only pulls, and for nothing more."""
    usual = world.login
    world.configure(login={"type": "vault_token", "token": world.secret("reader", token)})
    world.drop_copies()
    tap.check(world.ask_helper("ci-main") == ours, "the reader's policy is enough to pull")
    done = world.ctl("rotate", world.cloud.host + "/ci-main", limit=60)
    named = "'create' and 'update' on 'secret/data/" in done.last_line
    tap.check(done.code != 0 and named, "and not to rotate, which one line says by the capability", done)
    world.configure(login=usual)


def same(text: str, ours: tuple[str, str]) -> bool:
    try:
        got = json.loads(text)
    except ValueError:
        return False
    return (got["username"], got["password"]) == ours


def by_agent(world: VaultWorld, tap: Tap, token: str, ours: tuple[str, str]) -> None:
    work = world.work / "bao-agent"
    work.mkdir(mode=0o700)
    (work / "token").write_text(token)
    template = (
        '{{ with secret "secret/data/' + world.path() + '" }}{"username":"{{ .Data.data.username }}",'
        '"password":"{{ .Data.data.password }}"}{{ end }}'
    )
    (work / "template").write_text(template)
    (work / "settings.hcl").write_text(
        f'vault {{ address = "{world.vault.address}"\n ca_cert = "{world.vault.ca_file}" }}\n'
        f'auto_auth {{ method "token_file" {{ config = {{ token_file_path = "{work}/token" }} }} }}\n'
        f'template {{ source = "{work}/template"\n destination = "{work}/login.json" }}\n'
    )
    argv = [world.vault.program, "agent", f"-config={work}/settings.hcl"]
    agent = Daemon("bao agent", argv, {"PATH": search_path(), "HOME": str(work)}, world.work / "log" / "bao-agent.log")
    try:
        made = work / "login.json"
        read = eventually(lambda: made.exists() and same(made.read_text(), ours))
        tap.check(read, "OpenBao's agent writes the login by a template", agent.last_log_line())
    finally:
        agent.stop()


def settings(world: VaultWorld, token: str, **more: str) -> dict[str, str]:
    told = {"ADDR": world.vault.address, "TOKEN": token, "CA": world.vault.ca_file}
    return {"PATH": os.environ.get("PATH", ""), "HOME": str(world.work)} | told | more


def by_hvac(world: VaultWorld, tap: Tap, token: str, ours: tuple[str, str], place: Path | LabError) -> None:
    if isinstance(place, LabError):
        tap.skip("hvac reads the record", str(place))
        return
    argv = [sys.executable, "-B", "-c", READ_BY_HVAC, world.path()]
    done = run(argv, settings(world, token, PYTHONPATH=str(place)), 60)
    tap.check(same(done.out, ours), "hvac reads the record", done.last_line[-300:])


def by_node(world: VaultWorld, tap: Tap, token: str, ours: tuple[str, str], place: Path | LabError) -> None:
    node = shutil.which("node")
    if isinstance(place, LabError) or not node:
        tap.skip("node-vault reads the record", str(place) if node else "'node' is not installed")
        return
    more = {"NODE_PATH": f"{place}/node_modules", "NODE_EXTRA_CA_CERTS": world.vault.ca_file}
    done = run([node, "-e", READ_BY_NODE, world.path()], settings(world, token, **more), 60)
    tap.check(same(done.out, ours), "node-vault reads the record", done.last_line[-300:])


def by_plain_read(world: VaultWorld, tap: Tap, ours: tuple[str, str]) -> None:
    vault, path = world.vault, f"old/{world.path()}"
    vault.must("secrets", "enable", "-path=old", "-version=1", "kv")
    vault.must("kv", "put", "-mount=old", world.path(), "-", stdin=json.dumps(world.record()))
    for where, version in ((path, 1), (f"secret/data/{world.path()}", 2)):
        got = json.loads(vault.must("read", "-format=json", where).out)["data"]
        login = got["data"] if isinstance(got.get("metadata"), dict) else got
        named = (login["username"], login["password"]) == ours
        tap.check(named, f"version {version}: the login is where docker-credential-vault-login looks for it", list(got))


def fetched(make: Callable[[], Path]) -> Path | LabError:
    try:
        return make()
    except LabError as problem:
        return problem


if __name__ == "__main__":
    found, missing = find_bao()  # before there is no network any more
    if found is None:
        Tap().skip("other readers of a real vault", missing)
        sys.exit(0)
    sys.exit(play(readers_test(found, fetched(fetch_hvac), fetched(fetch_node_vault))))
