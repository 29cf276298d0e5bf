"""What the main job proves beside its counters. Each proof is begun when the world allows it and says one line.

A proof that fails raises ProofFailed; nothing is proved by something that did not happen.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence

from clients import Client, Traffic
from process import LabError
from watch import History, parse_instant
from world import CONSUMERS, World

DENIED = re.compile(r"denied|unauthorized|authentication required|insufficient", re.IGNORECASE)


class ProofFailed(LabError):
    """Something that the main job is there to show is not so."""


class OutOfScopePush:
    """A token that may only pull cannot push where another one can."""

    name = "a push out of scope is denied"

    def __init__(self, clients: Sequence[Client]):
        self.clients = clients

    def run(self) -> str:
        token = next(each.token for each in CONSUMERS if not each.may_push)
        for client in self.clients:
            done = client.push(token)
            if done.code == 0:
                raise ProofFailed(f"{client.name} pushed as {token}, which may only pull")
            if not DENIED.search(done.err + done.out):
                raise ProofFailed(
                    f"{client.name} push as {token} failed for another reason: {done.last_line}"
                )
        return f"push as {token} denied: {done.last_line}"


class LapsedPassword:
    """A password that worked is refused after its expiry."""

    name = "a lapsed password is refused"

    def __init__(self, world: World):
        self.world = world
        self.token = CONSUMERS[-1].token
        self.user, self.password = "", ""
        self.lapses_at = 0.0

    def remember(self) -> None:
        """Takes today's password and sees that it works."""
        self.user, self.password = self.world.ask_helper(self.token)
        status = self.world.cloud.login(self.user, self.password)
        if status != 200:
            raise ProofFailed(f"the password of {self.token} does not work at first: HTTP {status}")
        slots = self.world.cloud.passwords(self.token).values()
        self.lapses_at = max(parse_instant(each["expiry"]) for each in slots)

    def is_due(self) -> bool:
        return time.time() > self.lapses_at + 1.5

    def run(self) -> str:
        status = self.world.cloud.login(self.user, self.password)
        if status != 401:
            raise ProofFailed(f"the lapsed password of {self.token} was answered with HTTP {status}, not 401")
        user, password = self.world.ask_helper(self.token)
        if password == self.password or self.world.cloud.login(user, password) != 200:
            raise ProofFailed(f"the helper has no newer password of {self.token} that works")
        return f"the first password of {self.token} lapsed and is refused; its successor works"


class KilledAgent:
    """Pulls go on without the agent, and its successor carries on with the rotation."""

    name = "a pull after kill -9 of the agent works"
    sequel = "the restarted agent carries on"

    def __init__(self, world: World, traffic: Traffic):
        self.world = world
        self.traffic = traffic
        self.before: dict[str, int] = {}

    def run(self, history: History) -> str:
        agent = self.world.agent
        if agent is None or not agent.is_running():
            raise ProofFailed(
                f"the agent ended by itself: {agent.last_log_line() if agent else 'never started'}"
            )
        self.before = history.generations()
        agent.kill()
        try:
            for client in self.traffic.clients:
                if not self.traffic.pull_once(client, CONSUMERS[0].token):
                    raise ProofFailed(f"{client.name} could not pull without the agent")
        finally:
            self.world.start_agent()
        return "killed the agent, pulled without it, started it again"

    def has_carried_on(self, history: History) -> bool:
        """Every token has a newer generation than when the agent was killed."""
        now = history.generations()
        return bool(self.before) and all(now[name] > generation for name, generation in self.before.items())
