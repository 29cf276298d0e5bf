#!/usr/bin/env python3
"""Saved logins: what `docker login` stored for registries that nobody configured, on a machine with nothing set up.

Sealed, one document per user, many processes at once, killed anywhere, on a full disk.
Not tested here: the protocol's texts (protocol.py), the form of the document (unit tests of common/answer).
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from calls import HELPER, Answer, Call, run_call
from lab import Lab
from rows import NOT_FOUND, Line, login
from scene import play
from tap import Tap

MANY = 64
ALICE, BOB = 47_021, 47_022
STATE = Path(".local/state/scoped")
OWN_FILES = ["key", "key.lock", "logins", "logins.lock"]  # in it
NOT_SAVED = Line(("save the login of",))


@dataclass(frozen=True)
class User:
    """A home folder, whose it is, and the helper run from there with nothing configured."""

    program: Path
    home: Path
    uid: int | None = None

    def call(self, verb: str, stdin: str | bytes) -> Call:
        data = stdin if isinstance(stdin, bytes) else stdin.encode()
        return Call(self.program, (verb,), data, {"HOME": str(self.home)}, uid=self.uid)

    def ask(self, verb: str, stdin: str | bytes = b"") -> Answer:
        return run_call(self.call(verb, stdin))

    def store(self, url: str, user: str, secret: str) -> Answer:
        return self.ask("store", document(url, user, secret))

    def has(self, url: str, user: str, secret: str) -> bool:
        return self.ask("get", url).out == login(url, user, secret)

    def listed(self) -> dict[str, str]:
        answer = self.ask("list")
        return dict(json.loads(answer.out)) if answer.code == 0 else {"list fails": str(answer)}

    @property
    def state(self) -> Path:
        return self.home / STATE

    def files(self) -> list[str]:
        return sorted(str(each.relative_to(self.home)) for each in self.home.rglob("*"))


def document(url: str, user: str, secret: str) -> str:
    return json.dumps({"ServerURL": url, "Username": user, "Secret": secret})


class Homes:
    """Makes a fresh home for each test."""

    def __init__(self, lab: Lab):
        self.folder = lab.work / "homes"
        self.program = lab.work / "installed" / HELPER
        lab.work.chmod(0o711)
        for each in (self.folder, self.program.parent):
            each.mkdir(mode=0o755)
        for name in (HELPER, "scoped-fetch"):
            shutil.copy2(lab.programs / name, self.program.parent / name)

    def user(self, name: str, uid: int | None = None) -> User:
        home = self.folder / name
        home.mkdir(mode=0o700)
        if uid is not None:
            os.chown(home, uid, uid)
        return User(self.program, home, uid)


def saved_logins(lab: Lab, tap: Tap) -> None:
    if lab.private:
        shutil.rmtree("/etc/scoped", ignore_errors=True)  # of our own copy of /etc
    elif Path("/etc/scoped").exists():
        tap.skip("saved logins", "this machine has a configuration in /etc/scoped, and it cannot be hidden")
        return
    homes = Homes(lab)
    first_store(homes, tap)
    other_users(homes, tap)
    damaged(homes, tap)
    many_keys(homes, tap)
    one_key(homes, tap)
    readers(homes, tap)
    killed_at_random(homes, tap)
    killed_everywhere(homes, tap)
    full_disk(lab, homes, tap)
    no_store_by_accident(lab, homes, tap)


# --- one user ----------------------------------------------------------------------------------------


def first_store(homes: Homes, tap: Tap) -> None:
    me = homes.user("first")
    for verb in ("get", "list", "erase"):
        me.ask(verb, "ghcr.io")
    tap.check(not me.files(), "asking, listing and erasing leave nothing behind", me.files())
    stored = me.store("ghcr.io", "somebody", "s3cret-text")
    tap.check(stored == Answer(0, b"", b""), "the first store works where nothing was set up", stored)
    expected = [".local", ".local/state", str(STATE), *(str(STATE / name) for name in OWN_FILES)]  # fmt: skip
    tap.check(me.files() == expected, "it makes the user's own sealed file and no store of records", me.files())
    modes = {each.name: each.stat().st_mode & 0o7777 for each in me.home.rglob("*")}
    open_ones = {name: oct(mode) for name, mode in modes.items() if mode & 0o077}
    tap.check(not open_ones, "nobody else may look at any of it", open_ones)
    content = b"".join(each.read_bytes() for each in me.state.iterdir())
    seen = [text for text in ("ghcr.io", "somebody", "s3cret-text") if text.encode() in content]
    tap.check(not seen, "neither registry, user name nor secret can be read in it", seen)
    key = (me.state / "key").read_bytes()
    me.ask("erase", "ghcr.io")
    tap.check(not (me.state / "logins").exists(), "with the last login its document goes", me.files())
    me.store("ghcr.io", "somebody", "again")
    tap.check((me.state / "key").read_bytes() == key, "and the key stays", "there is another one")


def other_users(homes: Homes, tap: Tap) -> None:
    name = "users have logins of their own"
    if os.geteuid() != 0:
        tap.skip(name, "only root can be somebody else")
        return
    alice, bob = homes.user("alice", ALICE), homes.user("bob", BOB)
    for user, secret in ((alice, "alice's"), (bob, "bob's")):
        user.store("ghcr.io", "me", secret)
    tap.check(alice.has("ghcr.io", "me", "alice's") and bob.has("ghcr.io", "me", "bob's"), name)
    owners = {each.stat().st_uid for each in alice.home.rglob("*")}
    tap.check(owners == {ALICE}, "all of it belongs to the user", owners)
    before = (alice.state / "logins").read_bytes()
    for who, uid in (("another user", BOB), ("root", None)):
        intruder = User(alice.program, alice.home, uid)
        asked = intruder.ask("get", "ghcr.io")
        tap.check(asked == Answer(1, NOT_FOUND, b""), f"{who} finds nothing in somebody's home", asked)
        stored = intruder.store("quay.io", "me", "x")
        wrong = NOT_SAVED.problem_with(stored.out)
        tap.check(stored.code == 1 and not wrong, f"{who} saves nothing in somebody's home", f"{wrong}: {stored}")
        tap.check(intruder.ask("erase", "ghcr.io").code == 0, f"{who} may erase in vain")
    tap.check((alice.state / "logins").read_bytes() == before, "the document is as it was")
    for file in alice.state.iterdir():  # with its key, as a backup of a home restored for the wrong user
        shutil.copy2(file, bob.state / file.name)
        os.chown(bob.state / file.name, BOB, BOB)
    asked = bob.ask("get", "ghcr.io")
    wrong = Line(("saved logins", "log in again")).problem_with(asked.out)
    tap.check(asked.code == 1 and not wrong, "a document copied from another user is not opened", f"{wrong}: {asked}")


def damaged(homes: Homes, tap: Tap) -> None:
    me = homes.user("damaged")
    me.store("ghcr.io", "me", "one")
    good = (me.state / "logins").read_bytes()
    flipped = bytes([good[0] ^ 1]) + good[1:]
    for what, bytes_now in (("cut", good[:-1]), ("empty", b""), ("changed", flipped), ("long", good * 2)):
        (me.state / "logins").write_bytes(bytes_now)
        asked, stored = me.ask("get", "ghcr.io"), me.store("quay.io", "me", "x")
        wrong = Line((str(me.state / "logins"), "log in again")).problem_with(asked.out)
        tap.check(asked.code == 1 and not wrong, f"a document that is {what}: get says it in one line", f"{wrong}: {asked}")
        tap.check(stored.code == 1, f"a document that is {what}: store fails", stored)
        tap.check((me.state / "logins").read_bytes() == bytes_now, f"a document that is {what}: it is left as it is")
        tap.check(me.listed() == {}, f"a document that is {what}: list names nothing", me.listed())
        tap.check(me.ask("erase", "ghcr.io").code == 0, f"a document that is {what}: erase succeeds")
    (me.state / "logins").write_bytes(good)
    key = (me.state / "key").read_bytes()
    (me.state / "key").unlink()
    stored = me.store("quay.io", "me", "x")
    tap.check(stored.code == 1, "a document whose key is lost is not put under a new one", stored)
    (me.state / "key").write_bytes(key)
    (me.state / "key").chmod(0o600)
    tap.check(me.has("ghcr.io", "me", "one"), "it is whole again when the key is back")


# --- many processes ----------------------------------------------------------------------------------


def start(call: Call) -> subprocess.Popen[bytes]:
    process = call.start(stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.write(call.stdin)
    process.stdin.close()
    process.stdin = None
    return process


def finish_all(processes: Iterable[subprocess.Popen[bytes]]) -> list[Answer]:
    answers = []
    for process in processes:
        out, err = process.communicate(timeout=60)
        answers.append(Answer(process.returncode, out, err))
    return answers


def many_keys(homes: Homes, tap: Tap) -> None:
    me = homes.user("many-keys")
    names = [f"registry-{number}.example.com" for number in range(MANY)]
    answers = finish_all([start(me.call("store", document(name, f"user of {name}", name))) for name in names])
    failed = [str(each) for each in answers if each != Answer(0, b"", b"")]
    tap.check(not failed, f"{MANY} stores of different keys at once all succeed", failed)
    expected = {name: f"user of {name}" for name in names}
    tap.check(me.listed() == expected, "and none is lost", sorted(set(expected) - set(me.listed())))
    gone = names[: MANY // 2]
    calls = [me.call("erase", name) for name in gone]
    calls += [me.call("store", document(f"new-{name}", "me", name)) for name in gone]
    random.Random(1).shuffle(calls)
    answers = finish_all([start(call) for call in calls])
    tap.check(all(each.code == 0 for each in answers), "stores and erases at once all succeed", [str(each) for each in answers if each.code])  # fmt: skip
    expected = {name: f"user of {name}" for name in names[MANY // 2 :]} | {f"new-{name}": "me" for name in gone}
    tap.check(me.listed() == expected, "each does what it says and nothing else", me.listed())


def one_key(homes: Homes, tap: Tap) -> None:
    me = homes.user("one-key")
    answers = finish_all([start(me.call("store", document("ghcr.io", f"user-{n}", f"secret-{n}" * 50))) for n in range(MANY)])  # fmt: skip
    tap.check(all(each.code == 0 for each in answers), f"{MANY} stores of one key at once all succeed")
    whole = [n for n in range(MANY) if me.has("ghcr.io", f"user-{n}", f"secret-{n}" * 50)]
    tap.check(len(whole) == 1, "one of them is there as it was sent", me.ask("get", "ghcr.io"))
    tap.check(len(me.listed()) == 1, "and it is one login", me.listed())


def readers(homes: Homes, tap: Tap) -> None:
    """The document comes and goes while others read it."""
    me = homes.user("readers")
    here, away = login("ghcr.io", "me", "one"), NOT_FOUND
    seen: set[bytes] = set()
    surprises: list[str] = []

    def write() -> None:
        for _ in range(60):
            me.store("ghcr.io", "me", "one")
            me.ask("erase", "ghcr.io")

    with ThreadPoolExecutor(2) as pool:
        writing = pool.submit(write)
        while not writing.done():
            answer = me.ask("get", "ghcr.io")
            seen.add(answer.out)
            if answer.out not in (here, away):
                surprises.append(str(answer))
        writing.result()
    tap.check(not surprises, "a reader sees the login or none, whoever writes meanwhile", surprises[:3])
    tap.check(seen >= {here, away}, "it has seen both", seen)


def killed_at_random(homes: Homes, tap: Tap) -> None:
    """Half of the writers are killed at moments of chance; what ended with 0 is there."""
    me = homes.user("killed-at-random")
    chance = random.Random(4)
    completed: dict[str, str] = {}
    killed = 0
    for turn in range(4):
        names = [f"turn-{turn}-{number}.example.com" for number in range(MANY)]
        victims = set(chance.sample(names, MANY // 2))
        running = {}
        for name in names:
            running[name] = start(me.call("store", document(name, "me", name)))
            if name in victims:
                time.sleep(chance.uniform(0, 0.012))
                running[name].send_signal(signal.SIGKILL)
        for name, answer in zip(names, finish_all(running.values()), strict=True):
            killed += answer.code == -signal.SIGKILL
            if answer.code == 0:
                completed[name] = name
    tap.note(f"{killed} writers were killed, {len(completed)} completed")
    tap.check(killed >= 10 and len(completed) >= 2 * MANY, "some were killed and the others completed", (killed, len(completed)))  # fmt: skip
    listed = me.listed()
    tap.check(set(completed) <= set(listed), "no completed store is lost", sorted(set(completed) - set(listed)))
    torn = [name for name in listed if not me.has(name, "me", name)]
    tap.check(not torn, "every login that is there is whole", torn)


def killed_everywhere(homes: Homes, tap: Tap) -> None:
    """Killed at each of its system calls, one after the other."""
    name = "a store killed at any of its system calls leaves the old logins or the new ones"
    strace = shutil.which("strace")
    if not strace:
        tap.skip(name, "strace is not installed")
        return
    me = homes.user("killed-everywhere")
    me.store("old.example.com", "me", "old")
    calls = system_calls(strace, me, homes.folder / "calls")
    if not calls:
        tap.skip(name, "strace cannot trace here")
        return
    problems: list[str] = []
    possible = {me.ask("get", "ghcr.io").out}
    killed = 0
    for number, (system_call, turn) in enumerate(calls):
        argv = [strace, "-qq", "-o", "/dev/null", f"--inject={system_call}:signal=KILL:when={turn}", str(me.program), "store"]
        secret = f"secret-{number}"
        text = document("ghcr.io", "me", secret).encode()
        done = subprocess.run(argv, input=text, env={"HOME": str(me.home)}, capture_output=True)
        killed += done.returncode != 0
        possible.add(login("ghcr.io", "me", secret))
        asked = me.ask("get", "ghcr.io").out
        if not me.has("old.example.com", "me", "old") or asked not in possible:
            problems.append(f"at {system_call} number {turn}: {me.listed()}, {asked!r}")
        if done.returncode == 0 and asked != login("ghcr.io", "me", secret):
            problems.append(f"one that lived past {system_call} number {turn} lost its login")
    tap.check(not problems, name, problems[:3])
    tap.check(killed > 100 and killed >= len(calls) - 2, "it was killed at every one of them", (killed, len(calls)))
    tap.check(me.store("ghcr.io", "me", "last").code == 0 and me.has("ghcr.io", "me", "last"), "the next store works")
    strays = {each.name for each in me.state.iterdir()} - set(OWN_FILES)
    tap.check(not strays, "and clears away what was half-written", strays)


def system_calls(strace: str, me: User, log: Path) -> list[tuple[str, int]]:
    """The system calls of one store, each with how many of its name came before and itself."""
    argv = [strace, "-qq", "-o", str(log), str(me.program), "store"]
    text = document("ghcr.io", "me", "first").encode()
    subprocess.run(argv, input=text, env={"HOME": str(me.home)}, capture_output=True)
    names = [line.partition("(")[0] for line in log.read_text().splitlines() if "(" in line] if log.exists() else []
    turns: Counter[str] = Counter()
    calls = []
    for name in names[1:]:  # the first one is the execve that starts it
        if name.isidentifier() and name != "exit_group":
            turns[name] += 1
            calls.append((name, turns[name] + (name == "execve")))
    return calls


# --- what must not happen ----------------------------------------------------------------------------


def full_disk(lab: Lab, homes: Homes, tap: Tap) -> None:
    name = "a full disk loses no login"
    if not lab.private:
        tap.skip(name, "a small file system cannot be mounted here")
        return
    me = homes.user("full-disk")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k,mode=0700", "tmpfs", str(me.home)], check=True)
    fill(me.home / "ballast")
    stored = me.store("ghcr.io", "me", "x" * 5_000)
    told = Line(("save the login of 'ghcr.io'", "No space left")).problem_with(stored.out)
    tap.check(stored.code == 1 and not told, "a first store on a full disk says so", f"{told}: {stored}")
    (me.home / "ballast").unlink()
    tap.check(me.store("ghcr.io", "me", "x" * 5_000).code == 0, "and works when there is room")
    fill(me.home / "ballast")
    before = (me.state / "logins").read_bytes()
    stored = me.store("quay.io", "me", "y" * 5_000)
    told = Line(("save the login of 'quay.io'", "No space left")).problem_with(stored.out)
    tap.check(stored.code == 1 and not told, "a later store on a full disk says so", f"{told}: {stored}")
    tap.check((me.state / "logins").read_bytes() == before and me.has("ghcr.io", "me", "x" * 5_000), name)
    strays = [each.name for each in me.state.iterdir() if each.name.endswith(".new")]
    tap.check(not strays, "and leaves no half-written file", strays)
    tap.check(me.ask("erase", "ghcr.io").code == 0, "erase succeeds on a full disk")
    tap.check(me.ask("get", "ghcr.io").out == NOT_FOUND, "and the last login is gone")


def fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        try:
            while file.write(b"\0" * 4096):
                pass
        except OSError:
            return


def no_store_by_accident(lab: Lab, homes: Homes, tap: Tap) -> None:
    """A configuration whose store nobody has made with `scopedctl init`."""
    me = homes.user("no-store")
    config = me.home / "config.json"
    registry = {"tokens": {"puller": {"repositories": ["a/*"]}}}
    config.write_text(json.dumps({"registries": {"reg.azurecr.io": registry}}))
    env = {"HOME": str(me.home), "SCOPED_CONFIG": str(config)}
    calls = [
        ("get", "reg.azurecr.io", 1), ("store", document("reg.azurecr.io", "puller", "x"), 1), ("list", "", 0),
        ("erase", "reg.azurecr.io", 0), ("store", document("ghcr.io", "me", "x"), 0), ("get", "ghcr.io", 0),
    ]  # fmt: skip
    for verb, stdin, code in calls:
        answer = run_call(Call(me.program, (verb,), stdin.encode(), env))
        told = Line(("reg.azurecr.io",)).problem_with(answer.out) if code else None
        tap.check(answer.code == code and not told, f"without its store: {verb} {stdin[:40]} exits with {code}", f"{told}: {answer}")  # fmt: skip
    left = sorted(each.name for each in me.state.iterdir())
    tap.check(left == OWN_FILES, "no store of records was made by accident", left)


if __name__ == "__main__":
    sys.exit(play(saved_logins))
