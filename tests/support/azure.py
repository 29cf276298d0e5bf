"""A client of the emulated cloud, for what a test looks at or does behind the programs' backs."""

from __future__ import annotations

import base64
import json
import re
import ssl
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

API_VERSION = "2023-07-01"

# A login in nginx's "combined" access log: user and time.
LOGIN = re.compile(r'\S+ - (\S+) \[([^\]]+)\] "(?:GET|POST) /oauth2/token')


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Cloud:
    """What `acr-emulator` said about itself, and requests to it."""

    def __init__(self, ready: Mapping[str, str]):
        self.ready = dict(ready)
        context = ssl.create_default_context(cafile=self.ready["ca"])
        handlers = [urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)]
        self.access_log: Path | None = None  # of the front door, where there is one
        self.opener = urllib.request.build_opener(*handlers)

    def request(
        self, method: str, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Every status is an answer; raises OSError when there is none."""
        asked = urllib.request.Request(url, data=body, headers=dict(headers or {}), method=method)
        try:
            with self.opener.open(asked, timeout=10) as reply:
                return Answer(reply.status, reply.read())
        except urllib.error.HTTPError as refusal:
            return Answer(refusal.code, refusal.read())

    @property
    def host(self) -> str:
        return self.ready["login_server"]

    @property
    def resource_id(self) -> str:
        ready = self.ready
        group = f"/subscriptions/{ready['subscription']}/resourceGroups/{ready['resource_group']}"
        return f"{group}/providers/Microsoft.ContainerRegistry/registries/{ready['registry']}"

    def bearer(self) -> str:
        form = {
            "grant_type": "client_credentials",
            "client_id": self.ready["client_id"],
            "client_secret": self.ready["client_secret"],
            "scope": "https://management.azure.com/.default",
        }
        url = f"{self.ready['authority']}/{self.ready['tenant']}/oauth2/v2.0/token"
        answer = self.request("POST", url, urllib.parse.urlencode(form).encode())
        if answer.status != 200:
            raise OSError(f"POST {url}: HTTP {answer.status}")
        return str(answer.json["access_token"])

    def arm(self, method: str, path: str, body: object | None = None) -> Answer:
        """A request to the control plane; `path` is below the registry, e.g. 'tokens/ci'; empty: itself."""
        url = f"{self.ready['arm']}{self.resource_id}{'/' if path else ''}{path}?api-version={API_VERSION}"
        headers = {"Authorization": f"Bearer {self.bearer()}", "Content-Type": "application/json"}
        return self.request(method, url, json.dumps(body).encode() if body is not None else None, headers)

    def passwords(self, token: str) -> dict[str, dict[str, str]]:
        """What ARM says of a token's two slots: name -> creationTime, expiry. Never a value."""
        credentials = self.arm("GET", f"tokens/{token}").json["properties"].get("credentials", {})
        return {each["name"]: each for each in credentials.get("passwords", [])}

    def login(self, user: str, password: str, scope: str = "") -> int:
        """The status of a login at the registry's token endpoint, the way Docker does it."""
        return self.docker_token(user, password, scope)[0]

    def docker_token(self, user: str, password: str, scope: str = "") -> tuple[int, str]:
        """The status of a login, and the token for the data plane that came of it."""
        query = {"service": self.host} | ({"scope": scope} if scope else {})
        basic = base64.b64encode(f"{user}:{password}".encode()).decode()
        url = f"https://{self.host}/oauth2/token?{urllib.parse.urlencode(query)}"
        answer = self.request("GET", url, headers={"Authorization": f"Basic {basic}"})
        return answer.status, str(answer.json["access_token"]) if answer.status == 200 else ""

    def data_plane(self, path: str, bearer: str) -> Answer:
        """GET below /v2/, as a client that pulls."""
        accept = "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json, */*"
        return self.request("GET", f"https://{self.host}/v2/{path}", headers={"Authorization": f"Bearer {bearer}", "Accept": accept})

    def last_login(self, user: str, since: float) -> float | None:
        """When this user last logged in (a whole second, rounded down), if that was not before `since`."""
        if not self.access_log or not self.access_log.exists():
            return None
        for line in reversed(self.access_log.read_text(errors="replace").splitlines()):
            found = LOGIN.match(line)
            if not found:
                continue
            at = datetime.strptime(found[2], "%d/%b/%Y:%H:%M:%S %z").timestamp()
            if at < int(since):
                return None
            if found[1] == user:
                return at
        return None
