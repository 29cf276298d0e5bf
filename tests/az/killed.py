#!/usr/bin/env python3
"""acr-emulator is killed in the middle of writes, and what it had acknowledged is there when it starts again.

Not tested here: a power cut, after which the file system has the last word.
"""

from __future__ import annotations

import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[1:1] = [str(TESTS / "support")]

from azure import Cloud
from lab import Lab
from process import LabError
from tap import Tap

BIN = TESTS.parents[0] / "build" / "release" / "bin"
ROUNDS = 3
WRITERS = 4
WANTED = 40  # writes that are acknowledged before the kill
ACTIONS = ["repositories/demo/app/content/read"]


class Writers:
    """Each makes scope maps until the emulator is gone; `acknowledged` are their names."""

    def __init__(self, cloud: Cloud, first: int):
        self.cloud = cloud
        self.first = first
        self.acknowledged: set[str] = set()
        self.refused: list[str] = []
        self.enough = threading.Event()

    def write(self, writer: int) -> None:
        for number in range(1000):
            name = f"map-{self.first}-{writer}-{number}"
            try:
                answer = self.cloud.arm("PUT", f"scopeMaps/{name}", {"properties": {"actions": ACTIONS}})
            except (OSError, ValueError):  # no answer, or the half of one
                return
            if answer.status == 200:
                self.acknowledged.add(name)
            else:
                self.refused.append(f"HTTP {answer.status}")
            if len(self.acknowledged) >= WANTED:
                self.enough.set()


def names_in(cloud: Cloud) -> set[str]:
    """All scope maps; a page is smaller than what was made."""
    found: set[str] = set()
    url = f"{cloud.ready['arm']}{cloud.resource_id}/scopeMaps?api-version=2023-07-01"
    bearer = {"Authorization": f"Bearer {cloud.bearer()}"}
    while url:
        body = cloud.request("GET", url, headers=bearer).json
        found |= {each["name"] for each in body["value"]}
        url = body.get("nextLink", "")
    return found


def main() -> int:
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="scoped-killed-") as folder:
        with Lab(Path(folder), BIN, private=False, token_life=3599) as lab:
            try:
                play(tap, lab)
            except (LabError, OSError) as problem:
                tap.not_ok("acr-emulator starts again after a kill", problem)
    return tap.exit_code


def play(tap: Tap, lab: Lab) -> None:
    acknowledged: set[str] = set()
    for number in range(ROUNDS):
        cloud = lab.start_registry()
        assert lab.emulator
        writers = Writers(cloud, number)
        with ThreadPoolExecutor(WRITERS) as pool:
            running = [pool.submit(writers.write, each) for each in range(WRITERS)]
            came = writers.enough.wait(60)
            still = sum(not each.done() for each in running)
            lab.emulator.kill()
        tap.check(came and still > 0, f"kill {number + 1} comes while {WRITERS} clients write", f"{still} write")
        tap.check(not writers.refused, "no write is refused", writers.refused[:3])
        acknowledged |= writers.acknowledged
        lab.emulator.stop()
    cloud = lab.start_registry()
    lost = sorted(acknowledged - names_in(cloud))
    tap.check(not lost, f"none of {len(acknowledged)} acknowledged writes is lost", lost[:5])


if __name__ == "__main__":
    sys.exit(main())
