#!/usr/bin/env python3
"""Eight clients at once make a hundred tokens, generate their passwords, log in and list, without one error.

Not tested here: how long it takes.
"""

from __future__ import annotations

import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[1:1] = [str(TESTS / "support")]

from azure import Cloud
from lab import Lab
from process import LabError
from tap import Tap

BIN = TESTS.parents[0] / "build" / "release" / "bin"
CLIENTS = 8
TOKENS = 100


def one(cloud: Cloud, number: int) -> str:
    """What went wrong with this token, "" if nothing did."""
    name = f"token-{number}"
    scope_map = f"{cloud.resource_id}/scopeMaps/_repositories_pull"
    made = cloud.arm("PUT", f"tokens/{name}", {"properties": {"scopeMapId": scope_map, "status": "enabled"}})
    if made.status != 201:
        return f"{name}: created with {made.status}"
    generated = cloud.arm("POST", "generateCredentials", {"tokenId": f"{cloud.resource_id}/tokens/{name}"})
    if generated.status != 200:
        return f"{name}: generated with {generated.status}"
    for each in generated.json["passwords"]:
        if (status := cloud.login(name, each["value"], "repository:demo/app:pull")) != 200:
            return f"{name}: {each['name']} logs in with {status}"
    listed = cloud.arm("GET", "tokens")
    if listed.status != 200 or not listed.json["value"]:
        return f"{name}: listed with {listed.status}"
    return ""


def main() -> int:
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="scoped-crowd-") as folder:
        with Lab(Path(folder), BIN, private=False, token_life=3599) as lab:
            try:
                cloud = lab.start_registry()
                with ThreadPoolExecutor(CLIENTS) as pool:
                    wrong = [why for why in pool.map(lambda number: one(cloud, number), range(TOKENS)) if why]
                usages = {each["name"]: each["currentValue"] for each in cloud.arm("GET", "listUsages").json["value"]}
                tap.check(not wrong, f"{CLIENTS} clients at once make {TOKENS} tokens and log in as them", wrong[:5])
                tap.check(usages["Tokens"] == TOKENS, f"the registry counts {TOKENS} tokens", usages)
            except (LabError, OSError) as problem:
                tap.not_ok("a crowd is served", problem)
    return tap.exit_code


if __name__ == "__main__":
    sys.exit(main())
