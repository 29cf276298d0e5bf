"""Agents that publish one token as the replicas of a cluster, and what kills them after every step."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from cluster import Cluster, logins_in
from process import LabError
from publishing import BLUE, SECRET, PublishingWorld

ROTATING = ("claim", "generate", "stage", "verify", "promoted", "mark_free")  # as the log names them
PUBLISHING = ("published",)
STEPS = ROTATING + PUBLISHING


class Killer:
    """Kills one of its agents as soon as its log says that a step was done, once for each step."""

    def __init__(self, agents: Sequence[PublishingWorld], steps: Sequence[str] = STEPS):
        self.agents = agents
        self.left = list(steps)
        self.killed: list[str] = []
        self.positions = {agent.place: size_of_log(agent) for agent in agents}

    def look(self) -> None:
        for agent in self.agents:
            step = self.new_step(agent)
            if step is None:
                continue
            assert agent.agent is not None
            agent.agent.kill()
            self.left.remove(step)
            self.killed.append(f"{step} of {agent.place}")
            start_again(agent)
            self.positions[agent.place] = size_of_log(agent)

    def new_step(self, agent: PublishingWorld) -> str | None:
        with log_of(agent).open() as log:
            log.seek(self.positions[agent.place])
            lines = log.readlines()
            self.positions[agent.place] = log.tell()
        return next((step for step in map(step_in, lines) if step in self.left), None)


def log_of(agent: PublishingWorld) -> Path:
    return agent.work / "log" / f"{agent.place}.log"


def size_of_log(agent: PublishingWorld) -> int:
    return log_of(agent).stat().st_size if log_of(agent).exists() else 0


def step_in(line: str) -> str:
    words = line.partition(">")[2].split()
    return words[0] if words else ""


def steps_of(agent: PublishingWorld) -> list[str]:
    """What an agent has done since its first start, by its log."""
    return [step for step in map(step_in, log_of(agent).read_text().splitlines()) if step in STEPS]


def start_again(agent: PublishingWorld) -> None:
    """Whoever asked it for a rotation may do that without it meanwhile, and holds its lock as long."""
    deadline = time.monotonic() + 60
    while True:
        try:
            return agent.start_agent()
        except LabError:
            if time.monotonic() > deadline:
                raise


def ask_for_rotations(agent: PublishingWorld, stop: threading.Event) -> None:
    while not stop.is_set():
        agent.ctl("rotate", f"{agent.cloud.host}/{BLUE}", limit=30)  # the agent may be killed meanwhile
        stop.wait(0.2)


def run_until(is_over: Callable[[], bool], each: Callable[[], None], limit: float) -> None:
    deadline = time.monotonic() + limit
    while not is_over() and time.monotonic() < deadline:
        each()
        time.sleep(0.02)


def is_everywhere(agent: PublishingWorld, cluster: Cluster, spaces: Sequence[str]) -> bool:
    """Whether the pull secrets have the password that the helper gives, and no other login."""
    right = {agent.cloud.host: ":".join(agent.ask_helper(BLUE))}
    return all(logins_in(cluster.secret(space, SECRET) or {}) == right for space in spaces)
