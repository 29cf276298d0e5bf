#!/usr/bin/env python3
"""Everybody who may try something on helper and agent, as real users on real sockets: common/doc/attackers.md.

`trust.py NAME...` runs some of them. Not tested here: what root does, and clients (clients.py).
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

# Each fills the list, in this order.
import attacks_on_helper  # noqa: F401
import attacks_on_memory  # noqa: F401
import attacks_on_agent  # noqa: F401, I001
import attacks_by_crowds  # noqa: F401
from attacks import run_attacks
from lab import Lab
from machine import Machine, why_no_machine
from scene import play
from tap import Tap


def trust(lab: Lab, tap: Tap) -> None:
    if why_not := why_no_machine(lab.private):
        return tap.skip("attackers", why_not)
    machine = Machine(lab)
    machine.start_agent()
    run_attacks(machine, tap, sys.argv[1:])
    tap.check(machine.stop_agent() == 0, "the agent ends with 0 after SIGTERM")


if __name__ == "__main__":
    sys.exit(play(trust))
