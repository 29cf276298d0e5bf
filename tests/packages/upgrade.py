#!/usr/bin/env python3
"""One installed version after another: upgraded in the middle of a rotation while helpers ask, removed, installed again,
purged; what each leaves.

usage: upgrade.py [--packages DIR]

Not tested here: the installed agent when all goes well (systemd.py) and when it does not (trouble.py).
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from debian_root import Booted, make_root
from installed import (INSTALL, LISTED, arm_fault, built_next_version, faults_met, make_tokens, password_of,
                       play_packages, play_scenes, ready_of, slots_of, start, start_emulator)  # fmt: skip
from tap import Tap

NEXT = "99.0.0"
RECORDS = "/var/lib/scoped/records"
KEPT = "/etc/scoped/key /etc/scoped/config.json /etc/scoped/config.d/lab.json"
OURS = "scoped-agent docker-credential-scoped acr-emulator"
DELAY = 10_000  # milliseconds that the control plane takes for a password
FIRST, SECOND = (INSTALL.replace("/mnt/packages/", f"/mnt/packages/{each}/") for each in ("first", "next"))


def play(root: Path, packages: Path, work: Path, tap: Tap) -> None:
    folder = work / "versions"
    for name, built in (("first", packages), ("next", built_next_version(NEXT))):
        (folder / name).mkdir(parents=True)
        for package in built.glob("*.deb"):
            shutil.copy(package, folder / name)
    machine = Booted(root, work / "layer", folder, work / "machine.log")
    try:
        start(machine)
        before = set(machine.must(LISTED).splitlines())
        machine.must(FIRST, 180)
        make_tokens(machine, start_emulator(machine))
        machine.must("systemctl start scoped-agent")
        play_scenes(machine, tap, [
            ("upgrade", upgrade), ("remove", remove), ("install again", install_again),
            ("purge", lambda machine, tap: purge(machine, tap, before)),
        ])  # fmt: skip
    finally:
        machine.stop()


def digests(machine: Booted) -> str:
    return machine.must(f"sha256sum {KEPT}")


def upgrade(machine: Booted, tap: Tap) -> None:
    before, kept = password_of(machine), digests(machine)
    old = machine.must("systemctl show scoped-agent -p MainPID --value").strip()
    host = ready_of(machine)["login_server"]
    asking = (f"while [ ! -e /srv/over ]; do echo {host} | docker-credential-scoped get >/srv/answer 2>&1 && echo asked || "
              "cat /srv/answer; done > /srv/asked 2>&1")  # fmt: skip
    machine.path("/srv/asking").write_text(asking)
    machine.must("systemd-run --unit=asking sh /srv/asking")
    arm_fault(machine, fault="delay_after", ms=DELAY, match="generateCredentials", times=1)
    machine.must(f"systemd-run --unit=rotate scopedctl rotate {host}/puller")
    machine.wait_for(lambda: faults_met(machine) == 1, "the request for a password")
    machine.must(SECOND, 180)
    machine.must("touch /srv/over")
    said = machine.must("cat /srv/asked").splitlines()
    tap.check(set(said) == {"asked"} and len(said) > 10, "no get fails while a later version is installed", set(said))
    versions = machine.must(f"dpkg-query -W -f '${{Version}}\\n' {OURS} | sort -u").split()
    told = machine.must("docker-credential-scoped version; scopedctl --version")
    tap.check(versions == [NEXT] and told.count(NEXT) == 2, "it is installed, and says so", (versions, told))
    machine.wait_until("systemctl is-active scoped-agent")
    new = machine.must("systemctl show scoped-agent -p MainPID --value").strip()
    tap.check(new not in (old, "0"), "the agent runs anew", (old, new))
    tap.check(digests(machine) == kept, "key and configuration are those of before", digests(machine))
    machine.wait_for(lambda: "staged" in slots_of(machine) or password_of(machine) != before, "the password that was under way")
    roles = slots_of(machine)
    tap.check(not {"orphan", "unexplained"} & set(roles), "the rotation that was under way goes on, and lost no password", roles)
    arm_fault(machine)


def remove(machine: Booted, tap: Tap) -> None:
    kept = digests(machine)
    machine.must(f"apt-get remove -y {OURS}", 120)
    tap.check(digests(machine) == kept, "a removal keeps the key and the configuration")
    there = machine.must(f"find {RECORDS} -type f | wc -l").strip()
    tap.check(int(there) > 1, "and the records", there)
    left = machine.must("ls -d /run/scoped /usr/bin/*scoped* /lib/systemd/system/scoped* /usr/libexec/docker-credential-scoped "
                        "/usr/share/*/scoped* 2>/dev/null || true").split()  # fmt: skip
    tap.check(not left, "and nothing else", left)
    running = machine.sh("systemctl list-units --no-legend 'scoped*'").out.split()
    tap.check(not running and machine.sh("pgrep -u scoped").code != 0, "nothing of it runs", running)


def install_again(machine: Booted, tap: Tap) -> None:
    kept = digests(machine)
    machine.must(SECOND, 180)
    tap.check(bool(password_of(machine)) and digests(machine) == kept, "installed again, it answers from what was kept")


def purge(machine: Booted, tap: Tap, before: set[str]) -> None:
    said = machine.must(f"apt-get purge -y {OURS}", 120)
    for what in ("/var/lib/scoped", "/etc/scoped", "the user scoped"):
        tap.check(f"deleted {what}" in said, f"a purge says that it deletes {what}", said)
    left = sorted(each for each in set(machine.must(LISTED).splitlines()) - before if "scoped" in each or "acr-emul" in each)
    tap.check(not left, "and leaves no trace", left)
    tap.check(machine.sh("getent passwd scoped").code != 0, "nor the user")


if __name__ == "__main__":
    sys.exit(play_packages("one version after another", make_root, play))
