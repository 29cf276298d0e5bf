#!/usr/bin/env python3
"""A desktop's own agent whose passwords are in the session's keyring: locked at log-in and unlocked later, a second session
beside the first, and a suspend over the date on which a password was due.

Not tested here: the helper without an agent (keyring.py, laptop.py); suspend of a whole machine: the agent is stopped for as
long instead, and its clock goes on as boot time does. Unlocking at a prompt: a keyring that is unlocked takes the place of
the locked one.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from keyring import NEEDED, TOKEN, UNLOCK, Session
from lab import Lab
from process import run
from scene import play
from tap import Tap
from world import HELPER, SECONDS_POLICY, Consumer, World

POLICY = SECONDS_POLICY | {"lifetime": "60s", "jitter": "0s"}
SUSPENDED = 34  # seconds; half of the life is over then
# Each step is a line that begins with its name.
SCRIPT = """
gnome-keyring-daemon --start --components=secrets >/dev/null 2>&1
{agent} 2> agent.log & agent=$!
for each in $(seq 100); do [ -S "$SCOPED_AGENT_SOCKET" ] && break; sleep 0.1; done
get() {{ printf '%s ' "$1"; echo {host} | {helper} get; }}
get locked
{unlock}
for each in $(seq 50); do echo {host} | {helper} get >/dev/null && break; sleep 0.2; done
get unlocked
dbus-run-session -- sh -c '{agent} 2>second.log; echo "second $?"; printf "beside "; echo {host} | {helper} get'
get before
kill -STOP $agent; sleep {suspended}; kill -CONT $agent
for each in $(seq 100); do
  echo {host} | {helper} get > now; cmp -s now last || echo "$(sed 's/^/after /' now)"; cp now last; sleep 0.2
done
kill $agent; wait $agent; echo "end $?"
"""


def desktop(lab: Lab, tap: Tap) -> None:
    missing = [each for each in NEEDED if not shutil.which(each)]
    if missing:
        tap.skip("a desktop's agent with a keyring", f"{missing} is not there (packaging/deps tests)")
        return
    session, cloud = Session(lab, "desktop"), lab.start_registry()
    world = World(lab.work / "world", lab.programs, cloud, (Consumer(TOKEN, "app-pull", False),), POLICY)
    document = world.configuration() | {"stores": {"local": {"type": "secret_service"}}}
    world.write_configuration(document)
    world.create_scope_maps()
    told = world.environment() | {key: value for key, value in session.environment().items() if key != "PATH"}
    made = f"{UNLOCK}; {lab.programs / 'scopedctl'} token create -r {cloud.host} --name {TOKEN} --scope-map app-pull"
    created = run(["dbus-run-session", "--", "sh", "-c", made], told, 60, cwd=session.home)
    tap.check(created.code == 0, "a token's password is in the keyring", created)
    script = SCRIPT.format(agent=lab.programs / "scoped-agent", helper=lab.programs / HELPER, host=cloud.host, unlock=UNLOCK.replace("--unlock", "--replace --unlock"),
                           suspended=SUSPENDED)  # fmt: skip
    done = run(["dbus-run-session", "--", "sh", "-c", script], told, 180, cwd=session.home)
    said: dict[str, list[str]] = {}
    for line in done.out.splitlines():
        name, _, rest = line.partition(" ")
        said.setdefault(name, []).append(rest)
    log = (session.home / "agent.log").read_text(errors="replace")[-600:]
    tap.check("locked" in said["locked"][0], "at log-in, with the keyring locked, a pull is told so", (said, log))
    tap.check("Secret" in said["unlocked"][0], "once it is unlocked the same agent answers", (said, log))
    tap.check(said["second"] != ["0"] and said["beside"] == said["unlocked"],
              "a second session's agent gives way, and its helper asks the first", said)  # fmt: skip
    secrets = [json.loads(each)["Secret"] for each in said["before"] + said["after"] if each.startswith("{")]
    tap.check(len(set(secrets)) > 1 and len(secrets) == len(said["before"] + said["after"]),
              "what fell due in a suspend is rotated after it, and no get fails", (said["after"], log))  # fmt: skip
    tap.check(cloud.login(TOKEN, secrets[-1]) == 200, "the new password logs in")
    tap.check(said["end"] == ["0"], "the agent ends with the session", said["end"])


if __name__ == "__main__":
    sys.exit(play(desktop))
