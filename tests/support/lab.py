"""The lab: a whole registry on loopback, and a private Docker Engine where the machine allows one.

`acr-emulator` is the control plane, the identity provider and the token endpoint; it starts nginx and CNCF
Distribution behind itself. Everything that is started here is stopped by `stop`, and ends with this program.
"""

from __future__ import annotations

import json
import os
import selectors
import time
from pathlib import Path

from azure import Cloud
from engine import Engine
from process import Daemon, LabError
from sandbox import name_host
from servers import cache_folder, search_path

REGISTRY = "myregistry"
HOST = f"{REGISTRY}.azurecr.io"


class Lab:
    """Owns its processes; `work` is a folder for them. `private`: we are inside sandbox.run_private."""

    def __init__(self, work: Path, programs: Path, private: bool, token_life: float = 6):
        self.work = work
        self.programs = programs  # the folder of acr-emulator
        self.private = private
        self.token_life = token_life
        self.logs = work / "log"
        self.emulator: Daemon | None = None
        self.engine: Engine | None = None
        self.no_engine = ""  # why there is none

    def __enter__(self) -> Lab:
        self.logs.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start_registry(self, *more: str) -> Cloud:
        """`more` are arguments of acr-emulator."""
        argv = [
            str(self.programs / "acr-emulator"), "--registry", REGISTRY,
            "--storage", str(self.work / "registry"), "--state", str(self.work / "registry.json"),
            "--token-life", f"{self.token_life:g}", *more,
        ]  # fmt: skip
        if self.private:
            name_host(HOST)
            argv += ["--login-server", HOST]
        env = {"PATH": search_path(), "HOME": str(self.work), "SCOPED_CACHE": str(cache_folder())}
        if folder := os.environ.get("TMPDIR"):
            env["TMPDIR"] = folder
        self.emulator = Daemon("acr-emulator", argv, env, self.logs / "emulator.log", pipe_out=True)
        cloud = Cloud(json.loads(self.first_line(self.emulator, limit=60)))
        cloud.access_log = self.work / "registry" / "access.log"
        self.trust(cloud)
        return cloud

    def first_line(self, daemon: Daemon, limit: float) -> bytes:
        """What the emulator says when it is ready."""
        pipe = daemon.process.stdout
        assert pipe is not None
        text, deadline = b"", time.monotonic() + limit
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, selectors.EVENT_READ)
            while b"\n" not in text:
                left = deadline - time.monotonic()
                if left <= 0 or not selector.select(left):
                    raise LabError(
                        f"{daemon.name} was not ready after {limit:.0f} s: {daemon.last_log_line()}"
                    )
                chunk = os.read(pipe.fileno(), 65536)
                if not chunk:
                    raise LabError(f"{daemon.name} ended with {daemon.stop()}: {daemon.last_log_line()}")
                text += chunk
        return text.partition(b"\n")[0]

    def trust(self, cloud: Cloud) -> None:
        """Puts the authority's certificate where clients look: a folder for skopeo, /etc for the engine."""
        places = [self.certificates]
        if self.private:
            places.append(Path("/etc/docker/certs.d") / cloud.host)
        for place in places:
            place.mkdir(parents=True, exist_ok=True)
            (place / "ca.crt").write_bytes(Path(cloud.ready["ca"]).read_bytes())

    @property
    def certificates(self) -> Path:
        return self.work / "certificates"

    def start_engine(self) -> Engine | None:
        """The engine, or None with the reason in `no_engine`."""
        self.no_engine = (Engine.why_not() or "") if self.private else "no namespaces of our own here"
        if self.no_engine:
            return None
        engine = Engine(self.work / "docker", self.logs / "dockerd.log")
        try:
            engine.start()
        except LabError as problem:
            engine.stop()
            self.no_engine = str(problem)
            return None
        self.engine = engine
        return engine

    def stop(self) -> None:
        if self.engine:
            self.engine.stop()
        if self.emulator:
            self.emulator.stop()
