#!/usr/bin/env python3
"""The store secret_service in real desktop sessions: gnome-keyring unlocked, locked, absent, slow, and no session at all.

Not tested here: the store's own decisions (tests/unit/store/secret_service_test.cpp); another keeper of secrets.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from lab import Lab
from process import Finished, run
from scene import play
from servers import search_path
from tap import Tap
from world import CALM_POLICY, Consumer, World

NEEDED = ("dbus-run-session", "gnome-keyring-daemon")
UNLOCK = "printf %s hunter2 | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1"
TOKEN = "laptop"


class Session:
    """A home folder with a keyring, and desktop sessions over it, each with a bus of its own."""

    def __init__(self, lab: Lab, name: str):
        self.home = lab.work / name
        self.home.mkdir(mode=0o700)
        (self.home / "run").mkdir(mode=0o700)
        self.tests = lab.programs / "unit_store"

    def environment(self) -> dict[str, str]:
        return {
            "PATH": search_path(), "HOME": str(self.home), "XDG_RUNTIME_DIR": str(self.home / "run"),
            "XDG_DATA_HOME": str(self.home / "data"), "XDG_STATE_HOME": str(self.home / "state"),
        }  # fmt: skip

    def play(self, script: str, **more: str) -> Finished:
        """A shell script in a session of its own, which ends with it."""
        return run(["dbus-run-session", "--", "sh", "-c", script], self.environment() | more, 60, cwd=self.home)

    def load(self, before: str = "true") -> str:
        return self.play(f"{before}; {self.tests} '[.keyring-load]'").out


def keyring(lab: Lab, tap: Tap) -> None:
    missing = [each for each in NEEDED if not shutil.which(each)]
    if missing or not (lab.programs / "unit_store").exists():
        tap.skip("records in a real keyring", f"{missing or 'unit_store'} is not there")
        return
    session = Session(lab, "desktop")
    contract = session.play(f"{UNLOCK}; {session.tests} '[.keyring]'")
    if "All tests passed" not in contract.out and "Cannot spawn" in contract.err:
        tap.skip("records in a real keyring", contract.last_line)
        return
    tap.check("All tests passed" in contract.out, "gnome-keyring keeps what every store keeps", contract.out[-900:])
    states(lab, tap)
    whole(lab, tap)
    docker_logins(lab, tap)
    calls(lab, tap)


def states(lab: Lab, tap: Tap) -> None:
    """What a person is told of each way in which a keyring does not answer."""
    session = Session(lab, "states")
    put = session.play(f"{UNLOCK}; {session.tests} '[.keyring-put]'")
    tap.check("All tests passed" in put.out, "a record is put into the keyring", put.out[-500:])
    unlocked = session.load(UNLOCK)
    tap.check("state: found" in unlocked, "the next session finds it once the keyring is unlocked", unlocked)
    locked = session.load("gnome-keyring-daemon --start --components=secrets >/dev/null 2>&1")
    tap.check("state: locked" in locked and "unlock it" in locked, "a locked keyring is locked, not empty", locked)
    again = session.load(UNLOCK)
    tap.check("state: found" in again, "and is read again once it is unlocked", again)
    empty = Session(lab, "empty").load(UNLOCK)
    tap.check("state: absent" in empty, "an empty keyring is empty", empty)
    headless = run([str(session.tests), "[.keyring-load]"], session.environment(), 60).out
    tap.check("no session bus" in headless and "sealed_file" in headless, "without a session that is said", headless)
    nobody = Session(lab, "nobody")
    (nobody.home / "services").mkdir()
    config = nobody.home / "bus.conf"
    config.write_text(
        "<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen>"
        f"<servicedir>{nobody.home}/services</servicedir>"
        '<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/>'
        '<allow own="*"/></policy></busconfig>'
    )
    argv = ["dbus-run-session", f"--config-file={config}", "--", str(nobody.tests), "[.keyring-load]"]
    absent = run(argv, nobody.environment(), 60).out
    tap.check("nobody keeps secrets" in absent, "a session without a keyring is told apart", absent)
    slow = session.load(f"{UNLOCK}; for each in /proc/[0-9]*; do if [ \"$(readlink $each/cwd)\" = {session.home} ] && "
                        "grep -q gnome-keyring-d $each/comm; then kill -STOP ${each#/proc/}; fi; done")  # fmt: skip
    tap.check("does not answer in time" in slow, "one that does not answer is given up after its time-out", slow)


def whole(lab: Lab, tap: Tap) -> None:
    """A token whose record is in the keyring: made, handed out by the helper, rotated."""
    session = Session(lab, "whole")
    cloud = lab.start_registry()
    world = World(lab.work / "world", lab.programs, cloud, (Consumer(TOKEN, "app-pull", False),), CALM_POLICY)
    document = world.configuration()
    document["stores"] = {"local": {"type": "secret_service"}}
    world.write_configuration(document)
    world.create_scope_maps()
    told = world.environment() | {key: value for key, value in session.environment().items() if key != "PATH"}
    told["XDG_CONFIG_HOME"] = str(session.home / "config")
    ctl, helper = lab.programs / "scopedctl", lab.programs / "docker-credential-scoped"
    script = (
        f"{UNLOCK}; {ctl} token create -r {cloud.host} --name {TOKEN} --scope-map app-pull >&2 && "
        f"echo {cloud.host} | {helper} get && {ctl} rotate {cloud.host}/{TOKEN} >&2 && echo {cloud.host} | {helper} get"
    )
    done = run(["dbus-run-session", "--", "sh", "-c", script], told, 120)
    answers = [json.loads(line) for line in done.out.splitlines() if line.startswith("{")]
    if not tap.check(len(answers) == 2, "a token's password is made, handed out and rotated in a keyring", done.err[-900:]):
        return
    tap.check(answers[0]["Secret"] != answers[1]["Secret"], "the rotated password is another one")
    tap.check(cloud.login(TOKEN, answers[1]["Secret"]) == 200, "and logs in")
    files = [each for each in session.home.rglob("*") if each.is_file()]
    leaks = [each for each in files if answers[1]["Secret"].encode() in each.read_bytes()]
    tap.check(not leaks, "no file holds it in the clear", leaks)
    locked = run(
        ["dbus-run-session", "--", "sh", "-c", f"echo {cloud.host} | {helper} get"], told | {"DISPLAY": ""}, 60
    )
    tap.check(locked.code == 1 and "locked" in locked.out, "with the keyring locked a pull is told so", locked.out)


DOCKERS = "docker-credential-secretservice"
LEAST_CALLS = {"Hello", "AddMatch", "GetNameOwner", "OpenSession", "SearchItems", "GetSecrets", "GetSecret", "RemoveMatch"}


def docker_logins(lab: Lab, tap: Tap) -> None:
    """What Docker's own helper kept before ours was asked for every registry; real items, written by it."""
    if not shutil.which(DOCKERS):
        tap.skip("logins of Docker's own helper", f"'{DOCKERS}' is not installed (packaging/deps tests)")
        return
    session, helper = Session(lab, "dockers"), lab.programs / "docker-credential-scoped"
    config = session.home / "config.json"
    token = {"default_token": TOKEN, "tokens": {TOKEN: {}}, "store": "keyring"}
    config.write_text(json.dumps({"registries": {"managed.example": token}, "stores": {"keyring": {"type": "secret_service"}}}))
    told = {"SCOPED_CONFIG": str(config)}
    kept = {"https://index.docker.io/v1/": "hub-pass", "ghcr.io": "ghcr-pass", "managed.example": "not-this"}
    logins = [json.dumps({"ServerURL": url, "Username": "me", "Secret": each}) for url, each in kept.items()]
    store = " && ".join(f"printf %s '{each}' | {DOCKERS} store" for each in logins)
    gets = "; ".join(f"echo {key} | {helper} get" for key in ("https://index.docker.io/v1/", "ghcr.io", "https://ghcr.io/v2/"))
    done = session.play(f"{UNLOCK}; {store} && {gets}", **told)
    found = [json.loads(line)["Secret"] for line in done.out.splitlines() if line.startswith("{")]
    tap.check(found == ["hub-pass", "ghcr-pass", "ghcr-pass"], "logins that Docker's helper kept go on", (done.out, done.err[-300:]))
    managed = session.play(f"{UNLOCK}; echo managed.example | {helper} get", **told)
    tap.check("not-this" not in managed.out and managed.code == 1, "but none answers for a managed registry", managed)
    listed = session.play(f"{UNLOCK}; {helper} list", **told)
    tap.check('"ghcr.io":"me"' in listed.out, "they are listed", listed)
    erased = session.play(f"{UNLOCK}; echo ghcr.io | {helper} erase && echo ghcr.io | {DOCKERS} get", **told)
    tap.check("still there" in erased.err and "ghcr-pass" in erased.out, "they are not erased, and that is said", erased)
    own = json.dumps({"ServerURL": "ghcr.io", "Username": "other", "Secret": "newer"})
    newer = session.play(f"{UNLOCK}; printf %s '{own}' | {helper} store && echo ghcr.io | {helper} get && "
                         f"echo ghcr.io | {DOCKERS} get", **told)  # fmt: skip
    tap.check("newer" in newer.out and "ghcr-pass" in newer.out, "a newer login goes before them, and leaves them alone", newer)
    start = "gnome-keyring-daemon --start --components=secrets >/dev/null 2>&1"
    locked = session.play(f"{start}; echo https://index.docker.io/v1/ | {helper} get; echo quay.io | {helper} get", **told)
    tap.check("locked" in locked.out and "credentials not found" in locked.out, "locked is said for what is there alone", locked)
    headless = run(["sh", "-c", f"echo quay.io | {helper} get"], session.environment() | told, 60)
    tap.check("credentials not found" in headless.out, "without a session there are none", headless)
    docker_config(lab, tap, session, told)
    config.write_text(config.read_text().replace('"secret_service"', '"secret_service", "docker_logins": false'))
    off = session.play(f"{UNLOCK}; echo https://index.docker.io/v1/ | {helper} get", **told)
    tap.check("credentials not found" in off.out, "and none where the configuration says so", off)


def docker_config(lab: Lab, tap: Tap, session: Session, told: dict[str, str]) -> None:
    """Docker asks ours for every registry instead, and back, with what Docker writes where it has a store."""
    settings, ctl = session.home / ".docker" / "config.json", lab.programs / "scopedctl"
    settings.parent.mkdir()
    before = '{\n\t"auths": {\n\t\t"ghcr.io": {}\n\t},\n\t"credsStore": "secretservice"\n}'
    settings.write_text(before)
    taken = {key: value for key, value in told.items() if key != "SCOPED_CONFIG"}
    (session.home / ".config" / "scoped").mkdir(parents=True)
    shutil.copy(told["SCOPED_CONFIG"], session.home / ".config" / "scoped" / "config.json")
    refused = session.play(f"{ctl} configure managed.example --all", **taken)
    tap.check(refused.code == 1 and "--replace" in refused.err and settings.read_text() == before,
              "Docker's helper does not give way unasked", refused)  # fmt: skip
    done = session.play(f"{ctl} configure managed.example --all --replace", **taken)
    tap.check(done.code == 0 and '"credsStore": "scoped"' in settings.read_text(), "it does if that is said", done)
    back = session.play(f"{ctl} unconfigure managed.example --all", **taken)
    tap.check(back.code == 0 and settings.read_text() == before, "and it comes back to the byte", (back, settings.read_text()))


def calls(lab: Lab, tap: Tap) -> None:
    """Each call is a wait; a pull that finds its record asks no more than it must."""
    if not shutil.which("dbus-monitor"):
        tap.skip("what a keyring is asked", "'dbus-monitor' is not installed (packaging/deps tests)")
        return
    session = Session(lab, "calls")
    done = session.play(f"{UNLOCK}; {session.tests} '[.keyring-put]' >/dev/null; dbus-monitor --session --profile > calls & "
                        f"watch=$!; sleep 1; : > calls; {session.tests} '[.keyring-load]'; sleep 1; kill $watch")  # fmt: skip
    rows = [line.split("\t") for line in (session.home / "calls").read_text(errors="replace").splitlines()]
    asked = [row[-1] for row in rows if row[0] == "mc"]
    enough = set(asked) <= LEAST_CALLS and asked.count("OpenSession") == 1
    tap.check("state: found" in done.out and enough, "a load asks the keyring no more than it must", asked)


if __name__ == "__main__":
    sys.exit(play(keyring))
