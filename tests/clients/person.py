"""One person's installation in the places where programs look by themselves: no $SCOPED_ variable is set.

Configuration in ~/.config/scoped, the user's agent under $XDG_RUNTIME_DIR, the helper in ~/bin, Docker's settings in
~/.docker/config.json and containers' in $XDG_RUNTIME_DIR/containers/auth.json.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from azure import Cloud
from process import Finished, LabError, run
from servers import search_path
from world import CALM_POLICY, HELPER, Consumer, World

APP, WEB = "demo/app", "demo/web"
READ, WRITE = ["content/read", "metadata/read"], ["content/read", "content/write", "metadata/read"]
SCOPE_MAPS = {"app-read": {APP: READ}, "app-write": {APP: WRITE}, "web-write": {WEB: WRITE}}
# The first answers whoever does not choose.
READER = Consumer("reader", "app-read", False)
WRITER = Consumer("writer", "app-write", True)
WEB_WRITER = Consumer("web-writer", "web-write", True)
# No client may lose a password in the middle of its work: what was handed out lives on for an hour.
POLICY = CALM_POLICY | {"hold": "30s"}

Environment = dict[str, str]


class Person(World):
    """Owns the agent. `open_registry` is one that nobody configured and that everybody may read and write."""

    agent_options = ("--user",)

    def __init__(self, work: Path, programs: Path, cloud: Cloud, open_registry: str):
        super().__init__(work, programs, cloud, (READER, WRITER, WEB_WRITER), POLICY, SCOPE_MAPS)
        self.home = work / "home"
        self.runtime = work / "run"
        self.open_registry = open_registry
        self.config = self.home / ".config" / "scoped" / "config.json"
        for folder in (self.config.parent, self.runtime, self.home / "bin"):
            folder.mkdir(parents=True, mode=0o700)
        self.link_helper(HELPER)

    def configuration(self) -> dict[str, Any]:
        document = super().configuration()
        del document["stores"]  # the default one, as `scopedctl init` makes it
        registry = document["registries"][self.cloud.host]
        del registry["store"]
        registry["default_token"] = READER.token
        for token in registry["tokens"].values():
            del token["allow"]  # everything in a person's own file is theirs
        return document

    def environment(self) -> Environment:
        return {
            "PATH": f"{self.home}/bin:{search_path()}",
            "HOME": str(self.home),
            "XDG_RUNTIME_DIR": str(self.runtime),
            "TMPDIR": str(self.work / "tmp"),
            "LANG": "C.UTF-8",
        }

    def link_helper(self, name: str) -> None:
        link = self.home / "bin" / name
        if not link.is_symlink():
            link.symlink_to(self.programs / HELPER)

    # --- what a client is started with -----------------------------------------------------------------

    def at_home(self) -> Environment:
        """Settings in the standard places, which name the helper for our registry."""
        self.write_settings(self.home / ".docker" / "config.json", "scoped")
        self.write_settings(self.runtime / "containers" / "auth.json", "scoped")
        return self.environment()

    def with_suffix(self, profile: str) -> Environment:
        """Settings of their own that name the helper under the name of a profile.

        $TEST_HELPER tells the same to clients that are given the helper's name and read no settings.
        """
        self.link_helper(f"{HELPER}-{profile}")
        folder = self.work / "clients" / profile
        self.write_settings(folder / "config.json", f"scoped-{profile}")
        return self.settings_in(folder) | {"TEST_HELPER": f"{HELPER}-{profile}"}

    def with_variable(self, profile: str) -> Environment:
        return self.at_home() | {"SCOPED_PROFILE": profile}

    def asking_for_all(self) -> Environment:
        """Settings under which the helper is asked about every registry."""
        folder = self.work / "clients" / "all"
        folder.mkdir(exist_ok=True)
        (folder / "config.json").write_text('{"credsStore": "scoped"}\n')
        registries = folder / "registries.conf"
        registries.write_text('credential-helpers = ["scoped"]\n' + self.insecure())
        return self.settings_in(folder) | {"CONTAINERS_REGISTRIES_CONF": str(registries)}

    def with_repository_key(self, repository: str) -> Environment:
        """Settings that name the helper for one repository alone, which some clients look up."""
        folder = self.work / "clients" / "repository"
        folder.mkdir(exist_ok=True)
        helpers = {f"{self.cloud.host}/{repository}": "scoped"}
        (folder / "config.json").write_text(json.dumps({"credHelpers": helpers}))
        return self.settings_in(folder)

    def settings_in(self, folder: Path) -> Environment:
        files = {"DOCKER_CONFIG": str(folder), "REGISTRY_AUTH_FILE": str(folder / "config.json")}
        return self.environment() | files

    def write_settings(self, file: Path, helper: str) -> None:
        """Anew each time: clients leave marks of a login in it."""
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({"credHelpers": {self.cloud.host: helper}}) + "\n")

    def insecure(self) -> str:
        return f'[[registry]]\nlocation = "{self.open_registry}"\ninsecure = true\n'

    # --- the helper, as this test looks at it ----------------------------------------------------------

    def helper(self, token: str, verb: str) -> Finished:
        env = self.environment() | {"SCOPED_PROFILE": token}
        return run([f"{self.home}/bin/{HELPER}", verb], env, stdin=self.cloud.host)

    def generation(self, token: str) -> int:
        """The generation of a token's password. Raises LabError when there is no status."""
        for each in (self.status() or {}).get("tokens", []):
            if each["token"] == token:
                return int(each["generation"])
        raise LabError(f"the status does not mention '{token}'")
