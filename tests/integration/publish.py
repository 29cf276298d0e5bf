#!/usr/bin/env python3
"""A published file: at the current password before anybody waits, put right when somebody changes it, and holding the
old password's slot while it cannot be written.

Not tested here: odd files (tests/unit/publish), pull secrets of Kubernetes (tests/kubernetes).
"""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from clients import REPOSITORY, Skopeo
from eventually import eventually
from lab import Lab
from process import Finished, run
from scene import play
from tap import Tap
from world import CALM_POLICY, Consumer, World

BLUE, PUSHER = "node-blue", "ci-main"
OTHERS = '{\n\t"auths": {\n\t\t"ghcr.io": {"auth": "dTpw"}\n\t},\n\t"psFormat": "table"\n}\n'


class FileWorld(World):
    publishers: dict[str, dict[str, Any]] = {}

    def configuration(self) -> dict[str, Any]:
        return super().configuration() | {"publishers": self.publishers}

    @property
    def file(self) -> Path:
        return self.work / "published" / "config.json"

    def publish(self, **more: Any) -> None:
        usual = {"type": "file", "token": f"{self.cloud.host}/{BLUE}", "path": str(self.file)}
        self.publishers = {"file": usual | more}
        self.write_configuration()

    def login(self) -> str:
        """USER:PASSWORD that stands in the file; empty: none."""
        if not self.file.exists():
            return ""
        entry = json.loads(self.file.read_text()).get("auths", {}).get(self.cloud.host, {})
        return base64.b64decode(entry.get("auth", "")).decode()

    def current(self) -> str:
        return ":".join(self.ask_helper(BLUE))

    def consumer(self) -> dict[str, Any]:
        status = self.status() or {}
        return next((each for one in status.get("publishers", []) for each in one["consumers"]), {})


def publish(lab: Lab, tap: Tap) -> None:
    cloud = lab.start_registry()
    consumers = (Consumer(BLUE, "app-pull", False), Consumer(PUSHER, "app-push", True))
    world = FileWorld(lab.work, lab.programs, cloud, consumers, CALM_POLICY)
    world.set_up()
    world.file.parent.mkdir(mode=0o700)
    refused(world, tap)
    once(world, lab, tap)
    world.start_agent()
    try:
        followed(world, tap)
        held(world, tap)
        emergency(world, tap)
    finally:
        world.stop()
    forgotten(world, tap)


def refused(world: FileWorld, tap: Tap) -> None:
    world.publishers = {"pods": {"type": "kubernetes_secret", "token": f"{world.cloud.host}/{BLUE}", "secret": "x"}}
    world.write_configuration()
    done = run([str(world.programs / "scoped-agent")], world.environment(), 10)
    expected = "publisher 'pods': set either 'namespaces' or 'namespace_selector'"
    tap.check(done.code == 78 and expected in done.err, "settings that contradict each other start no agent", done)


def once(world: FileWorld, lab: Lab, tap: Tap) -> None:
    pushed = Skopeo(world, lab.certificates).push(PUSHER)
    tap.check(pushed.code == 0, "there is an image to pull", pushed)
    world.file.touch(0o600)
    world.file.write_text(OTHERS)
    world.publish()
    done = world.ctl("publish", "--once", "file")
    tap.check(done.code == 0 and "generation 1, written" in done.out, "a pipeline publishes without an agent", done)
    text = world.file.read_text()
    entry = json.dumps(world.cloud.host) + ': {"auth": "' + base64.b64encode(world.current().encode()).decode() + '"}'
    expected = OTHERS.replace('"dTpw"}\n', '"dTpw"},\n\t\t' + entry + "\n")
    tap.check(text == expected, "all else in the file stays, to the byte", text)
    tap.check(pull(world, lab).code == 0, "a client that knows no helper pulls by the file")
    unknown = world.ctl("publish", "--once", "fiel")
    tap.check(unknown.code == 1 and "did you mean 'file'?" in unknown.err, "an unknown publisher is told", unknown)


def pull(world: FileWorld, lab: Lab) -> Finished:
    image = f"docker://{world.cloud.host}/{REPOSITORY}:latest"
    argv = [
        "skopeo", "--insecure-policy", f"--tmpdir={world.work}/tmp", "inspect", f"--authfile={world.file}",
        f"--cert-dir={lab.certificates}", "--no-tags", image,
    ]  # fmt: skip
    return run(argv, world.environment(), 30)


def followed(world: FileWorld, tap: Tap) -> None:
    before = world.login()
    world.ctl_must("rotate", f"{world.cloud.host}/{BLUE}")
    tap.check(world.login() == world.current() != before, "whoever waited for a rotation finds it published")
    has = world.consumer()
    tap.check(has == {"consumer": str(world.file), "generation": 2}, "the status says who has which generation", has)
    world.file.unlink()
    tap.check(eventually(lambda: world.login() == world.current()), "a file that is gone is made again")
    tap.check(world.file.stat().st_mode & 0o777 == 0o600, "for its owner alone", oct(world.file.stat().st_mode))


def reason(world: FileWorld) -> str:
    tokens = (world.status() or {}).get("tokens", [])
    return next((str(each["reason"]) for each in tokens if each["token"] == BLUE), "")


def held(world: FileWorld, tap: Tap) -> None:
    world.file.unlink()
    world.file.symlink_to("/etc/passwd")
    world.ctl("rotate", f"{world.cloud.host}/{BLUE}")
    told = eventually(lambda: "is a symbolic link" in world.consumer().get("problem", ""))
    tap.check(told, "a file that may not be written is told, with the remedy", world.consumer())
    tap.check(world.consumer().get("generation") == 2, "and what it had last", world.consumer())
    world.ctl("rotate", f"{world.cloud.host}/{BLUE}", limit=12)  # longer than the promise on the old password
    expected = "the old password is kept until publisher 'file' has told everybody"
    tap.check(eventually(lambda: reason(world) == expected), "the old password's slot is held for it", reason(world))
    world.file.unlink()
    goes_on = eventually(lambda: world.login() == world.current(), 90)  # the back-off is a minute at most
    tap.check(goes_on, "it goes on by itself", world.consumer())


def emergency(world: FileWorld, tap: Tap) -> None:
    before = world.login()
    done = world.ctl("rotate", f"{world.cloud.host}/{BLUE}", "--leaked", limit=120)
    tap.check(done.code == 0, "a leak is closed", done)
    login = world.login()
    tap.check(login == world.current() != before, "and the file has the new password", world.consumer())
    tap.check(world.cloud.login(*login.split(":", 1)) == 200, "which logs in")


def forgotten(world: FileWorld, tap: Tap) -> None:
    done = world.ctl("publish", "--forget", "file")
    tap.check(done.code == 1 and "take it out first" in done.err, "a publisher of the configuration is not forgotten", done)
    world.publishers = {}
    world.write_configuration()
    done = world.ctl("publish", "--forget", "old-cluster")
    tap.check(done.code == 0 and "no record waits" in done.out, "nor one that nobody waits for", done)
    both = world.ctl("publish")
    tap.check(both.code == 2 and "--once or --forget" in both.err, "and it must be said what to do", both)


if __name__ == "__main__":
    sys.exit(play(publish))
