#!/usr/bin/env python3
"""The records in a real vault: OpenBao over TLS, AppRole, the programs, and readers that are not ours.

Not tested here: each answer of a vault (tests/unit/store/vault_kv_test.cpp); what takes longer (tests/vault).
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from eventually import eventually
from lab import Lab
from process import run
from scene import play
from tap import Tap
from vault import ROOT_TOKEN, Vault, find_bao
from vault_world import (
    CONSUMERS, FOREIGN, PREFIX, TOKEN, VaultWorld, is_one_line, metadata_of, rotator_policy,
)  # fmt: skip

def vault_test(program: str) -> Callable[[Lab, Tap], None]:
    def test(lab: Lab, tap: Tap) -> None:
        cloud = lab.start_registry()
        vault = Vault(program, lab.work / "vault")
        tap.note(vault.version())
        world = VaultWorld(lab, cloud, vault)
        try:
            contract(world, tap)
            set_up(world, tap)
            without_agent(world, tap)
            with_agent(world, tap)
            foreign_writers(world, tap)
            dead_login(world, tap)
            tap.check(world.stop() == 0, "the agent ends with 0 after SIGTERM")
            version_1(world, tap)
            nothing_is_told(world, tap)
            gone(world, tap)
        finally:
            world.stop()
            vault.stop()

    return test


def contract(world: VaultWorld, tap: Tap) -> None:
    """What every store keeps, as a program of unit tests that needs a server."""
    sentence = "the store keeps its contract on the real vault"
    program = world.programs / "unit_store"
    if not program.exists():
        tap.skip(sentence, "unit_store is not built")
        return
    world.keep("root-token", ROOT_TOKEN)
    told = {
        "TEST_VAULT_ADDR": world.vault.address, "TEST_VAULT_CA": world.vault.ca_file,
        "TEST_VAULT_TOKEN": f"{world.work}/keys/root-token",
    }  # fmt: skip
    done = run([str(program), "[.vault-server]"], world.environment() | told, 120)
    tap.check(done.code == 0 and "All tests passed" in done.out, sentence, done.out[-900:])


def set_up(world: VaultWorld, tap: Tap) -> None:
    vault = world.vault
    vault.must("auth", "enable", "approle")
    vault.policy("rotator", rotator_policy())
    role, secret = vault.approle("host", "rotator")
    world.keep("role-id", role)
    world.keep("secret-id", secret)
    world.write_configuration()
    made = world.ctl("init")
    tap.check(made.code == 0 and "already initialised" in made.out, "init says that the vault is there", made)
    world.create_scope_maps()
    world.create_token(CONSUMERS[0])
    body = {"properties": {"scopeMapId": f"{world.cloud.resource_id}/scopeMaps/app-push", "status": "enabled"}}
    world.cloud.arm("PUT", f"tokens/{FOREIGN}", body)
    imported = world.ctl("import", world.cloud.host, FOREIGN)
    tap.check(imported.code == 0, "a token is imported into the vault", imported)
    status = world.status() or {}
    names = {each["token"] for each in status.get("tokens", []) if each.get("slots")}
    tap.check(names == {TOKEN, FOREIGN}, "status shows both", status)


def check_reader(world: VaultWorld, tap: Tap, token: str, when: str) -> None:
    """`bao kv get` and the helper give the same login, and the registry takes it."""
    username, password = world.ask_helper(token)
    record = world.record(token)
    same = (record["username"], record["password"]) == (username, password)
    tap.check(same, f"{when}: bao kv get shows the login of {token} that the helper gives")
    tap.check(
        world.cloud.login(username, password) == 200, f"{when}: the registry accepts the login of {token}"
    )


def without_agent(world: VaultWorld, tap: Tap) -> None:
    for token in (TOKEN, FOREIGN):
        check_reader(world, tap, token, "without an agent")
    before = world.record()
    done = world.ctl("rotate", f"{world.cloud.host}/{TOKEN}", limit=90)
    after = world.record()
    tap.check(
        done.code == 0 and after["generation"] == before["generation"] + 1, "scopedctl rotates without an agent", done
    )
    settings = metadata_of(world)
    tap.check(settings["cas_required"], "the key refuses writes without compare-and-set", settings)


def with_agent(world: VaultWorld, tap: Tap) -> None:
    world.start_agent()
    check_reader(world, tap, TOKEN, "with the agent")
    before = world.record(FOREIGN)
    done = world.ctl("rotate", f"{world.cloud.host}/{FOREIGN}", limit=90)
    after = world.record(FOREIGN)
    tap.check(
        done.code == 0 and after["generation"] == before["generation"] + 1, "the agent rotates into the vault", done
    )
    fresh = eventually(lambda: world.ask_helper(FOREIGN)[1] == after["password"])
    tap.check(fresh, "the helper gives the new password")
    check_reader(world, tap, FOREIGN, "after the rotation")


def foreign_writers(world: VaultWorld, tap: Tap) -> None:
    """A careless one is refused by the vault; one with compare-and-set is read, and nothing of it is lost."""
    vault = world.vault
    careless = vault.bao("kv", "put", "-mount=secret", world.path(), "password=mine")
    tap.check(
        careless.code != 0 and "check-and-set parameter required" in careless.err,
        "a person's kv put does not write over the record",
        careless,
    )
    seen = vault.read(world.path())
    noted = json.dumps(seen["data"] | {"note": "kept"})
    vault.must("kv", "put", "-mount=secret", f"-cas={seen['metadata']['version']}", world.path(), "-", stdin=noted)
    done = world.ctl("rotate", f"{world.cloud.host}/{TOKEN}", limit=90)
    after = world.record()
    tap.check(
        done.code == 0 and after["generation"] == seen["data"]["generation"] + 1 and after.get("note") == "kept",
        "a rotation goes on from a foreign write and keeps it",
        done,
    )


def dead_login(world: VaultWorld, tap: Tap) -> None:
    world.vault.must("token", "revoke", "-mode=path", "auth/approle")
    before = world.record()["generation"]
    done = world.ctl("rotate", f"{world.cloud.host}/{TOKEN}", limit=90)
    tap.check(
        done.code == 0 and world.record()["generation"] == before + 1,
        "an agent whose token was revoked logs in again and rotates",
        done,
    )


def version_1(world: VaultWorld, tap: Tap) -> None:
    vault = world.vault
    record = json.dumps(world.record())
    vault.must("secrets", "enable", "-path=old", "-version=1", "kv")
    vault.must("kv", "put", "-mount=old", world.path(), "-", stdin=record)
    vault.policy("rotator", rotator_policy() | {f"old/{PREFIX}/*": ["read", "create", "update"]})
    world.store = {"mount": "old"}
    world.write_configuration()
    shutil.rmtree(world.work / "home" / "state")  # no copy answers
    given = world.helper(TOKEN, "get")
    tap.check(given.code == 0, "a KV version 1 mount is read", given)
    done = world.ctl("rotate", f"{world.cloud.host}/{TOKEN}", limit=60)
    tap.check(
        done.code != 0 and "KV version 1" in done.last_line, "and nothing is rotated there, in one line", done
    )
    same = json.loads(vault.must("kv", "get", "-mount=old", "-format=json", world.path()).out)["data"]
    tap.check(same == json.loads(record), "nor written")


def nothing_is_told(world: VaultWorld, tap: Tap) -> None:
    log = (world.work / "log" / "agent.log").read_text(errors="replace")
    secrets = [world.record()["password"], (world.work / "keys" / "secret-id").read_text().strip()]
    tap.check(not any(each in log for each in secrets), "the agent's log holds neither a password nor a login")


def gone(world: VaultWorld, tap: Tap) -> None:
    world.vault.stop()
    shutil.rmtree(world.work / "home" / "state")
    done = world.helper(TOKEN, "get")
    address = world.vault.address
    tap.check(is_one_line(done, "did not answer", address), "no vault and no copy is one line", done)


if __name__ == "__main__":
    found, missing = find_bao()  # before there is no network any more
    if found is None:
        Tap().skip("records in a real vault", missing)
        sys.exit(0)
    sys.exit(play(vault_test(found)))
