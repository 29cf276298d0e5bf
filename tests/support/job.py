"""The main job: tokens whose passwords live for seconds are rotated while real clients pull and push.

Used by packaging/quickstart, which shows it to a person, and by the integration test, which asserts on it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from azure import Cloud
from clients import Client, Docker, Skopeo, Tally, Traffic
from lab import Lab
from process import LabError
from proofs import KilledAgent, LapsedPassword, OutOfScopePush, ProofFailed
from watch import History, Screen
from world import CONSUMERS, World

EXTRA = 60.0  # how long the run may go on beyond its duration for a proof that needs it


@dataclass
class Outcome:
    rotations: int = 0
    pulls: int = 0
    pushes: int = 0
    failures: list[str] = field(default_factory=list)
    proofs: dict[str, str] = field(default_factory=dict)  # what -> how it went; empty: not proved
    status: dict[str, Any] | None = None  # the agent's last word
    agent_exit: int | None = None
    per_token: dict[str, int] = field(default_factory=dict)  # token -> rotations

    @property
    def line(self) -> str:
        failed = len(self.failures)
        return f"{self.rotations} rotations, {self.pulls} pulls, {self.pushes} pushes, {failed} failed"

    def shortcomings(self) -> list[str]:
        """Why this was not the main job done; empty when it was."""
        short = [f"not proved: {what}" for what, done in self.proofs.items() if not done]
        for least, got, what in (
            (4, self.rotations, "rotations"),
            (300, self.pulls, "pulls"),
            (10, self.pushes, "pushes"),
        ):
            if got < least:
                short.append(f"{got} {what}, at least {least} were expected")
        short += [f"{token} was never rotated" for token, count in self.per_token.items() if count == 0]
        if self.agent_exit not in (0, None):
            short.append(f"the agent ended with {self.agent_exit} after SIGTERM")
        return short


class MainJob:
    """One run. Owns nothing: lab and world are stopped by who made them, traffic by `run`."""

    def __init__(self, lab: Lab, cloud: Cloud, world: World, screen: Screen, duration: float):
        self.lab, self.cloud, self.world, self.screen, self.duration = lab, cloud, world, screen, duration
        self.tally = Tally(screen.say)
        self.history = History()
        self.status: dict[str, Any] | None = None
        clients: list[Client] = [Skopeo(world, lab.certificates)]
        if lab.engine:
            clients.insert(0, Docker(world, lab.engine))
        self.traffic = Traffic(world, clients, self.tally)
        self.push_proof = OutOfScopePush(clients)
        self.lapse_proof = LapsedPassword(world)
        self.kill_proof = KilledAgent(world, self.traffic)
        names = (OutOfScopePush.name, KilledAgent.name, KilledAgent.sequel, LapsedPassword.name)
        self.proved: dict[str, str] = dict.fromkeys(names, "")
        self.began = 0.0

    def run(self) -> Outcome:
        """Sets up, runs for the duration, and returns what happened. Raises LabError when it cannot begin."""
        self.screen.say("creating the store, two scope maps and four tokens")
        self.world.set_up()
        self.world.start_agent()
        self.screen.say(f"the agent runs; passwords live 64 s, pulls and pushes for {self.duration:.0f} s")
        self.lapse_proof.remember()
        self.first_images(self.traffic.clients)
        self.began = time.monotonic()
        self.traffic.start()
        try:
            while not self.is_over():
                self.look()
                self.prove_what_is_due()
                time.sleep(0.4)
        finally:
            self.traffic.stop()
        self.look()
        self.screen.finish()
        return self.outcome()

    def first_images(self, clients: Sequence[Client]) -> None:
        """Something to pull; this also shows that pushing works before a push is denied."""
        for client in clients:
            if not self.traffic.push_once(client, CONSUMERS[0].token):
                raise LabError(f"the first {client.name} push failed: {self.tally.failures[-1].why}")

    def seconds(self) -> float:
        return time.monotonic() - self.began

    def is_over(self) -> bool:
        if self.seconds() < self.duration:
            return False
        return all(self.proved.values()) or self.seconds() > self.duration + EXTRA

    def look(self) -> None:
        status = self.world.status()
        if status:
            self.status = status
            for line in self.history.take(status):
                self.screen.say(line)
        self.screen.draw(status, self.tally, self.proved)

    def prove_what_is_due(self) -> None:
        proved = self.proved
        if not proved[OutOfScopePush.name] and self.seconds() > 3:
            self.attempt(OutOfScopePush.name, self.push_proof.run)
        if not proved[KilledAgent.name] and self.seconds() > 0.4 * self.duration:
            self.attempt(KilledAgent.name, lambda: self.kill_proof.run(self.history))
        if not proved[KilledAgent.sequel] and self.kill_proof.has_carried_on(self.history):
            self.attempt(KilledAgent.sequel, lambda: "every token was rotated again after the restart")
        if not proved[LapsedPassword.name] and self.lapse_proof.is_due():
            self.attempt(LapsedPassword.name, self.lapse_proof.run)

    def attempt(self, name: str, prove: Callable[[], str]) -> None:
        """Does a proof once. A failed one ends the run: it is what the run is for."""
        try:
            self.proved[name] = prove()
        except (ProofFailed, OSError) as problem:
            raise LabError(f"not so that {name}: {problem}") from problem
        self.screen.say(f"proved: {self.proved[name]}")

    def outcome(self) -> Outcome:
        return Outcome(
            rotations=self.history.rotations,
            pulls=self.tally.total_pulls,
            pushes=self.tally.pushes,
            failures=[f"{each.what} as {each.token}: {each.why}" for each in self.tally.failures],
            proofs=dict(self.proved),
            status=self.status,
            agent_exit=self.world.stop(),
            per_token={each.token: self.rotations_of(each.token) for each in CONSUMERS},
        )

    def rotations_of(self, token: str) -> int:
        seen = self.history.tokens.get(token)
        return seen.rotations if seen else 0


PROGRAMS = ("docker-credential-scoped", "scoped-fetch", "scoped-agent", "scopedctl", "acr-emulator")


def programs_folder(root: Path, needed: Sequence[str] = PROGRAMS) -> Path:
    """Where the release preset puts the programs. Raises LabError when one that is needed is not built."""
    folder = root / "build" / "release" / "bin"
    for name in needed:
        if not (folder / name).exists():
            raise LabError(
                f"{folder / name} is not built: cmake --preset release && cmake --build --preset release"
            )
    return folder
