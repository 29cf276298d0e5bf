"""What a person sees while the main job runs: a live picture on a terminal, else one line an event."""

from __future__ import annotations

import shutil
import sys
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TextIO

from clients import Tally


@dataclass
class TokenHistory:
    """What was seen of one token since it first had a password."""

    first_generation: int
    generation: int
    step: str = ""

    @property
    def rotations(self) -> int:
        return self.generation - self.first_generation


@dataclass
class History:
    """All tokens; fed with each status document, tells what is new in it."""

    tokens: dict[str, TokenHistory] = field(default_factory=dict)

    def take(self, status: Mapping[str, Any]) -> list[str]:
        news: list[str] = []
        for token in status.get("tokens", []):
            if token.get("ready"):
                news += self.take_token(token)
        return news

    def take_token(self, token: Mapping[str, Any]) -> list[str]:
        name, generation = str(token["token"]), int(token["generation"])
        seen = self.tokens.setdefault(name, TokenHistory(generation, generation))
        news = []
        if generation > seen.generation:
            slot = next(
                (each["slot"] for each in token.get("slots", []) if each.get("role") == "current"), "?"
            )
            news.append(f"{name}: rotated to {slot}, generation {generation}")
            seen.generation = generation
        step = str(token.get("step", ""))
        if step != seen.step:
            seen.step = step
            news.append(f"{name}: next {step}: {token.get('reason', '')}")
        return news

    @property
    def rotations(self) -> int:
        return sum(each.rotations for each in self.tokens.values())

    def generations(self) -> dict[str, int]:
        return {name: each.generation for name, each in self.tokens.items()}


class Screen:
    """Prints events; on a terminal it keeps a picture of all tokens below them, redrawn in place."""

    def __init__(self, out: TextIO = sys.stdout):
        self.out = out
        self.live = out.isatty()
        self.started = time.monotonic()
        self.drawn = 0
        self.recent: deque[str] = deque(maxlen=8)

    def seconds(self) -> float:
        return time.monotonic() - self.started

    def say(self, line: str) -> None:
        """A line that stays. Safe from any thread: one write."""
        line = f"{self.seconds():6.1f} s  {line}"
        if self.live and self.drawn:
            self.recent.append(line)
        else:
            self.out.write(line + "\n")
            self.out.flush()

    def draw(self, status: Mapping[str, Any] | None, tally: Tally, proofs: Mapping[str, str]) -> None:
        if not self.live:
            return
        lines = picture(status or {}, tally, proofs, self.seconds()) + ["", *self.recent]
        width = max(shutil.get_terminal_size().columns - 1, 40)
        up = f"\x1b[{self.drawn}A" if self.drawn else ""
        self.out.write(up + "".join(f"\x1b[2K{line[:width]}\n" for line in lines) + "\x1b[J")
        self.out.flush()
        self.drawn = len(lines)

    def finish(self) -> None:
        """Leaves the last picture on the screen; what is said next goes below it."""
        self.drawn = 0


def picture(status: Mapping[str, Any], tally: Tally, proofs: Mapping[str, str], seconds: float) -> list[str]:
    total = f"{tally.total_pulls} pulls, {tally.pushes} pushes, {len(tally.failures)} failed"
    lines = [f"{seconds:5.0f} s  {total}" + ("" if status else "  (no agent)"), ""]
    for token in status.get("tokens", []):
        lines += token_lines(token, tally.pulls.get(str(token["token"]), 0))
    return lines + [""] + [f"  [{'x' if done else ' '}] {what}" for what, done in proofs.items()]


def token_lines(token: Mapping[str, Any], pulls: int) -> list[str]:
    until = token.get("until")
    wait = f" {in_seconds(until)}" if until else ""
    head = f"  {token['token']:<14} generation {token.get('generation', 0):<3} {pulls:>5} pulls"
    lines = [f"{head}   next: {token.get('step', '')}{wait}: {token.get('reason', '')}"]
    for slot in token.get("slots", []):
        lines.append(f"      {slot['slot']:<10} {slot.get('role', ''):<9} {life(slot)}")
    return lines


def life(slot: Mapping[str, Any]) -> str:
    """A bar as long as what is left of a password's life."""
    expires = slot.get("expires_at")
    if not expires:
        return "empty"
    left = seconds_until(expires)
    if left <= 0:
        return "lapsed"
    return f"{'#' * min(int(left / 2) + 1, 40)} {left:.0f} s"


def in_seconds(instant: str) -> str:
    left = seconds_until(instant)
    return f"in {left:.0f} s" if left > 0 else "now"


def seconds_until(instant: str) -> float:
    return parse_instant(instant) - time.time()


def parse_instant(text: str) -> float:
    """RFC 3339 with up to 9 digits of a second (Python takes 6) as seconds since 1970."""
    whole, _, fraction = text.removesuffix("Z").removesuffix("+00:00").partition(".")
    return datetime.fromisoformat(whole + "+00:00").timestamp() + (
        float("0." + fraction) if fraction else 0.0
    )
