#!/usr/bin/env python3
"""Every fault that acr-emulator knows, armed by one request and met by a client over the wire; each is counted.

Not tested here: several at once and wrong requests (tests/unit/emulator), what the programs make of them
(tests/integration/bad_cloud.py).
"""

from __future__ import annotations

import base64
import email.utils
import http.client
import json
import re
import ssl
import sys
import tempfile
import time
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parents[1]
sys.path[1:1] = [str(TESTS / "support")]

from azure import API_VERSION, Cloud
from lab import Lab
from process import LabError
from tap import Tap

BIN = TESTS.parents[0] / "build" / "release" / "bin"
TOKEN = "faulty-token"
LATER = 0.3  # seconds that a fault delays something
PATIENCE = 30.0  # seconds until something that comes later must be there


@dataclass
class Reply:
    """What came back; `broken` is why nothing whole did."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    broken: str = ""
    seconds: float = 0.0

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Wire:
    """Requests one by one, each on a connection of its own."""

    def __init__(self, cloud: Cloud):
        self.cloud = cloud
        self.context = ssl.create_default_context(cafile=cloud.ready["ca"])
        self.bearer = cloud.bearer()

    def send(self, method: str, url: str, body: bytes | None = None, **headers: str) -> Reply:
        place = urllib.parse.urlsplit(url)
        started = time.monotonic()
        connection = http.client.HTTPSConnection(place.netloc, timeout=PATIENCE, context=self.context)
        try:
            connection.request(method, f"{place.path}?{place.query}", body, headers)
            answer = connection.getresponse()
            head = {name.lower(): value for name, value in answer.getheaders()}
            reply = Reply(answer.status, head)
            reply.body = answer.read()
        except (http.client.HTTPException, OSError) as problem:
            reply = Reply(broken=type(problem).__name__)
        finally:
            connection.close()
        reply.seconds = time.monotonic() - started
        return reply

    def arm(self, method: str, path: str, body: object = None) -> Reply:
        url = f"{self.cloud.ready['arm']}{self.cloud.resource_id}/{path}?api-version={API_VERSION}"
        data = None if body is None else json.dumps(body).encode()
        return self.send(method, url, data, Authorization=f"Bearer {self.bearer}")

    def generate(self, slot: str = "password1", **more: str) -> Reply:
        body = {"tokenId": f"{self.cloud.resource_id}/tokens/{TOKEN}", "name": slot} | more
        return self.arm("POST", "generateCredentials", body)

    def login(self, password: str, host: str = "") -> int:
        host = host or self.cloud.host
        basic = base64.b64encode(f"{TOKEN}:{password}".encode()).decode()
        return self.send("GET", f"https://{host}/oauth2/token?service={host}", Authorization=f"Basic {basic}").status

    def slots(self) -> dict[str, dict[str, str]]:
        return self.cloud.passwords(TOKEN)


def value_in(reply: Reply, slot: str = "password1") -> str:
    return next(str(each["value"]) for each in reply.json["passwords"] if each["name"] == slot and "value" in each)


def comes(what: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE
    while not what():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


# What a client sees of each. Before each the token has a password in password1 and none in password2.


def error_with_retry_after(wire: Wire) -> bool:
    reply = wire.generate("password2")
    return reply.status == 429 and reply.headers.get("retry-after") == "3" and "password2" not in wire.slots()


def error_without_retry_after(wire: Wire) -> bool:
    reply = wire.generate("password2")
    return reply.status == 429 and "retry-after" not in reply.headers


def error_after_effect(wire: Wire) -> bool:
    return wire.generate("password2").status == 500 and "password2" in wire.slots()


def garbage(wire: Wire) -> bool:
    reply = wire.generate("password2")
    return reply.status == 200 and not reply.body.startswith(b"{") and "password2" not in wire.slots()


def no_answer_no_effect(wire: Wire) -> bool:
    return wire.generate("password2").broken != "" and "password2" not in wire.slots()


def no_answer_after_effect(wire: Wire) -> bool:
    return wire.generate("password2").broken != "" and "password2" in wire.slots()


def slow(wire: Wire) -> bool:
    reply = wire.generate("password2")
    return reply.status == 200 and reply.seconds >= LATER


def polled(wire: Wire) -> bool:
    reply = wire.generate("password2")
    if reply.status != 202:
        return False
    polls = [wire.send("GET", reply.headers["location"], Authorization=f"Bearer {wire.bearer}") for _ in range(2)]
    return [each.status for each in polls] == [202, 200] and value_in(polls[1], "password2") != ""


def whole_seconds(wire: Wire) -> bool:
    wire.generate("password2", expiry="2037-01-01T00:00:00.1234567Z")
    return wire.slots()["password2"]["expiry"].startswith("2037-01-01T00:00:00.0000000")


def expiry_of_its_own(wire: Wire) -> bool:
    wire.generate("password2", expiry="2037-01-01T00:00:00Z")
    return not wire.slots()["password2"]["expiry"].startswith("2037")


def pages(wire: Wire) -> bool:
    body = wire.arm("GET", "scopeMaps").json
    return len(body["value"]) == 2 and "nextLink" in body


def queued(wire: Wire) -> bool:
    return wire.generate("password2").status == 504 and comes(lambda: "password2" in wire.slots())


def wrong_date(wire: Wire) -> bool:
    told = email.utils.parsedate_to_datetime(wire.arm("GET", "tokens").headers["date"]).timestamp()
    return told - time.time() > 3000


def stalled(wire: Wire) -> bool:
    reply = wire.arm("GET", "tokens")
    return bool(reply.json["value"]) and reply.seconds >= LATER


def cut(wire: Wire) -> bool:
    return wire.arm("GET", "tokens").broken == "IncompleteRead"


def expired(wire: Wire) -> bool:
    reply = wire.generate("password2")
    return reply.status == 401 and reply.json["error"]["code"] == "ExpiredAuthenticationToken"


def claims(wire: Wire) -> bool:
    challenge = wire.arm("GET", "tokens").headers["www-authenticate"]
    found = re.search(r'error="insufficient_claims", claims="([^"]+)"', challenge)
    return found is not None and "access_token" in json.loads(base64.b64decode(found[1]))


def late_at_replica(wire: Wire) -> bool:
    value = value_in(wire.generate("password2"), "password2")
    replica = wire.cloud.ready["replica"]
    at_once = (wire.login(value), wire.login(value, replica))
    return at_once == (200, 401) and comes(lambda: wire.login(value, replica) == 200)


def late_everywhere(wire: Wire) -> bool:
    value = value_in(wire.generate("password2"), "password2")
    return wire.login(value) == 401 and comes(lambda: wire.login(value) == 200)


def short_access(wire: Wire) -> bool:
    """An access token that ends at once: the front door wants a login again in the middle of a push."""
    host = wire.cloud.host
    basic = base64.b64encode(f"{TOKEN}:{value_in(wire.generate())}".encode()).decode()
    target = f"https://{host}/oauth2/token?service={host}&scope=repository:demo/app:pull"
    statuses = []
    for _ in range(2):  # the second login is an ordinary one
        token = wire.send("GET", target, Authorization=f"Basic {basic}").json["access_token"]
        time.sleep(1.1)
        image = f"https://{host}/v2/demo/app/manifests/latest"
        statuses.append(wire.send("GET", image, Authorization=f"Bearer {token}").status)
    return statuses == [401, 404]


def regenerated(wire: Wire) -> bool:
    before = wire.slots()["password1"]["creationTime"]
    wire.arm("GET", "tokens")
    return wire.slots()["password1"]["creationTime"] != before


def wiped(wire: Wire) -> bool:
    wire.arm("GET", "tokens")
    return not wire.slots()


def disabled(wire: Wire) -> bool:
    status = wire.login(value_in(wire.generate()))
    wire.arm("PATCH", f"tokens/{TOKEN}", {"properties": {"status": "enabled"}})
    return status == 401


ON_GENERATE = {"match": "generateCredentials"}
ON_TOKENS = {"match": "GET "}
MS = {"ms": int(LATER * 1000)}
FAULTS: tuple[tuple[str, dict[str, object], Callable[[Wire], bool]], ...] = (
    ("429 with Retry-After", {"fault": "arm_status", "status": 429, "retry_after": 3} | ON_GENERATE,
     error_with_retry_after),
    ("429 without Retry-After", {"fault": "arm_status", "status": 429} | ON_GENERATE, error_without_retry_after),
    ("500 after the change", {"fault": "arm_status", "status": 500, "applied": True} | ON_GENERATE,
     error_after_effect),
    ("a body that is no JSON", {"fault": "garbage"} | ON_GENERATE, garbage),
    ("a connection that ends before the change", {"fault": "empty"} | ON_GENERATE, no_answer_no_effect),
    ("a lost answer", {"fault": "lose_answer"} | ON_GENERATE, no_answer_after_effect),
    ("a request that waits", {"fault": "delay_before"} | MS | ON_GENERATE, slow),
    ("a slow answer", {"fault": "delay_after"} | MS | ON_GENERATE, slow),
    ("an operation to poll", {"fault": "async", "polls": 1} | ON_GENERATE, polled),
    ("an expiry in whole seconds", {"fault": "cut_expiry"} | ON_GENERATE, whole_seconds),
    ("an expiry that nobody asked for", {"fault": "own_expiry", "seconds": 60} | ON_GENERATE, expiry_of_its_own),
    ("short pages", {"fault": "page_size", "size": 2} | ON_TOKENS, pages),
    ("a request that is queued and applied later", {"fault": "queue"} | MS | ON_GENERATE, queued),
    ("a Date that is wrong", {"fault": "skew", "seconds": 3600} | ON_TOKENS, wrong_date),
    ("a body that stalls", {"fault": "stall"} | MS | ON_TOKENS, stalled),
    ("a body that is cut", {"fault": "truncate"} | ON_TOKENS, cut),
    ("a bearer that expires in the middle", {"fault": "expired_bearer"} | ON_GENERATE, expired),
    ("an access token that ends in the middle", {"fault": "access_life", "seconds": 1, "match": "login "},
     short_access),
    ("a challenge for claims", {"fault": "insufficient_claims"} | ON_TOKENS, claims),
    ("a password that the replica knows late", {"fault": "replication_delay", "ms": 3000, "endpoint": "replica"}
     | ON_GENERATE, late_at_replica),
    ("a password that is known late", {"fault": "replication_delay", "ms": 3000} | ON_GENERATE, late_everywhere),
    ("a foreign regeneration", {"fault": "foreign_regenerate", "token": TOKEN, "slot": "password1",
     "match": "/tokens?"}, regenerated),
    ("a foreign wipe", {"fault": "foreign_wipe", "token": TOKEN, "match": "/tokens?"}, wiped),
    ("a token that somebody disables", {"fault": "disable_token", "token": TOKEN, "match": "login "}, disabled),
)  # fmt: skip


def meet(wire: Wire, tap: Tap, what: str, request: dict[str, object], seen: Callable[[Wire], bool]) -> None:
    cloud, address = wire.cloud, wire.cloud.ready["fault"]
    scope_map = f"{cloud.resource_id}/scopeMaps/_repositories_pull"
    cloud.arm("PUT", f"tokens/{TOKEN}", {"properties": {"scopeMapId": scope_map, "status": "enabled"}})
    wire.generate()
    armed = cloud.request("POST", address, json.dumps(request | {"times": 1}).encode())
    is_so = armed.status == 201 and seen(wire)
    told = cloud.request("GET", address).json["faults"]
    counted = [(each["fault"], each["hits"], each["left"]) for each in told] == [(request["fault"], 1, 0)]
    tap.check(is_so and counted, f"one request arms {what}, which is met and counted", told)
    cloud.request("DELETE", address)


def main() -> int:
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="scoped-faults-") as folder:
        with Lab(Path(folder), BIN, private=False, token_life=3599) as lab:
            try:
                cloud = lab.start_registry()
                wire = Wire(cloud)
                for row in FAULTS:
                    meet(wire, tap, *row)
                unknown = cloud.request("POST", cloud.ready["fault"], b'{"fault": "?"}').json["error"]
                known = set(unknown.partition("known are ")[2].split(", "))
                met = {str(request["fault"]) for _, request, _ in FAULTS}
                tap.check(known == met, f"these are all {len(known)} kinds", known ^ met)
            except (LabError, OSError) as problem:
                tap.not_ok("faults are met", problem)
    return tap.exit_code


if __name__ == "__main__":
    sys.exit(main())
