#!/usr/bin/env python3
"""What goes wrong with an installed agent: a stop in mid-rotation with a full disk, a credential that is gone, files of
another owner.

usage: trouble.py [--packages DIR]

Not tested here: the installed agent when all goes well (systemd.py), a later version (upgrade.py).
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from debian_root import Booted, make_root
from installed import (AS_USER, INSTALL, arm_fault, check_line, faults_met, journal, make_tokens, password_of, play_packages,
                       play_scenes, ready_of, slots_of, start, start_emulator, user_of)  # fmt: skip
from tap import Tap

RECORDS = "/var/lib/scoped/records"
DELAY = 8_000  # milliseconds that the control plane takes for a password
UNIT_PATIENCE = 35  # seconds, TimeoutStopSec of the unit


def play(root: Path, packages: Path, work: Path, tap: Tap) -> None:
    machine = Booted(root, work / "layer", packages, work / "machine.log")
    try:
        start(machine)
        machine.must(INSTALL, 180)
        make_tokens(machine, start_emulator(machine))
        machine.must("systemctl start scoped-agent")
        play_scenes(machine, tap, [
            ("a stop in mid-rotation", stop_in_mid_rotation), ("missing credential", missing_credential),
            ("wrong owner", wrong_owner),
        ])  # fmt: skip
    finally:
        machine.stop()


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
