"""The small world of the protocol's rows: one registry with two tokens, one that cannot be answered, three modes.

Folders are passable for other users, since some rows are played as one.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from azure import Cloud
from calls import HELPER
from lab import Lab
from process import run
from rows import Mode, Stage
from world import CALM_POLICY, Consumer, World

READER, BUILDER = "reader", "builder"
LONELY = "lonely.azurecr.io"  # configured, but its token has no record
LONELY_TOKEN = "ghost"
OTHER_UID = 47_011
TOKENS = (Consumer(READER, "app-pull", False), Consumer(BUILDER, "app-push", True))


@dataclass(frozen=True)
class Managed:
    """What the rows need to know of the registry that the configuration mentions."""

    host: str
    reader: str  # the password of the token that the host's own key selects
    builder: str  # of the token for team/*, and of the profile of its name
    nothing: str  # the path of a configuration that mentions no registry


class ProtocolWorld(World):
    """Records come from the emulated registry; afterwards nothing but the helper and its agent is involved."""

    def __init__(self, lab: Lab, cloud: Cloud):
        super().__init__(lab.work, lab.programs, cloud, TOKENS, CALM_POLICY)
        self.work.chmod(0o711)
        self.set_up()
        self.write_configuration(self.quiet_configuration())
        self.front = self.install("front", HELPER, "scoped-fetch") / HELPER
        self.front_alone = self.install("front-alone", HELPER) / HELPER
        self.fetch = self.install("fetch", "scoped-fetch") / "scoped-fetch"
        nothing = self.work / "nothing.json"
        nothing.write_text("{}\n")
        passwords = [self.ask_helper(token)[1] for token in (READER, BUILDER)]
        self.managed = Managed(cloud.host, *passwords, str(nothing))

    def quiet_configuration(self) -> dict[str, Any]:
        """Without control plane and rotation; a second registry whose token nobody has imported."""
        document = self.configuration()
        registry = document["registries"][self.cloud.host]
        for member in ("control", "rotation", "scope_maps"):
            del registry[member]
        allow = {"allow": registry["tokens"][READER]["allow"]}
        registry["tokens"] = {
            READER: {"repositories": ["demo/app"], **allow},
            BUILDER: {"repositories": ["team/*"], **allow},
        }
        registry["default_token"] = READER
        document["registries"][LONELY] = {
            "store": "local",
            "tokens": {LONELY_TOKEN: {"repositories": ["ghosts/*"], **allow}},
        }
        document["agent"] = {"duties": ["broker"]}
        del document["identities"]
        return document

    def install(self, name: str, *programs: str) -> Path:
        """An installation of these programs alone, which other users may start."""
        folder = self.work / "installed" / name
        folder.mkdir(parents=True)
        for each in (folder.parent, folder):
            each.chmod(0o755)
        for program in programs:
            shutil.copy2(self.programs / program, folder / program)
        return folder

    def client_environment(self, home: Path) -> dict[str, str]:
        return {
            "HOME": str(home),
            "SCOPED_CONFIG": str(self.config),
            "SCOPED_AGENT_SOCKET": str(self.work / "agent" / "agent.sock"),
        }

    def stage(self) -> Stage:
        home = self.work / "homes" / "home"
        home.parent.mkdir()
        home.parent.chmod(0o755)
        return Stage(home, self.client_environment(home))

    def modes(self) -> list[Mode]:
        return [
            Mode("with an agent", self.front, self.start_agent),
            Mode("without an agent", self.front, self.stop),
            Mode("scoped-fetch under the helper's name", self.fetch),
        ]


def turkish(folder: Path) -> dict[str, str] | None:
    """An environment in which the language is Turkish, or None where it cannot be made."""
    localedef = shutil.which("localedef")
    if not localedef:
        return None
    target = folder / "tr_TR.UTF-8"
    made = run([localedef, "-i", "tr_TR", "-f", "UTF-8", str(target)], {"PATH": os.defpath}, limit=60)
    if not target.is_dir():
        return None
    del made  # warnings count as failures there; the folder is what matters
    return {"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8", "LOCPATH": str(folder)}
