#!/usr/bin/env python3
"""The images for containers without a package manager: built from nothing, and at work in a root of their own.

Not tested here: kaniko itself; which processes reach a container's socket (trust.py).
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from lab import Lab
from process import Finished, LabError, find_program, run
from scene import play
from tap import Tap
from world import CALM_POLICY, HELPER, Consumer, World

PACKAGING = Path(__file__).resolve().parents[2] / "packaging" / "container"
TOKEN = "node-blue"


class Images:
    """buildah with a storage of its own."""

    def __init__(self, work: Path, buildah: str):
        self.work, self.buildah = work, buildah
        self.context = work / "context"
        self.env = {"PATH": os.environ["PATH"], "HOME": str(work), "TMPDIR": str(work / "tmp")}

    def must(self, *words: str) -> str:
        storage = ["--root", f"{self.work}/images", "--runroot", f"{self.work}/images-run", "--storage-driver", "vfs"]
        done = run([self.buildah, *storage, *words], self.env, 120)
        if done.code != 0:
            raise LabError(f"buildah {' '.join(words)}: exit {done.code}: {done.last_line}")
        return done.out.strip()

    def root_of(self, target: str) -> Path:
        """The files of the image, as a container would have them."""
        self.must("bud", "--isolation", "chroot", "--target", target, "-t", target, str(self.context))
        return Path(self.must("mount", self.must("from", target)))


def inside(root: Path, world: World, program: str, *places: Path) -> Finished:
    """Runs the helper in that root, in which these places of ours are seen under the same names."""
    for place in places:
        seen = root / str(place).lstrip("/")
        seen.mkdir(parents=True, exist_ok=True)
        if run(["mount", "--bind", str(place), str(seen)], {"PATH": os.environ["PATH"]}).code != 0:
            raise LabError(f"{place} cannot be mounted below {root}")
    env = world.environment() | {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    return run(["/usr/sbin/chroot", str(root), program, "get"], env, stdin=world.cloud.host)


def container(lab: Lab, tap: Tap) -> None:
    buildah = find_program("buildah")
    if not buildah or not lab.private:
        tap.skip("the images work", "buildah is not installed" if lab.private else "mounts need a namespace")
        return
    cloud = lab.start_registry()
    world = World(lab.work, lab.programs, cloud, (Consumer(TOKEN, "app-pull", False),), CALM_POLICY)
    world.set_up()
    document = world.configuration()
    document["registries"][cloud.host]["default_token"] = TOKEN
    world.write_configuration(document)
    images = Images(lab.work, buildah)
    made = run([str(PACKAGING / "context"), "--build", str(lab.programs.parent), str(images.context)], images.env)
    if made.code != 0:
        raise LabError(f"context: {made.last_line}")
    password = world.ask_helper(TOKEN)[1]

    front = images.root_of("front")
    tap.check([each.name for each in front.rglob("*")] == [HELPER], "the smaller image is one file")
    refused = inside(front, world, f"/{HELPER}")
    tap.check(refused.code == 1 and password not in refused.out, "without an agent it has nothing to give", refused)
    world.start_agent()
    answer = inside(front, world, f"/{HELPER}", world.work / "agent")
    tap.check(answer.code == 0 and json.loads(answer.out)["Secret"] == password, "with its socket it has", answer)
    world.stop()

    full = images.root_of("full")
    places = (world.work / "records", world.work / "keys")
    (full / str(world.config).lstrip("/")).parent.mkdir(parents=True)
    (full / str(world.config).lstrip("/")).write_bytes(world.config.read_bytes())
    answer = inside(full, world, f"/usr/local/bin/{HELPER}", *places)
    tap.check(answer.code == 0 and json.loads(answer.out)["Secret"] == password,
              "the larger one reads the store without an agent", answer)  # fmt: skip
    shells = [each for each in full.rglob("*") if each.name in ("sh", "bash", "busybox")]
    tap.check(not shells, "and has neither a shell nor anything else to run", shells)


if __name__ == "__main__":
    sys.exit(play(container))
