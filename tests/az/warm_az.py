"""Run by a CLI's own Python: az commands one after the other, each in a child that has az's modules already.

Importing them takes longer than what most commands do. Each child is the program otherwise: its own arguments,
environment, output files and exit code, and nothing that it does is known to the next. A line of JSON on standard
input names a command ("argv", "env", "out", "err"); its exit code comes back as a line.
"""

from __future__ import annotations

import importlib
import json
import os
import runpy
import sys
from typing import Any, NoReturn

MODULES = (
    "azure.cli.core", "azure.cli.core.commands", "azure.cli.core.auth.identity", "azure.cli.core.azlogging",
    "azure.cli.command_modules.acr.commands", "azure.cli.command_modules.acr.custom",
    "azure.cli.command_modules.acr._params", "azure.cli.command_modules.acr._client_factory",
    "azure.mgmt.containerregistry", "msal", "requests",
)  # fmt: skip


def become(command: dict[str, Any]) -> NoReturn:
    os.environ.clear()
    os.environ.update(command["env"])
    for path, flags, descriptor in (
        (os.devnull, os.O_RDONLY, 0), (command["out"], os.O_WRONLY, 1), (command["err"], os.O_WRONLY, 2)
    ):  # fmt: skip
        opened = os.open(path, flags)
        os.dup2(opened, descriptor)
        os.close(opened)
    sys.argv = ["az", *command["argv"]]
    code: Any = 1
    try:
        runpy.run_module("azure.cli", run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as end:
        code = end.code
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 0 if code is None else 1)


def main() -> None:
    for name in MODULES:
        try:
            importlib.import_module(name)
        except ImportError:
            pass  # another version has it elsewhere, and its children import it themselves
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            become(json.loads(line))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
