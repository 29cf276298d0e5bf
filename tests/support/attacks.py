"""Attacks as a list: each is a function that tries something and says by Tap lines what came of it.

`common/doc/attackers.md` has a row for each by its name; tests/check/attackers.py sees that they agree.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING

from tap import Tap

if TYPE_CHECKING:
    from machine import Machine

Attack = Callable[["Machine", Tap], None]
ATTACKS: list[Attack] = []


def attack(function: Attack) -> Attack:
    """Puts a function into the list; they run in the order in which they are defined."""
    ATTACKS.append(function)
    return function


class Counting(Tap):
    """Knows whether an attack has said anything at all."""

    def __init__(self) -> None:
        super().__init__()
        self.said = 0

    def ok(self, sentence: str) -> None:
        self.said += 1
        super().ok(sentence)

    def not_ok(self, sentence: str, why: object) -> None:
        self.said += 1
        super().not_ok(sentence, why)

    def skip(self, sentence: str, why: str) -> None:
        self.said += 1
        super().skip(sentence, why)


def run_attacks(machine: Machine, tap: Tap, names: list[str]) -> None:
    """All of them, or those that are named. One that breaks down is a failure and not the end of the run."""
    for each in ATTACKS:
        if names and each.__name__ not in names:
            continue
        tap.note(f"{each.__name__}: {(each.__doc__ or '').strip().splitlines()[0]}")
        counting = Counting()
        try:
            each(machine, counting)
            machine.see_agent()
        except Exception as problem:
            counting.not_ok(f"{each.__name__} runs to its end", f"{type(problem).__name__}: {problem}")
            traceback.print_exc(file=sys.stdout)
        if counting.said == 0:
            counting.not_ok(f"{each.__name__} says something", "it said nothing")
        tap.failed += counting.failed
