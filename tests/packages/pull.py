#!/usr/bin/env python3
"""Real engines with the packages: installed, set up by one command, and then podman and Docker pull; also after the agent
was killed, after a reboot, and no more after a purge.

usage: pull.py [--packages DIR]

Not tested here: what clients make of the helper's answers (tests/clients), a desktop (tests/integration/keyring.py).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from debian_root import Booted, make_root_with_engines
from installed import (ADMIN, CA, INSTALL, make_foreign_tokens, play_packages, play_scenes, ready_of, setup_flags, start,
                       start_emulator)  # fmt: skip
from process import Finished
from tap import Tap

STORAGE = "--storage /srv/emulator/images"
PODMAN = "env STORAGE_DRIVER=vfs podman"
# As the tests' own engine runs: nothing of the machine is changed.
DOCKERD = ("dockerd --bridge=none --iptables=false --ip6tables=false --ip-masq=false --storage-driver=vfs "
           "--data-root=/srv/docker")  # fmt: skip


def play(root: Path, packages: Path, work: Path, tap: Tap) -> None:
    machine = Booted(root, work / "layer", packages, work / "machine.log")
    try:
        start(machine)
        machine.must(INSTALL, 180)
        ready = start_emulator(machine, STORAGE)
        make_foreign_tokens(machine, ready, {"puller": ["content/read"], "pusher": ["content/read", "content/write"]})
        trust(machine, ready["login_server"])
        push_image(machine, ready["login_server"])
        play_scenes(machine, tap, [("set-up", set_up), ("docker", docker), ("kill", kill), ("reboot", reboot), ("purge", purge)])
    finally:
        machine.stop()


def trust(machine: Booted, host: str) -> None:
    for folder in ("/etc/containers/certs.d", "/etc/docker/certs.d"):
        machine.must(f"mkdir -p '{folder}/{host}' && cp {CA} '{folder}/{host}/ca.crt'")


def push_image(machine: Booted, host: str) -> None:
    done = machine.must(f"echo {host} | SCOPED_CONFIG={ADMIN} SCOPED_PROFILE=pusher docker-credential-scoped get")
    answer = json.loads(done)
    machine.must("tar -C / -cf /srv/image.tar bin/busybox && "
                 f"{PODMAN} import -q /srv/image.tar {host}/demo/app:1 && "
                 f"{PODMAN} push -q --creds {answer['Username']}:{answer['Secret']} {host}/demo/app:1", 120)  # fmt: skip


def pull(machine: Booted) -> Finished:
    """By podman, of an image that it does not have."""
    image = f"{ready_of(machine)['login_server']}/demo/app:1"
    machine.sh(f"{PODMAN} rmi -f {image}")
    return machine.sh(f"{PODMAN} pull -q {image}", 120)


def set_up(machine: Booted, tap: Tap) -> None:
    before = pull(machine)
    tap.check(before.code != 0, "before the set-up podman pulls nothing", before)
    ready = ready_of(machine)
    done = machine.sh(f"scopedctl setup {ready['login_server']} {setup_flags(ready, 'puller')} --free-slot password2", 120)
    tap.check(done.code == 0 and "docker pull" in done.out, "one setup ends with a real login", done)
    group = machine.must("stat -c %G /run/scoped/host/agent.sock").strip()
    tap.check(group == "docker", "Docker's group reaches the agent", group)
    machine.wait_until("systemctl show scoped-agent -p StatusText --value | grep -q 'next rotation'")
    tap.ok("systemctl status shows the next rotation")
    after = pull(machine)
    tap.check(after.code == 0, "podman pulls", after)


def docker(machine: Booted, tap: Tap) -> None:
    machine.must(f"systemd-run --unit=engine {DOCKERD}")
    sentence = "Docker pulls"
    if machine.sh("for each in $(seq 40); do docker version >/dev/null 2>&1 && exit 0; sleep 0.5; done; exit 1").code != 0:
        why = machine.sh("journalctl -u engine --no-pager -n 30 -o cat | grep -E 'failed|level=error' | tail -1").out
        tap.skip(sentence, f"no engine starts in the machine: {why.strip()}")
        return
    done = machine.sh(f"docker pull -q {ready_of(machine)['login_server']}/demo/app:1", 120)
    tap.check(done.code == 0, sentence, done)
    machine.must("systemctl stop engine")


def kill(machine: Booted, tap: Tap) -> None:
    machine.must("systemctl kill -s KILL scoped-agent")
    done = pull(machine)
    tap.check(done.code == 0, "podman pulls after the agent was killed", done)


def reboot(machine: Booted, tap: Tap) -> None:
    machine.must("systemctl stop emulator; sync")
    machine.stop()
    start(machine)
    start_emulator(machine, STORAGE)
    trust(machine, ready_of(machine)["login_server"])
    machine.must("systemctl restart scoped-agent")  # the registry has another certificate authority now
    done = pull(machine)
    tap.check(done.code == 0, "podman pulls after a reboot", done)


def purge(machine: Booted, tap: Tap) -> None:
    host = ready_of(machine)["login_server"]
    undone = machine.sh(f"scopedctl setup {host} --undo")
    left = machine.sh("cat /srv/.docker/config.json")
    tap.check(undone.code == 0 and left.code != 0, "the set-up is taken back", (undone, left.out))
    machine.must("apt-get purge -y scoped-agent docker-credential-scoped acr-emulator", 120)
    left_over = machine.must("find /etc /var/lib /run /usr -xdev -name '*scoped*' | grep -v /dpkg/ || true").split()
    tap.check(not left_over, "a purge leaves no trace", left_over)


if __name__ == "__main__":
    sys.exit(play_packages("engines that pull", make_root_with_engines, play))
