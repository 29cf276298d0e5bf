"""Two agents on one store, clients that pull all the time, faults of the cloud and kill -9: nothing may fail.

All choices come from one seed. What is asserted is said by the script that runs it.
"""

from __future__ import annotations

import itertools
import json
import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from azure import Cloud
from clients import Client, Tally, Traffic
from faults import Faults
from lab import Lab
from process import LabError
from world import CONSUMERS, World

# 2 + 4 + 1 + 1 + 2 * (6 + 2) = 24 s before the end, which is less than half of the life.
POLICY = {
    "lifetime": "56s", "rotate_at": "50%", "offline": "2s", "hold": "4s", "settle": "1s", "jitter": "1s",
    "skew": "0s", "fence_min": "2s", "fence_max": "6s", "fence_margin": "2s", "observe": "3s",
}  # fmt: skip
LIFETIME = 56
TOKEN_LIFE = 5.0
PAUSE = 0.2

WRITE, READ, ANY = "generateCredentials", "arm GET", "arm "
# Each fault of the emulator, where it is armed, and how it may be drawn.
FAULTS: tuple[tuple[str, tuple[str, ...], Callable[[random.Random], dict[str, object]]], ...] = (
    ("arm_status", (WRITE, READ), lambda r: {"status": r.choice((401, 409, 429, 500, 503)), "applied": r.random() < 0.3}),
    ("garbage", (WRITE, READ), lambda r: {"applied": r.random() < 0.5}),
    ("empty", (WRITE, READ), lambda r: {}),
    ("lose_answer", (WRITE,), lambda r: {}),
    ("delay_before", (WRITE, READ), lambda r: {"ms": r.randrange(100, 3_000)}),
    ("delay_after", (WRITE, READ), lambda r: {"ms": r.randrange(100, 3_000)}),
    ("async", (WRITE,), lambda r: {"polls": r.randrange(1, 4)}),
    ("cut_expiry", (WRITE,), lambda r: {}),
    ("own_expiry", (WRITE,), lambda r: {"seconds": LIFETIME}),
    ("page_size", (ANY,), lambda r: {"size": r.randrange(1, 4)}),
)  # fmt: skip


@dataclass(frozen=True)
class Goal:
    rotations: int
    kills: int
    seconds: float  # at most
    seed: int


@dataclass
class Totals:
    rotations: int = 0
    kills: int = 0
    kills_in_a_step: int = 0  # with a claim open or a password staged
    asked: int = 0
    faults: Counter[str] = field(default_factory=Counter)  # that a request met
    forever: list[str] = field(default_factory=list)  # slots without expiry
    lost: list[str] = field(default_factory=list)
    seconds: float = 0.0


class Soak:
    """One run. The agents are stopped by `run`; lab and clients' folders are the caller's."""

    def __init__(self, lab: Lab, cloud: Cloud, goal: Goal, tell: Callable[[str], None]):
        self.lab, self.cloud, self.goal, self.tell = lab, cloud, goal, tell
        self.random = random.Random(goal.seed)
        first = World(lab.work, lab.programs, cloud, CONSUMERS, POLICY)
        self.worlds = (first, first.beside("second"))
        self.tally = Tally(tell)
        self.totals = Totals()
        self.faults = Faults(cloud)
        self.generations: dict[str, list[int]] = {}
        self.fault_turn = itertools.cycle(self.random.sample(FAULTS, len(FAULTS)))
        self.stopping = threading.Event()

    def run(self, make_clients: Callable[[World], Sequence[Client]]) -> None:
        began = time.monotonic()
        self.worlds[0].set_up()
        for world in self.worlds:
            world.start_agent()
        traffics = [Traffic(world, make_clients(world), self.tally) for world in self.worlds]
        if not traffics[0].push_once(traffics[0].clients[0], CONSUMERS[0].token):
            raise LabError(f"the first push failed: {self.tally.failures[-1].why}")
        askers = [threading.Thread(target=self.keep_asking, args=(each.token,)) for each in CONSUMERS]
        for traffic in traffics:
            traffic.pause = PAUSE
            for number, client in enumerate(traffic.clients):
                traffic.begin(traffic.keep_pulling, client, number)
        for asker in askers:
            asker.start()
        try:
            while not self.is_over(began):
                self.disturb()
                self.look()
        finally:
            self.faults.clear()
            self.stopping.set()
            for traffic in traffics:
                traffic.stop()
            for asker in askers:
                asker.join()
            self.settle()
            for world in self.worlds:
                world.stop()
        self.totals.seconds = time.monotonic() - began

    def is_over(self, began: float) -> bool:
        if time.monotonic() - began > self.goal.seconds:
            return True
        done = self.totals
        return done.rotations >= self.goal.rotations and done.kills >= self.goal.kills

    # --- what goes wrong -----------------------------------------------------------------------------

    def disturb(self) -> None:
        """One fault, and sooner or later one agent killed in whatever it is doing, and started again."""
        kind, places, draw = next(self.fault_turn)
        fault = {"fault": kind} | draw(self.random)
        self.faults.arm(fault, self.random.choice(places), times=self.random.randrange(1, 3))
        time.sleep(self.random.uniform(0.5, 3.0))
        if self.totals.kills < self.goal.kills and self.random.random() < 0.7:
            self.kill(self.random.choice(self.worlds))
        self.count_faults()

    def kill(self, world: World) -> None:
        agent = world.agent
        if agent is None or not agent.is_running():
            raise LabError(f"the agent '{world.place}' ended by itself: {agent.last_log_line() if agent else ''}")
        busy = any(self.in_a_step(each.token) for each in CONSUMERS)
        agent.kill()
        self.totals.kills += 1
        self.totals.kills_in_a_step += busy
        time.sleep(self.random.choice((0.0, 0.0, self.random.uniform(0.0, 3.0))))
        world.start_agent()

    def in_a_step(self, token: str) -> bool:
        for world in self.worlds:
            for each in (self.ask(world, {"ask": "status", "token": self.name(token)}) or {}).get("tokens", []):
                return any(slot["role"] in ("claimed", "staged", "orphan") for slot in each.get("slots", []))
        return False

    def count_faults(self) -> None:
        listed = self.cloud.request("GET", self.faults.url).json["faults"]
        for each in listed:
            self.totals.faults[each["fault"]] += int(each["hits"])
        self.faults.clear()

    # --- asking for rotations ------------------------------------------------------------------------

    def name(self, token: str) -> str:
        return f"{self.cloud.host}/{token}"

    def ask(self, world: World, request: dict[str, str], limit: float = 2.0) -> dict[str, list[dict]] | None:  # type: ignore[type-arg]
        """What an agent answers on its control socket, or None: it was killed, or took too long."""
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
                client.settimeout(limit)
                client.connect(str(world.work / world.place / "control.sock"))
                client.sendall(json.dumps(request).encode() + b"\n")
                text = b""
                while chunk := client.recv(65536):
                    text += chunk
            return dict(json.loads(text)) if text else None
        except (OSError, ValueError):
            return None

    def keep_asking(self, token: str) -> None:
        """Another rotation as soon as the slot of the one before is free, of one agent or the other."""
        turns = random.Random(f"{self.goal.seed} {token}")
        while not self.stopping.wait(turns.uniform(0.2, 2.0)):
            world = turns.choice(self.worlds)
            if self.ask(world, {"ask": "rotate", "token": self.name(token)}, limit=15.0):
                self.totals.asked += 1

    # --- what is seen --------------------------------------------------------------------------------

    def look(self) -> None:
        for world in self.worlds:
            answer = self.ask(world, {"ask": "status"})
            for each in (answer or {}).get("tokens", []):
                if each.get("ready"):
                    self.generations.setdefault(each["token"], []).append(int(each["generation"]))
        before = self.totals.rotations
        self.totals.rotations = sum(max(seen) - min(seen) for seen in self.generations.values())
        if before // 50 != self.totals.rotations // 50:
            self.tell(self.line())
        for consumer in CONSUMERS:
            for slot, each in self.cloud.passwords(consumer.token).items():
                if not each.get("expiry"):
                    self.totals.forever.append(f"{consumer.token}/{slot}")

    def settle(self) -> None:
        """With the disturbance over, every token has a password that works, from both agents."""
        for world in self.worlds:
            if world.agent and not world.agent.is_running():
                world.start_agent()
        for world in self.worlds:
            for consumer in CONSUMERS:
                user, password = world.ask_helper(consumer.token)
                status = self.cloud.login(user, password)
                if status != 200:
                    self.totals.lost.append(f"{consumer.token}: HTTP {status}")

    def line(self) -> str:
        done, tally = self.totals, self.tally
        return (
            f"{done.rotations} rotations, {tally.total_pulls} pulls, {done.kills} kills ({done.kills_in_a_step} within "
            f"a rotation), {sum(done.faults.values())} faults met, {len(tally.failures)} failed, {tally.late} slow, "
            f"seed {self.goal.seed}"
        )
