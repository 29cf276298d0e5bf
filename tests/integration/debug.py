#!/usr/bin/env python3
"""$SCOPED_DEBUG tells what the helper did, changes no answer, and never holds a password.

Not tested here: which files are refused (tests/unit/base), the text on each socket (tests/unit/broker).
"""

from __future__ import annotations

import base64
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from lab import Lab
from process import Finished, LabError, run
from scene import play
from tap import Tap
from world import CALM_POLICY, HELPER, Consumer, World

TOKEN = "ci-main"
OTHER = "ghcr.io"
# What somebody types at 'docker login': with everything that an encoding may change.
TYPED = 'Canary"<\\&>+/é %7E{4711}'
LINE = re.compile(r"(docker-credential-scoped|scoped-fetch)\[\d+\] \+\d+\.\dms \S.*")
HOLDS_PASSWORDS = ("registry", "registry.json")  # the emulated cloud's own state


def forms(secret: str) -> set[bytes]:
    """Every spelling in which a secret could turn up, also in the middle of something encoded."""
    raw = secret.encode()
    found = {raw, urllib.parse.quote(secret, safe="").encode(), urllib.parse.quote_plus(secret).encode()}
    found |= {urllib.parse.quote(secret).encode(), json.dumps(secret)[1:-1].encode()}
    found |= {json.dumps(secret, ensure_ascii=False)[1:-1].encode(), raw.hex().encode()}
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for shift in range(3):  # in base64 a text looks different at each of three places
            text = encode(b"\0" * shift + raw)
            found.add(text[4 if shift else 0 : len(text) - 4])
    return found


def holds(data: bytes, secrets: set[bytes]) -> bool:
    return any(form in data for form in secrets)


@dataclass(frozen=True)
class Call:
    """One start of the helper."""

    action: str
    stdin: str
    may_hold_password: bool = False  # on stdout

    def __str__(self) -> str:
        key = self.stdin if len(self.stdin) < 60 and "{" not in self.stdin else "a whole login"
        return f"{self.action} of {key or 'nothing'}"


def calls(host: str) -> Iterator[Call]:
    logins = [json.dumps({"ServerURL": each, "Username": "alice", "Secret": TYPED}) for each in (OTHER, host)]
    yield Call("get", host, may_hold_password=True)
    yield Call("get", f"{host}/team/app", may_hold_password=True)
    yield Call("get", "nobody.example")
    for login in logins:
        yield Call("store", login)
        yield Call("get", login)  # somebody mixed the verbs up
        yield Call("erase", login)
    yield Call("store", logins[0][:-1])  # no JSON
    yield Call("get", OTHER, may_hold_password=True)
    yield Call("get", f"https://alice:{urllib.parse.quote(TYPED)}@{host}/")
    yield Call("list", "")
    yield Call("erase", OTHER)
    yield Call("erase", host)
    for action in ("version", "help", "nonsense", "kubelet"):
        yield Call(action, logins[0])


@dataclass
class Scene:
    world: World
    tap: Tap
    secrets: set[bytes]

    def environment(self, debug: str) -> dict[str, str]:
        return self.world.environment() | ({"SCOPED_DEBUG": debug} if debug else {})

    def call(self, program: Path, call: Call, debug: str) -> Finished:
        return run([str(program), call.action], self.environment(debug), stdin=call.stdin)


def files_with_secrets(scene: Scene) -> list[str]:
    found = []
    for path in scene.world.work.rglob("*"):
        if path.relative_to(scene.world.work).parts[0] in HOLDS_PASSWORDS or not path.is_file():
            continue
        if holds(path.read_bytes(), scene.secrets):
            found.append(str(path))
    return found


# --- every verb in one mode ------------------------------------------------------------------------------


def check_mode(scene: Scene, mode: str, program: Path) -> None:
    """Each call three times: plain, with lines on stderr, with lines in a file. The answers are the same."""
    tap, log = scene.tap, scene.world.work / f"debug-{mode.replace(' ', '-')}.log"
    changed, leaks, odd = [], [], []
    count = 0
    for call in calls(scene.world.cloud.host):
        plain = scene.call(program, call, "")
        loud = scene.call(program, call, "1")
        filed = scene.call(program, call, str(log))
        if (plain.out, plain.code) != (loud.out, loud.code) or (plain.out, plain.code) != (filed.out, filed.code):
            changed.append(f"{call}: {plain.code}, {loud.code}, {filed.code}")
        if plain.err != filed.err:
            changed.append(f"{call}: stderr is not the same with a file")
        lines = [line for line in loud.err.splitlines() if line not in plain.err.splitlines()]
        count += len(lines)
        odd += [f"{call}: {line}" for line in lines if not LINE.fullmatch(line)] or []
        if not lines or f"exit code {loud.code}" not in lines[-1]:
            odd.append(f"{call}: no exit code at the end")
        for done in (plain, loud, filed):
            outside = done.err if call.may_hold_password else done.err + done.out
            if holds(outside.encode(), scene.secrets):
                leaks.append(f"{call}: {done}")
    tap.check(not changed, f"{mode}: no answer changes with debug lines", changed[:3])
    tap.check(not odd and count > 50, f"{mode}: {count} debug lines have their form and end with the exit code", odd[:3])
    tap.check(not leaks, f"{mode}: no output holds a password but that of get", leaks[:2])
    written = log.read_text().splitlines()
    tap.check(len(written) == count, f"{mode}: a file gets the same lines", f"{len(written)}, {count} on stderr")
    tap.check(log.stat().st_mode & 0o777 == 0o600, f"{mode}: the file is for us alone", oct(log.stat().st_mode))
    files = files_with_secrets(scene)
    tap.check(not files, f"{mode}: no file holds a password", files)


def check_told(scene: Scene, mode: str, program: Path, told: tuple[str, ...]) -> None:
    said = scene.call(program, Call("get", scene.world.cloud.host), "1").err
    missing = [each for each in told if each not in said]
    scene.tap.check(not missing, f"{mode}: the lines say what was asked, read and chosen", f"{missing} not in {said}")


# --- what other processes see --------------------------------------------------------------------------


class SilentAgent:
    """Accepts and never answers, so that a helper can be looked at while it waits."""

    def __init__(self, path: Path):
        path.unlink(missing_ok=True)
        self.listening = socket.socket(socket.AF_UNIX)
        self.listening.bind(str(path))
        self.listening.listen(8)

    def __enter__(self) -> SilentAgent:
        return self

    def __exit__(self, *_: object) -> None:
        self.listening.close()


def shown_by_proc(pid: int) -> bytes:
    return b"\0".join(Path(f"/proc/{pid}/{name}").read_bytes() for name in ("cmdline", "environ", "comm"))


def check_processes(scene: Scene, program: Path) -> None:
    login = json.dumps({"ServerURL": OTHER, "Username": "alice", "Secret": TYPED})
    with SilentAgent(scene.world.work / "agent" / "agent.sock"):
        for action, stdin in (("store", login), ("get", login), ("erase", login)):
            process = subprocess.Popen(
                [str(program), action], env=scene.environment("1"), stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            )  # fmt: skip
            assert process.stdin
            process.stdin.write(stdin.encode())
            process.stdin.flush()
            before = shown_by_proc(process.pid)
            process.stdin.close()
            process.stdin = None
            after = seen_as_fetch(process) if action != "get" else before
            out, err = process.communicate(timeout=30)
            leak = [each for each in (before, after, out, err) if holds(each, scene.secrets)]
            scene.tap.check(
                not leak and HELPER.encode() in before and b"SCOPED_DEBUG" in after,
                f"{action}: command line and environment of helper and scoped-fetch hold no password", leak,
            )  # fmt: skip


def seen_as_fetch(process: subprocess.Popen[bytes]) -> bytes:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and process.poll() is None:
        seen = shown_by_proc(process.pid)
        if seen.startswith(b"scoped-fetch"):
            return seen
        time.sleep(0.005)
    raise LabError("the helper did not become scoped-fetch")


def check_refusal(scene: Scene, program: Path) -> None:
    folder = scene.world.work / "agent"
    folder.chmod(0o777)
    said = scene.call(program, Call("get", scene.world.cloud.host), "1").err
    folder.chmod(0o700)
    scene.tap.check(
        f"refused: folder '{folder}' of uid {os.geteuid()} may be written by others (mode 0777)" in said,
        "a refused path is told with its folder, owner and mode", said,
    )  # fmt: skip
    said = scene.call(program, Call("version", ""), "/dev/null").err
    scene.tap.check(said.startswith("$SCOPED_DEBUG '/dev/null': ") and said.count("\n") == 1,
                    "a file that cannot be used is told in one line", said)  # fmt: skip


def debug(lab: Lab, tap: Tap) -> None:
    world = World(lab.work, lab.programs, lab.start_registry(), (Consumer(TOKEN, "app-pull", False),), CALM_POLICY)
    world.set_up()
    front = lab.programs / HELPER
    alone = lab.work / "bin" / "alone" / HELPER
    alone.parent.mkdir()
    alone.symlink_to(lab.programs / "scoped-fetch")
    _, password = world.ask_helper(TOKEN)
    scene = Scene(world, tap, forms(password) | forms(TYPED))
    tap.check(holds(f"alice:{password}".encode(), scene.secrets) and holds(base64.b64encode(f"a:{TYPED}".encode()),
              scene.secrets), "the search finds a password in each form")  # fmt: skip
    world.start_agent()
    check_mode(scene, "with the agent", front)
    check_told(scene, "with the agent", front, ("version ", "action get", "agent.sock': it answered with exit code 0"))
    world.stop()
    check_mode(scene, "without an agent", front)
    told = ("agent.sock': its path is trusted, and nobody listens on it", f"configuration: read '{world.config}'", f"rule only_one chose token '{TOKEN}'",
            f"store 'local': record '{world.cloud.host}/{TOKEN}' is found")  # fmt: skip
    check_told(scene, "without an agent", front, ("becomes scoped-fetch", *told))
    check_mode(scene, "under the helper's name", alone)
    check_told(scene, "under the helper's name", alone, told)
    check_processes(scene, front)
    check_refusal(scene, front)


if __name__ == "__main__":
    sys.exit(play(debug))
