#!/usr/bin/env python3
"""An operator at a terminal: creating, importing and rotating tokens, interrupted at every point.

Not tested here: faults of the cloud (bad_cloud.py), damaged stores (bad_records.py), every flag (unit tests).
"""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from azure import Cloud
from lab import Lab
from process import Finished, run
from scene import play
from tap import Tap
from world import CALM_POLICY, Consumer, World

FAR = "2030-01-01T00:00:00Z"
EMPTY, FIRST, BOTH, GIVEN_UP, TYPED = "t-empty", "t-first", "t-both", "t-given-up", "t-typed"
IMPORTED = (EMPTY, FIRST, BOTH, GIVEN_UP, TYPED)
# Seconds into `token create` and `rotate` at which they are interrupted; a whole creation takes about 0.15.
MOMENTS = (0.02, 0.04, 0.06, 0.08, 0.1, 0.13)
SIGNALS = (signal.SIGINT, signal.SIGKILL)


def interrupted_tokens() -> list[tuple[str, signal.Signals, float]]:
    return [
        (f"cut-{sign.name.lower()}-{index}", sign, moment)
        for sign in SIGNALS
        for index, moment in enumerate(MOMENTS)
    ]


def operator(lab: Lab, tap: Tap) -> None:
    cloud = lab.start_registry()
    names = [*IMPORTED, *(name for name, _, _ in interrupted_tokens())]
    consumers = tuple(Consumer(name, "app-pull", False) for name in names)
    world = World(lab.work, lab.programs, cloud, consumers, CALM_POLICY)
    world.write_configuration()
    world.ctl_must("init")
    world.create_scope_maps()
    imports(world, cloud, tap)
    interruptions(world, cloud, tap)


# --- import ------------------------------------------------------------------------------------------


def make_token(cloud: Cloud, token: str, *slots: str) -> dict[str, str]:
    """As somebody makes it by hand; returns the passwords by slot."""
    scope_map = f"{cloud.resource_id}/scopeMaps/app-pull"
    cloud.arm("PUT", f"tokens/{token}", {"properties": {"scopeMapId": scope_map, "status": "enabled"}})
    values: dict[str, str] = {}
    for slot in slots:
        body = {"tokenId": f"{cloud.resource_id}/tokens/{token}", "name": slot, "expiry": FAR}
        passwords = cloud.arm("POST", "generateCredentials", body).json["passwords"]
        values |= {each["name"]: each["value"] for each in passwords if each.get("value")}
    return values


def imports(world: World, cloud: Cloud, tap: Tap) -> None:
    made = {
        EMPTY: make_token(cloud, EMPTY),
        FIRST: make_token(cloud, FIRST, "password1"),
        BOTH: make_token(cloud, BOTH, "password1", "password2"),
        GIVEN_UP: make_token(cloud, GIVEN_UP, "password1", "password2"),
        TYPED: make_token(cloud, TYPED, "password1", "password2"),
    }
    listed = world.ctl("import", cloud.host)
    tap.check(all(name in listed.out for name in made), "import without a token lists them all", listed)
    refused = world.ctl("import", cloud.host, BOTH)
    tap.check(
        refused.code == 1 and "--free-slot" in refused.err and "--password-stdin" in refused.err,
        "two used slots are not guessed about",
        refused,
    )
    wrong = piped(world, "not it\n", "import", cloud.host, BOTH, "--password-stdin", "--slot", "password2")
    tap.check(wrong.code == 1 and "does not log in" in wrong.err, "a wrong password is not recorded", wrong)
    world.ctl_must("import", cloud.host, EMPTY)
    world.ctl_must("import", cloud.host, FIRST)
    world.ctl_must("import", cloud.host, GIVEN_UP, "--free-slot", "password2")
    given = piped(
        world, made[BOTH]["password2"] + "\n", "import", cloud.host, BOTH, "--password-stdin", "--slot", "password2"
    )
    tap.check(given.code == 0, "a password that logs in is recorded", given)
    typed(world, made[TYPED]["password1"], tap)
    for name, slot in ((EMPTY, "password1"), (FIRST, "password2"), (BOTH, "password2"), (GIVEN_UP, "password2"), (TYPED, "password1")):  # fmt: skip
        user, password = world.ask_helper(name)
        tap.check(cloud.login(user, password) == 200, f"{name}: what the helper gives logs in")
        shown = world.ctl_must("token", "show", "--name", name).out
        tap.check(f"generation 1, {slot}" in shown, f"{name}: the record names {slot}", shown)
    tap.check(cloud.login(FIRST, made[FIRST]["password1"]) == 200, "the password in use was left alone")
    tap.check(cloud.login(GIVEN_UP, made[GIVEN_UP]["password1"]) == 200, "so was the one not given up")
    tap.check(cloud.login(GIVEN_UP, made[GIVEN_UP]["password2"]) == 401, "the one given up is gone")
    again = world.ctl("import", world.cloud.host, FIRST)
    tap.check(again.code == 1 and "imported already" in again.err, "nothing is imported twice", again)


def piped(world: World, text: str, *arguments: str) -> Finished:
    return run([str(world.programs / "scopedctl"), *arguments], world.environment(), stdin=text)


def typed(world: World, password: str, tap: Tap) -> None:
    """At a terminal: the password is asked for and not shown."""
    said, code = at_terminal(
        world,
        ["import", world.cloud.host, TYPED],
        [("Password: ", password + "\n"), ("password2? ", "both\n"), ("password2? ", "password1\n")],
    )
    tap.check(code == 0, "a password is taken from a terminal", said)
    tap.check(password not in said, "it is not shown", "the terminal shows it")


def at_terminal(
    world: World, arguments: list[str], replies: list[tuple[str, str]], **more: str
) -> tuple[str, int]:
    """What scopedctl shows on a terminal, and its exit code; each reply is typed once its question stands."""
    ours, theirs = pty.openpty()
    argv = [str(world.programs / "scopedctl"), *arguments]
    process = subprocess.Popen(
        argv, env=world.environment() | more, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    )
    os.close(theirs)
    said, unread, deadline = "", "", time.monotonic() + 20
    while time.monotonic() < deadline:
        if select.select([ours], [], [], 0.2)[0]:
            try:
                text = os.read(ours, 4096).decode(errors="replace")
            except OSError:  # the other side is closed
                break
            said, unread = said + text, unread + text
        if replies and unread.endswith(replies[0][0]):
            os.write(ours, replies.pop(0)[1].encode())
            unread = ""
    process.kill()
    os.close(ours)
    return said, process.wait()


# --- interruptions -----------------------------------------------------------------------------------


def interrupt(world: World, sign: signal.Signals, moment: float, *arguments: str) -> None:
    argv = [str(world.programs / "scopedctl"), *arguments]
    process = subprocess.Popen(
        argv, env=world.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    time.sleep(moment)
    process.send_signal(sign)
    process.wait(timeout=20)


def interruptions(world: World, cloud: Cloud, tap: Tap) -> None:
    """Whenever a command was stopped, running it again brings it to its end and no password has no record."""
    for name, sign, moment in interrupted_tokens():
        what = f"{sign.name} after {moment} s"
        interrupt(world, sign, moment, "token", "create", "--name", name)
        again = world.ctl("token", "create", "--name", name)
        is_whole = again.code == 0 or "exists and has its password" in again.err
        tap.check(is_whole, f"token create goes on after {what}", again)
        if sign is signal.SIGINT:  # a claim left open would stand for 8 s
            tap.check(again.seconds < 6, f"{what} leaves no claim open", f"{again.seconds:.1f} s")
        interrupt(world, sign, moment, "rotate", name)
        served = cloud.login(*world.ask_helper(name))
        tap.check(served == 200, f"the password served works after {what} into rotate", served)
    for name, sign, moment in interrupted_tokens():
        done = world.ctl("rotate", name)
        what = f"{sign.name} after {moment} s"
        tap.check(done.code == 0, f"rotate goes on after {what}", done)
        served = cloud.login(*world.ask_helper(name))
        tap.check(served == 200, f"the new password works after {what}", served)
        forever = [slot for slot, each in cloud.passwords(name).items() if not each.get("expiry")]
        tap.check(not forever, f"every password has an expiry after {what}", forever)


if __name__ == "__main__":
    sys.exit(play(operator))
