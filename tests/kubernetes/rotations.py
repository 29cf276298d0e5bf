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
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from clients import Skopeo
from cluster import Cluster, logins_in
from cluster_parts import Parts, find_parts
from lab import Lab
from process import LabError
from publishing import BLUE, SECRET, Pulls, PublishingWorld, install_chart, running
from scene import play
from tap import Tap
from world import SECONDS_POLICY, Consumer

SPACES = ("team-a", "team-b")
PUSHER = "ci-main"
ROTATIONS = 10
STEPS = ("claim", "generate", "stage", "verify", "promoted", "mark_free", "published")  # as the log names them
LIMIT = 900.0  # seconds


class Killer:
    """Kills an agent as soon as its log says that a step was done, once for each step, in turn with its twin."""

    def __init__(self, agents: list[PublishingWorld]):
        self.agents = agents
        self.left = list(STEPS)
        self.killed: list[str] = []
        self.positions = {agent.place: 0 for agent in agents}

    def look(self) -> None:
        for agent in self.agents:
            step = self.new_step(agent)
            if step is None:
                continue
            assert agent.agent is not None
            agent.agent.kill()
            self.left.remove(step)
            self.killed.append(step)
            start_again(agent)
            self.skip(agent)

    def log_of(self, agent: PublishingWorld) -> Path:
        return agent.work / "log" / f"{agent.place}.log"

    def skip(self, agent: PublishingWorld) -> None:
        self.positions[agent.place] = self.log_of(agent).stat().st_size

    def new_step(self, agent: PublishingWorld) -> str | None:
        with self.log_of(agent).open() as log:
            log.seek(self.positions[agent.place])
            lines = log.readlines()
            self.positions[agent.place] = log.tell()
        for line in lines:
            words = line.partition(">")[2].split()
            if words and words[0] in self.left:
                return words[0]
        return None


def start_again(agent: PublishingWorld) -> None:
    """Whoever asked it for a rotation may do that without it meanwhile, and holds its lock as long."""
    deadline = time.monotonic() + 60
    while True:
        try:
            return agent.start_agent()
        except LabError:
            if time.monotonic() > deadline:
                raise


def generation_of(agents: list[PublishingWorld]) -> int:
    tokens = [each for agent in agents for each in (agent.status() or {}).get("tokens", [])]
    return max((each["generation"] for each in tokens if each["token"] == BLUE), default=0)


def ask_for_rotations(agent: PublishingWorld, stop: threading.Event) -> None:
    while not stop.is_set():
        agent.ctl("rotate", f"{agent.cloud.host}/{BLUE}", limit=30)  # the agent may be killed meanwhile
        stop.wait(0.2)


def run_until(is_over: Callable[[], bool], each: Callable[[], None]) -> None:
    deadline = time.monotonic() + LIMIT
    while not is_over() and time.monotonic() < deadline:
        each()
        time.sleep(0.02)


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
    run_until(lambda: all(cluster.secret(space, SECRET) for space in SPACES), lambda: None)
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
        run_until(lambda: not killer.left and last - begin >= ROTATIONS, look)
    finally:
        stop.set()
        for thread in askers:
            thread.join()
        run_until(lambda: is_everywhere(agents, cluster), lambda: None)
        for each in pulls:
            each.stop()
    judge(agents, cluster, pulls, killer, last - begin, time.monotonic() - started, tap)


def is_everywhere(agents: list[PublishingWorld], cluster: Cluster) -> bool:
    login = ":".join(agents[0].ask_helper(BLUE))
    return all(logins_in(cluster.secret(space, SECRET) or {}) == {agents[0].cloud.host: login} for space in SPACES)


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
    tap.check(is_everywhere(agents, cluster), "both namespaces have the current password in the end")
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
