#!/usr/bin/env python3
"""Damaged records, a full disk, a token without a record: one line each, nothing lost, the others served.

Not tested here: every byte of the codec and of the sealed file (unit tests of common/record and common/store).
"""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.parse
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from azure import Cloud
from lab import Lab
from scene import play
from tap import Tap
from world import CALM_POLICY, Consumer, World

DAMAGED = ("shortened", "flipped", "other-key", "newer", "renamed", "unreadable")
HEALTHY = "healthy"
STRANGER = "stranger"  # in the configuration, with live passwords and without a record


def consumers(*names: str) -> tuple[Consumer, ...]:
    return tuple(Consumer(name, "app-pull", False) for name in names)


def record_file(world: World, token: str) -> Path:
    """The host may have a port, whose colon is escaped in a file's name."""
    return world.work / "records" / urllib.parse.quote(world.cloud.host, safe="") / f"{token}.rec"


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-20] ^= 0x10
    path.write_bytes(content)


def make_newer(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"scoped-record-1", b"scoped-record-9", 1))


def make_unreadable(path: Path) -> None:
    path.unlink()
    path.mkdir()


def under_another_key(lab: Lab, cloud: Cloud) -> bytes:
    """A record of the token 'other-key' as another installation seals it; the token is then deleted again."""
    other = World(lab.work / "other", lab.programs, cloud, consumers("other-key"), CALM_POLICY)
    other.set_up()
    content = record_file(other, "other-key").read_bytes()
    cloud.arm("DELETE", "tokens/other-key")
    for name in ("app-pull", "app-push"):
        cloud.arm("DELETE", f"scopeMaps/{name}")
    return content


def damage(world: World, foreign: bytes) -> None:
    changes: dict[str, Callable[[Path], object]] = {
        "shortened": cut,
        "flipped": flip,
        "other-key": lambda path: path.write_bytes(foreign),
        "newer": make_newer,
        "renamed": lambda path: path.write_bytes(record_file(world, HEALTHY).read_bytes()),
        "unreadable": make_unreadable,
    }
    for token, change in changes.items():
        change(record_file(world, token))


def content_of(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def bad_records(lab: Lab, tap: Tap) -> None:
    cloud = lab.start_registry()
    foreign = under_another_key(lab, cloud)
    world = World(lab.work, lab.programs, cloud, consumers(*DAMAGED, HEALTHY), CALM_POLICY)
    world.set_up()
    make_stranger(world)
    damage(world, foreign)
    files = {token: content_of(record_file(world, token)) for token in DAMAGED}
    passwords = {token: cloud.passwords(token) for token in (*DAMAGED, HEALTHY, STRANGER)}
    world.start_agent()
    try:
        time.sleep(12)  # two looks at ARM, so that a wrong decision would have been carried out
        for token in DAMAGED:
            damaged_token(world, token, tap)
            tap.check(
                content_of(record_file(world, token)) == files[token], f"{token}: the file is untouched"
            )
        user, password = world.ask_helper(HEALTHY)
        tap.check(cloud.login(user, password) == 200, "another token is served")
        stranger(world, tap)
        for token, before in passwords.items():
            tap.check(
                cloud.passwords(token) == before,
                f"{token}: no password was generated",
                cloud.passwords(token),
            )
    finally:
        world.stop()
    full_disk(world, tap)


def make_stranger(world: World) -> None:
    """Somebody made this token by hand: live passwords, no record."""
    cloud, token = world.cloud, f"{world.cloud.resource_id}/tokens/{STRANGER}"
    scope_map = f"{cloud.resource_id}/scopeMaps/app-pull"
    cloud.arm("PUT", f"tokens/{STRANGER}", {"properties": {"scopeMapId": scope_map, "status": "enabled"}})
    for name in ("password1", "password2"):
        cloud.arm(
            "POST", "generateCredentials", {"tokenId": token, "name": name, "expiry": "2030-01-01T00:00:00Z"}
        )
    world.consumers += consumers(STRANGER)
    world.write_configuration()


def damaged_token(world: World, token: str, tap: Tap) -> None:
    log = (world.work / "log" / "agent.log").read_text()
    lines = [line for line in log.splitlines() if f"{token}.rec" in line]
    tap.check(len(lines) == 1, f"{token}: the agent says it in one line that names the file", lines)
    asked = world.helper(token, "get")
    said = asked.out.strip().splitlines()
    tap.check(asked.code == 1 and len(said) == 1, f"{token}: the helper fails in one line", asked)


def stranger(world: World, tap: Tap) -> None:
    status = {each["token"]: each for each in (world.status() or {}).get("tokens", [])}
    problem = str(status.get(STRANGER, {}).get("problem", ""))
    line = f"scopedctl import {world.cloud.host} {STRANGER}"
    tap.check(
        line in problem, "a token without a record is reported with the line to run", status.get(STRANGER)
    )


def full_disk(world: World, tap: Tap) -> None:
    """The store on a file system that has no room left for a new record."""
    name = "a full disk leaves the old record intact"
    folder, room = world.work / "records", world.work / "room"
    room.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k,mode=0700", "tmpfs", str(room)]
    if subprocess.run(mount, capture_output=True).returncode != 0:
        tap.skip(name, "a small file system cannot be mounted here")
        return
    subprocess.run(["cp", "-a", f"{folder}/.", str(room)], check=True)
    subprocess.run(["mount", "--bind", str(room), str(folder)], check=True)
    fill(room / "ballast")
    path = record_file(world, HEALTHY)
    before = path.read_bytes()
    done = world.ctl("rotate", f"{world.cloud.host}/{HEALTHY}")
    tap.check(done.code == 1, "a rotation on a full disk fails", done)
    tap.check("No space left" in done.err, "it says that there is no space left", done)
    tap.check(path.read_bytes() == before, name)
    user, password = world.ask_helper(HEALTHY)
    tap.check(world.cloud.login(user, password) == 200, "the old password is still served and works")
    strays = [each.name for each in path.parent.iterdir() if each.suffix not in (".rec", ".lock")]
    tap.check(not strays, "no half-written file stays", strays)


def fill(path: Path) -> None:
    """Writes until nothing fits any more."""
    with path.open("wb", buffering=0) as file:
        try:
            while file.write(b"\0" * 4096):
                pass
        except OSError:
            return


if __name__ == "__main__":
    sys.exit(play(bad_records))
