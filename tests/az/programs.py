"""The Azure CLIs that can be had here: the one that the system brings, and the current one of PyPI."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

from cache import cached, fetch
from process import Finished, LabError, find_program, run

CURRENT = "2.91.0"
LIMIT = 120.0  # seconds for one command; a loaded machine needs five


@dataclass
class AzureCli:
    """One version, with settings of its own in `home`."""

    argv: tuple[str, ...]
    home: Path
    environment: dict[str, str] = field(default_factory=dict)
    version: str = "?"

    def run(self, words: list[str], limit: float = LIMIT) -> Finished:
        env = {"PATH": os.environ["PATH"], "HOME": str(self.home), "AZURE_CONFIG_DIR": str(self.home / "azure")}
        env |= {"AZURE_CORE_COLLECT_TELEMETRY": "false", "AZURE_CORE_NO_COLOR": "true"}
        return run([*self.argv, *words], env | self.environment, limit)

    def ask_version(self) -> None:
        done = self.run(["version", "-o", "json"])
        if done.code != 0:
            raise LabError(f"'{' '.join(self.argv)} version' ends with {done.code}: {done.last_line}")
        self.version = str(json.loads(done.out)["azure-cli"])


def of_the_system(home: Path) -> AzureCli:
    program = find_program("az")
    if not program:
        raise LabError("'az' is not installed; run 'packaging/deps tests'")
    cli = AzureCli((program,), home)
    cli.ask_version()
    return cli


def of_pypi(home: Path) -> AzureCli:
    def make(folder: Path) -> None:
        words = ["-m", "pip", "install", "--quiet", "--no-compile", "--target", str(folder)]
        fetch([sys.executable, *words, f"azure-cli=={CURRENT}"], folder)

    folder = cached(f"azure-cli-{CURRENT}", make, [])
    cli = AzureCli((sys.executable, "-m", "azure.cli"), home, {"PYTHONPATH": str(folder)})
    cli.ask_version()
    return cli


WAYS = {"the system's Azure CLI": of_the_system, f"PyPI's Azure CLI {CURRENT}": of_pypi}
