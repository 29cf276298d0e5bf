"""What users, containers and crowds try on the system's agent."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import socket
import stat
import tarfile
from pathlib import Path

import hostile
from attacks import attack
from hostile import HEADER, Hostile, encode_request
from machine import (
    AGENT,
    ALICE,
    BOB,
    CAROL,
    CI,
    CLOSED,
    CONTAINER,
    CONTAINERS,
    EVERYBODYS,
    HOST_SOCKET,
    MALLORY,
    REPOSITORY,
    ROOT,
    Machine,
    User,
    private_folder,
)
from process import Daemon, run
from tap import Tap

CONTAINER_SOCKET = CONTAINERS / CONTAINER / "agent.sock"
NOBODYS_SUBUIDS = 200000  # where the uids of alice's namespaces begin outside


def say(socket_path: Path, frame: bytes, user: User = ROOT) -> bytes:
    """What a socket answers to bytes, asked by a process of that user; b"" when it just closes."""
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if user.uid:
                os.setgroups(user.groups)
                os.setresgid(user.uid, user.uid, user.uid)
                os.setresuid(user.uid, user.uid, user.uid)
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
                asking.settimeout(20)
                asking.connect(str(socket_path))
                asking.sendall(frame)
                while piece := asking.recv(65536):
                    os.write(theirs, piece)
        except OSError as problem:
            os.write(theirs, f"error: {problem.strerror}".encode())
        finally:
            os._exit(0)
    os.close(theirs)
    data = b""
    while piece := os.read(ours, 65536):
        data += piece
    os.close(ours)
    os.waitpid(child, 0)
    return data


@attack
def user_outside_of_the_group(machine: Machine, tap: Tap) -> None:
    """A user who may not reach the socket asks for the machine's registry."""
    refused = say(HOST_SOCKET, encode_request("get", machine.cloud.host), BOB)
    tap.check(refused == b"error: Permission denied", "the socket refuses whoever is not in its group", refused)
    done = machine.get(BOB)
    line = f"'{machine.cloud.host}' is served by scoped-agent; you are not in group 'docker'"
    tap.check(done.code == 1 and done.out == line + "\n", "the helper says which group is missing", done)
    other = machine.get(BOB, "other.example")
    tap.check(other.code == 1 and "not found" in other.out, "another registry is just not found", other)
    login = {"ServerURL": machine.cloud.host, "Username": "u", "Secret": "s"}
    stored = machine.helper(BOB, "store", json.dumps(login))
    tap.check(stored.code == 1 and stored.out.count("\n") == 1, "a login for it is not saved", stored)


@attack
def token_without_allow(machine: Machine, tap: Tap) -> None:
    """A user of the socket names a token that nobody allowed."""
    done = machine.get(ALICE, more={"SCOPED_PROFILE": CLOSED})
    tap.check(done.code == 1 and "which you may not use" in done.out, "a profile grants nothing", done)
    tap.check(done.err == done.out, "and the refusal is on stderr too", done)
    secret = machine.get(ALICE, f"{machine.cloud.host}/secret/x")
    tap.check(machine.login_of(secret) == EVERYBODYS, "its repository is answered with the default token", secret)
    for who, token in ((CAROL, CI), (ALICE, EVERYBODYS)):
        got = machine.login_of(machine.get(who, f"{machine.cloud.host}/{REPOSITORY}"))
        tap.check(got == token, f"{who.name} gets {token} for {REPOSITORY}", got)
    got = machine.login_of(machine.get(ROOT, more={"SCOPED_PROFILE": CLOSED}))
    tap.check(got == CLOSED, "root may use every token", got)


@attack
def claimed_groups(machine: Machine, tap: Tap) -> None:
    """`allow` goes by supplementary groups as the kernel tells them, not by /etc/group."""
    listed = User("carol", CAROL.uid, (CAROL.groups[0],))  # in /etc/group she is in ci, her process is not
    done = machine.get(listed, more={"SCOPED_PROFILE": CI})
    tap.check(done.code == 1 and "may not use" in done.out, "a group that the process has left is not hers", done)
    got = machine.login_of(machine.get(CAROL, more={"SCOPED_PROFILE": CI}))
    tap.check(got == CI, "a supplementary group of the process is", got)
    argv = ["setpriv", "--reuid", str(ALICE.uid), "--regid", str(CAROL.groups[1]), "--groups", str(ALICE.groups[0]), "--"]
    env = machine.environment(ALICE, {"SCOPED_PROFILE": CI})
    got = machine.login_of(run([*argv, str(machine.bin / "docker-credential-scoped"), "get"], env, stdin=machine.cloud.host))
    tap.check(got == CI, "so is the primary one", got)


@attack
def verbs_that_are_not_for_others(machine: Machine, tap: Tap) -> None:
    """store, erase and verbs of nobody, sent straight to the sockets."""
    login = json.dumps({"ServerURL": machine.cloud.host, "Username": "u", "Secret": "s"})
    for path in (HOST_SOCKET, CONTAINER_SOCKET):
        for verb, text in (("store", login), ("erase", machine.cloud.host), ("rotate", "x"), ("", "x")):
            said = say(path, encode_request(verb, text))
            tap.check(said == b"", f"'{verb}' is closed without a word at {path.parent.name}", said)
    got = machine.login_of(machine.get(ALICE))
    tap.check(got == EVERYBODYS, "the record is as it was", got)


@attack
def control_socket(machine: Machine, tap: Tap) -> None:
    """A user asks the control socket for a rotation."""
    for user in (ALICE, MALLORY):
        said = say(Path("/run/scoped/control.sock"), b'{"ask":"status"}\n', user)
        tap.check(said == b"error: Permission denied", f"the control socket refuses {user.name}", said)
    said = say(Path("/run/scoped/control.sock"), b'{"ask":"status"}\n')
    tap.check(b'"agent"' in said, "root is answered", said)


@attack
def container_socket_from_the_host(machine: Machine, tap: Tap) -> None:
    """A user of the host tries the socket of a container, which everybody may write."""
    for user in (ALICE, CAROL, BOB, AGENT):
        said = say(CONTAINER_SOCKET, encode_request("get", machine.cloud.host), user)
        tap.check(said == b"error: Permission denied", f"{user.name} does not reach it", said)
    done = machine.get(ALICE, more={"SCOPED_AGENT_SOCKET": str(CONTAINER_SOCKET)})
    tap.check(machine.passwords[CI] not in done.out, "nor by way of the helper", done)
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (CONTAINERS, CONTAINERS / CONTAINER, CONTAINER_SOCKET)]
    owners = {path.stat().st_uid for path in (CONTAINERS, CONTAINERS / CONTAINER, CONTAINER_SOCKET)}
    tap.check(modes == [0o700, 0o755, 0o666] and owners == {0}, "folders and socket are root's, 0700, 0755, 0666", modes)


@attack
def container_socket_of_a_user(machine: Machine, tap: Tap) -> None:
    """A user's own agent serves a container; another user tries that socket."""
    settings = private_folder(ALICE, ALICE.home / ".config/scoped") / "config.json"
    listeners = {"box": {"type": "container", "token": "alices.example/alice-token"}}
    registry = {"default_token": "alice-token", "tokens": {"alice-token": {}}}
    settings.write_text(json.dumps({
        "registries": {"alices.example": registry}, "agent": {"duties": ["broker"], "listeners": listeners},
    }))  # fmt: skip
    made = machine.run(ALICE, [str(machine.bin / "scopedctl"), "init"])
    tap.check(made.code == 0, "a user makes a store of her own", made)
    argv = machine.as_user(ALICE, [str(machine.bin / "scoped-agent"), "--user"])
    agent = Daemon("alice's agent", argv, machine.environment(ALICE), machine.work / "log" / "alices-agent.log")
    try:
        path = ALICE.runtime / "scoped/containers/box/agent.sock"
        agent.wait_ready(path.exists, limit=20)
        ALICE.runtime.chmod(0o711)  # so that it is not this folder alone
        path.parents[2].chmod(0o755)
        for user in (MALLORY, AGENT):
            said = say(path, encode_request("get", "alices.example"), user)
            tap.check(said == b"error: Permission denied", f"{user.name} does not reach it", said)
        said = say(path, encode_request("get", "alices.example"), ALICE)
        tap.check(b"it has no record" in said, "its owner is answered for its token", said)
        said = say(path, encode_request("get", "more.example"), ALICE)
        tap.check(said[HEADER.size : HEADER.size + 1] == b"N", "any other registry is not its", said)
    finally:
        tap.check(agent.stop() == 0, "her agent ends with 0", agent.last_log_line())
        ALICE.runtime.chmod(0o700)
        shutil.rmtree(ALICE.home / ".config")


class Container:
    """A root folder with the static helper, where /run/scoped/host is the folder of a listener. By the engine of
    the lab where one starts, else by chroot in a mount namespace."""

    IMAGE = "localhost/trust:1"

    def __init__(self, machine: Machine):
        self.lab = machine.lab
        self.machine = machine
        self.engine = self.lab.engine or self.lab.start_engine()
        self.root = Path("/opt/scoped/container")
        if self.engine:
            self.engine.load(self.archive(), self.IMAGE)
        else:
            self.make_root()

    @property
    def kind(self) -> str:
        return "Docker Engine" if self.engine else f"unshare and chroot (no engine: {self.lab.no_engine})"

    def archive(self) -> bytes:
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as tar:
            tar.add(self.machine.bin / "docker-credential-scoped", "docker-credential-scoped")
        return buffer.getvalue()

    def make_root(self) -> None:
        for folder in ("run/scoped/host", "proc", "tmp"):
            (self.root / folder).mkdir(parents=True, exist_ok=True)
        shutil.copy2(self.machine.bin / "docker-credential-scoped", self.root)

    def helper(self, uid: int, verb: str, text: str, profile: str = "") -> tuple[int | None, str]:
        folder = CONTAINERS / CONTAINER
        env = {"SCOPED_PROFILE": profile} if profile else {}
        if self.engine:
            argv = [self.engine.docker, "run", "--rm", "-i", "--network=none", f"--user={uid}:{uid}",
                    f"--volume={folder}:/run/scoped/host:ro", *(f"--env={k}={v}" for k, v in env.items()),
                    self.IMAGE, "/docker-credential-scoped", verb]  # fmt: skip
            done = run(argv, self.engine.environment(), 60, text)
        else:
            mount = f"mount --bind {folder} {self.root}/run/scoped/host"
            inner = f"{mount} && exec chroot --userspec={uid}:{uid} {self.root} /docker-credential-scoped {verb}"
            argv = ["unshare", "--mount", "--propagation", "private", "sh", "-c", inner]
            done = run(argv, {"PATH": os.environ["PATH"]} | env, 60, text)
        return done.code, done.out


@attack
def container_that_chose_its_uid(machine: Machine, tap: Tap) -> None:
    """An image says that it is uid 0, alice, the agent or anybody: it gets its one token, and no other."""
    container = Container(machine)
    tap.note(f"the container is one of {container.kind}")
    host = machine.cloud.host
    for uid in (0, ALICE.uid, AGENT.uid, 4242):
        code, out = container.helper(uid, "get", host)
        tap.check(code == 0 and machine.passwords[CI] in out, f"uid {uid} gets {CI}", (code, out))
    for profile in (CLOSED, "no-such-profile"):
        code, out = container.helper(0, "get", host, profile)
        tap.check(machine.passwords[CI] in out, f"profile {profile} changes nothing", (code, out))
    code, out = container.helper(0, "get", f"{host}/secret/x")
    tap.check(machine.passwords[CI] in out, "nor does a repository of another token", (code, out))
    code, out = container.helper(0, "get", "other.example")
    tap.check(code == 1 and out == "credentials not found in native keychain\n", "any other key is not its", (code, out))
    said = say(CONTAINER_SOCKET, encode_request("list", ""))
    listed = said[HEADER.size + 3 :].decode().strip()
    tap.check(json.loads(listed) == {host: CI}, "list names that one", listed)


@attack
def container_that_writes_its_folder(machine: Machine, tap: Tap) -> None:
    """Root in a container replaces the socket in the mounted folder, and waits for the agent to start again."""
    victim = Path("/etc/scoped/key")
    before = (victim.read_bytes(), stat.S_IMODE(victim.stat().st_mode), victim.stat().st_uid)
    for what in ("a link to the key", "a socket of its own", "a folder"):
        machine.stop_agent()
        CONTAINER_SOCKET.unlink(missing_ok=True)
        if what == "a link to the key":
            CONTAINER_SOCKET.symlink_to(victim)
        elif what == "a folder":
            (CONTAINER_SOCKET / "deep").mkdir(parents=True)
        own = Hostile(CONTAINER_SOCKET, 4242, bind_as=0) if what == "a socket of its own" else None
        machine.start_agent()
        got = machine.login_of(machine.get(ALICE))
        tap.check(got == EVERYBODYS, f"{what} does not stop the agent", got)
        if what == "a folder":
            log = (machine.work / "log" / "agent.log").read_text()
            tap.check(f"listener={CONTAINER}" in log and "skipping" in log, "the log names the listener that is not served")
        else:
            said = say(CONTAINER_SOCKET, encode_request("get", machine.cloud.host))
            tap.check(machine.passwords[CI].encode() in said, f"{what} is replaced by the agent's socket", said)
        if own:
            own.stop()
    after = (victim.read_bytes(), stat.S_IMODE(victim.stat().st_mode), victim.stat().st_uid)
    tap.check(after == before, "the key is as it was, content, mode and owner")
    machine.stop_agent()
    shutil.rmtree(CONTAINER_SOCKET)
    machine.start_agent()


@attack
def rootless_namespace(machine: Machine, tap: Tap) -> None:
    """alice is root in a namespace of her own: there she is still alice, and the others are nobody."""
    unshare = ["unshare", "--user", "--map-root-user", "--"]
    probe = machine.run(ALICE, [*unshare, "id", "-u"])
    if probe.out.strip() != "0":
        return tap.skip("a rootless namespace", f"none can be made: {probe.last_line}")
    helper = str(machine.bin / "docker-credential-scoped")
    own = private_folder(ALICE, ALICE.runtime / "scoped") / "agent.sock"
    text = '{"ServerURL":"x","Username":"own","Secret":"own"}\n'
    no_folder = {"XDG_RUNTIME_DIR": ""}
    with Hostile(own, ALICE.uid, hostile.answer(text)) as asked:
        done = machine.run(ALICE, [*unshare, helper, "get"], machine.cloud.host, no_folder)
        tap.check(done.out == text and len(asked.requests) == 1, "/run/user has the uid outside: her agent is asked", done)
    got = machine.login_of(machine.run(ALICE, [*unshare, helper, "get"], machine.cloud.host, no_folder))
    tap.check(got == EVERYBODYS, "the system's agent is asked as alice, not as root", got)
    closed = machine.run(ALICE, [*unshare, helper, "get"], machine.cloud.host, no_folder | {"SCOPED_PROFILE": CLOSED})
    tap.check(closed.code == 1 and "may not use" in closed.out, "root in there may not use every token", closed)
    theirs = private_folder(MALLORY, Path("/run/mallory-namespace"), 0o755) / "agent.sock"
    with Hostile(theirs, MALLORY.uid) as trap:  # mallory's uid has no name in there and looks like root's
        more = {"SCOPED_AGENT_SOCKET": str(theirs)}
        done = machine.run(ALICE, [*unshare, helper, "get"], machine.cloud.host, more)
        tap.check(trap.received == b"" and "trap" not in done.out, "an unmapped uid is root's in fixed places only", done)
    mapped_by_newuidmap(machine, tap, helper)


def mapped_by_newuidmap(machine: Machine, tap: Tap, helper: str) -> None:
    """As rootless podman does it: many uids, given by newuidmap."""
    if not shutil.which("newuidmap"):
        return tap.skip("a namespace of many uids", "newuidmap is not installed (uidmap); run 'packaging/deps tests'")
    for name in ("/etc/subuid", "/etc/subgid"):
        Path(name).write_text(f"{ALICE.name}:{NOBODYS_SUBUIDS}:65536\n")
    unshare = ["unshare", "--user", "--map-root-user", "--map-auto", "--"]
    probe = machine.run(ALICE, [*unshare, "cat", "/proc/self/uid_map"])
    if str(NOBODYS_SUBUIDS) not in probe.out:
        return tap.skip("a namespace of many uids", f"newuidmap does not make one: {probe.last_line}")
    inside = [*unshare, "setpriv", "--reuid", "1000", "--regid", "1000", "--keep-groups", "--", helper, "get"]
    text = '{"ServerURL":"x","Username":"inner","Secret":"inner"}\n'
    uid = outer_uid(probe.out, 1000)
    path = Path(f"/run/user/{uid}/scoped/agent.sock")
    private_folder(User("subuid", uid), path.parent.parent)
    private_folder(User("subuid", uid), path.parent)
    with Hostile(path, uid, hostile.answer(text)) as asked:
        done = machine.run(ALICE, inside, machine.cloud.host, {"XDG_RUNTIME_DIR": ""})
        tap.check(done.out == text and len(asked.requests) == 1, f"uid 1000 in there looks at /run/user/{uid}", done)
    got = machine.login_of(machine.run(ALICE, inside, machine.cloud.host, {"XDG_RUNTIME_DIR": ""}))
    tap.check(got == EVERYBODYS, "and reaches the system's agent by alice's group", got)


def outer_uid(uid_map: str, inner: int) -> int:
    for line in uid_map.splitlines():
        first, outside, count = map(int, line.split())
        if first <= inner < first + count:
            return outside + inner - first
    raise ValueError(f"uid {inner} is not in {uid_map!r}")


@attack
def full_backlog(machine: Machine, tap: Tap) -> None:
    """The agent hangs, and its backlog is full of connections: the helper gives up in a second and says so."""
    assert machine.agent
    os.kill(machine.agent.pid, signal.SIGSTOP)
    crowd: list[socket.socket] = []
    try:
        while True:
            each = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            each.setblocking(False)
            crowd.append(each)
            each.connect(str(HOST_SOCKET))
    except BlockingIOError:
        tap.note(f"the backlog took {len(crowd) - 1} connections")
    tap.check(len(crowd) > 1024, "the backlog holds 1,024", len(crowd))
    done = machine.get(ALICE)
    line = f"'{machine.cloud.host}' needs scoped-agent, which does not answer\n"
    tap.check(done.code == 1 and done.out == line, "the helper says that the agent does not answer", done)
    other = machine.get(ALICE, "other.example")
    tap.check(other.code == 1 and "not found" in other.out, "another registry is just not found", other)
    os.kill(machine.agent.pid, signal.SIGCONT)
    for each in crowd:
        each.close()
    got = machine.login_of(machine.get(ALICE))
    tap.check(got == EVERYBODYS, "afterwards it answers again", got)
