"""OpenBao as a raft cluster of its own processes, with TLS, that unseals itself, so that nodes may be killed.

Clients reach it through one port (tests/support/wire.py), as they would through a load balancer.
"""

from __future__ import annotations

import json
import ssl
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from process import Daemon, LabError
from signed import self_signed
from vault import Server, free_port
from wire import Wire

KEY = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
LEADER_LIMIT = 90.0
SEALED_LIMIT = 20.0


class Node:
    def __init__(self, cluster: Cluster, name: str):
        self.cluster = cluster
        self.name = name
        self.port, self.peer_port = free_port(), free_port()
        self.folder = cluster.work / name
        self.folder.mkdir(mode=0o700)
        self.address = f"https://127.0.0.1:{self.port}"
        self.daemon: Daemon | None = None

    def settings(self) -> str:
        others = [node for node in self.cluster.nodes if node is not self]
        join = "".join(
            f'  retry_join {{ leader_api_addr = "{node.address}"\n leader_ca_cert_file = "{self.cluster.ca_file}" }}\n'
            for node in others
        )
        return (
            f'storage "raft" {{\n  path = "{self.folder}/data"\n  node_id = "{self.name}"\n'
            f'  performance_multiplier = 1\n{join}}}\n'
            f'listener "tcp" {{\n  address = "127.0.0.1:{self.port}"\n'
            f'  cluster_address = "127.0.0.1:{self.peer_port}"\n'
            f'  tls_cert_file = "{self.cluster.certificate}"\n  tls_key_file = "{self.cluster.key}"\n}}\n'
            f'seal "static" {{\n  current_key_id = "1"\n  current_key = "file://{self.cluster.work}/unseal-key"\n}}\n'
            f'api_addr = "{self.address}"\ncluster_addr = "https://127.0.0.1:{self.peer_port}"\n'
        )

    def start(self) -> None:
        (self.folder / "data").mkdir(exist_ok=True)
        file = self.folder / "settings.hcl"
        file.write_text(self.settings())
        argv = [self.cluster.program, "server", f"-config={file}"]
        self.daemon = Daemon(self.name, argv, self.cluster.environment(), self.cluster.logs / f"{self.name}.log")

    def health(self) -> int:
        """The status of sys/health: 200 active, 429 standby, 501 not initialised, 503 sealed, 0 no answer."""
        context = ssl.create_default_context(cafile=self.cluster.ca_file)
        opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=context))
        try:
            with opener.open(f"{self.address}/v1/sys/health", timeout=3) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as problem:
            return problem.code
        except OSError:
            return 0


class Cluster(Server):
    """Owns its nodes; `work` is a folder for them. `size` 1 is a server with storage that can be restored."""

    def __init__(self, program: str, work: Path, size: int = 3):
        self.program = program
        self.work = work
        self.logs = work.parent / "log"
        for folder in (work, self.logs):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.certificate, self.key = self_signed(work, "cluster")
        self.ca_file = str(self.certificate)
        (work / "unseal-key").write_text(KEY)
        self.token = ""
        self.nodes: list[Node] = []
        self.nodes = [Node(self, f"bao-{number}") for number in range(1, size + 1)]
        self.wire = Wire([node.port for node in self.nodes], self.certificate, self.key)
        self.address = self.nodes[0].address
        self.begin()
        self.address = f"https://127.0.0.1:{self.wire.port}"

    def begin(self) -> None:
        first = self.nodes[0]
        first.start()
        self.wait(lambda: first.health() == 501, "the first node to start")
        made = json.loads(self.must("operator", "init", "-format=json", "-recovery-shares=1",
                                    "-recovery-threshold=1").out)  # fmt: skip
        self.token = made["root_token"]
        for node in self.nodes[1:]:
            node.start()
        self.wait(lambda: all(node.health() in (200, 429) for node in self.nodes), "all nodes to be unsealed")
        self.wait(self.all_vote, "all nodes to have a vote")  # a new one has none for some seconds
        self.must("secrets", "enable", "-path=secret", "-version=2", "kv")
        self.wait(lambda: self.bao("kv", "list", "secret").code == 2, "its KV engine")

    def wait(self, ask: Any, what: str, limit: float = LEADER_LIMIT) -> None:
        end = time.monotonic() + limit
        while not ask():
            for node in self.nodes:
                if node.daemon and not node.daemon.is_running():
                    raise LabError(f"{node.name} ended: {node.daemon.last_log_line()}")
            if time.monotonic() > end:
                raise LabError(f"waited {limit:.0f} s for {what} (see {self.logs})")
            time.sleep(0.1)

    def all_vote(self) -> bool:
        done = self.bao("operator", "raft", "list-peers", "-format=json")
        peers = json.loads(done.out)["data"]["config"]["servers"] if done.code == 0 else []
        return len(peers) == len(self.nodes) and all(peer["voter"] for peer in peers)

    def leader(self) -> Node | None:
        return next((node for node in self.nodes if node.health() == 200), None)

    def is_whole(self) -> bool:
        """One is active, the others stand by, each of them unsealed."""
        health = sorted(node.health() for node in self.nodes)
        return health == [200] + [429] * (len(self.nodes) - 1)

    def kill_leader(self) -> str:
        """kill -9, as a machine that loses its power; returns its name. `revive` starts it again."""
        self.wait(lambda: self.leader() is not None, "a leader")
        node = self.leader()
        assert node is not None and node.daemon is not None
        node.daemon.kill()
        node.daemon = None
        return node.name

    def revive(self) -> None:
        for node in self.nodes:
            if node.daemon is None:
                node.start()
        self.wait(self.is_whole, "the cluster to be whole again")

    def restore(self, snapshot: str) -> None:
        """A node that this leaves sealed for good is started again, as its operator would."""
        self.must("operator", "raft", "snapshot", "restore", snapshot)
        end = time.monotonic() + SEALED_LIMIT
        while not self.is_whole() and time.monotonic() < end:
            time.sleep(0.5)
        for node in self.nodes:
            if node.health() == 503 and node.daemon is not None:
                node.daemon.kill()
                node.daemon = None
        self.revive()

    def stop(self) -> None:
        self.wire.stop()
        for node in self.nodes:
            if node.daemon:
                node.daemon.stop()
