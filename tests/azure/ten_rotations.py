#!/usr/bin/env python3
"""The main job with its records in a Key Vault: ten rotations and more while real clients pull and push.

The vault is acr-emulator's. Not tested here: other clients of the vault (other_clients.py), Azure itself.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[1:1] = [str(TESTS / each) for each in ("support", "clients", "az")]

from job import MainJob
from key_vault_world import KeyVaultWorld, vault
from lab import Lab
from scene import play
from tap import Tap
from watch import Screen
from world import CONSUMERS, SECONDS_POLICY

DURATION = 150.0
ROTATIONS = 10


def ten_rotations(lab: Lab, tap: Tap) -> None:
    cloud = lab.start_registry()
    if not lab.start_engine():
        tap.skip("Docker Engine pulls and pushes", lab.no_engine)
    world = KeyVaultWorld(lab, cloud, dict(SECONDS_POLICY))
    events = io.StringIO()
    try:
        outcome = MainJob(lab, cloud, world, Screen(events), DURATION).run()
        tap.note(outcome.line)
        tap.check(outcome.rotations >= ROTATIONS, f"there are at least {ROTATIONS} rotations", outcome.rotations)
        tap.check(outcome.pulls >= 300, "there are at least 300 pulls", outcome.pulls)
        tap.check(not outcome.failures, "no pull and no push failed", outcome.failures[:5])
        for what, how in outcome.proofs.items():
            tap.check(bool(how), what, "it was not shown in time")
        tap.check(outcome.agent_exit == 0, "the agent ends with 0 after SIGTERM", outcome.agent_exit)
        versions(world, tap)
    finally:
        world.stop()
        if tap.failed:
            for line in events.getvalue().splitlines()[-60:]:
                tap.note(line)


def versions(world: KeyVaultWorld, tap: Tap) -> None:
    """Of each secret the latest version alone is enabled, and says what ARM says."""
    for consumer in CONSUMERS:
        name = world.secret_name(consumer.token)
        bundle = world.bundle(consumer.token)
        latest = bundle["id"].rpartition("/")[2]
        listed = vault(world.cloud, "GET", f"secrets/{name}/versions").json["value"]
        enabled = [each["id"].rpartition("/")[2] for each in listed if each["attributes"]["enabled"]]
        if latest in [each["id"].rpartition("/")[2] for each in listed]:  # one page shows 25
            tap.check(enabled == [latest], f"only the latest version of {consumer.token} is enabled", enabled)
        else:
            tap.check(not enabled, f"no old version of {consumer.token} is enabled", enabled)
        slots = world.cloud.passwords(consumer.token)
        tap.check(
            bundle["tags"]["CredentialId"] in slots, f"the tag of {consumer.token} names one of its slots", bundle["tags"]
        )


if __name__ == "__main__":
    sys.exit(play(ten_rotations))
