#!/usr/bin/env python3
"""OCI's conformance suite against the front door, as a token that may do everything, and against bare Distribution.

The front door must take nothing from what Distribution can do: no test that passes there may fail here. How much of
the specification Distribution itself fulfils is only told.
"""

from __future__ import annotations

import json
import socket
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections import Counter
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[1:1] = [str(TESTS / "support"), str(TESTS / "clients")]

from azure import Cloud
from cache import cached, go
from lab import Lab
from process import Daemon, LabError, run
from servers import find_server, search_path
from tap import Tap

BIN = TESTS.parents[0] / "build" / "release" / "bin"
MODULE = "github.com/opencontainers/distribution-spec/conformance"
VERSION = "v0.0.0-20260831232431-97274622c111"
LIMIT = 300.0
TOKEN = "conformance"

Results = dict[str, Counter[str]]  # name of a test (several have the same) -> how often "passed", "failure", ...


def install() -> Path:
    def make(folder: Path) -> None:
        go(folder, "install", f"{MODULE}@{VERSION}", GOBIN=str(folder))

    return cached(f"oci-conformance-{VERSION.rpartition('-')[2]}", make) / "conformance"


def results_in(report: Path) -> Results:
    """The cases of a JUnit report. The suite says how each ended in an attribute, not by an element in it."""
    found: Results = {}
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        found.setdefault(str(case.get("name")), Counter())[str(case.get("status"))] += 1
    return found


def suite(program: Path, work: Path, settings: dict[str, str]) -> Results:
    work.mkdir()
    env = {"PATH": search_path(), "HOME": str(work), "OCI_RESULTS_DIR": str(work / "results"), "OCI_LOG": "error"}
    done = run([str(program)], env | settings, LIMIT, cwd=work)
    report = work / "results" / "junit.xml"
    if not report.exists():
        raise LabError(f"the suite ended with {done.code} and left no report: {done.last_line}")
    return results_in(report)


def bare_registry(work: Path) -> tuple[Daemon, str]:
    """CNCF Distribution without a login."""
    program = find_server("docker-registry")
    if not program:
        raise LabError("'docker-registry' is not there; run 'packaging/deps lab'")
    with socket.socket() as probe:  # Distribution cannot be given a socket; a port that was free a moment ago
        probe.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{probe.getsockname()[1]}"
    config = work / "bare.json"
    storage = {"filesystem": {"rootdirectory": str(work / "bare-images")}, "delete": {"enabled": True}}
    config.write_text(json.dumps({"version": "0.1", "storage": storage, "http": {"addr": host}}))
    env = {"PATH": search_path(), "HOME": str(work), "OTEL_TRACES_EXPORTER": "none"}
    daemon = Daemon("docker-registry", [program, "serve", str(config)], env, work / "bare.log")

    def answers() -> bool:
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", int(host.rpartition(":")[2]))) == 0

    daemon.wait_ready(answers, 15)
    return daemon, host


def token_of_full_scope(cloud: Cloud) -> str:
    """Its password; the scope map is one of the registry's own."""
    scope_map = f"{cloud.resource_id}/scopeMaps/_repositories_admin"
    made = cloud.arm("PUT", f"tokens/{TOKEN}", {"properties": {"scopeMapId": scope_map, "status": "enabled"}})
    if made.status != 201:
        raise LabError(f"the token was not made: HTTP {made.status}")
    body = {"tokenId": f"{cloud.resource_id}/tokens/{TOKEN}", "name": "password1"}
    return str(cloud.arm("POST", "generateCredentials", body).json["passwords"][0]["value"])


def at_front_door(program: Path, work: Path) -> Results:
    with Lab(work / "lab", BIN, private=False, token_life=3599) as lab:
        cloud = lab.start_registry()
        settings = {
            "OCI_REGISTRY": cloud.host, "OCI_USERNAME": TOKEN, "OCI_PASSWORD": token_of_full_scope(cloud),
            "SSL_CERT_FILE": cloud.ready["ca"],
        }  # fmt: skip
        return suite(program, work / "front-door", settings)


def at_bare(program: Path, work: Path) -> Results:
    daemon, host = bare_registry(work)
    try:
        return suite(program, work / "bare", {"OCI_REGISTRY": host, "OCI_TLS": "disabled"})
    finally:
        daemon.stop()


def told(results: Results) -> str:
    counts = sum(results.values(), Counter[str]())
    return ", ".join(f"{count} {word}" for word, count in sorted(counts.items()))


def compare(tap: Tap, bare: Results, front: Results) -> None:
    tap.note(f"bare Distribution: {told(bare)}")
    tap.note(f"front door:        {told(front)}")
    tap.check(len(bare) > 100, "OCI's conformance suite runs", f"{len(bare)} tests in its report")
    none = Counter[str]()
    lost = [name for name, counts in bare.items() if front.get(name, none)["passed"] < counts["passed"]]
    tap.check(not lost, "what passes on bare Distribution passes at the front door", "; ".join(lost))


def main() -> int:
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="scoped-oci-") as folder:
        try:
            program = install()
        except LabError as problem:
            tap.skip("OCI's conformance suite", str(problem))
            return tap.exit_code
        work = Path(folder)
        try:
            compare(tap, at_bare(program, work), at_front_door(program, work))
        except (LabError, OSError) as problem:
            tap.not_ok("OCI's conformance suite runs", problem)
    return tap.exit_code


if __name__ == "__main__":
    sys.exit(main())
