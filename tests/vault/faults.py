#!/usr/bin/env python3
"""What a pull sees while the vault fails, and what heals it: each row of the table in packaging/doc/vault.md.

The vault is OpenBao, reached through a port of our own that can refuse, hang and answer garbage (tests/support/wire.py).
The policy is one of seconds: a copy serves for 4 s without the vault, where the usual limit is 7 days; the code is the
same. Not tested here: each answer of a vault one by one (tests/unit/store/vault_kv_test.cpp).
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from eventually import eventually
from faults import Faults
from lab import Lab
from process import Finished
from scene import play
from signed import lapsed, self_signed
from tap import Tap
from vault import Vault, find_bao
from vault_world import TOKEN, VaultWorld, is_one_line, metadata_of, rotator_policy
from wire import Wire

NAME = "vault.lab"
HOSTS = f"IP:127.0.0.1,DNS:{NAME}"
LIMIT = 90.0  # a loaded machine; nothing here is measured


@dataclass
class Fault:
    name: str
    begin: Callable[[], object]
    end: Callable[[], object]
    words: tuple[str, ...]  # of the one line, when no copy may answer any more


class Front:
    """The vault's address as clients know it: a name where /etc/hosts is ours, and a port that fails on request."""

    def __init__(self, lab: Lab, vault: Vault, certificate: tuple[Path, Path]):
        self.named = lab.private
        expired = lapsed(lab.work / "keys", "lapsed", HOSTS)
        bundle = lab.work / "keys" / "authorities.pem"
        bundle.write_text(Path(vault.ca_file).read_text() + expired[0].read_text())
        self.wire = Wire([vault.port], *certificate, expired)
        self.ca_file = str(bundle)
        self.address = f"https://{NAME if self.named else '127.0.0.1'}:{self.wire.port}"
        if self.named:
            self.name()

    @staticmethod
    def name() -> None:
        with open("/etc/hosts", "a", encoding="utf-8") as hosts:
            hosts.write(f"127.0.0.1 {NAME}\n")

    @staticmethod
    def forget() -> None:
        lines = Path("/etc/hosts").read_text().splitlines(keepends=True)
        Path("/etc/hosts").write_text("".join(line for line in lines if NAME not in line))


def faults_test(program: str) -> Callable[[Lab, Tap], None]:
    def test(lab: Lab, tap: Tap) -> None:
        cloud = lab.start_registry()
        (lab.work / "keys").mkdir(mode=0o700)
        certificate = self_signed(lab.work / "keys", "vault", hosts=HOSTS)
        vault = Vault(program, lab.work / "vault", also=certificate)
        tap.note(vault.version())
        world = VaultWorld(lab, cloud, vault)
        front = Front(lab, vault, certificate)
        try:
            world.begin()
            world.configure({"address": front.address, "ca_file": front.ca_file})
            world.start_agent()
            for fault in faults(front, world):
                outage(world, tap, fault)
            nothing_is_rotated(world, tap, front)
            made_and_not_recorded(world, tap, front)
            world.stop()
            without_agent(world, tap, front)
            name_is_gone(world, tap, front)
            for each in (refused, capabilities, wrong_places, deleted, deletes_by_itself):
                each(world, tap)
        finally:
            world.stop()
            front.wire.stop()
            vault.stop()

    return test


def faults(front: Front, world: VaultWorld) -> list[Fault]:
    vault, wire = world.vault, front.wire
    assert isinstance(vault, Vault)

    def by(mode: str) -> Callable[[], None]:
        return lambda: wire.set(mode)

    def one_an_hour() -> None:
        vault.write("sys/quotas/rate-limit/lab", path="secret/", rate=1, interval="1h")

    heal = by("pass")
    rows = [
        Fault("the vault is down", by("down"), heal, ("did not answer", front.address)),
        Fault("the vault is slow", by("slow"), heal, ("did not answer",)),
        Fault("a proxy answers garbage for it", by("garbage"), heal, ("that is no answer of a vault",)),
        Fault("its certificate has lapsed", by("expired"), heal, ("certificate",)),
        Fault("the vault is sealed", vault.seal, vault.unseal, ("the vault is sealed",)),
        Fault("its rate limit is reached", one_an_hour, lambda: vault.must("delete", "sys/quotas/rate-limit/lab"),
              ("rate limit",)),
    ]  # fmt: skip
    return rows


def outage(world: VaultWorld, tap: Tap, fault: Fault) -> None:
    """A copy serves, then there is one line, then it heals without a hand."""
    ready = eventually(lambda: world.helper(TOKEN, "get").code == 0, LIMIT)
    fault.begin()
    served = world.helper(TOKEN, "get")
    tap.check(ready and served.code == 0, f"{fault.name}: the copy serves", served)
    answers: list[Finished] = []

    def is_over() -> bool:
        answers.append(world.helper(TOKEN, "get"))
        return answers[-1].code != 0

    tap.check(eventually(is_over, LIMIT), f"{fault.name}: no longer than the offline limit")
    tap.check(is_one_line(answers[-1], *fault.words), f"{fault.name}: then one line says why", answers[-1])
    status = world.ctl("status")
    tap.check(TOKEN in status.out, f"{fault.name}: status still shows the token", status)
    fault.end()
    healed = eventually(lambda: world.helper(TOKEN, "get").code == 0, LIMIT)
    tap.check(healed, f"{fault.name}: it heals by itself", world.helper(TOKEN, "get"))


def name_is_gone(world: VaultWorld, tap: Tap, front: Front) -> None:
    """Without an agent, which would keep a connection, and libcurl in it the address, for longer than a test."""
    if not front.named:
        tap.skip("its name is gone", "no namespaces of our own here")
        return
    outage(world, tap, Fault("its name is gone", front.forget, front.name, (NAME,)))


def slots(world: VaultWorld) -> Any:
    return world.cloud.arm("GET", f"tokens/{TOKEN}").json["properties"].get("credentials")


def nothing_is_rotated(world: VaultWorld, tap: Tap, front: Front) -> None:
    before = slots(world)
    front.wire.set("down")
    refused = world.ctl("rotate", f"{world.cloud.host}/{TOKEN}", limit=45)
    tap.check(refused.code != 0, "a rotation that cannot be recorded is not begun", refused)
    tap.check(slots(world) == before, "no password of the registry was touched")
    front.wire.set("pass")
    generation = world.record()["generation"]
    done = eventually(lambda: world.ctl("rotate", f"{world.cloud.host}/{TOKEN}", limit=45).code == 0, 120)
    tap.check(done and world.record()["generation"] > generation, "it rotates again when the vault is back")


def made_and_not_recorded(world: VaultWorld, tap: Tap, front: Front) -> None:
    """The vault goes down between the registry's new password and its record: the agent keeps it in memory."""
    before = world.record()
    cloud = Faults(world.cloud)
    cloud.arm({"fault": "delay_after", "ms": 4000}, "generateCredentials", times=1)
    answers: list[Finished] = []
    key = f"{world.cloud.host}/{TOKEN}"
    rotation = threading.Thread(target=lambda: answers.append(world.ctl("rotate", key, limit=150)))
    rotation.start()
    claimed = eventually(lambda: cloud.hits() == 1)
    front.wire.set("down")
    time.sleep(0.5)
    made = world.cloud.passwords(TOKEN)
    time.sleep(8)  # the registry has answered meanwhile, and the agent has tried to write
    still = int(world.record()["generation"])
    front.wire.set("pass")
    rotation.join()
    eventually(lambda: int(world.record()["generation"]) > still, LIMIT)
    cloud.clear()
    after = world.record()
    tap.check(claimed and still == before["generation"], "a password is made while the vault goes down", answers)
    recorded = after["generation"] == before["generation"] + 1
    tap.check(recorded, "the agent keeps it and records it when the vault is back", answers)
    tap.check(world.cloud.passwords(TOKEN) == made, "it is the very one: none was made a second time", made)
    alive = world.cloud.login(after["username"], after["password"]) == 200
    tap.check(alive, "and the registry takes it")


def without_agent(world: VaultWorld, tap: Tap, front: Front) -> None:
    world.helper(TOKEN, "get")
    front.wire.set("down")
    served = world.helper(TOKEN, "get")
    tap.check(served.code == 0, "without an agent: the sealed copy serves while the vault is down", served)
    over = eventually(lambda: world.helper(TOKEN, "get").code != 0, LIMIT)
    said = world.helper(TOKEN, "get")
    tap.check(over and is_one_line(said, "did not answer"), "and no longer than its limit, then one line", said)
    explained = world.ctl("explain", world.cloud.host)
    tap.check(TOKEN in explained.out, "explain still says which token answers", explained)
    front.wire.set("pass")
    tap.check(eventually(lambda: world.helper(TOKEN, "get").code == 0, LIMIT), "it heals by itself")


def refused(world: VaultWorld, tap: Tap) -> None:
    """A dead login is replaced; a wrong one is told at once, and no copy serves."""
    secret = (world.work / "keys" / "secret-id").read_text().strip()
    world.keep("secret-id", "wrong")
    done = world.cold_get()
    tap.check(is_one_line(done, "the vault refuses the login"), "a refused login is told at once", done)
    world.keep("secret-id", secret)
    tap.check(world.cold_get().code == 0, "and heals with the right secret id, read at each login")


def capabilities(world: VaultWorld, tap: Tap) -> None:
    """Minimal: each right of the two policies that is taken away has a line that names it."""
    policy = rotator_policy()
    for path, needed in policy.items():
        if path.endswith("/config"):
            continue  # asked for when a password would vanish, and named then
        for capability in needed:
            if capability == "list":
                continue  # only the background pass lists
            left = [each for each in needed if each != capability]
            world.vault.policy("rotator", policy | {path: left or ["deny"]})
            said = world.ctl("doctor", world.cloud.host)
            area = path.split("/")[1]
            line = f"does not allow '{capability}' on 'secret/{area}/{world.path()}'"
            tap.check(line in said.out, f"without '{capability}' on {area} doctor says so", said.out)
    world.vault.policy("rotator", policy)
    said = world.ctl("doctor", world.cloud.host)
    tap.check("the store is set up as it should be" in said.out, "with all of them there is nothing to say", said.out)


def wrong_places(world: VaultWorld, tap: Tap) -> None:
    usual = dict(world.store)
    for setting, value, words in (
        ("mount", "secrt", "no mount 'secrt'"),
        ("namespace", "nowhere", "namespace"),
        ("address", f"{world.vault.address}/elsewhere", "check 'address'"),
    ):
        world.configure(usual | {setting: value})
        done = world.cold_get()
        tap.check(is_one_line(done, words), f"a wrong {setting} is one line", done)
    world.configure(usual)


def deleted(world: VaultWorld, tap: Tap) -> None:
    world.vault.must("kv", "delete", "-mount=secret", world.path())
    done = world.cold_get()
    tap.check(done.code != 0, "a key that was deleted is absent", done)
    version = str(metadata_of(world)["current_version"])
    world.vault.must("kv", "undelete", "-mount=secret", f"-versions={version}", world.path())
    tap.check(world.cold_get().code == 0, "and is there again after kv undelete")


def deletes_by_itself(world: VaultWorld, tap: Tap) -> None:
    settings = f"secret/metadata/{world.path()}"
    world.vault.must("write", settings, "delete_version_after=1h", "cas_required=true")
    said = world.ctl("doctor", world.cloud.host)
    tap.check("deletes passwords by itself" in said.out, "doctor warns of delete_version_after", said.out)
    data = world.vault.read(world.path())
    again = {key: value for key, value in data["data"].items()}
    cas = data["metadata"]["version"]
    world.vault.write(f"secret/data/{world.path()}", options={"cas": cas}, data=again)
    before = slots(world)
    done = world.ctl("rotate", f"{world.cloud.host}/{TOKEN}", limit=60)
    refusal = done.code != 0 and "would delete it by itself" in done.last_line
    tap.check(refusal and slots(world) == before, "and nothing is rotated into it", done)
    world.vault.must("write", settings, "delete_version_after=0s", "cas_required=false")
    said = world.ctl("doctor", world.cloud.host)
    tap.check("has no 'cas_required'" in said.out, "doctor warns of a key that a kv put may write over", said.out)
    world.vault.must("write", settings, "cas_required=true")
    done = world.ctl("rotate", f"{world.cloud.host}/{TOKEN}", limit=60)
    tap.check(done.code == 0, "all is well when both are mended", done)
    versions = metadata_of(world)["versions"]
    live = [number for number, each in versions.items() if not each["destroyed"]]
    tap.check(len(live) <= 3, "versions with lapsed passwords are destroyed", versions)


if __name__ == "__main__":
    found, missing = find_bao()  # before there is no network any more
    if found is None:
        Tap().skip("a vault that fails", missing)
        sys.exit(0)
    sys.exit(play(faults_test(found)))
