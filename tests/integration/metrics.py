#!/usr/bin/env python3
"""What monitoring reads of a running agent: Prometheus understands it, and it warns before an outsider's password ends.

Not tested here: the text of each metric, refusals and ports (tests/unit/metrics).
"""

from __future__ import annotations

import http.client
import re
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from lab import Lab
from process import run
from scene import play
from servers import find_server
from tap import Tap
from world import CALM_POLICY, Consumer, World

OURS, PARTNER = "node-blue", "partner-token"
RULES = Path(__file__).resolve().parents[2] / "packaging" / "prometheus" / "scoped.rules.yml"
CASES = Path(__file__).with_name("scoped.rules.test.yml")
LIFE = 9  # seconds of the outsider's password, of which the last third is worth a warning


def get(port: int, path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


def sample(text: str, name: str, *labels: str) -> float | None:
    """The value of the one sample of this name that has all the labels."""
    for line in text.splitlines():
        if line.startswith(name + "{") and all(label in line for label in labels):
            return float(line.rsplit(" ", 1)[1])
    return None


def metrics(lab: Lab, tap: Tap) -> None:
    cloud = lab.start_registry()
    consumers = (Consumer(OURS, "app-pull", False), Consumer(PARTNER, "app-pull", False))
    world = World(lab.work, lab.programs, cloud, consumers, CALM_POLICY | {"observe": "1s"})
    world.set_up()
    document = world.configuration()
    document["agent"]["metrics"] = {"listen": "127.0.0.1:0"}
    world.write_configuration(document)
    target = world.work / "tmp" / "partner"
    world.ctl_must("credential", "hand-over", PARTNER, "--output-file", str(target), "--expiration", in_seconds(LIFE))
    world.start_agent()
    assert world.agent is not None
    told = re.search(r"metrics are served.*port=(\d+)", world.agent.log.read_text())
    tap.check(told is not None, "the agent says at which port metrics are", world.agent.log.read_text())
    port = int(told[1]) if told else 0
    tap.check(get(port, "/healthz") == (200, "ok\n"), "an agent that gets on is healthy")
    text = read_both(port)
    understood(text, world.work, tap)
    tap.check(sample(text, "scoped_token_ready", f'token="{OURS}"') == 1, "a token with a password is ready", text)
    ends = sample(text, "scoped_password_expires_timestamp_seconds", f'token="{PARTNER}"', 'role="handed over"')
    tap.check(
        ends is not None and 0 < ends - time.time() <= LIFE,
        "the end of the outsider's password is told",
        f"{ends} of {text}",
    )
    tap.check(warned(port), "and shortly before it a problem, since nobody else would hand over the next", text)
    secrets = [target.read_text(), world.ask_helper(OURS)[1]]
    tap.check(not any(each in text for each in secrets), "no password is among the metrics")


def read_both(port: int) -> str:
    """The metrics as soon as both tokens have been read."""
    deadline = time.monotonic() + 30
    while True:
        code, text = get(port, "/metrics")
        if code == 200 and len(re.findall(r"^scoped_token_ready\{.*\} 1$", text, re.MULTILINE)) == 2:
            return text
        if time.monotonic() > deadline:
            return text
        time.sleep(0.2)


def warned(port: int) -> bool:
    deadline = time.monotonic() + LIFE
    while sample(get(port, "/metrics")[1], "scoped_token_problem", f'token="{PARTNER}"') != 1:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return True


def understood(text: str, work: Path, tap: Tap) -> None:
    promtool = find_server("promtool")
    if promtool is None:
        tap.skip("promtool takes metrics and rules", "promtool is not installed, see packaging/deps tests")
        return
    environment = {"PATH": "/usr/bin:/bin"}
    checked = run([promtool, "check", "metrics"], environment, stdin=text)
    tap.check(checked.code == 0 and not checked.out + checked.err, "promtool finds nothing wrong in them", checked)
    rules = run([promtool, "check", "rules", str(RULES)], environment)
    tap.check(rules.code == 0, "promtool takes the rules for alerts", rules)
    tried = run([promtool, "test", "rules", str(with_rules(work))], environment)
    tap.check(tried.code == 0, "alerts come when they should and not before", tried)
    named = set(re.findall(r"\bscoped_\w+", RULES.read_text()))
    known = set(re.findall(r"^# TYPE (\w+)", text, re.MULTILINE))
    tap.check(named <= known, "and every metric that a rule names exists", named - known)


def with_rules(work: Path) -> Path:
    """The cases, which name the file of the rules by its place."""
    cases = work / "tmp" / "cases.yml"
    cases.write_text(CASES.read_text().replace("RULES", str(RULES)))
    return cases


def in_seconds(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))


if __name__ == "__main__":
    sys.exit(play(metrics))
