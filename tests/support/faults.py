"""Faults of the emulated cloud, armed and counted over its fault API (`acr-emulator --help` lists them)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from azure import Cloud


class Faults:
    def __init__(self, cloud: Cloud):
        self.cloud = cloud
        self.url = cloud.ready["fault"]

    def arm(self, fault: Mapping[str, Any], match: str, times: int | None = None) -> None:
        body = dict(fault) | {"match": match} | ({"times": times} if times else {})
        answer = self.cloud.request("POST", self.url, json.dumps(body).encode())
        if answer.status >= 300:
            raise OSError(f"POST {self.url}: {answer.status} {answer.body!r}")

    def hits(self) -> int:
        listed = self.cloud.request("GET", self.url).json
        return sum(int(each["hits"]) for each in listed["faults"])

    def clear(self) -> None:
        self.cloud.request("DELETE", self.url)
