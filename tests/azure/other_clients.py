#!/usr/bin/env python3
"""Records in a Key Vault: the programs write them, Azure's own library and the Azure CLI read and change them.

The vault is acr-emulator's. Not tested here: rotation over time (ten_rotations.py), each answer of a vault
(tests/unit/store/key_vault_test.cpp), Azure itself.
"""

from __future__ import annotations

import json
import shlex
import shutil
import sys
import tempfile
from pathlib import Path
from string import Template
from typing import Any

TESTS = Path(__file__).resolve().parents[1]
sys.path[1:1] = [str(TESTS / each) for each in ("support", "clients", "az")]

from cli import HOW_TO, commands_in
from key_vault_world import SDK, KeyVaultWorld, read_with_sdk, sdk_folder, vault
from lab import Lab
from process import LabError
from programs import AzureCli, of_pypi
from scene import play
from tap import Tap
from world import CALM_POLICY, Consumer

TOKEN = "ci-main"
CONSUMERS = (Consumer(TOKEN, "app-push", True),)


def other_clients(sdk: Path, az: AzureCli) -> Any:
    def test(lab: Lab, tap: Tap) -> None:
        cloud = lab.start_registry()
        tap.note(f"azure-keyvault-secrets {SDK['azure-keyvault-secrets']}, azure-cli {az.version}")
        world = KeyVaultWorld(lab, cloud, CALM_POLICY, CONSUMERS)
        world.write_configuration()
        made = world.ctl("init")
        tap.check(made.code == 0 and "already initialised" in made.out, "init says that the vault is there", made)
        world.create_scope_maps()
        world.create_token(CONSUMERS[0])
        library(world, sdk, tap)
        command_line(world, az, tap)
        disabled_and_deleted(world, sdk, tap)
        refusals(world, tap)

    return test


def helper_gives(world: KeyVaultWorld) -> tuple[str, str]:
    return world.ask_helper(TOKEN)


def forget_copies(world: KeyVaultWorld) -> None:
    shutil.rmtree(world.work / "home" / "state", ignore_errors=True)


def library(world: KeyVaultWorld, sdk: Path, tap: Tap) -> None:
    name = world.secret_name(TOKEN)
    done = world.ctl("rotate", f"{world.cloud.host}/{TOKEN}", limit=90)
    tap.check(done.code == 0, "scopedctl rotates with the record in the Key Vault", done)
    told = read_with_sdk(sdk, world.cloud, name)
    record = json.loads(told["value"])
    tap.check(
        (record["username"], record["password"]) == helper_gives(world),
        "Azure's library reads the login that the helper gives",
    )
    slots = world.cloud.passwords(TOKEN)
    tags = told["tags"]
    tap.check(
        tags["CredentialId"] == record["slot"] and tags["CredentialId"] in slots
        and tags["ProviderAddress"] == f"{world.cloud.host}/{TOKEN}" and int(tags["ValidityPeriodDays"]) >= 1,
        "the tags are those of secrets with two credentials", tags,
    )  # fmt: skip
    tap.check(told["nbf"] and told["exp"] and told["exp"] > told["nbf"], "its validity is that of the password", told)
    enabled = [each["version"] for each in told["versions"] if each["enabled"]]
    tap.check(
        enabled == [told["version"]] and len(told["versions"]) > 2, "only the latest version is enabled", told["versions"]
    )


def command_line(world: KeyVaultWorld, az: AzureCli, tap: Tap) -> None:
    ready = world.cloud.ready
    az.home = world.work / "az"  # the folder of before is not seen in a file system of our own
    az.home.mkdir()
    az.environment["REQUESTS_CA_BUNDLE"] = ready["ca"]
    for words in commands_in(HOW_TO.read_text(), "Point `az` at it"):
        done = az.run(shlex.split(Template(words).substitute(ready)))
        if done.code != 0:
            raise LabError(f"az {words}: {done.last_line}")
    where = f"{ready['key_vault']}/secrets/{world.secret_name(TOKEN)}"
    shown = az.run(["keyvault", "secret", "show", "--id", where, "-o", "json"])
    value = json.loads(json.loads(shown.out)["value"]) if shown.code == 0 else {}
    tap.check(
        (value.get("username"), value.get("password")) == helper_gives(world), "az reads the login that the helper gives",
        shown.err + shown.out,
    )  # fmt: skip


def disabled_and_deleted(world: KeyVaultWorld, sdk: Path, tap: Tap) -> None:
    cloud, name = world.cloud, world.secret_name(TOKEN)
    version = read_with_sdk(sdk, cloud, name)["version"]
    vault(cloud, "PATCH", f"secrets/{name}/{version}", {"attributes": {"enabled": False}})
    forget_copies(world)
    done = world.helper(TOKEN, "get")
    tap.check(
        done.code == 1 and "is disabled: enable it" in done.out and done.out.count("\n") <= 1,
        "a version that a person disabled is refused in one line, and none before it is given", done,
    )  # fmt: skip
    refused = read_with_sdk(sdk, cloud, name).get("refusal")
    tap.check(bool(refused) and refused[0] == 403, "Azure's library is refused it as well", refused)
    vault(cloud, "PATCH", f"secrets/{name}/{version}", {"attributes": {"enabled": True}})
    tap.check(world.helper(TOKEN, "get").code == 0, "all is well when it is enabled again")
    vault(cloud, "DELETE", f"secrets/{name}")
    forget_copies(world)
    done = world.helper(TOKEN, "get")
    tap.check(done.code == 1 and "recover it" in done.out, "a deleted secret is one line that says to recover it", done)
    vault(cloud, "POST", f"deletedsecrets/{name}/recover")
    done = world.ctl("rotate", f"{cloud.host}/{TOKEN}", limit=90)
    tap.check(done.code == 0, "a recovered one is rotated on", done)


def refusals(world: KeyVaultWorld, tap: Tap) -> None:
    secret = world.secret_file()
    right = secret.read_text()
    secret.write_text("wrong")
    forget_copies(world)
    done = world.helper(TOKEN, "get")
    tap.check(
        done.code == 1 and "client secret refused: check client_secret" in done.out, "a wrong client secret is one line", done
    )
    secret.write_text(right)
    world.store = {"address": world.cloud.ready["arm"]}
    world.write_configuration()
    done = world.helper(TOKEN, "get")
    tap.check(done.code == 1 and "check 'address'" in done.out, "an address that is no Key Vault's is one line", done)
    world.store = {}
    world.write_configuration()
    done = world.helper(TOKEN, "get")
    tap.check(done.code == 0, "all is well again", done)


if __name__ == "__main__":
    try:
        folder = sdk_folder()  # before there is no network any more
        home = Path(tempfile.mkdtemp(prefix="scoped-az-"))
        cli = of_pypi(home)
    except LabError as problem:
        Tap().skip("other clients of a Key Vault", str(problem))
        sys.exit(0)
    try:
        code = play(other_clients(folder, cli))
    finally:
        cli.stop()
        shutil.rmtree(home, ignore_errors=True)
    sys.exit(code)
