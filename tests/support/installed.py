"""The packages on a Debian of their own: how they are built, installed and set to work there, and what tests ask them.

The machine has a registry inside, `acr-emulator`, whose control plane's secret is a credential of systemd.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from debian_root import Booted, why_no_root
from process import LabError
from sandbox import Stopped, raise_when_stopped
from tap import Tap

ROOT = Path(__file__).resolve().parents[2]

CA = "/srv/emulator/ca.crt"
HOST = "myregistry.azurecr.io"
GET = f"echo {HOST} | docker-credential-scoped get"
AS_USER = "setpriv --reuid=12001 --regid=12001 --groups=$(getent group scoped | cut -d: -f3)"
INSTALL = "apt-get install -y --no-install-recommends /mnt/packages/*.deb"
# Where a package may leave something.
LISTED = "find /etc /usr /lib /var/lib /run /opt /srv -xdev | grep -vE '^/(var/lib/(dpkg|apt|systemd)|run/(systemd|dbus))' | sort"

Scene = Callable[[Booted, Tap], None]


def play_packages(subject: str, make_root: Callable[[], Path], play: Callable[[Path, Path, Path, Tap], None]) -> int:
    """The frame of a test of packages: `play(root, packages, work, tap)`; everything else goes again."""
    tap = Tap()
    if why := why_no_root():
        tap.skip(subject, why)
        return 0
    raise_when_stopped()  # the machines end with us
    work = Path(tempfile.mkdtemp(prefix="scoped-packages-", dir="/var/tmp"))
    try:
        try:
            root = make_root()
        except LabError as problem:
            tap.skip(subject, str(problem))
            return 0
        play(root, built_packages(tap), work, tap)
    except LabError as problem:
        tap.not_ok(subject, problem)
    except Stopped as reason:
        tap.not_ok(subject, f"stopped by {reason}")
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return tap.exit_code


def play_scenes(machine: Booted, tap: Tap, scenes: list[tuple[str, Scene]]) -> None:
    """One that breaks off does not keep the next from being played."""
    for name, scene in scenes:
        try:
            scene(machine, tap)
        except LabError as problem:
            tap.not_ok(f"{name} runs to its end", problem)
            tap.note(journal(machine, 5).replace("\n", " | "))


# --- building ------------------------------------------------------------------------------------------


def built_packages(tap: Tap) -> Path:
    """Those of this tree, from `--packages DIR` or built; the same tree gives the same bytes, so once is enough."""
    if sys.argv[1:2] == ["--packages"]:
        return Path(sys.argv[2])
    output = ROOT / "build" / "packages-tested"
    stamp, tree = output / "tree", digest_of_tree()
    if stamp.is_file() and stamp.read_text() == tree:
        return output
    shutil.rmtree(output, ignore_errors=True)
    build_deb("--output", str(output))
    tap.ok("the packages are built, and lintian has neither error nor warning")
    stamp.write_text(tree)
    return output


def built_next_version(version: str) -> Path:
    """The packages of the same tree under a later version, compiled anew where it stands in the programs."""
    output = ROOT / "build" / "packages-next"
    stamp, digest = output / "tree", f"{version} {digest_of_tree()}"
    if stamp.is_file() and stamp.read_text() == digest:
        return output
    shutil.rmtree(output, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix="scoped-tree-", dir="/var/tmp") as folder:
        copy_tree(Path(folder), version)
        # In the place of the other build, for a compiler cache to know what is the same.
        build_deb("--output", str(output), "--no-lintian", "--work", str(ROOT / "build" / "deb"), tree=Path(folder))
    stamp.write_text(digest)
    return output


def copy_tree(tree: Path, version: str) -> None:
    for name in files_of_tree():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, tree / name, follow_symlinks=False)
    for name, before, after in (
        ("CMakeLists.txt", r"(project\(\S+ VERSION )\S+", rf"\g<1>{version}"),
        ("packaging/debian/changelog", r"\A(\S+) \(\S+\)", rf"\g<1> ({version})"),
    ):
        text, count = re.subn(before, after, (tree / name).read_text(), count=1)
        if count != 1:
            raise LabError(f"{name} names no version")
        (tree / name).write_text(text)


def build_deb(*arguments: str, tree: Path = ROOT) -> None:
    argv = [str(tree / "packaging" / "build-deb"), *arguments]
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise LabError(f"build-deb: {done.stdout[-600:]}")


def files_of_tree() -> list[str]:
    argv = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(argv, stdout=subprocess.PIPE, text=True)
    if listed.returncode != 0:
        raise LabError("the tree is not in git, so its files are not known")
    return [name for name in sorted(listed.stdout.split("\0")) if name and (ROOT / name).is_file()]


def digest_of_tree() -> str:
    digest = hashlib.sha256()
    for name in files_of_tree():
        path = ROOT / name
        digest.update(f"{name}\0{path.stat().st_mode}\0".encode() + path.read_bytes())
    return digest.hexdigest()


# --- a machine and its registry ------------------------------------------------------------------------


def start(machine: Booted) -> None:
    machine.start()
    machine.wait_until("systemctl is-system-running | grep -qE 'running|degraded'", 120)


def start_emulator(machine: Booted, *options: str) -> dict[str, str]:
    """What it says of itself; it ends with the machine, its state stays."""
    options_text = " ".join(("--registry myregistry --state /srv/emulator/state --port 5443 --token-life 600", *options))
    machine.must("mkdir -p /srv/emulator && rm -f /srv/emulator/ready && systemd-run --unit=emulator "
                 f"-p StandardOutput=file:/srv/emulator/ready acr-emulator {options_text}")  # fmt: skip
    machine.wait_until("test -s /srv/emulator/ready")
    ready = ready_of(machine)
    machine.must(f"cp {ready['ca']} {CA}")  # the service has a /tmp of its own
    machine.must(f"umask 077; mkdir -p /etc/credstore; printf %s '{ready['client_secret']}' > /etc/credstore/client-secret")
    return ready


def make_tokens(machine: Booted, ready: dict[str, str]) -> None:
    """The store and the configuration's two tokens, while the service is stopped; the sockets are open again after it."""
    write_configuration(machine, ready)
    machine.must("systemctl stop scoped-agent.service scoped-agent.socket scoped-agent-control.socket")
    machine.must("scopedctl init")
    host = ready["login_server"]
    machine.must(f"scopedctl scope-map create -r {host} --name pull-scope --repository demo/app content/read")
    for token in ("puller", "other-one"):
        machine.must(f"scopedctl token create -r {host} --name {token} --scope-map pull-scope")
    machine.must("systemctl start scoped-agent.socket scoped-agent-control.socket")


ADMIN = "/srv/emulator/admin.json"


def make_foreign_tokens(machine: Booted, ready: dict[str, str], tokens: dict[str, list[str]]) -> None:
    """Tokens with their actions in demo/app, as they are before anybody here knows them: in a store of their own."""
    host = ready["login_server"]
    admin = configuration(ready, next(iter(tokens)))
    admin["stores"] = {"admin": {"type": "sealed_file", "path": "/srv/emulator/records", "key": "file:/srv/emulator/key"}}
    admin["registries"][host] |= {"store": "admin", "tokens": {name: {} for name in tokens}}
    admin["profiles"] = {name: {host: name} for name in tokens}
    admin.pop("agent")
    machine.path(ADMIN).write_text(json.dumps(admin))
    machine.must(f"scopedctl init --config {ADMIN}")
    for name, actions in tokens.items():
        machine.must(f"scopedctl scope-map create --name {name}-scope --repository demo/app {' '.join(actions)} --config {ADMIN}")
        machine.must(f"scopedctl token create --name {name} --scope-map {name}-scope --config {ADMIN}")


def setup_flags(ready: dict[str, str], token: str) -> str:
    return (
        f"--token {token} --resource-id {resource_id(ready)} --tenant {ready['tenant']} --client-id {ready['client_id']} "
        f"--client-secret credential:client-secret --authority {ready['authority']} --arm {ready['arm']} --ca-file {CA}"
    )


def arm_fault(machine: Booted, **fault: Any) -> None:
    """In the emulator (`acr-emulator --help` lists them), instead of what was armed before; nothing: none."""
    fault_api(machine, "-X", "DELETE")
    if fault:
        fault_api(machine, "-d", json.dumps(fault))


def faults_met(machine: Booted) -> int:
    """How many requests the armed fault has met."""
    return sum(int(each["hits"]) for each in json.loads(fault_api(machine))["faults"])


def fault_api(machine: Booted, *arguments: str) -> str:
    curl = ("curl", "--silent", "--fail", "--noproxy", "*", "--cacert", str(machine.path(CA)), *arguments)
    done = machine.beside(*curl, ready_of(machine)["fault"])
    if done.code != 0:
        raise LabError(f"the emulator's faults: {done.last_line}")
    return done.out


def resource_id(ready: dict[str, str]) -> str:
    group = f"/subscriptions/{ready['subscription']}/resourceGroups/{ready['resource_group']}"
    return f"{group}/providers/Microsoft.ContainerRegistry/registries/{ready['registry']}"


def write_configuration(machine: Booted, ready: dict[str, str], default: str = "puller") -> None:
    machine.path("/etc/scoped/config.d/lab.json").write_text(json.dumps(configuration(ready, default)))
    machine.path("/srv/emulator/host").write_text(ready["login_server"])


def configuration(ready: dict[str, str], default: str) -> dict[str, Any]:
    host = ready["login_server"]
    return {
        "registries": {host: {
            "default_token": default, "ca_file": CA, "tokens": {"puller": {}, "other-one": {}},
            "control": {"type": "acr", "resource_id": resource_id(ready), "endpoint": ready["arm"], "ca_file": CA,
                        "identity": "rotator"}}},
        "identities": {"rotator": {
            "type": "entra_secret", "authority": ready["authority"], "tenant": ready["tenant"],
            "client_id": ready["client_id"], "client_secret": "credential:client-secret", "ca_file": CA}},
        "agent": {"duties": ["broker", "watch", "rotate"], "listeners": {
            "host": {"type": "host"}, "build": {"type": "container", "token": f"{host}/other-one"}}},
    }  # fmt: skip


def ready_of(machine: Booted) -> dict[str, str]:
    return dict(json.loads(machine.must("cat /srv/emulator/ready")))


def user_of(machine: Booted, prefix: str = "") -> str:
    host = ready_of(machine)["login_server"]
    done = machine.sh(f"echo {host} | {prefix} docker-credential-scoped get")
    return str(json.loads(done.out)["Username"]) if done.code == 0 else f"exit {done.code}: {done.out}{done.err}"


def password_of(machine: Booted) -> str:
    done = machine.sh(f"echo {ready_of(machine)['login_server']} | {AS_USER} docker-credential-scoped get")
    if done.code != 0:
        raise LabError(f"no answer: {done.out} {done.err}")
    return str(json.loads(done.out)["Secret"])


def slots_of(machine: Booted) -> list[str]:
    """The roles of the token's two passwords."""
    said = json.loads(machine.must("scopedctl status -o json"))
    token = next(each for each in said["tokens"] if each["token"] == "puller")
    return sorted(each["role"] for each in token["slots"])


def status_of(machine: Booted) -> str:
    return machine.must("systemctl show scoped-agent -p StatusText --value").strip()


def journal(machine: Booted, lines: int = 200, unit: str = "scoped-agent") -> str:
    return machine.sh(f"journalctl -u {unit} --no-pager -n {lines} -o cat").out


def check_line(machine: Booted, tap: Tap, sentence: str, *words: str) -> None:
    """One line of the journal has all these words, within a minute."""
    try:
        machine.wait_for(lambda: any(all(each in line for each in words) for line in journal(machine).splitlines()), sentence)
    except LabError:
        tap.not_ok(sentence, journal(machine, 4))
        return
    tap.ok(sentence)
