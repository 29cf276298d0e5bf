#!/usr/bin/env python3
"""The HTTP contract of Vault and OpenBao, row by row, and the test of each row.

Sources: https://openbao.org/api-docs/ (index, system/health, system/internal-ui-mounts, secret/kv/kv-v1, kv-v2) and what
OpenBao 2.7 answers. A row is shown by test cases of tests/unit (named as they are; run here) or by a function below, which
asks the real server.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from lab import Lab
from process import LabError, run
from scene import play
from tap import Tap
from vault import Vault, find_bao
from vault_world import PREFIX, TOKEN, VaultWorld, is_one_line, metadata_of, rotator_policy

CARRIES = "every request says what a vault wants to hear"
STATES = "each state of a vault is one state of a load and one line"
CONTRACT = "a vault keeps what every store keeps"
CREATED_AGAIN = "a key that somebody deleted goes on with its next version"
VERSION_1 = "KV version 1 is read and never written"
ABSENT = "absent is said when mount and permission are proven"
VANISHES = "a version that the vault would delete by itself is not rotated"
LOST = "a write whose answer is lost is known by its write_id"

Shown = Callable[["VaultWorld", Tap, str], None]


def namespace(world: VaultWorld, tap: Tap, row: str) -> None:
    """The same record's path in a namespace of its own, with its own mount and policy."""
    vault = world.vault
    if vault.bao("namespace", "create", "team").code != 0:
        tap.skip(row, "this server has no namespaces")
        return
    inside = ("-namespace=team",)
    vault.must("secrets", "enable", *inside, "-path=secret", "-version=2", "kv")
    body = json.dumps(world.record())
    vault.must("kv", "put", *inside, "-mount=secret", "-cas=0", world.path(), "-", stdin=body)
    rule = f'path "secret/data/{world.path()}" {{ capabilities = ["read"] }}'
    vault.must("policy", "write", *inside, "reader", "-", stdin=rule)
    token = vault.must("token", "create", *inside, "-policy=reader", "-field=token").out.strip()
    login = {"type": "vault_token", "token": world.secret("team-token", token)}
    usual = world.login
    world.configure({"namespace": "team"}, login)
    got = world.cold_get()
    world.configure({"namespace": "team/none"}, login)
    other = world.cold_get()
    world.configure({}, usual)
    tap.check(got.code == 0 and other.code == 1, row, (got, other))


def locked_namespace(world: VaultWorld, tap: Tap, row: str) -> None:
    vault = world.vault
    token = (world.work / "keys" / "team-token").read_text().strip()
    done = vault.bao("namespace", "lock", "-format=json", "team")
    if done.code != 0:
        tap.skip(row, f"this server locks no namespace: {done.last_line}")
        return
    usual = world.login
    world.configure({"namespace": "team"}, {"type": "vault_token", "token": world.secret("team-token", token)})
    said = world.cold_get()
    world.configure({}, usual)
    tap.check(is_one_line(said, "locked by an administrator"), row, said)


def wrong_version(world: VaultWorld, tap: Tap, row: str) -> None:
    world.vault.policy("rotator", rotator_policy() | {f"secret/{PREFIX}/*": ["read"]})
    world.configure({"kv_version": "1"})
    said = world.cold_get()
    world.vault.policy("rotator", rotator_policy())
    world.configure()
    tap.check(is_one_line(said, "is KV version 2"), row, said)


def configured_version(world: VaultWorld, tap: Tap, row: str) -> None:
    world.configure({"kv_version": "2"})
    got = world.cold_get()
    world.configure()
    tap.check(got.code == 0, row, got)


def custom_metadata(world: VaultWorld, tap: Tap, row: str) -> None:
    """Somebody's own notes beside the record are left alone."""
    world.vault.must("kv", "metadata", "put", "-mount=secret", "-custom-metadata=owner=ops", world.path())
    done = world.ctl("rotate", f"{world.cloud.host}/{TOKEN}", limit=90)
    kept = metadata_of(world)["custom_metadata"]
    tap.check(done.code == 0 and kept == {"owner": "ops"}, row, (done, kept))


def metadata_cas(world: VaultWorld, tap: Tap, row: str) -> None:
    """A mount that wants compare-and-set on metadata too."""
    done = world.vault.bao("write", "secret/config", "metadata_cas_required=true")
    if done.code != 0:
        tap.skip(row, "this server does not know it")
        return
    rotated = world.ctl("rotate", f"{world.cloud.host}/{TOKEN}", limit=90)
    world.vault.must("write", "secret/config", "metadata_cas_required=false")
    tap.check(rotated.code == 0, row, rotated)


def history(world: VaultWorld, tap: Tap, row: str) -> None:
    """A key keeps max(its own, the mount's) versions, so lapsed ones are destroyed and not counted away."""
    world.ctl_must("rotate", f"{world.cloud.host}/{TOKEN}")
    versions = metadata_of(world)["versions"]
    kept = sorted(int(number) for number, each in versions.items() if not each["destroyed"])
    promoted = [number for number in kept if number < max(kept) - 2]
    tap.check(not promoted, row, versions)


def fresh_mount(world: VaultWorld, tap: Tap, row: str) -> None:
    """Read at once after it was made, which the server may answer with a 400 that passes."""
    vault = world.vault
    vault.must("secrets", "enable", "-path=fresh", "-version=2", "kv")
    vault.policy("rotator", rotator_policy() | rotator_policy("fresh"))
    world.configure({"mount": "fresh"})
    said = world.cold_get()
    vault.policy("rotator", rotator_policy())
    world.configure()
    tap.check(is_one_line(said, "import") or "absent" in said.out or "no record" in said.out, row, said)


ROWS: tuple[tuple[str, tuple[str | Shown, ...]], ...] = (
    # Transport and envelope
    ("all paths below /v1/, LIST as GET with list=true, POST for PUT", (CONTRACT,)),
    ("the token as X-Vault-Token, X-Vault-Request, forward-active-node", (CARRIES,)),
    ("a namespace as X-Vault-Namespace", (CARRIES, namespace)),
    ("the envelope of a success, with members that are not known", ("members that are not known are passed over",)),
    ("the envelope of an error, empty or with texts", (ABSENT, STATES)),
    ("200 and 204 alike", (CONTRACT,)),
    ("a body that is too large (413)", (STATES,)),
    ("one redirect, to the same origin or a configured one",
     ("one redirect is followed, within the same origin only",
      "a redirect to another node is followed where the configuration names it")),
    ("an election: 500 and 503 with its texts", (STATES,)),
    ("412, 429 and 5xx are tried again, a sealed vault is not",
     ("a vault that is busy is asked again, one that is sealed is not",)),
    ("403 of a dead token and 403 of a policy", ("a dead token is one login anew, a policy is none",)),
    ("404: missing, no mount, deleted", (ABSENT, CREATED_AGAIN)),
    ("sealed, and sealed namespace", (STATES,)),
    ("a namespace that is locked", (STATES, locked_namespace)),
    ("429 is a quota everywhere but on sys/health, which is not asked", (STATES,)),
    # KV version 2
    ("read a record", ("a record that is there is one request away",
                       "a record is one document that other clients can read")),
    ("read a deleted or destroyed one: its version", (CREATED_AGAIN,)),
    ("read a missing one", (ABSENT,)),
    ("write with cas on every write; create with cas 0", (CONTRACT,)),
    ("create where a deleted key has a version", (CREATED_AGAIN,)),
    ("cas does not match", (CONTRACT, LOST)),
    ("cas is required, set at the first write", ("a new record asks the vault to refuse writes without compare-and-set",)),
    ("a cas that is no number is never sent", (CONTRACT,)),
    ("delete and undelete by hand", (CREATED_AGAIN,)),
    ("destroy: old passwords, and all of an erased record",
     ("what a lapsed password leaves in old versions is destroyed",
      "erasing destroys every old password and keeps the numbers")),
    ("metadata: what is read of it, and said to a person",
     ("each right that is missing has a line, and so has a setting that loses passwords",)),
    ("list, folders and keys of others", (CONTRACT,)),
    ("custom_metadata is somebody else's", (custom_metadata,)),
    ("OpenBao's metadata_cas_required", (metadata_cas,)),
    ("a path of version 1 in a mount of version 2", (STATES, wrong_version)),
    ("a fresh mount that is not ready", (STATES, fresh_mount)),
    ("versions that are kept", (history,)),
    ("delete_version_after", (VANISHES,)),
    ("a write whose effect is unknown", (LOST,)),
    # KV version 1 and the mount
    ("version 1 is read, never written", (VERSION_1,)),
    ("which version is mounted is asked once, where no answer tells it", (ABSENT, VERSION_1)),
    ("or is configured, and not asked", (ABSENT, configured_version)),
    ("a mount that is not there, or not allowed", (ABSENT,)),
    ("a vault that cannot tell", ("a vault that cannot say what is mounted proves nothing, unless it is configured",)),
)  # fmt: skip


def rows_test(program: str) -> Callable[[Lab, Tap], None]:
    def test(lab: Lab, tap: Tap) -> None:
        cloud = lab.start_registry()
        vault = Vault(program, lab.work / "vault")
        tap.note(vault.version())
        world = VaultWorld(lab, cloud, vault)
        passed: dict[str, bool] = {}
        try:
            world.begin()
            for row, shown in ROWS:
                cases = [each for each in shown if isinstance(each, str)]
                for name in cases:
                    passed[name] = passed.get(name) or passes(world, name)
                failed = [name for name in cases if not passed[name]]
                if cases:
                    tap.check(not failed, row, failed)
                for each in shown:
                    if not isinstance(each, str):
                        each(world, tap, f"{row}, at the real server")
        finally:
            world.stop()
            vault.stop()

    return test


def passes(world: VaultWorld, name: str) -> bool:
    program = world.programs / "unit_store"
    if not program.exists():
        raise LabError(f"{program} is not built")
    done = run([str(program), name.replace(",", r"\,")], world.environment(), 120)
    return done.code == 0 and "All tests passed" in done.out


if __name__ == "__main__":
    found, missing = find_bao()  # before there is no network any more
    if found is None:
        Tap().skip("the contract of a real vault", missing)
        sys.exit(0)
    sys.exit(play(rows_test(found)))
