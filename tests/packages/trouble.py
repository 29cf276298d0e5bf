#!/usr/bin/env python3
"""What goes wrong with an installed agent: a stop in mid-rotation with a full disk, a credential that is gone, files of
another owner, and an upgrade while it works.

usage: trouble.py [--packages DIR]

Not tested here: the installed agent when all goes well (systemd.py).
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from debian_root import Booted, make_root
from installed import (AS_USER, INSTALL, arm_fault, check_line, faults_met, journal, make_tokens, play_packages,
                       play_scenes, ready_of, start, start_emulator, user_of)  # fmt: skip
from process import LabError
from tap import Tap

RECORDS = "/var/lib/scoped/records"
DELAY = 8_000  # milliseconds that the control plane takes for a password
UNIT_PATIENCE = 35  # seconds, TimeoutStopSec of the unit
NEXT_VERSION = "99.0"


def play(root: Path, packages: Path, work: Path, tap: Tap) -> None:
    machine = Booted(root, work / "layer", both_versions(packages, work), work / "machine.log")
    try:
        start(machine)
        machine.must(INSTALL.replace("/mnt/packages/", "/mnt/packages/first/"))
        make_tokens(machine, start_emulator(machine))
        machine.must("systemctl start scoped-agent")
        play_scenes(machine, tap, [
            ("upgrade", upgrade), ("a stop in mid-rotation", stop_in_mid_rotation), ("missing credential", missing_credential),
            ("wrong owner", wrong_owner),
        ])  # fmt: skip
    finally:
        machine.stop()


def password_of(machine: Booted) -> str:
    done = machine.sh(f"echo {ready_of(machine)['login_server']} | {AS_USER} docker-credential-scoped get")
    if done.code != 0:
        raise LabError(f"no answer: {done.out} {done.err}")
    return str(json.loads(done.out)["Secret"])


def slots_of(machine: Booted) -> list[str]:
    """The roles of the token's two passwords."""
    said = json.loads(machine.must("scopedctl status -o json"))
    token = next(each for each in said["tokens"] if each["token"] == "puller")
    return sorted(each["role"] for each in token["slots"])


# --- upgrade -------------------------------------------------------------------------------------------


def both_versions(packages: Path, work: Path) -> Path:
    """What was built, and the same programs in packages of a later version."""
    folder = work / "versions"
    for name in ("first", "next"):
        (folder / name).mkdir(parents=True)
    for package in packages.glob("*.deb"):
        shutil.copy(package, folder / "first")
        tree = work / "repacked" / package.stem
        tree.parent.mkdir(exist_ok=True)
        must("dpkg-deb", "-R", str(package), str(tree))
        control = tree / "DEBIAN" / "control"
        version = next(each for each in control.read_text().splitlines() if each.startswith("Version: "))
        control.write_text(control.read_text().replace(version.removeprefix("Version: "), NEXT_VERSION))
        must("dpkg-deb", "--root-owner-group", "-b", str(tree), str(folder / "next" / package.name))
    return folder


def must(*argv: str) -> None:
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise LabError(f"{' '.join(argv[:2])}: {done.stdout[-300:]}")


def upgrade(machine: Booted, tap: Tap) -> None:
    before = password_of(machine)
    kept = machine.must(f"sha256sum /etc/scoped/key /etc/scoped/config.d/lab.json {RECORDS}/store.json")
    old = machine.must("systemctl show scoped-agent -p MainPID --value")
    host = ready_of(machine)["login_server"]
    asking = (f"while [ ! -e /srv/over ]; do echo {host} | docker-credential-scoped get >/dev/null 2>/srv/why || cat /srv/why; "
              "echo asked; done > /srv/asked 2>&1")  # fmt: skip
    machine.path("/srv/asking").write_text(asking)
    machine.must("systemd-run --unit=asking sh /srv/asking")
    machine.must(INSTALL.replace("/mnt/packages/", "/mnt/packages/next/"), 180)
    machine.must("touch /srv/over")
    said = machine.must("cat /srv/asked").splitlines()
    tap.check(set(said) == {"asked"} and len(said) > 10, "no get fails while a later version is installed", set(said))
    versions = machine.must("dpkg-query -W -f '${Version}\\n' scoped-agent docker-credential-scoped | sort -u").split()
    tap.check(versions == [NEXT_VERSION], "it is installed", versions)
    new = machine.must("systemctl show scoped-agent -p MainPID --value")
    tap.check(new not in (old, "0\n"), "the agent runs anew", (old, new))
    now = machine.must(f"sha256sum /etc/scoped/key /etc/scoped/config.d/lab.json {RECORDS}/store.json")
    tap.check(now == kept and password_of(machine) == before, "key, configuration and records are those of before", now)


# --- a stop in mid-rotation ----------------------------------------------------------------------------


def stop_in_mid_rotation(machine: Booted, tap: Tap) -> None:
    """The control plane makes a password while the disk fills up, and then the machine is to go down."""
    host = ready_of(machine)["login_server"]
    before = password_of(machine)
    small_disk(machine)
    arm_fault(machine, fault="delay_after", ms=DELAY, match="generateCredentials", times=1)
    machine.must(f"systemd-run --unit=rotate scopedctl rotate {host}/puller")
    machine.wait_for(lambda: faults_met(machine) == 1, "the request for a password")
    machine.sh(f"head -c 4M /dev/zero > {RECORDS}/filler")
    machine.must("systemctl stop --no-block scoped-agent")
    asked_at = time.monotonic()
    check_line(machine, tap, "a full disk is one line in the journal, with the remedy", "No space left", "make room")
    time.sleep(max(0.0, UNIT_PATIENCE + 5 - (time.monotonic() - asked_at)))
    state = machine.must("systemctl show scoped-agent -p ActiveState --value").strip()
    tap.check(state == "deactivating", "the agent has asked for more time than the unit gives", state)
    machine.must(f"rm {RECORDS}/filler")
    machine.wait_until("test \"$(systemctl show scoped-agent -p ActiveState --value)\" = inactive", 60)
    result = machine.must("systemctl show scoped-agent -p Result --value").strip()
    tap.check(result == "success", "and ends well once there is room", (result, journal(machine, 4)))
    arm_fault(machine, fault="arm_status", status=500, match="generateCredentials")
    machine.must("systemctl start scoped-agent")
    tap.check(password_of(machine) == before, "the old password goes on", "another one")
    machine.wait_for(lambda: "staged" in slots_of(machine) or password_of(machine) != before, "the new password in its record")
    roles = slots_of(machine)
    tap.check(not {"orphan", "unexplained"} & set(roles), "no password was lost", roles)
    arm_fault(machine)


def small_disk(machine: Booted) -> None:
    machine.must("systemctl stop scoped-agent.service scoped-agent.socket scoped-agent-control.socket")
    machine.must(f"cp -a {RECORDS} /srv/records && mount -t tmpfs -o size=512k,mode=0700 tmpfs {RECORDS} && "
                 f"cp -a /srv/records/. {RECORDS}/")  # fmt: skip
    machine.must("systemctl start scoped-agent.socket scoped-agent-control.socket scoped-agent.service")


# --- what is missing or somebody else's ----------------------------------------------------------------


def missing_credential(machine: Booted, tap: Tap) -> None:
    machine.must("mv /etc/credstore/client-secret /srv/; journalctl --rotate --vacuum-time=1s >/dev/null 2>&1; "
                 "systemctl restart scoped-agent")  # fmt: skip
    check_line(machine, tap, "a credential that is gone is one line, with the remedy", "'credential:client-secret'",
               "/etc/credstore/client-secret")  # fmt: skip
    tap.check(user_of(machine) == "puller", "and pulls go on meanwhile")
    machine.must("mv /srv/client-secret /etc/credstore/; systemctl restart scoped-agent")
    machine.wait_until("systemctl show scoped-agent -p StatusText --value | grep -q 'next rotation'")
    tap.ok("put back, it is rotated again")


def wrong_owner(machine: Booted, tap: Tap) -> None:
    """As a restored backup leaves it."""
    machine.must(f"chown -R root:root {RECORDS}; systemctl restart scoped-agent")
    user_of(machine)
    check_line(machine, tap, "records of another owner are one line, with the remedy", "belongs to uid 0", "chown -R")
    machine.must(f"chown -R scoped:scoped {RECORDS}; systemctl restart scoped-agent")
    machine.wait_for(lambda: user_of(machine) == "puller", "an answer once they are the agent's again")
    tap.ok("given back, pulls go on")


if __name__ == "__main__":
    sys.exit(play_packages("an installed agent in trouble", make_root, play))
