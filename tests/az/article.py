#!/usr/bin/env python3
"""The walk of article_steps.py, typed into a shell, says what packaging/doc/emulator.md says that it says.

usage: tests/az/article.py [--write]

--write puts what the commands say into the page instead of comparing it. Times, ids and digests are the same in
every transcript. Not tested here: what else the Azure CLI can do (cli.py).
"""

from __future__ import annotations

import json
import os
import re
import socketserver
import sys
import textwrap
import threading
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[1:1] = [str(TESTS / "support"), str(TESTS / "clients")]

from article_steps import STEPS, VARIABLES, Command
from azure import Cloud
from cli import BEARER_LIFE, HOW_TO, commands_in
from image import file_tree
from lab import Lab
from process import Finished, LabError, find_program, run
from programs import WAYS, AzureCli
from scene import play
from tap import Tap

TITLE = "## The walk of an article, played"
IMAGES = ("myapp/api:v2.0", "unauthorized/image:latest", "myapp/newservice:v1")
LIMIT = 120.0

# `az` as the shell finds it: hands its words to the program that has the CLI warm.
SHIM = """#!{python} -ISB
import json, socket, sys
with socket.socket(socket.AF_UNIX) as client:
    client.connect({path!r})
    client.sendall(json.dumps(sys.argv[1:]).encode() + b"\\n")
    answer = json.loads(client.makefile("rb").readline())
sys.stdout.write(answer["out"])
sys.stderr.write(answer["err"])
sys.exit(answer["code"])
"""

# What differs from run to run.
SAME = (
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "00000000-0000-0000-0000-000000000000"),
    (re.compile(r"sha256:[0-9a-f]{64}"), "sha256:" + "0" * 64),
    (re.compile(r"localhost:\d+"), "myregistry.azurecr.io"),
)


class AzServer(threading.Thread):
    """Runs az for the shim, one command at a time."""

    def __init__(self, cli: AzureCli, path: Path):
        super().__init__(daemon=True)

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                done = cli.run(json.loads(self.rfile.readline()))
                answer = {"code": 1 if done.code is None else done.code, "out": done.out, "err": done.err}
                self.wfile.write(json.dumps(answer).encode() + b"\n")

        self.server = socketserver.UnixStreamServer(str(path), Handler)

    def run(self) -> None:
        self.server.serve_forever()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class Shell:
    """A shell that keeps VARIABLES from one command to the next."""

    def __init__(self, lab: Lab, cloud: Cloud, cli: AzureCli):
        self.home = lab.work / "shell"
        self.bin = self.home / "bin"
        self.bin.mkdir(parents=True)
        self.state = self.home / "state"
        self.state.write_text("")
        (self.home / "ready.json").write_text(json.dumps(cloud.ready))
        self.server = AzServer(cli, self.home / "az.sock")
        self.server.start()
        self.add("az", SHIM.format(python=sys.executable, path=str(self.home / "az.sock")))
        self.add("field", f'#!/bin/sh\nexec {sys.executable} -c "import json; print(json.load(open(\'ready.json\'))[\'$1\'])"\n')
        docker = self.home / ".docker"
        docker.mkdir()
        # With a login in its file Docker does not look for a program that keeps them.
        (docker / "config.json").write_text('{"auths": {"registry.example": {"auth": "bm9ib2R5Om5vbmU="}}}')
        self.env = {"PATH": f"{self.bin}:{os.environ['PATH']}", "HOME": str(self.home)}
        if lab.engine:
            self.env |= {"DOCKER_HOST": f"unix://{lab.engine.socket}"}
            cli.environment |= {"DOCKER_HOST": self.env["DOCKER_HOST"], "DOCKER_CONFIG": str(docker)}

    def add(self, name: str, text: str) -> None:
        (self.bin / name).write_text(text)
        (self.bin / name).chmod(0o755)

    def run(self, text: str) -> Finished:
        keep = f"for each in {' '.join(VARIABLES)}; do declare -p $each 2>/dev/null; done > {self.state}"
        return run(["bash", "-c", f"source {self.state}\n{text}\ncode=$?\n{keep}\nexit $code"], self.env, LIMIT, cwd=self.home)


def shown(command: Command, done: Finished) -> str:
    """Output as the page has it: of a command that fails, its last line."""
    text = done.out.strip() if command.code == 0 else done.last_line
    for pattern, replacement in SAME:
        text = pattern.sub(replacement, text)
    return "\n".join(line.rstrip() for line in text.splitlines())


def block(command: Command, output: str) -> str:
    note = textwrap.fill(command.note, 120) + "\n\n" if command.note else ""
    body = f"$ {command.text}\n{output}".rstrip()
    return note + "".join(f"    {line}\n" if line else "\n" for line in body.splitlines())


def transcript(outputs: dict[Command, str]) -> str:
    text = (
        f"{TITLE}\n\nWith `az` pointed at the emulator as above (here it was started with `--login-server "
        "myregistry.azurecr.io`, and\n`field` is the function from there), this is the walk that articles on scoped tokens "
        "describe. `tests/run emulator` plays it\nand compares. Of a command that fails the last line is shown; ids and "
        "digests are zeros.\n\n"
    )
    for step in STEPS:
        text += f"### {step.title}\n\n"
        for each in step.commands:
            text += block(each, outputs[each]) + "\n"
    return text


def section_of(page: str) -> str:
    return TITLE + page.partition(TITLE)[2].partition("\n## ")[0]


def obstacle(command: Command, lab: Lab) -> str:
    """Why a command cannot be played here, "" if it can."""
    if command.text.startswith(("docker ", "az acr login ", "az rest ")):  # the audit tells of Docker's logins
        return lab.no_engine
    if command.text.startswith("kubectl ") and not find_program("kubectl"):
        return "'kubectl' is not installed; run 'packaging/deps tests'"
    return ""


def find_cli(home: Path) -> AzureCli:
    why = ""
    for way in WAYS.values():
        try:
            return way(home)
        except LabError as problem:
            why = str(problem)
    raise LabError(why)


def walk(lab: Lab, tap: Tap) -> None:
    home = lab.work / "home"
    home.mkdir(parents=True)
    try:
        cli = find_cli(home)
    except LabError as problem:
        tap.skip("the walk of the article", str(problem))
        return
    cloud = lab.start_registry()
    engine = lab.start_engine()
    cli.environment["REQUESTS_CA_BUNDLE"] = cloud.ready["ca"]
    if engine:
        for image in IMAGES:
            engine.load(file_tree(image, with_busybox=False), f"{cloud.host}/{image}")
    shell = Shell(lab, cloud, cli)
    try:
        point(shell, tap)
        play_steps(shell, lab, tap)
    finally:
        shell.server.stop()
        cli.stop()


def point(shell: Shell, tap: Tap) -> None:
    for words in commands_in(HOW_TO.read_text(), "Point `az` at it", fields=False):
        done = shell.run(f"az {words}")
        tap.check(done.code == 0, f"az {words.split()[0]} points az at the emulator", done.last_line)


def play_steps(shell: Shell, lab: Lab, tap: Tap) -> None:
    page = HOW_TO.read_text()
    section = section_of(page)
    outputs: dict[Command, str] = {}
    for step in STEPS:
        for command in step.commands:
            sentence = f"{step.title}: {' '.join(command.text.split())[:90]}"
            if why := obstacle(command, lab):
                tap.skip(sentence, why)
                continue
            done = shell.run(command.text)
            outputs[command] = shown(command, done)
            if "--write" in sys.argv[1:]:
                tap.check(done.code == command.code, sentence, done.last_line)
                continue
            is_so = done.code == command.code and block(command, outputs[command]) in section
            tap.check(is_so, sentence, f"exit {done.code}: {outputs[command]!r} is not what {HOW_TO.name} says")
    if "--write" in sys.argv[1:]:
        fresh = transcript(outputs)
        HOW_TO.write_text(page.replace(section, fresh.rstrip("\n") + "\n") if TITLE in page else f"{page}\n{fresh}")


if __name__ == "__main__":
    sys.exit(play(walk, BEARER_LIFE, ["acr-emulator"]))
