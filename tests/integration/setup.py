#!/usr/bin/env python3
"""scopedctl setup, doctor, configure and their way back, for a person without an agent and without systemd.

Not tested here: each check of the doctor (tests/unit/ctl/doctor), a whole machine (tests/packages).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from lab import Lab
from machine import User, add_lines
from process import Finished, run
from scene import play
from servers import search_path
from tap import Tap
from world import HELPER

HOME = Path("/run/laptop")  # root reads only what is root's, along the whole way
TOKEN = "laptop"
DOCKER = '{\n  "auths" : { "other.example": {} },\n\n  "detachKeys":\t"ctrl-e" }\n'


class Laptop:
    """Somebody's home folder, and what setup is told."""

    def __init__(self, lab: Lab):
        self.lab, self.cloud = lab, lab.start_registry()
        self.bin = HOME / "bin"
        self.bin.mkdir(parents=True)
        HOME.chmod(0o700)
        for name in (HELPER, "scoped-fetch", "scopedctl", "scoped-curl.so"):
            shutil.copy2(lab.programs / name, self.bin / name)
        (HOME / ".docker").mkdir()
        (HOME / ".docker" / "config.json").write_text(DOCKER)
        ready = self.cloud.ready
        secret = HOME / "client-secret"
        secret.touch(0o600)
        secret.write_text(ready["client_secret"])
        shutil.copy(ready["ca"], HOME / "ca.crt")
        self.flags = [
            "--user", "--token", TOKEN, "--resource-id", self.cloud.resource_id, "--tenant", ready["tenant"],
            "--client-id", ready["client_id"], "--client-secret", f"file:{secret}", "--authority", ready["authority"],
            "--arm", ready["arm"], "--ca-file", str(HOME / "ca.crt"),
        ]  # fmt: skip
        scope_map = f"{self.cloud.resource_id}/scopeMaps/laptop-pull"
        actions = {"properties": {"actions": ["repositories/demo/app/content/read"]}}
        self.cloud.arm("PUT", "scopeMaps/laptop-pull", actions)
        self.cloud.arm("PUT", f"tokens/{TOKEN}", {"properties": {"scopeMapId": scope_map, "status": "enabled"}})

    def environment(self) -> dict[str, str]:
        return {"PATH": f"{self.bin}:{search_path()}", "HOME": str(HOME), "XDG_RUNTIME_DIR": "/run/laptop-run"}

    def ctl(self, *arguments: str) -> Finished:
        return run([str(self.bin / "scopedctl"), *arguments], self.environment(), 60)

    def state(self) -> dict[str, str]:
        """Every file of the home folder with what is in it."""
        return {
            str(each.relative_to(HOME)): hashlib.sha256(each.read_bytes()).hexdigest() if each.is_file() else "folder"
            for each in sorted(HOME.rglob("*"))
        }


def setup(lab: Lab, tap: Tap) -> None:
    if not lab.private:
        tap.skip("setting up a laptop", "no namespaces of our own here")
        return
    laptop = Laptop(lab)
    host = laptop.cloud.host
    before = laptop.state()
    dry = laptop.ctl("setup", host, *laptop.flags, "--dry-run", "-o", "json")
    named = [each["step"] for each in json.loads(dry.out)["steps"]] if dry.code == 0 else dry
    tap.check(named == ["configuration", "store", "token", "client"], "it says what it will do", named)
    tap.check(laptop.state() == before, "and a dry run does nothing of it")
    done = laptop.ctl("setup", host, *laptop.flags)
    tap.check(done.code == 0 and f"docker pull {host}/" in done.out, "one setup, and a login works", done)
    after = laptop.state()
    again = laptop.ctl("setup", host, *laptop.flags)
    tap.check(again.code == 0 and "set up already" in again.out, "a second run finds nothing to do", again)
    tap.check(laptop.state() == after, "and changes nothing", sorted(set(laptop.state()) ^ set(after)))
    got = run([str(laptop.bin / HELPER), "get"], laptop.environment(), stdin=host)
    tap.check(got.code == 0 and json.loads(got.out)["Username"] == TOKEN, "the helper answers with the token", got.err)
    doctor(laptop, tap)
    undo = laptop.ctl("setup", host, "--user", "--undo")
    tap.check(undo.code == 0, "it is taken back", undo)
    now = laptop.state()
    tap.check(now == before, "exactly as it was", {k for k in now | before if now.get(k) != before.get(k)})
    nothing = laptop.ctl("setup", host, "--user", "--undo")
    tap.check(nothing.code == 1 and "nothing was set up" in nothing.err, "there is nothing to take back twice", nothing)
    refused(laptop, tap)
    for_all(laptop, tap)
    under_sudo(laptop, tap)


def doctor(laptop: Laptop, tap: Tap) -> None:
    host = laptop.cloud.host
    well = laptop.ctl("doctor", host)
    tap.check(well.code == 0 and "WRONG" not in well.out, "the doctor finds nothing", well)
    laptop.cloud.arm("PATCH", f"tokens/{TOKEN}", {"properties": {"status": "disabled"}})
    ill = laptop.ctl("doctor", host, "-o", "json")
    wrong = [each["check"] for each in json.loads(ill.out)["checks"] if each["state"] == "WRONG"]
    tap.check(ill.code == 3 and wrong == ["token", "login"], "a disabled token is found, and no login is 3", wrong)
    laptop.cloud.arm("PATCH", f"tokens/{TOKEN}", {"properties": {"status": "enabled"}})
    file = HOME / ".config/scoped/config.d" / f"{host}.json"
    file.chmod(0o666)
    loose = laptop.ctl("doctor", host)
    tap.check("configuration  WRONG" in loose.out and "may write it" in loose.out, "a file that others may write is found", loose)
    file.chmod(0o644)


def refused(laptop: Laptop, tap: Tap) -> None:
    """What stands in the way is said before anything is changed."""
    host, docker = laptop.cloud.host, HOME / ".docker" / "config.json"
    docker.write_text(json.dumps({"credHelpers": {host: "acr-env"}}))
    before = laptop.state()
    other = laptop.ctl("setup", host, *laptop.flags)
    tap.check(other.code == 1 and "--replace" in other.err, "another helper is not replaced", other)
    tap.check(laptop.state() == before, "and nothing was done")
    replaced = laptop.ctl("setup", host, *laptop.flags, "--replace")
    tap.check(replaced.code == 0, "unless that is said", replaced)
    laptop.ctl("setup", host, "--user", "--undo")
    tap.check(laptop.state() == before, "and it comes back", sorted(set(laptop.state()) ^ set(before)))
    docker.write_text("{")
    broken = laptop.ctl("setup", host, *laptop.flags)
    tap.check(broken.code == 1 and str(docker) in broken.err, "a file that Docker cannot read is named", broken)
    missing = laptop.ctl("setup", host, "--user")
    tap.check(missing.code == 1 and "--token" in missing.err, "without a terminal the token has to be said", missing)
    assert os.geteuid() == 0


def for_all(laptop: Laptop, tap: Tap) -> None:
    """The helper for every registry: the logins that Docker's file holds go with it, and come back."""
    host, docker = laptop.cloud.host, HOME / ".docker" / "config.json"
    logins = '{\n\t"auths": {\n\t\t"other.example": {\n\t\t\t"auth": "bWU6b3RoZXItc2VjcmV0"\n\t\t}\n\t}\n}'
    docker.write_text(logins)
    dry = laptop.ctl("configure", host, "--all", "--dry-run")
    tap.check("1 login" in dry.err and docker.read_text() == logins, "a dry run says which logins would move", dry)
    done = laptop.ctl("configure", host, "--all")
    settings = json.loads(docker.read_text()) if done.code == 0 else {}
    tap.check(settings.get("credsStore") == "scoped", "Docker can ask the helper for every registry", done)
    tap.check("bWU6" not in docker.read_text(), "no login is left in its file")
    got = run([str(laptop.bin / HELPER), "get"], laptop.environment(), stdin="other.example")
    told = json.loads(got.out) if got.code == 0 else {}
    tap.check((told.get("Username"), told.get("Secret")) == ("me", "other-secret"), "the helper answers with it", got.err)
    before = docker.read_text()
    again = laptop.ctl("configure", host, "--all")
    tap.check(again.code == 0 and docker.read_text() == before, "a second time changes nothing", again)
    back = laptop.ctl("unconfigure", host, "--all")
    tap.check(back.code == 0 and docker.read_text() == logins, "unconfigure gives it back to the byte", docker.read_text())
    gone = run([str(laptop.bin / HELPER), "get"], laptop.environment(), stdin="other.example")
    tap.check(gone.code == 1, "and the helper keeps none of it", gone.out)
    docker.write_text('{"credsStore": "desktop", "auths": {"other.example": {"auth": "bWU6b3RoZXItc2VjcmV0"}}}')
    before = docker.read_text()
    other = laptop.ctl("configure", host, "--all", "--replace")
    tap.check(other.code == 1 and "desktop" in other.err, "another store of logins never gives way", other)
    tap.check(docker.read_text() == before, "and nothing has moved")
    wrong = laptop.ctl("configure", host, "--all", "--client", "containers")
    tap.check(wrong.code == 2 and "--all" in wrong.err, "podman's own list has no such thing", wrong)


def under_sudo(laptop: Laptop, tap: Tap) -> None:
    """The whole machine is set up by root, but Docker's settings and the Azure CLI's login are the caller's."""
    if not shutil.which("sudo") or not Path("/etc/sudoers").is_file():
        tap.skip("a set-up under sudo", "sudo is not installed")
        return
    person, bin_folder = User("alice", 12001), Path("/opt/scoped/bin")
    add_lines(Path("/etc/passwd"), [f"alice:x:{person.uid}:{person.uid}::{person.home}:/bin/sh"])
    add_lines(Path("/etc/group"), [f"alice:x:{person.uid}:"])
    add_lines(Path("/etc/shadow"), ["alice:*:19000:0:99999:7:::"])
    person.home.mkdir(parents=True)
    os.chown(person.home, person.uid, person.uid)
    shutil.copytree(laptop.bin, bin_folder)
    cli = bin_folder / "az"
    cli.write_text(f"#!/bin/sh\n[ $(id -u) = {person.uid} ] && [ $HOME = {person.home} ] && echo {laptop.cloud.resource_id}\n")
    cli.chmod(0o755)
    at = laptop.flags.index("--resource-id")
    flags = [each for each in laptop.flags[:at] + laptop.flags[at + 2 :] if each != "--user"]
    flags += ["--free-slot", "password1"]  # both were used before
    env = {"PATH": f"{bin_folder}:{search_path()}", "HOME": "/", "SUDO_UID": str(person.uid), "SUDO_USER": "alice"}
    host = laptop.cloud.host

    def ctl(*arguments: str) -> Finished:
        return run([str(bin_folder / "scopedctl"), *arguments], env, 90)

    done = ctl("setup", host, *flags)
    settings = person.home / ".docker" / "config.json"
    tap.check(done.code == 0, "a set-up under sudo asks the Azure CLI as its caller", done)
    helpers = json.loads(settings.read_text())["credHelpers"] if settings.exists() else {}
    tap.check(helpers == {host: "scoped"}, "the caller's Docker asks the helper", helpers)
    owners = {each.stat().st_uid for each in person.home.rglob("*")}
    tap.check(owners == {person.uid}, "all that was written at their home is theirs", owners)
    tap.check(Path("/etc/scoped/config.d", f"{host}.json").stat().st_uid == 0, "and the machine's settings are root's")
    undo = ctl("setup", host, "--undo")
    tap.check(undo.code == 0 and not settings.exists(), "it is taken back", undo)
    tap.check(not Path("/etc/scoped/config.d").exists(), "with the machine's settings")
    calls_sudo(laptop, person, bin_folder, flags, tap)


def calls_sudo(laptop: Laptop, person: User, bin_folder: Path, flags: list[str], tap: Tap) -> None:
    """The same by a person who may call sudo."""
    add_lines(Path("/etc/sudoers"), ["Defaults:alice !env_reset, !secure_path, !use_pty", "alice ALL=(ALL) NOPASSWD: ALL"])
    settings, host = person.home / ".docker" / "config.json", laptop.cloud.host

    def as_person(path: str, *arguments: str) -> Finished:
        argv = ["setpriv", f"--reuid={person.uid}", f"--regid={person.uid}", "--clear-groups", "env", f"PATH={path}"]
        program = str(bin_folder / "scopedctl")
        return run([*argv, program, *arguments], {"PATH": search_path(), "HOME": str(person.home)}, 90)

    path = f"{bin_folder}:{search_path()}"
    done = as_person(path, "setup", host, "--system", *flags)
    tap.check(done.code == 0, "a person who says --system is set up through sudo", done)
    helpers = json.loads(settings.read_text())["credHelpers"] if settings.exists() else {}
    own = {each.stat().st_uid for each in person.home.rglob("*")} == {person.uid}
    tap.check(helpers == {host: "scoped"} and own, "with their own Docker's settings", helpers)
    tap.check(Path("/etc/scoped/config.d", f"{host}.json").stat().st_uid == 0, "and root's for the machine")
    undo = as_person(path, "setup", host, "--system", "--undo")
    tap.check(undo.code == 0 and not settings.exists(), "and back by --undo", undo)
    without = as_person(str(bin_folder), "setup", host, "--system", *flags)
    tap.check(without.code == 1 and "run it as root" in without.err, "where there is no sudo, that is said", without)


if __name__ == "__main__":
    sys.exit(play(setup, token_life=600))
