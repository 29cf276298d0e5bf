"""A machine with users and the system's agent, inside the private namespaces of sandbox.run_private.

Programs are installed where everybody may run them, /etc/scoped and /var/lib/scoped are as on a real machine,
and each program is run as whichever user a test names. Root only.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab import Lab
from process import Daemon, Finished, LabError, run
from servers import search_path
from world import CALM_POLICY, HELPER, Consumer, World

HOST_SOCKET = Path("/run/scoped/host/agent.sock")
CONTAINERS = Path("/run/scoped/containers")
CONTAINER = "builds"  # the listener of type container

EVERYBODYS, CI, CLOSED = "all-pull", "ci-push", "closed-push"
REPOSITORY = "demo/app"


@dataclass(frozen=True)
class User:
    name: str
    uid: int
    groups: tuple[int, ...] = ()  # beside the primary one, whose number is the uid's

    @property
    def home(self) -> Path:
        return Path("/run/homes") / self.name

    @property
    def runtime(self) -> Path:
        return Path("/run/user") / str(self.uid)

    @property
    def agent_socket(self) -> Path:
        return self.runtime / "scoped" / "agent.sock"


DOCKER_GID, CI_GID, AGENT_UID = 12101, 12102, 12100
ROOT = User("root", 0)
AGENT = User("scoped", AGENT_UID)
ALICE = User("alice", 12001, (DOCKER_GID,))
BOB = User("bob", 12002)  # in no group
CAROL = User("carol", 12003, (DOCKER_GID, CI_GID))
MALLORY = User("mallory", 12666, (DOCKER_GID,))
PEOPLE = (AGENT, ALICE, BOB, CAROL, MALLORY)
GROUPS = {"docker": DOCKER_GID, "ci": CI_GID}


def why_no_machine(private: bool) -> str | None:
    if not private:
        return "no root, or no namespaces of our own here"
    return None if shutil.which("setpriv") else "'setpriv' is not installed (util-linux)"


class Machine:
    """Owns the agent; what it is made of comes from the lab."""

    def __init__(self, lab: Lab):
        self.lab, self.work, self.cloud = lab, lab.work, lab.start_registry()
        self.bin = Path("/opt/scoped/bin")
        self.agent: Daemon | None = None
        self.passwords: dict[str, str] = {}
        self.install(lab.programs)
        self.add_people()
        self.make_records(lab.work, lab.programs)

    # --- making it -----------------------------------------------------------------------------------

    def install(self, programs: Path) -> None:
        self.bin.mkdir(parents=True)
        for name in (HELPER, "scoped-fetch", "scoped-agent", "scopedctl", "scoped-curl.so"):
            if (programs / name).exists():
                shutil.copy2(programs / name, self.bin / name)
        self.bin.chmod(0o755)

    def add_people(self) -> None:
        users = [f"{each.name}:x:{each.uid}:{each.uid}::{each.home}:/bin/sh" for each in PEOPLE]
        groups = [f"{each.name}:x:{each.uid}:" for each in PEOPLE]
        for name, gid in GROUPS.items():
            groups.append(f"{name}:x:{gid}:{','.join(each.name for each in PEOPLE if gid in each.groups)}")
        add_lines(Path("/etc/passwd"), users)
        add_lines(Path("/etc/group"), groups)
        add_lines(Path("/etc/shadow"), [f"{each.name}:*:19000:0:99999:7:::" for each in PEOPLE])  # sudo asks there
        for person in PEOPLE:
            for folder in (person.home, person.runtime):
                folder.mkdir(parents=True)
                os.chown(folder, person.uid, person.uid)
                folder.chmod(0o700)
        for parent in (Path("/run/homes"), Path("/run/user")):
            parent.chmod(0o755)

    def make_records(self, work: Path, programs: Path) -> None:
        """Real records of tokens of the emulated cloud, moved to where the system's agent has them."""
        consumers = tuple(Consumer(name, "app-pull", False) for name in (EVERYBODYS, CI, CLOSED))
        world = World(work / "world", programs, self.cloud, consumers, CALM_POLICY)
        world.set_up()
        for name in (EVERYBODYS, CI, CLOSED):
            self.passwords[name] = world.ask_helper(name)[1]
        state = Path("/var/lib/scoped")
        state.mkdir()
        shutil.copytree(world.work / "records", state / "records")
        Path("/etc/scoped").mkdir()
        shutil.copy(world.work / "keys" / "records", "/etc/scoped/key")
        for path in (state, *state.rglob("*"), Path("/etc/scoped/key")):
            os.chown(path, AGENT_UID, AGENT_UID)
            path.chmod(0o700 if path.is_dir() else 0o600)
        self.write_configuration()

    def configuration(self) -> dict[str, Any]:
        tokens: dict[str, Any] = {
            EVERYBODYS: {},
            CI: {"repositories": [REPOSITORY], "allow": {"groups": ["ci"]}},
            CLOSED: {"repositories": ["secret/*"]},
        }
        names = {name: {self.cloud.host: name} for name in tokens}
        return {
            "registries": {self.cloud.host: {"default_token": EVERYBODYS, "tokens": tokens}},
            "profiles": names,
            "agent": {
                "duties": ["broker"],
                "listeners": {
                    "users": {"type": "host", "group": "docker"},
                    CONTAINER: {"type": "container", "token": f"{self.cloud.host}/{CI}"},
                },
            },
        }

    def write_configuration(self, document: Mapping[str, Any] | None = None) -> None:
        path = Path("/etc/scoped/config.json")
        path.write_text(json.dumps(document or self.configuration(), indent=2))
        path.chmod(0o644)

    # --- the agent -----------------------------------------------------------------------------------

    def start_agent(self) -> None:
        argv = [str(self.bin / "scoped-agent"), "--system"]
        self.agent = Daemon("scoped-agent", argv, {"PATH": search_path()}, self.work / "log" / "agent.log")
        self.agent.wait_ready(self.is_served, limit=20)

    def stop_agent(self) -> int:
        code = self.agent.stop() if self.agent else 0
        self.agent = None
        return code

    def is_served(self) -> bool:
        """By the agent: root would be answered without it."""
        return self.get(ALICE).code == 0

    def see_agent(self) -> None:
        """Starts the agent again if an attack stopped it and left it so; raises LabError when it died by itself."""
        if self.agent and not self.agent.is_running():
            raise LabError(f"the agent ended: {self.agent.last_log_line()}")
        if not self.agent:
            self.start_agent()

    # --- running programs as somebody ----------------------------------------------------------------

    def environment(self, user: User, more: Mapping[str, str] | None = None) -> dict[str, str]:
        usual = {"PATH": f"{self.bin}:{search_path()}", "HOME": str(user.home), "XDG_RUNTIME_DIR": str(user.runtime)}
        return {name: value for name, value in (usual | dict(more or {})).items() if value}

    def as_user(self, user: User, argv: Sequence[str]) -> list[str]:
        if user.uid == 0:
            return list(argv)
        groups = ["--groups", ",".join(map(str, user.groups))] if user.groups else ["--clear-groups"]
        return ["setpriv", "--reuid", str(user.uid), "--regid", str(user.uid), *groups, "--", *argv]

    def run(
        self, user: User, argv: Sequence[str], stdin: str = "", more: Mapping[str, str] | None = None, limit: float = 40
    ) -> Finished:
        return run(self.as_user(user, argv), self.environment(user, more), limit, stdin, Path("/"))

    def helper(self, user: User, verb: str, stdin: str, more: Mapping[str, str] | None = None) -> Finished:
        return self.run(user, [str(self.bin / HELPER), verb], stdin, more)

    def get(self, user: User, key: str | None = None, more: Mapping[str, str] | None = None) -> Finished:
        return self.helper(user, "get", key or self.cloud.host, more)

    def login_of(self, done: Finished) -> str:
        """The token that an answer logs in as, if its password is the real one; else what went wrong."""
        try:
            answer = json.loads(done.out)
            token = str(answer["Username"])
        except (ValueError, KeyError):
            return f"no answer: {done.code} {done.last_line}"
        return token if self.passwords.get(token) == answer["Secret"] else f"wrong password for {token}"


def add_lines(path: Path, lines: list[str]) -> None:
    """Entries of /etc/passwd or /etc/group; they take the place of those with the same names."""
    names = {line.partition(":")[0] for line in lines}
    kept = [line for line in path.read_text().splitlines() if line.partition(":")[0] not in names]
    path.write_text("\n".join([*kept, *lines]) + "\n")


def private_folder(user: User, path: Path, mode: int = 0o700) -> Path:
    """A folder of that user; what is above it stays as it is."""
    path.mkdir(parents=True, exist_ok=True)
    os.chown(path, user.uid, user.uid)
    path.chmod(mode)
    return path


def compile_library(source: str, target: Path) -> str | None:
    """A shared library from C; why not, or None."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if not compiler:
        return "no C compiler"
    argv = [compiler, "-shared", "-fPIC", "-x", "c", "-", "-o", str(target)]
    done = subprocess.run(argv, input=source, text=True, capture_output=True)
    return done.stderr.strip() if done.returncode != 0 else None
