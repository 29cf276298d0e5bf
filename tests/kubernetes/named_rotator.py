#!/usr/bin/env python3
"""Two agents of the chart on a Key Vault, which cannot compare and set: one is named and rotates, both publish, and
neither hurts the other, whichever is killed after whichever step. Then the named one is lost for good.

The vault is acr-emulator's; the agents log in there and at the registry with a pod's federated token. Not tested
here: every history of two writers (tests/crash), a store that compares (rotations.py).
"""

from __future__ import annotations

import functools
import sys
import threading
import time
from datetime import datetime
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[1:1] = [str(TESTS / each) for each in ("support", "azure", "clients")]

from clients import Skopeo
from cluster import Cluster
from cluster_parts import Parts, find_parts
from eventually import eventually
from lab import Lab
from pods_world import PodsWorld
from process import LabError
from publishing import BLUE, SECRET, Pulls, install_chart, running
from replicas import PUBLISHING, ROTATING, STEPS, Killer, ask_for_rotations, is_everywhere, run_until, steps_of
from scene import play
from tap import Tap
from world import SECONDS_POLICY, Consumer

SPACES = ("team-a", "team-b")
PUSHER = "ci-main"
ROTATIONS = 10
LIMIT = 900.0  # seconds
LIFE, MARGIN = 90 * 60.0, 2.0  # of an Entra bearer, and fence_margin of the policy


class Witness:
    """Reads the record over and over: no save may be undone by an older one."""

    def __init__(self, world: PodsWorld):
        self.world = world
        self.generations: list[int] = []
        self.rotators: list[str] = []
        self.failures: list[str] = []
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self) -> None:
        while not self.stopping.wait(0.05):
            try:
                record = self.world.record(BLUE)
            except (OSError, LabError, ValueError, KeyError) as problem:
                self.failures.append(f"{type(problem).__name__}: {problem}")
                continue
            for seen, now in ((self.generations, record["generation"]), (self.rotators, record["rotator"]["instance"])):
                if not seen or seen[-1] != now:
                    seen.append(now)

    def stop(self) -> None:
        self.stopping.set()
        self.thread.join()


def named_rotator(parts: Parts, lab: Lab, tap: Tap) -> None:
    cloud = lab.start_registry()
    consumers = (Consumer(BLUE, "app-pull", False), Consumer(PUSHER, "app-push", True))
    first = PodsWorld(lab, cloud, SECONDS_POLICY, consumers)
    first.agent_options = ("--debug",)
    first.set_up()
    pushed = Skopeo(first, lab.certificates).push(PUSHER)
    tap.check(pushed.code == 0, "there is an image to pull", pushed)
    with running(Cluster(lab.work / "cluster", parts)) as cluster:
        tap.note(f"Kubernetes {parts.version}")
        for space in SPACES:
            cluster.must("create", "namespace", space)
        pods = {"type": "kubernetes_secret", "token": f"{cloud.host}/{BLUE}", "secret": SECRET, "namespaces": list(SPACES)}
        install_chart(cluster, {"pods": pods})
        first.become_pod(cluster)
        first.publish({"pods": first.in_pod(namespaces=list(SPACES))})
        twin = first.beside("twin")
        twin.variables = first.variables
        for agent in (first, twin):
            agent.start_agent()
        witness = Witness(first)
        pulls = [Pulls(cloud, cluster, space, SECRET) for space in SPACES]
        eventually(lambda: all(cluster.secret(space, SECRET) for space in SPACES))
        threads = [witness.thread, *(each.thread for each in pulls)]
        for thread in threads:
            thread.start()
        try:
            by_the_named_one(first, twin, cluster, tap)
            lost_for_good(first, twin, cluster, tap)
        finally:
            for each in (*pulls, witness):
                each.stop()
            for agent in (first, twin):
                agent.stop()
        judge(pulls, witness, tap)


def by_the_named_one(first: PodsWorld, twin: PodsWorld, cluster: Cluster, tap: Tap) -> None:
    """Both are asked for rotations without a pause; one is killed after each step, the other after each publication."""
    begin = first.record(BLUE)["generation"]
    killers = [Killer([first], STEPS), Killer([twin], PUBLISHING)]
    stop = threading.Event()
    askers = [threading.Thread(target=ask_for_rotations, args=(agent, stop), daemon=True) for agent in (first, twin)]
    for thread in askers:
        thread.start()
    started = time.monotonic()

    def rotated() -> int:
        return int(first.record(BLUE)["generation"]) - begin

    def look() -> None:
        for each in killers:
            each.look()

    try:
        run_until(lambda: not any(each.left for each in killers) and rotated() >= ROTATIONS, look, LIMIT)
    finally:
        stop.set()
        for thread in askers:
            thread.join()
    done = rotated()
    killed = [step for each in killers for step in each.killed]
    tap.note(f"{done} rotations in {time.monotonic() - started:.0f} s; killed after: {', '.join(killed)}")
    tap.check(done >= ROTATIONS, f"the one that the record names rotates {ROTATIONS} times", done)
    tap.check(not any(each.left for each in killers), "both were killed after each of their steps", [k.left for k in killers])
    theirs = [step for step in steps_of(twin) if step in ROTATING]
    tap.check(not theirs, "the other one did nothing but publish", theirs)
    expected = f"its store cannot compare and set, so '{first.record(BLUE)['rotator']['instance']}' alone rotates it"
    tap.check(eventually(lambda: expected in twin.problem()), "and its status says who rotates", twin.problem())
    told = eventually(lambda: is_everywhere(first, cluster, SPACES))
    tap.check(told, "both namespaces have the current password")


def lost_for_good(first: PodsWorld, twin: PodsWorld, cluster: Cluster, tap: Tap) -> None:
    """The store's identity may have bearers of 90 minutes, whatever the policy's seconds are: so long nothing is written."""
    assert first.agent is not None
    first.agent.kill()
    before = twin.record(BLUE)
    taken = twin.ctl("rotator", "take", f"{twin.cloud.host}/{BLUE}")
    now = twin.record(BLUE)["rotator"]
    is_moved = taken.code == 0 and now["instance"] != before["rotator"]["instance"]
    tap.check(is_moved, "an operator names the other one", (taken, now))
    wait = (datetime.fromisoformat(now["from"][:19]) - datetime.fromisoformat(strftime_now())).total_seconds()
    tap.check(abs(wait - LIFE - MARGIN) < 60, "which begins when the lost one's bearers have ended", wait)
    first.start_agent()  # it was not lost after all
    expected = f"so '{now['instance']}' alone rotates it"
    told = eventually(lambda: expected in first.problem())
    tap.check(told, "the old one, which comes back, leaves the token alone and says who rotates", first.problem())
    asked = [agent.ctl("rotate", f"{twin.cloud.host}/{BLUE}", limit=15).code for agent in (first, twin)]
    after = twin.record(BLUE)
    tap.check(0 not in asked and after["generation"] == before["generation"], "and neither rotates before that, even if asked", asked)
    tap.check(after["rotator"]["instance"] == now["instance"], "the record names the other one still", after["rotator"])
    tap.check(eventually(lambda: is_everywhere(twin, cluster, SPACES)), "both namespaces have the current password all the while")


def strftime_now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())


def judge(pulls: list[Pulls], witness: Witness, tap: Tap) -> None:
    done = sum(each.done for each in pulls)
    failures = [why for each in pulls for why in each.failures]
    tap.note(f"{done} pulls by the secret, {len(failures)} failed; the record was read as generation {witness.generations}")
    tap.check(done > 100 and not failures, "no pull by the secret failed", failures[:5])
    seen = witness.generations
    tap.check(seen == list(range(seen[0], seen[-1] + 1)), "no save was undone by an older one", seen)
    tap.check(len(witness.rotators) == 2, "the record named one agent, and then the other", witness.rotators)
    tap.check(not witness.failures, "the record could be read at every instant", witness.failures[:5])


def main() -> int:
    try:
        parts = find_parts()  # before there is a network of our own
    except LabError as reason:
        print(f"SKIPPED: two agents on a Key Vault: {reason}")
        return 0
    return play(functools.partial(named_rotator, parts))


if __name__ == "__main__":
    sys.exit(main())
