"""The Azure CLIs that can be had here: the one that the system brings, and the current one of PyPI."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cache import cached, fetch
from process import Finished, LabError, death_follows_us, find_program, run

CURRENT = "2.91.0"
LIMIT = 120.0  # seconds for one command; a loaded machine needs five
WARM = Path(__file__).with_name("warm_az.py")


class WarmAz:
    """Commands in processes that need not import anything first; see warm_az.py. Not thread-safe."""

    def __init__(self, python: str, home: Path, environment: Mapping[str, str]):
        self.files = (home / "out", home / "err")
        self.process = subprocess.Popen(
            [*death_follows_us(), python, "-B", str(WARM)],
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def run(self, words: list[str], environment: Mapping[str, str], limit: float) -> Finished:
        assert self.process.stdin and self.process.stdout
        for each in self.files:
            each.write_text("")
        out, err = self.files
        command = {"argv": words, "env": dict(environment), "out": str(out), "err": str(err)}
        started = time.monotonic()
        self.process.stdin.write(json.dumps(command).encode() + b"\n")
        self.process.stdin.flush()
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            answered = selector.select(limit)
        line = self.process.stdout.readline() if answered else b""
        texts = [each.read_text(errors="replace") for each in self.files]
        return Finished(int(line) if line else None, texts[0], texts[1], time.monotonic() - started)

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                pipe.close()


@dataclass
class AzureCli:
    """One version, with settings of its own in `home`. `python` runs its modules, where that is known."""

    argv: tuple[str, ...]
    home: Path
    python: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    version: str = "?"
    warm: WarmAz | None = None

    def run(self, words: list[str], limit: float = LIMIT, more: Mapping[str, str] | None = None) -> Finished:
        env = self.base() | self.environment | dict(more or {})
        if self.python and not self.warm:
            self.warm = WarmAz(self.python, self.home, self.base() | self.environment)
        return self.warm.run(words, env, limit) if self.warm else run([*self.argv, *words], env, limit)

    def base(self) -> dict[str, str]:
        env = {"PATH": os.environ["PATH"], "HOME": str(self.home), "AZURE_CONFIG_DIR": str(self.home / "azure")}
        return env | {"AZURE_CORE_COLLECT_TELEMETRY": "false", "AZURE_CORE_NO_COLOR": "true"}

    def ask_version(self) -> None:
        """Asks the program as it is installed."""
        done = run([*self.argv, "version", "-o", "json"], self.base() | self.environment, LIMIT)
        if done.code != 0:
            raise LabError(f"'{' '.join(self.argv)} version' ends with {done.code}: {done.last_line}")
        self.version = str(json.loads(done.out)["azure-cli"])

    @property
    def number(self) -> tuple[int, ...]:
        return tuple(int(part) for part in self.version.split(".")[:2])

    def stop(self) -> None:
        if self.warm:
            self.warm.stop()


def python_of(program: str) -> str:
    """The Python that runs a program, if its first line says so."""
    first = Path(program).read_bytes()[:200].partition(b"\n")[0].decode(errors="replace")
    words = first.removeprefix("#!").split()
    return words[0] if first.startswith("#!/") and len(words) == 1 and "python" in words[0] else ""


def of_the_system(home: Path) -> AzureCli:
    program = find_program("az")
    if not program:
        raise LabError("'az' is not installed; run 'packaging/deps tests'")
    cli = AzureCli((program,), home, python_of(program))
    cli.ask_version()
    return cli


def of_pypi(home: Path) -> AzureCli:
    def make(folder: Path) -> None:
        words = ["-m", "pip", "install", "--quiet", "--no-compile", "--target", str(folder)]
        fetch([sys.executable, *words, f"azure-cli=={CURRENT}"], folder)

    folder = cached(f"azure-cli-{CURRENT}", make, [])
    cli = AzureCli((sys.executable, "-m", "azure.cli"), home, sys.executable, {"PYTHONPATH": str(folder)})
    cli.ask_version()
    return cli


WAYS = {"the system's Azure CLI": of_the_system, f"PyPI's Azure CLI {CURRENT}": of_pypi}
