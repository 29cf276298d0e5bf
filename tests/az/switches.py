#!/usr/bin/env python3
"""What is not known of Azure is a switch of acr-emulator, here with the other position than the default.

Not tested here: the defaults, which every other test has.
"""

from __future__ import annotations

import base64
import sys
import tempfile
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[1:1] = [str(TESTS / "support")]

from azure import Cloud
from lab import Lab
from process import LabError
from tap import Tap

BIN = TESTS.parents[0] / "build" / "release" / "bin"
TOKEN = "some-token"


def access_token(cloud: Cloud) -> str:
    scope_map = f"{cloud.resource_id}/scopeMaps/_repositories_pull"
    cloud.arm("PUT", f"tokens/{TOKEN}", {"properties": {"scopeMapId": scope_map, "status": "enabled"}})
    made = cloud.arm("POST", "generateCredentials", {"tokenId": f"{cloud.resource_id}/tokens/{TOKEN}"})
    basic = base64.b64encode(f"{TOKEN}:{made.json['passwords'][0]['value']}".encode()).decode()
    url = f"https://{cloud.host}/oauth2/token?service={cloud.host}&scope=repository:demo/app:pull"
    return str(cloud.request("GET", url, headers={"Authorization": f"Basic {basic}"}).json["access_token"])


def pull(cloud: Cloud, token: str) -> int:
    url = f"https://{cloud.host}/v2/demo/app/manifests/latest"
    return cloud.request("GET", url, headers={"Authorization": f"Bearer {token}"}).status


def main() -> int:
    tap = Tap()
    for revoke, after in (((), 404), (("--revoke-at-once",), 401)):
        with tempfile.TemporaryDirectory(prefix="scoped-switches-") as folder:
            with Lab(Path(folder), BIN, private=False, token_life=3599) as lab:
                try:
                    cloud = lab.start_registry("--tier", "Basic", *revoke)
                    token = access_token(cloud)
                    before = pull(cloud, token)
                    cloud.arm("PATCH", f"tokens/{TOKEN}", {"properties": {"status": "disabled"}})
                    found = (before, pull(cloud, token))
                    words = " ".join(revoke) or "no switch"
                    tap.check(found == (404, after), f"with {words} a disabled token's access is answered {after}", found)
                    usages = {each["name"]: each["limit"] for each in cloud.arm("GET", "listUsages").json["value"]}
                    tap.check(usages["Tokens"] == 100, "the Basic tier has 100 tokens", usages)
                except (LabError, OSError) as problem:
                    tap.not_ok("a registry with switches answers", problem)
    return tap.exit_code


if __name__ == "__main__":
    sys.exit(main())
