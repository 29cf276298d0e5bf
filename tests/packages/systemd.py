#!/usr/bin/env python3
"""The packages on a Debian 12 of their own, without and with a booted systemd: installing, the service at work, crashes,
reboot, removing.

usage: systemd.py [--packages DIR]

Not tested here: what the agent tells a manager, without one (tests/integration/service.py); Ubuntu.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from debian_root import Booted, make_root
from installed import (AS_USER, GET, HOST, INSTALL, LISTED, make_foreign_tokens, make_tokens, play_packages, play_scenes,
                       ready_of, setup_flags, start, start_emulator, status_of, user_of, write_configuration)  # fmt: skip
from tap import Tap

MOST_EXPOSED = 1.5


def play(root: Path, packages: Path, work: Path, tap: Tap) -> None:
    for name, part in (("plain", plain), ("booted", booted)):
        machine = Booted(root, work / name, packages, work / f"{name}.log")
        try:
            part(machine, tap)
        finally:
            machine.stop()


# --- without systemd running ---------------------------------------------------------------------------


def plain(machine: Booted, tap: Tap) -> None:
    machine.start("/bin/sleep", "infinity")
    before = set(machine.must(LISTED).splitlines())
    machine.must(INSTALL, 180)
    tap.check("docker-credential-scoped" in machine.must("docker-credential-scoped version"), "the helper runs")
    for page in ("docker-credential-scoped.1", "scoped-fetch.8", "scoped-agent.8", "scoped-config.5"):
        section = page[-1]
        tap.check(machine.sh(f"test -f /usr/share/man/man{section}/{page}.gz").code == 0, f"{page} is installed")
    missing = machine.sh(GET)
    tap.check("credentials not found" in missing.out, "with the default configuration it knows no registry", missing)
    machine.must("scopedctl init")
    machine.must("apt-get install -y --reinstall --no-install-recommends /mnt/packages/*.deb")
    tap.ok("the same version is installed over itself")
    machine.must("apt-get remove -y scoped-agent docker-credential-scoped acr-emulator")
    kept = machine.sh("test -f /etc/scoped/key && test -f /var/lib/scoped/records/store.json")
    tap.check(kept.code == 0, "records and their key survive a removal")
    machine.must(INSTALL, 180)
    said = machine.must("apt-get purge -y scoped-agent docker-credential-scoped acr-emulator")
    tap.check("deleted /var/lib/scoped" in said and "deleted /etc/scoped" in said, "a purge says what it deletes", said)
    left = sorted(set(machine.must(LISTED).splitlines()) - before)
    tap.check(not [each for each in left if "scoped" in each or "acr-emul" in each], "and leaves no trace", left[:20])
    tap.check(machine.sh("getent passwd scoped").code != 0, "nor the user")
    machine.stop()


# --- booted --------------------------------------------------------------------------------------------


def booted(machine: Booted, tap: Tap) -> None:
    start(machine)
    machine.must(INSTALL, 180)
    tap.check(machine.sh("systemctl is-active scoped-agent.socket scoped-agent.service").code == 0, "it runs once installed")
    exposure(machine, tap)
    set_up(machine, tap)
    play_scenes(machine, tap, [
        ("answers", answers), ("reload", reload), ("crashes", crashes), ("watchdog", watchdog),
        ("wrong start", wrong_start), ("container", container), ("reboot", reboot), ("purge", purge),
    ])  # fmt: skip


def exposure(machine: Booted, tap: Tap) -> None:
    said = machine.must("systemd-analyze security --no-pager scoped-agent.service | tail -1")
    found = re.search(r"([0-9.]+) (OK|SAFE)", said)
    tap.check(found is not None and float(found[1]) <= MOST_EXPOSED, f"systemd finds it exposed by {MOST_EXPOSED} at most", said)
    units = "scoped-agent.service scoped-agent.socket scoped-agent-control.socket scoped-hooks.path scoped-hooks.timer"
    verified = machine.sh(f"systemd-analyze verify --man=no {units} scoped-hooks.service")
    tap.check(verified.code == 0 and not verified.err.strip(), "systemd has nothing to say about the units", verified.err)


def set_up(machine: Booted, tap: Tap) -> None:
    ready = start_emulator(machine)
    first_steps(machine, ready, tap)
    make_tokens(machine, ready)
    owners = machine.must("find /var/lib/scoped /etc/scoped/key -printf '%u\\n' | sort -u").split()
    tap.check(owners == ["scoped"], "what root writes into the store is the agent's", owners)


def first_steps(machine: Booted, ready: dict[str, str], tap: Tap) -> None:
    """As its owner begins: a token that exists, one command, and back."""
    host = ready["login_server"]
    make_foreign_tokens(machine, ready, {"first-one": ["content/read"]})
    before = machine.must(LISTED)
    flags = setup_flags(ready, "first-one")
    done = machine.sh(f"scopedctl setup {host} {flags}")
    tap.check(done.code == 0 and "docker pull" in done.out, "one setup on a fresh machine ends with a real login", done)
    user = user_of(machine, AS_USER)
    tap.check(user == "first-one", "and a user of the group is answered by the agent", user)
    again = machine.sh(f"scopedctl setup {host} {flags}")
    tap.check("set up already" in again.out, "a second setup finds nothing to do", again)
    undo = machine.sh(f"scopedctl setup {host} --undo")
    after = machine.must(LISTED)
    own = {"/var/lib/scoped/server-time", "/var/lib/scoped/hook-events.json"}  # what the agent keeps for itself
    changed = sorted((set(before.splitlines()) ^ set(after.splitlines())) - own)
    tap.check(undo.code == 0 and not changed, "and it is taken back", undo if undo.code else changed)


def answers(machine: Booted, tap: Tap) -> None:
    tap.check(machine.sh("systemctl is-active scoped-agent.service").code != 0, "the service is stopped")
    user = user_of(machine, AS_USER)
    tap.check(user == "puller", "the first helper of a user in the group starts it and is answered", user)
    machine.wait_until("systemctl show scoped-agent -p StatusText --value | grep -q 'next rotation'")
    tap.ok("systemctl status shows the next rotation; the credential of systemd logs in at the control plane")
    stranger = machine.sh(f"echo {ready_of(machine)['login_server']} | setpriv --reuid=12002 --regid=12002 --clear-groups "
                          "docker-credential-scoped get")  # fmt: skip
    tap.check(stranger.code == 1 and "Secret" not in stranger.out, "a user outside of the group gets nothing", stranger)


def reload(machine: Booted, tap: Tap) -> None:
    write_configuration(machine, ready_of(machine), "other-one")
    machine.must("systemctl reload scoped-agent")
    machine.wait_for(lambda: user_of(machine) == "other-one", "the other token after a reload")
    tap.ok("a reload takes the new configuration")
    machine.path("/etc/scoped/config.d/broken.json").write_text("{")
    machine.must("systemctl reload scoped-agent")
    machine.wait_for(lambda: "broken.json" in status_of(machine), "the status that names the broken file")
    tap.check(user_of(machine) == "other-one", "a broken one is named in the status, and the old one goes on")
    machine.must("rm /etc/scoped/config.d/broken.json; systemctl reload scoped-agent")
    machine.wait_for(lambda: "not taken" not in status_of(machine), "the end of the complaint")


def crashes(machine: Booted, tap: Tap) -> None:
    for _ in range(12):
        machine.must("systemctl kill -s KILL scoped-agent; sleep 0.1")
    tap.check(machine.sh("systemctl is-active scoped-agent.socket").code == 0, "a crash loop does not close the socket")
    user = user_of(machine)
    tap.check(user == "other-one", "and the next helper is answered", user)


def watchdog(machine: Booted, tap: Tap) -> None:
    machine.path("/etc/systemd/system/scoped-agent.service.d").mkdir(parents=True)
    machine.path("/etc/systemd/system/scoped-agent.service.d/test.conf").write_text("[Service]\nWatchdogSec=2\n")
    machine.must("systemctl daemon-reload && systemctl restart scoped-agent")
    pid = int(machine.must("systemctl show scoped-agent -p MainPID --value"))
    sys.path.insert(0, str(ROOT / "tests" / "integration"))
    from service import Frozen

    outside = next(
        (each.parent.name for each in Path("/proc").glob("[0-9]*/status")
         if re.search(rf"^NSpid:\t\d+\t{pid}$", each.read_text(), re.M) and "scoped-agent" in each.read_text()), "")  # fmt: skip
    frozen = Frozen(int(outside))
    if frozen.why_not:
        tap.skip("the watchdog ends an agent whose worker is stuck", frozen.why_not)
    else:
        user_of(machine)  # gives a worker something to do
        machine.wait_until("journalctl -u scoped-agent --no-pager | grep -q 'Watchdog timeout'", 60)
        tap.ok("the watchdog ends an agent whose worker is stuck")
    frozen.let_go()
    machine.must("rm -r /etc/systemd/system/scoped-agent.service.d; systemctl daemon-reload; systemctl restart scoped-agent")
    machine.wait_for(lambda: user_of(machine) == "other-one", "an answer after the watchdog")


def wrong_start(machine: Booted, tap: Tap) -> None:
    machine.path("/etc/scoped/config.d/broken.json").write_text("{")
    machine.sh("systemctl restart scoped-agent")
    machine.wait_until("test \"$(systemctl show scoped-agent -p ExecMainStatus --value)\" = 78")
    starts = "journalctl -u scoped-agent --no-pager | grep -c 'Starting scoped-agent'"
    count = machine.sh(starts).out
    machine.sh(f"{AS_USER} true; sleep 2")
    tap.check(machine.sh(starts).out == count, "a start with a wrong configuration ends with 78 and is not repeated")
    tap.check("broken.json" in status_of(machine), "systemctl status names the file", status_of(machine))
    machine.sh(f"echo {HOST} | {AS_USER} docker-credential-scoped get")
    tap.check(machine.sh("systemctl is-active scoped-agent.socket").code == 0, "the socket stays for when it is right")
    machine.must("rm /etc/scoped/config.d/broken.json")
    user = user_of(machine)
    tap.check(user == "other-one", "the next helper starts it again", user)


def container(machine: Booted, tap: Tap) -> None:
    write_configuration(machine, ready_of(machine), "puller")
    machine.must("systemctl stop scoped-agent; systemctl start scoped-agent-container@build.socket; systemctl start scoped-agent")
    env = "env SCOPED_AGENT_SOCKET=/run/scoped/containers/build/agent.sock"
    machine.wait_for(lambda: user_of(machine, env) == "other-one", "an answer on the container's socket")
    tap.ok("the socket of one container serves its one token")
    reached = machine.sh(f"{AS_USER} ls /run/scoped/containers/build")
    tap.check(reached.code != 0, "no user of the host comes to it", reached)


def reboot(machine: Booted, tap: Tap) -> None:
    machine.must("systemctl stop emulator; sync")
    machine.stop()
    start(machine)
    machine.wait_until("systemctl is-active scoped-agent.service")
    tap.ok("it runs after a reboot, without the registry")
    done = machine.sh(f"echo $(cat /srv/emulator/host) | {AS_USER} docker-credential-scoped get")
    tap.check('"Username":"puller"' in done.out.replace(" ", ""), "and answers as before", done.err or "no answer")


def purge(machine: Booted, tap: Tap) -> None:
    machine.must("apt-get purge -y scoped-agent docker-credential-scoped acr-emulator", 120)
    left = machine.must("ls -d /etc/scoped /var/lib/scoped /run/scoped /etc/systemd/system/*/scoped* 2>/dev/null || true").split()
    tap.check(not left, "a purge while it runs leaves no trace", left)
    tap.check(machine.sh("systemctl list-units --all --no-legend 'scoped*' | grep -v not-found").code != 0, "nor a unit")


if __name__ == "__main__":
    sys.exit(play_packages("the packages on a Debian of their own", make_root, play))
