#!/usr/bin/env python3
"""A laptop from nothing to the first pull, without root and without a file that holds a password: one set-up in a desktop
session, real pulls by Docker, the next session, and back.

Not tested here: what the store says of each state of a keyring (keyring.py), a set-up without one (setup.py).
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from image import file_tree
from lab import Lab
from machine import User, add_lines
from process import Finished, LabError, run
from scene import play
from servers import search_path
from tap import Tap
from world import HELPER

PERSON = User("alice", 12001)
BIN = Path("/opt/scoped/bin")
NEEDED = ("dbus-run-session", "gnome-keyring-daemon", "setpriv")
UNLOCK = "printf %s hunter2 | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1"
TOKEN = "laptop"


class Desktop:
    """Somebody's home folder; each script is a session of its own, with a bus that ends with it."""

    def __init__(self, lab: Lab):
        self.lab, self.cloud = lab, lab.start_registry()
        add_lines(Path("/etc/passwd"), [f"alice:x:{PERSON.uid}:{PERSON.uid}::{PERSON.home}:/bin/sh"])
        add_lines(Path("/etc/group"), [f"alice:x:{PERSON.uid}:"])
        BIN.mkdir(parents=True)
        for name in (HELPER, "scoped-fetch", "scopedctl", "scoped-curl.so", "scoped-secret.so"):
            shutil.copy2(lab.programs / name, BIN / name)
        BIN.chmod(0o755)
        for folder in (PERSON.home, PERSON.runtime):
            folder.mkdir(parents=True)
            os.chown(folder, PERSON.uid, PERSON.uid)
            folder.chmod(0o700)
        self.ca = Path("/opt/scoped/ca.crt")
        shutil.copy(self.cloud.ready["ca"], self.ca)
        self.ca.chmod(0o644)
        self.give("client-secret", self.cloud.ready["client_secret"])
        self.make_tokens()

    def give(self, name: str, text: str) -> Path:
        path = PERSON.home / name
        path.touch(0o600)
        path.write_text(text)
        os.chown(path, PERSON.uid, PERSON.uid)
        return path

    def make_tokens(self) -> None:
        for token, actions in ((TOKEN, ["content/read"]), ("pusher", ["content/read", "content/write"])):
            rights = [f"repositories/demo/app/{each}" for each in actions]
            self.cloud.arm("PUT", f"scopeMaps/{token}", {"properties": {"actions": rights}})
            scope_map = f"{self.cloud.resource_id}/scopeMaps/{token}"
            self.cloud.arm("PUT", f"tokens/{token}", {"properties": {"scopeMapId": scope_map, "status": "enabled"}})

    def session(self, script: str) -> Finished:
        engine = self.lab.engine
        environment = {
            "PATH": f"{BIN}:{search_path()}", "HOME": str(PERSON.home), "XDG_RUNTIME_DIR": str(PERSON.runtime),
            "DOCKER_HOST": f"unix://{engine.socket}" if engine else "",
        }  # fmt: skip
        argv = ["setpriv", f"--reuid={PERSON.uid}", f"--regid={PERSON.uid}", "--clear-groups", "dbus-run-session", "--",
                "sh", "-c", script]  # fmt: skip
        return run(argv, environment, 120, cwd=PERSON.home)

    @property
    def set_up(self) -> str:
        ready = self.cloud.ready
        return (
            f"scopedctl setup {self.cloud.host} --keyring --token {TOKEN} --resource-id {self.cloud.resource_id} "
            f"--tenant {ready['tenant']} --client-id {ready['client_id']} --client-secret file:{PERSON.home}/client-secret "
            f"--authority {ready['authority']} --arm {ready['arm']} --ca-file {self.ca}"
        )


def push_image(desktop: Desktop) -> bool:
    """By root, with another token; false where no engine runs."""
    engine = desktop.lab.start_engine()
    if not engine:
        return False
    shutil.copy2(engine.docker, BIN / "docker")
    for folder in (engine.work, engine.work.parent):
        folder.chmod(0o755)
    engine.socket.chmod(0o666)
    cloud, image = desktop.cloud, f"{desktop.cloud.host}/demo/app:1"
    body = {"tokenId": f"{cloud.resource_id}/tokens/pusher", "name": "password1"}
    password = cloud.arm("POST", "generateCredentials", body).json["passwords"][0]["value"]
    engine.load(file_tree("laptop"), image)
    settings = desktop.lab.work / "pusher" / "config.json"
    settings.parent.mkdir()
    auth = base64.b64encode(f"pusher:{password}".encode()).decode()
    settings.write_text(json.dumps({"auths": {cloud.host: {"auth": auth}}}))
    environment = engine.environment() | {"DOCKER_CONFIG": str(settings.parent)}
    done = run([engine.docker, "push", image], environment, 60)
    if done.code != 0:
        raise LabError(f"docker push: {done.last_line}")
    return True


def laptop(lab: Lab, tap: Tap) -> None:
    missing = [each for each in NEEDED if not shutil.which(each)]
    if missing or not lab.private:
        tap.skip("a laptop with a keyring", f"{missing or 'namespaces of our own'} is not there")
        return
    desktop = Desktop(lab)
    pull = f"docker pull -q {desktop.cloud.host}/demo/app:1"
    if not push_image(desktop):
        tap.skip("Docker pulls on a laptop", lab.no_engine)
        pull = f"echo {desktop.cloud.host} | docker-credential-scoped get"
    done = desktop.session(f"{UNLOCK}; {desktop.set_up}")
    tap.check(done.code == 0 and "docker pull" in done.out, "one set-up in a session ends with a real login", done)
    same = desktop.session(f"{UNLOCK}; {pull} && {pull}")
    tap.check(same.code == 0, "in the next session the pull works", same)
    password = desktop.session(f"{UNLOCK}; echo {desktop.cloud.host} | docker-credential-scoped get").out
    secret = password.partition('"Secret":"')[2].partition('"')[0]
    leaks = [each for each in PERSON.home.rglob("*") if each.is_file() and secret.encode() in each.read_bytes()]
    tap.check(bool(secret) and not leaks, "no file holds the password in the clear", leaks)
    locked = desktop.session("gnome-keyring-daemon --start --components=secrets >/dev/null 2>&1; "
                             f"echo {desktop.cloud.host} | docker-credential-scoped get")  # fmt: skip
    tap.check(locked.code != 0 and "locked" in locked.out, "while the keyring is locked a pull is told so", locked)
    again = desktop.session(f"{UNLOCK}; {desktop.set_up}")
    tap.check("set up already" in again.out, "a second set-up finds nothing to do", again)
    undone = desktop.session(f"{UNLOCK}; scopedctl setup {desktop.cloud.host} --undo")
    copies = PERSON.home / ".local" / "state"  # the helper's own, sealed
    left = [str(each) for each in PERSON.home.rglob("*.json") if copies not in each.parents]
    tap.check(undone.code == 0 and not left, "it is taken back, and no settings are left", (undone, left))


if __name__ == "__main__":
    sys.exit(play(laptop, token_life=600))
