"""One person's installation in a folder: configuration, store, agent, and clients that use the helper.

Everything goes through the programs as an operator would use them; nothing here knows what a record is.
"""

from __future__ import annotations

import copy
import json
import os
import pwd
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from azure import Cloud
from process import Daemon, Finished, LabError, run
from servers import search_path

HELPER = "docker-credential-scoped"

# The policy of seconds: 4 + 4 + 2 + 2 + 2 * (8 + 2) = 32 s before the end, which is when half of the life is over.
SECONDS_POLICY = {
    "lifetime": "64s", "rotate_at": "50%", "offline": "4s", "hold": "4s", "settle": "2s", "jitter": "2s",
    "skew": "0s", "fence_min": "2s", "fence_max": "8s", "fence_margin": "2s", "observe": "5s",
}  # fmt: skip
HOLD = 4.0

# For tests in which nothing is to be rotated: half an hour until the first.
CALM_POLICY = SECONDS_POLICY | {"lifetime": "1h", "settle": "0s"}


@dataclass(frozen=True)
class Consumer:
    """A token and what it may do."""

    token: str
    scope_map: str
    may_push: bool


SCOPE_MAPS = {
    "app-pull": {"demo/app": ["content/read", "metadata/read"]},
    "app-push": {"demo/app": ["content/read", "content/write", "metadata/read"]},
}
CONSUMERS = (
    Consumer("ci-main", "app-push", True),
    Consumer("ci-nightly", "app-push", True),
    Consumer("node-blue", "app-pull", False),
    Consumer("node-green", "app-pull", False),
)


class World:
    """Owns the agent; `work` holds everything it writes."""

    agent_options: tuple[str, ...] = ()

    def __init__(
        self,
        work: Path,
        programs: Path,
        cloud: Cloud,
        consumers: tuple[Consumer, ...] = CONSUMERS,
        policy: Mapping[str, str] | None = None,
        scope_maps: Mapping[str, Mapping[str, list[str]]] = SCOPE_MAPS,
    ):
        self.work = work
        self.consumers = consumers
        self.scope_maps = scope_maps
        self.policy = dict(policy or SECONDS_POLICY)
        self.programs = programs
        self.cloud = cloud
        self.config = work / "config.json"
        self.place = "agent"  # the folder of the agent's sockets and state, and the name of its log
        self.agent: Daemon | None = None
        for folder in ("home", "agent", "bin", "keys", "log", "clients", "tmp"):
            (work / folder).mkdir(parents=True, exist_ok=True, mode=0o700)

    # --- configuration -------------------------------------------------------------------------------

    def configuration(self) -> dict[str, Any]:
        """The document of common/doc; the one place that knows where each key stands."""
        ready, host = self.cloud.ready, self.cloud.host
        me = pwd.getpwuid(os.geteuid()).pw_name
        tokens = {
            each.token: {"scope_map": each.scope_map, "allow": {"users": [me]}} for each in self.consumers
        }
        control = {
            "type": "acr", "resource_id": self.cloud.resource_id, "endpoint": ready["arm"],
            "ca_file": ready["ca"], "identity": "rotator",
        }  # fmt: skip
        registry = {
            "store": "local", "ca_file": ready["ca"], "control": control, "rotation": self.policy,
            "scope_maps": {name: {"repositories": repositories} for name, repositories in self.scope_maps.items()},
            "tokens": tokens,
        }  # fmt: skip
        store = {
            "type": "sealed_file",
            "path": f"{self.work}/records",
            "key": f"file:{self.work}/keys/records",
        }
        identity = {
            "type": "entra_secret", "authority": ready["authority"], "tenant": ready["tenant"],
            "client_id": ready["client_id"], "client_secret": f"file:{self.secret_file()}", "ca_file": ready["ca"],
        }  # fmt: skip
        return {
            "registries": {host: registry},
            "profiles": {each.token: {host: each.token} for each in self.consumers},
            "stores": {"local": store},
            "identities": {"rotator": identity},
            "agent": {"duties": ["broker", "watch", "rotate"]},
            "copies": {"revalidate_agent": "2s", "revalidate_sealed": "2s"},
        }

    def secret_file(self) -> Path:
        path = self.work / "keys" / "client-secret"
        if not path.exists():
            path.touch(0o600)
            path.write_text(self.cloud.ready["client_secret"])
        return path

    def write_configuration(self, document: Mapping[str, Any] | None = None) -> None:
        self.config.write_text(json.dumps(document or self.configuration(), indent=2) + "\n")
        self.config.chmod(0o644)

    # --- programs ------------------------------------------------------------------------------------

    def environment(self) -> dict[str, str]:
        home = self.work / "home"
        return {
            "PATH": f"{self.work}/bin:{self.programs}:{search_path()}",
            "HOME": str(home),
            "XDG_STATE_HOME": str(home / "state"),
            "XDG_RUNTIME_DIR": str(self.work / "tmp"),
            "TMPDIR": str(self.work / "tmp"),
            "SCOPED_CONFIG": str(self.config),
            "SCOPED_AGENT_SOCKET": str(self.work / self.place / "agent.sock"),
        }

    def ctl(self, *arguments: str, limit: float = 60) -> Finished:
        return run([str(self.programs / "scopedctl"), *arguments], self.environment(), limit)

    def ctl_must(self, *arguments: str) -> Finished:
        done = self.ctl(*arguments)
        if done.code != 0:
            raise LabError(f"scopedctl {' '.join(arguments)}: exit {done.code}: {done.last_line}")
        return done

    def set_up(self) -> None:
        """Configuration, store, scope maps, and all tokens at once."""
        self.write_configuration()
        self.ctl_must("init")
        self.create_scope_maps()
        with ThreadPoolExecutor(len(self.consumers)) as pool:
            list(pool.map(self.create_token, self.consumers))

    def create_scope_maps(self) -> None:
        for name, repositories in self.scope_maps.items():
            for repository, actions in repositories.items():
                self.ctl_must(
                    "scope-map", "create", "--registry", self.cloud.host, "--name", name,
                    "--repository", repository, *actions,
                )  # fmt: skip

    def create_token(self, consumer: Consumer) -> None:
        self.ctl_must(
            "token", "create", "--registry", self.cloud.host, "--name", consumer.token,
            "--scope-map", consumer.scope_map,
        )  # fmt: skip

    def start_agent(self) -> None:
        """Starts scoped-agent and waits until it answers for its status."""
        argv = [str(self.programs / "scoped-agent"), *self.agent_options]
        self.agent = Daemon("scoped-agent", argv, self.environment(), self.work / "log" / f"{self.place}.log")
        self.agent.wait_ready(lambda: (self.status() or {}).get("agent") is not None, limit=15)

    def beside(self, place: str) -> World:
        """The same installation with an agent of its own, as a second machine on the same store would have."""
        (self.work / place).mkdir(mode=0o700)
        twin = copy.copy(self)
        twin.place, twin.agent = place, None
        return twin

    def status(self) -> dict[str, Any] | None:
        """The agent's status document, or None when there is no answer."""
        done = self.ctl("status", "-o", "json", limit=10)
        if done.code != 0:
            return None
        try:
            return dict(json.loads(done.out))
        except ValueError:
            return None

    def stop(self) -> int | None:
        """Stops the agent and returns its exit code."""
        return self.agent.stop() if self.agent else None

    # --- clients -------------------------------------------------------------------------------------

    def client_folder(self, token: str) -> Path:
        """A DOCKER_CONFIG of its own for a token: the helper under the name of the token's profile."""
        folder = self.work / "clients" / token
        if not folder.exists():
            folder.mkdir()
            settings = {"credHelpers": {self.cloud.host: f"scoped-{token}"}}
            (folder / "config.json").write_text(json.dumps(settings))
            (self.work / "bin" / f"{HELPER}-{token}").symlink_to(self.programs / HELPER)
        return folder

    def helper(self, token: str, verb: str) -> Finished:
        self.client_folder(token)
        return run([f"{self.work}/bin/{HELPER}-{token}", verb], self.environment(), stdin=self.cloud.host)

    def ask_helper(self, token: str) -> tuple[str, str]:
        """(user name, password) as a client gets them. Raises LabError when there is none."""
        done = self.helper(token, "get")
        if done.code != 0:
            raise LabError(f"{HELPER}-{token} get: exit {done.code}: {done.last_line}")
        answer = json.loads(done.out)
        return str(answer["Username"]), str(answer["Secret"])
