#!/usr/bin/env python3
"""Ten rotations while pods pull by the secret: two agents publish it by the chart's account, and one is killed after
every step.

Not tested here: rotations in their hundreds (tests/soak).
"""

from __future__ import annotations

import functools
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from clients import Skopeo
from cluster import Cluster
from cluster_parts import Parts, find_parts
from lab import Lab
from process import LabError
from publishing import BLUE, SECRET, Pulls, PublishingWorld, install_chart, running
from replicas import Killer, ask_for_rotations, is_everywhere, run_until
from scene import play
from tap import Tap
from world import SECONDS_POLICY, Consumer

SPACES = ("team-a", "team-b")
PUSHER = "ci-main"
ROTATIONS = 10
LIMIT = 900.0  # seconds


def generation_of(agents: list[PublishingWorld]) -> int:
    tokens = [each for agent in agents for each in (agent.status() or {}).get("tokens", [])]
    return max((each["generation"] for each in tokens if each["token"] == BLUE), default=0)


def rotations(parts: Parts, lab: Lab, tap: Tap) -> None:
    cloud = lab.start_registry()
    consumers = (Consumer(BLUE, "app-pull", False), Consumer(PUSHER, "app-push", True))
    first = PublishingWorld(lab.work, lab.programs, cloud, consumers, SECONDS_POLICY)
    first.agent_options = ("--debug",)
    first.set_up()
    pushed = Skopeo(first, lab.certificates).push(PUSHER)
    tap.check(pushed.code == 0, "there is an image to pull", pushed)
    with running(Cluster(lab.work / "cluster", parts)) as cluster:
        for space in SPACES:
            cluster.must("create", "namespace", space)
        pods = {"type": "kubernetes_secret", "token": f"{cloud.host}/{BLUE}", "secret": SECRET, "namespaces": list(SPACES)}
        install_chart(cluster, {"pods": pods})
        first.become_pod(cluster)
        first.publish({"pods": first.in_pod(namespaces=list(SPACES))})
        twin = first.beside("twin")
        twin.variables = first.variables
        under_pulls([first, twin], cluster, tap)


def under_pulls(agents: list[PublishingWorld], cluster: Cluster, tap: Tap) -> None:
    for agent in agents:
        agent.start_agent()
    begin = generation_of(agents)
    run_until(lambda: all(cluster.secret(space, SECRET) for space in SPACES), lambda: None, LIMIT)
    pulls = [Pulls(agents[0].cloud, cluster, space, SECRET) for space in SPACES]
    killer, stop = Killer(agents), threading.Event()
    askers = [threading.Thread(target=ask_for_rotations, args=(agent, stop), daemon=True) for agent in agents]
    started = time.monotonic()
    last = begin
    for thread in [*(each.thread for each in pulls), *askers]:
        thread.start()

    def look() -> None:
        nonlocal last
        killer.look()
        last = max(last, generation_of(agents[:1] if int(time.monotonic()) % 2 else agents[1:]))

    try:
        run_until(lambda: not killer.left and last - begin >= ROTATIONS, look, LIMIT)
    finally:
        stop.set()
        for thread in askers:
            thread.join()
        run_until(lambda: is_everywhere(agents[0], cluster, SPACES), lambda: None, LIMIT)
        for each in pulls:
            each.stop()
    judge(agents, cluster, pulls, killer, last - begin, time.monotonic() - started, tap)


def judge(
    agents: list[PublishingWorld], cluster: Cluster, pulls: list[Pulls], killer: Killer, rotated: int, seconds: float, tap: Tap
) -> None:
    done = sum(each.done for each in pulls)
    failures = [why for each in pulls for why in each.failures]
    tap.note(f"{rotated} rotations, {done} pulls by the secret, {len(failures)} failed, {seconds:.0f} s")
    tap.note(f"killed after: {', '.join(killer.killed)}")
    tap.check(rotated >= ROTATIONS, f"the pull secret follows {ROTATIONS} rotations", rotated)
    tap.check(done > 100 and not failures, "no pull by it failed", failures[:5])
    tap.check(not killer.left, "an agent was killed after every step", killer.left)
    tap.check(is_everywhere(agents[0], cluster, SPACES), "both namespaces have the current password in the end")
    for agent in agents:
        assert agent.agent is not None
        tap.check(agent.agent.is_running(), f"the agent of '{agent.place}' runs on")
        agent.stop()


def main() -> int:
    try:
        parts = find_parts()  # before there is a network of our own
    except LabError as reason:
        print(f"SKIPPED: ten rotations on a real cluster: {reason}")
        return 0
    return play(functools.partial(rotations, parts))


if __name__ == "__main__":
    sys.exit(main())
