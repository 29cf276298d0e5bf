#!/usr/bin/env python3
"""Many helpers at once, none of which has a copy: the vault's audit log counts one request, and few of them start more
than the program that a client starts. The helper that fetches is killed, and another takes over.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from eventually import eventually
from lab import Lab
from scene import play
from tap import Tap
from vault import Vault, find_bao
from vault_world import TOKEN, VaultWorld
from wire import Wire

CROWD = 64
TIMES = 10


def crowd_test(program: str) -> Callable[[Lab, Tap], None]:
    def test(lab: Lab, tap: Tap) -> None:
        cloud = lab.start_registry()
        vault = Vault(program, lab.work / "vault", audit=True)
        tap.note(vault.version())
        world = VaultWorld(lab, cloud, vault)
        wire = Wire([vault.port], vault.work / "vault-cert.pem", vault.work / "vault-key.pem")
        try:
            world.begin()
            world.configure({"address": f"https://127.0.0.1:{wire.port}"})
            world.client_folder(TOKEN)
            world.drop_copies()
            one_request(world, tap, "without an agent")
            again_and_again(world, tap)
            killed(world, tap, wire)
            world.drop_copies()
            world.duties = ["broker"]  # it reads nothing before it is asked
            world.write_configuration()
            for _ in range(3):
                world.start_agent()
                one_request(world, tap, "with the agent")
                world.stop()
        finally:
            world.stop()
            wire.stop()
            vault.stop()

    return test


def start(world: VaultWorld, number: int) -> list[subprocess.Popen[bytes]]:
    program = f"{world.work}/bin/docker-credential-scoped-{TOKEN}"
    crowd = []
    for _ in range(number):
        each = subprocess.Popen(
            [program, "get"], env=world.environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )  # fmt: skip
        crowd.append(each)
    for each in crowd:
        assert each.stdin is not None
        each.stdin.write(world.cloud.host.encode())
        each.stdin.close()
        each.stdin = None
    return crowd


def finish(crowd: list[subprocess.Popen[bytes]]) -> tuple[list[int], list[bytes]]:
    answers = [each.communicate(timeout=90)[0] for each in crowd]
    return [each.returncode for each in crowd], answers


def again_and_again(world: VaultWorld, tap: Tap) -> None:
    """As on a machine that has pulled before: the folder is there, in which they meet."""
    assert isinstance(world.vault, Vault)
    lines = world.work / "log" / "helpers.debug"
    world.variables = {"SCOPED_DEBUG": str(lines)}
    seen, failed, started = len(world.vault.requests()), 0, []
    for _ in range(TIMES):
        shutil.rmtree(world.work / "home" / "state" / "scoped" / "copies", ignore_errors=True)
        codes, answers = finish(start(world, CROWD))
        failed += len(set(answers)) != 1 or codes.count(0) != CROWD
        started.append(lines.read_text().count("becomes scoped-fetch") - sum(started))
    world.variables = {}
    asked = [each["path"] for each in world.vault.requests()[seen:] if each["path"].startswith("secret/")]
    tap.check(failed == 0, f"{TIMES} times {CROWD} helpers get one answer each time", failed)
    tap.check(len(asked) == TIMES, f"for which the vault is asked {TIMES} times", len(asked))
    few = all(each <= CROWD // 2 for each in started)
    tap.check(few, "most of them start no second program, but are told by one that did", started)


def one_request(world: VaultWorld, tap: Tap, how: str) -> None:
    assert isinstance(world.vault, Vault)
    seen = len(world.vault.requests())
    codes, answers = finish(start(world, CROWD))
    asked = [each["path"] for each in world.vault.requests()[seen:] if each["path"].startswith("secret/")]
    tap.check(codes == [0] * CROWD and len(set(answers)) == 1, f"{how}: {CROWD} helpers get one answer", codes)
    tap.check(len(asked) == 1, f"{how}: the vault's audit log counts one request", asked)


def killed(world: VaultWorld, tap: Tap, wire: Wire) -> None:
    """The one that fetches hangs at a slow vault and is killed there; the next is answered."""
    world.drop_copies()
    before = wire.accepted
    wire.set("slow")
    crowd = start(world, CROWD)
    eventually(lambda: wire.accepted > before)
    fetching = [each for each in crowd if connects_to(each.pid, wire.port)]
    tap.check(len(fetching) == 1, "one of them fetches", len(fetching))
    wire.mode = "pass"
    for each in fetching:
        os.kill(each.pid, signal.SIGKILL)
    codes, answers = finish(crowd)
    good = [answer for code, answer in zip(codes, answers, strict=True) if code == 0]
    tap.check(codes.count(0) == CROWD - 1, "it is killed, another takes over and all others are answered", codes)
    tap.check(len(set(good)) == 1, "with one answer", len(set(good)))
    tap.check(wire.accepted == before + 2, "for which the vault was asked once more", wire.accepted - before)


def connects_to(pid: int, port: int) -> bool:
    """A process is on the other end of that port of ours. The front becomes the fetching program, same process."""
    inodes = set()
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        words = line.split()
        if words[2].endswith(f":{port:04X}"):
            inodes.add(f"socket:[{words[9]}]")
    try:
        links = [os.readlink(each) for each in Path(f"/proc/{pid}/fd").iterdir()]
    except OSError:
        return False
    return any(link in inodes for link in links)


if __name__ == "__main__":
    found, missing = find_bao()  # before there is no network any more
    if found is None:
        Tap().skip("many helpers at a real vault", missing)
        sys.exit(0)
    sys.exit(play(crowd_test(found)))
