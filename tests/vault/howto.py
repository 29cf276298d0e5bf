#!/usr/bin/env python3
"""The ten commands of packaging/doc/vault.md, as they stand there, and its configuration with the lab's addresses added.

`docker pull` is played by the helper that Docker would call and by a login at the registry; the clients themselves are
in tests/clients.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from azure import Cloud
from lab import Lab
from process import LabError, run
from scene import ROOT, play
from servers import search_path
from tap import Tap
from vault import find_bao

PAGE = ROOT / "packaging" / "doc" / "vault.md"
SECTION = "## From nothing to a pull in ten commands"
READY = "for i in $(seq 100); do bao status > /dev/null && break; sleep 0.2; done"
DOCKER = 'docker() { printf %s "${2%%/*}" | docker-credential-scoped get > pulled.json; }'


def blocks() -> tuple[list[str], str]:
    """The commands and the configuration of that section."""
    section = PAGE.read_text().partition(SECTION)[2].partition("\n## ")[0]
    found = re.findall(r"```\n(.*?)```", section, re.DOTALL)
    if len(found) != 2:
        raise LabError(f"{PAGE.name}: '{SECTION}' has {len(found)} blocks, expected commands and configuration")
    return found[0].splitlines(), found[1]


def configuration(text: str, cloud: Cloud) -> str:
    ready = cloud.ready
    for name, value in {
        "HOST": cloud.host, "RESOURCE_ID": cloud.resource_id, "TENANT": ready["tenant"],
        "CLIENT_ID": ready["client_id"],
    }.items():  # fmt: skip
        text = text.replace(f'"{name}"', f'"{value}"')
    document = json.loads(text)
    registry = document["registries"][cloud.host]
    registry["ca_file"] = ready["ca"]
    registry["control"] |= {"endpoint": ready["arm"], "ca_file": ready["ca"]}
    document["identities"]["azure"] |= {"authority": ready["authority"], "ca_file": ready["ca"]}
    return json.dumps(document)


def howto_test(program: str) -> Callable[[Lab, Tap], None]:
    def test(lab: Lab, tap: Tap) -> None:
        if not lab.private:
            tap.skip("the ten commands", "no namespaces of our own here, and they take a port that is fixed")
            return
        cloud = lab.start_registry()
        commands, config = blocks()
        tap.check(len(commands) == 10, "they are ten", commands)
        home = lab.work / "home"
        (home / "bin").mkdir(parents=True, mode=0o700)
        (home / "bin" / "bao").symlink_to(program)
        (home / "config.json").write_text(configuration(config, cloud))
        (home / "config.json").chmod(0o644)
        said = [each.replace("HOST", cloud.host).replace("REPOSITORY", "demo/app") for each in commands]
        server, *others = said
        script = ["set -e", DOCKER, f"{server.removesuffix('&')}> server.log 2>&1 &", others[0], READY, *others[1:]]
        env = {
            "PATH": f"{home}/bin:{lab.programs}:{search_path()}", "HOME": str(home), "XDG_RUNTIME_DIR": str(home),
            "AZURE_CLIENT_SECRET": cloud.ready["client_secret"],
        }  # fmt: skip
        done = run(["bash", "-c", "\n".join([*script, "kill %1"])], env, 120, cwd=home)
        ran = tap.check(done.code == 0, "they run as they stand there", f"{done.code}: {done.err[-700:]}")
        pulled = json.loads((home / "pulled.json").read_text()) if ran else {"Username": "", "Secret": ""}
        accepted = cloud.login(pulled["Username"], pulled["Secret"]) == 200
        tap.check(pulled["Username"] == "puller" and accepted, "and end with a login that the registry accepts")

    return test


if __name__ == "__main__":
    found, missing = find_bao()  # before there is no network any more
    if found is None:
        Tap().skip("the ten commands", missing)
        sys.exit(0)
    sys.exit(play(howto_test(found), token_life=3600))
