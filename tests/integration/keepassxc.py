#!/usr/bin/env python3
"""The store secret_service with another keeper of secrets: KeePassXC, on a screen that nobody sees.

Not tested here: what a person is told of each state of a keyring (keyring.py).
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from keyring import Session
from lab import Lab
from process import Finished, run
from scene import play
from tap import Tap

NEEDED = ("dbus-run-session", "keepassxc", "keepassxc-cli", "Xvfb", "gdbus")
PASSWORD = "hunter2"
EXPOSED = "11111111-1111-1111-1111-111111111111"  # the group that other programs may use
DATABASE = f"""<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<KeePassFile><Meta><Generator>KeePassXC</Generator><DatabaseName>desktop</DatabaseName><CustomData><Item>
<Key>FDO_SECRETS_EXPOSED_GROUP</Key><Value>{{{EXPOSED}}}</Value></Item></CustomData></Meta>
<Root><Group><UUID>EREREREREREREREREREREQ==</UUID><Name>Root</Name></Group></Root></KeePassFile>
"""
SETTINGS = """[General]
UpdateCheckMessageShown=true
ConfigVersion=2
[FdoSecrets]
Enabled=true
ShowNotification=false
ConfirmAccessItem=false
ConfirmDeleteItem=false
UnlockBeforeSearch=false
"""
# A bus that starts no other keeper; KeePassXC would give way to one, for good.
BUS = """<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen><servicedir>{services}</servicedir>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>"""
# Ends with the session. $1: with the password, or without.
START = """cd {home}
Xvfb -displayfd 3 -screen 0 800x600x16 -nolisten tcp 3>display >xvfb.log 2>&1 & xvfb=$!
for each in $(seq 100); do [ -s display ] && break; sleep 0.2; done
export DISPLAY=:$(cat display)
cp settings.ini keepassxc.ini
keepassxc --config {home}/keepassxc.ini --localconfig {home}/local.ini {option} desktop.kdbx < {stdin} > keepassxc.log 2>&1 & keeper=$!
trap 'kill $keeper; wait $keeper; kill $xvfb; rm -f display' EXIT
for each in $(seq 100); do
  gdbus call --session --dest org.freedesktop.DBus --object-path / --method org.freedesktop.DBus.NameHasOwner \\
    org.freedesktop.secrets | grep -q true && break; sleep 0.2
done
secrets="gdbus call --session --dest org.freedesktop.secrets --object-path"
for each in $(seq 100); do
  path=$($secrets /org/freedesktop/secrets --method org.freedesktop.Secret.Service.ReadAlias default | grep -o '/org[^,)]*/collection/[^,)]*' | tr -d "'")
  $secrets "${{path:-/}}" --method org.freedesktop.DBus.Properties.Get org.freedesktop.Secret.Collection Locked 2>&1 |
    grep -q '<{locked}>' && break
  sleep 0.2
done
"""


class KeePassSession(Session):
    """Sessions with one database."""

    def __init__(self, lab: Lab, name: str):
        super().__init__(lab, name)
        (self.home / "services").mkdir()
        (self.home / "bus.conf").write_text(BUS.format(services=self.home / "services"))
        (self.home / "settings.ini").write_text(SETTINGS)
        (self.home / "password").write_text(PASSWORD + "\n")
        (self.home / "desktop.xml").write_text(DATABASE)
        argv = ["keepassxc-cli", "import", "--set-password", "desktop.xml", "desktop.kdbx"]
        self.made = run(argv, self.environment(), 60, stdin=f"{PASSWORD}\n{PASSWORD}\n", cwd=self.home)

    def start(self, locked: bool = False) -> str:
        option, stdin = ("", "/dev/null") if locked else ("--pw-stdin", "password")
        return START.format(home=self.home, option=option, stdin=stdin, locked=str(locked).lower())

    def play(self, script: str, **more: str) -> Finished:
        argv = ["dbus-run-session", f"--config-file={self.home}/bus.conf", "--", "sh", "-c", script]
        return run(argv, self.environment() | more, 120, cwd=self.home)


def keepassxc(lab: Lab, tap: Tap) -> None:
    missing = [each for each in NEEDED if not shutil.which(each)]
    if missing or not (lab.programs / "unit_store").exists():
        tap.skip("records in KeePassXC", f"{missing or 'unit_store'} is not there (packaging/deps tests)")
        return
    session = KeePassSession(lab, "keepassxc")
    if session.made.code != 0:
        tap.skip("records in KeePassXC", f"no database can be made: {session.made.last_line}")
        return
    contract = session.play(f"{session.start()}{session.tests} '[.keyring]'")
    tap.check("All tests passed" in contract.out, "KeePassXC keeps what every store keeps", contract.out[-900:] + contract.err[-300:])
    put = session.play(f"{session.start()}{session.tests} '[.keyring-put]'")
    tap.check("All tests passed" in put.out, "a record is put into its database", put.out[-500:])
    found = session.play(f"{session.start()}{session.tests} '[.keyring-load]'")
    tap.check("state: found" in found.out, "the next session finds it once the database is open", found.out)
    locked = session.play(f"{session.start(locked=True)}{session.tests} '[.keyring-load]'")
    tap.check("state: locked" in locked.out, "a database that is not open is locked, not empty", locked.out[-700:])


if __name__ == "__main__":
    sys.exit(play(keepassxc))
