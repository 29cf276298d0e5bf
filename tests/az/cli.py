#!/usr/bin/env python3
"""The real Azure CLI, in each version that can be had here, drives acr-emulator through every row of commands.py.

Not tested here: how the emulator answers each request by itself (tests/unit/emulator), Azure's own answers.
"""

from __future__ import annotations

import base64
import json
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from string import Template

TESTS = Path(__file__).resolve().parents[1]
sys.path[1:1] = [str(TESTS / "support"), str(TESTS / "clients")]

from azure import Cloud
from commands import ROWS, Az, Fault, Login, Push, Row
from image import write_oci_layout
from lab import Lab
from process import Finished, LabError, run
from programs import WAYS, AzureCli
from servers import search_path
from tap import Tap

BIN = TESTS.parents[0] / "build" / "release" / "bin"
HOW_TO = TESTS.parents[0] / "packaging" / "doc" / "emulator.md"
BEARER_LIFE = 3599  # seconds, as in Azure: az keeps a bearer for the rest of it


def commands_in(text: str, section: str, fields: bool = True) -> list[str]:
    """The lines of a section that begin with az, without it; `fields`: each `$(field NAME)` as `$NAME`."""
    lines = text.partition(f"## {section}\n")[2].partition("\n## ")[0].splitlines()
    found = [line.strip().removeprefix("az ") for line in lines if line.startswith("    az ")]
    if not fields:
        return found
    return [re.sub(r'"\$\(field (\w+)\)"', r"$\1", line) for line in found]


class Walk:
    """One CLI on its way through the rows, against a registry of its own."""

    def __init__(self, cli: AzureCli, lab: Lab, cloud: Cloud, tap: Tap):
        self.cli = cli
        self.lab = lab
        self.cloud = cloud
        self.tap = tap
        self.commands = 0
        self.least = 0  # how often the fault that is armed must be met
        ready = cloud.ready
        self.known = dict(ready) | {"group": ready["resource_group"], "registry_id": cloud.resource_id}
        self.known["federated"] = Path(ready["federated_token"]).read_text()
        self.known["certificate_option"] = "-p" if cli.number < (2, 60) else "--certificate"

    def fill(self, text: str) -> str:
        return Template(text).substitute(self.known)

    def point_at_emulator(self) -> None:
        """The commands that the how-to gives to people."""
        self.cli.environment["REQUESTS_CA_BUNDLE"] = self.cloud.ready["ca"]
        commands = commands_in(HOW_TO.read_text(), "Point `az` at it")
        self.tap.check(len(commands) >= 4, f"{HOW_TO.name} says how to point az at the emulator", commands)
        for words in commands:
            self.az(Az(words))

    def take(self, row: Row) -> None:
        if isinstance(row, Az):
            if row.only in ((0, 0), self.cli.number):
                self.az(row)
        elif isinstance(row, Login):
            self.login(row)
        elif isinstance(row, Fault):
            self.fault(row)
        else:
            self.push(row)

    def az(self, row: Az) -> None:
        self.commands += 1
        words = [" ".join(self.fill(word).split()) for word in shlex.split(row.words)]
        done = self.cli.run(words, more={name: self.fill(value) for name, value in row.env})
        self.tap.check(not (why := self.wrong(row, done)), f"az {' '.join(row.words.split())}", why)
        if row.keep:
            self.known[row.keep] = done.out.strip()

    def wrong(self, row: Az, done: Finished) -> str:
        """What is not as the row says, "" if all is."""
        out = done.out.strip()
        if done.code != row.code:
            return f"exit {done.code} and not {row.code}: {done.last_line}"
        if row.out is not None and out != (wanted := self.fill(row.out)):
            return f"it printed {out[:300]!r} and not {wanted!r}"
        if row.keep and not out:
            return "it printed nothing that could be kept"
        for part, text in ((self.fill(row.has), out), (self.fill(row.err), done.err)):
            if part not in text:
                return f"{part!r} is not in {text.strip()[:300]!r}"
        return ""

    def login(self, row: Login) -> None:
        status = self.cloud.login(self.fill(row.user), self.known.get(row.password, ""))
        sentence = f"a login as {row.user} with '{row.password}' is answered {row.status}"
        self.tap.check(status == row.status, sentence, f"HTTP {status}")

    def fault(self, row: Fault) -> None:
        """Drops the fault before, which must have been met: else the rows between showed nothing."""
        address = self.cloud.ready["fault"]
        for each in self.cloud.request("GET", address).json["faults"]:
            self.tap.check(each["hits"] >= self.least, f"az met the fault {each['fault']}", each)
        self.cloud.request("DELETE", address)
        self.least = row.least
        if row.request:
            armed = self.cloud.request("POST", address, json.dumps(row.request).encode())
            self.tap.check(armed.status == 201, f"the fault {row.request['fault']} is armed", armed.body)

    def push(self, row: Push) -> None:
        image = self.lab.work / "image"
        shutil.rmtree(image, ignore_errors=True)
        write_oci_layout(image, row.image)
        basic = base64.b64encode(f"{row.user}:{self.known.get(row.password, '')}".encode()).decode()
        logins = self.lab.work / "logins.json"
        logins.write_text(json.dumps({"auths": {self.cloud.host: {"auth": basic}}}))
        argv = [
            "skopeo", "--insecure-policy", f"--tmpdir={self.lab.work}", "copy", "--quiet", f"--authfile={logins}",
            f"--dest-cert-dir={self.lab.certificates}", f"oci:{image}", f"docker://{self.cloud.host}/{row.image}",
        ]  # fmt: skip
        done = run(argv, {"PATH": search_path(), "HOME": str(self.lab.work)})
        if row.denied:
            sentence = f"skopeo may not push {row.image} as {row.user}"
            self.tap.check(done.code != 0 and row.denied in done.err + done.out, sentence, done.last_line)
            return
        self.tap.check(done.code == 0, f"skopeo pushes {row.image} as {row.user}", done.last_line)
        self.known["digest"] = json.loads((image / "index.json").read_bytes())["manifests"][0]["digest"]


def walk(name: str, work: Path, tap: Tap) -> None:
    home = work / "home"
    home.mkdir(parents=True)
    try:
        cli = WAYS[name](home)
    except LabError as problem:
        tap.skip(name, str(problem))
        return
    tap.note(f"{name}: azure-cli {cli.version}")
    try:
        with Lab(work, BIN, private=False, token_life=BEARER_LIFE) as lab:
            steps = Walk(cli, lab, lab.start_registry(), tap)
            steps.point_at_emulator()
            for row in ROWS:
                steps.take(row)
        tap.note(f"{name}: {steps.commands} commands")
    finally:
        cli.stop()


def walk_alone(name: str) -> int:
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="scoped-az-") as folder:
        try:
            walk(name, Path(folder), tap)
        except LabError as problem:
            tap.not_ok(f"{name} drives the emulator", problem)
    return tap.exit_code


def main() -> int:
    """Each version in a program of its own, at the same time."""
    if len(sys.argv) > 1:
        return max(walk_alone(name) for name in WAYS if sys.argv[1] in name)
    argv = [sys.executable, "-B", __file__]
    walks = [subprocess.Popen([*argv, name], stdout=subprocess.PIPE, text=True) for name in WAYS]
    for each in walks:
        print(each.communicate()[0], end="", flush=True)
    return max(each.returncode for each in walks)


if __name__ == "__main__":
    sys.exit(main())
