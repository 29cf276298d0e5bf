#!/usr/bin/env python3
"""The front as a file: static, position-independent, and taking of musl only what was looked at.

common/doc/adr/0003 says why the front is linked with musl and what has to hold for each function below.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from job import programs_folder
from process import LabError
from tap import Tap

ROOT = Path(__file__).resolve().parents[2]
TABLE = "\nCross Reference Table\n"

# What the front and libstdc++ may take from musl. All that passes between them is bytes, numbers, descriptors and the
# kernel's own structures, so that it does not matter whose headers told the compiler.
LOOKED_AT = {
    "memory": "explicit_bzero free malloc malloc_usable_size memchr memcmp memcpy memmove memset posix_memalign realloc",
    "text": "isspace strchr strcmp strerror strlen strncmp strstr strtoul gettext snprintf sprintf vsnprintf",
    "files": "access close dup2 fcntl fstat fstatat ioctl isatty lseek memfd_create open openat read readlink unlinkat write",
    "sockets": "accept4 bind connect getsockopt listen poll recv send setsockopt socket",
    "the process": "_exit abort clock_gettime execv getegid getentropy getenv geteuid getgroups getpid nanosleep prctl"
    " sched_yield secure_getenv setrlimit signal syscall",
    "an end with a message; a FILE is only handed on": "fprintf fputc fputs fwrite stderr vfprintf",
    "what the compiler asks for": "__assert_fail __errno_location __stack_chk_fail __tls_get_addr _GLOBAL_OFFSET_TABLE_",
    "a mutex, which has 40 bytes in both": "pthread_mutex_lock pthread_mutex_unlock",
}


def cross_references(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each symbol of the linker's map with the files that have it: first who defines it, then who uses it."""
    symbol, files = "", []
    for line in text.partition(TABLE)[2].splitlines()[2:]:
        if line and not line.startswith(" "):
            if symbol:
                yield symbol, files
            symbol, *rest = line.split(None, 1)
            files = rest
        elif line:
            files = [*files, line.strip()]
    if symbol:
        yield symbol, files


def is_of_musl(file: str) -> bool:
    return "musl" in Path(file).parent.name


def taken_from_musl(text: str) -> dict[str, list[str]]:
    """Function of musl -> who takes it, of those who are not musl."""
    found = {}
    for symbol, files in cross_references(text):
        users = [file for file in files[1:] if not is_of_musl(file)]
        if files and is_of_musl(files[0]) and users:
            found[symbol] = users
    return found


def headers(program: Path) -> str:
    argv = ["readelf", "--wide", "--file-header", "--program-headers", "--dynamic", str(program)]
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout


def check_contract(tap: Tap, front: Path) -> None:
    sentence = "the front takes of musl only functions that were looked at"
    linker_map = front.with_name(f"{front.name}.map")
    if not linker_map.exists():
        tap.skip(sentence, "it is linked with glibc: install musl-dev and build again")
        return
    taken = taken_from_musl(linker_map.read_text())
    allowed = {name for names in LOOKED_AT.values() for name in names.split()}
    new = [f"{name} ({', '.join(Path(user).name for user in users[:2])})"
           for name, users in sorted(taken.items()) if name not in allowed]
    tap.check("connect" in taken and not new, sentence, new or "the map names none")


def main() -> int:
    tap = Tap()
    try:
        front = programs_folder(ROOT) / "docker-credential-scoped"
    except LabError as error:
        tap.not_ok("the front is built", error)
        return tap.exit_code
    shown = headers(front)
    tap.check("INTERP" not in shown and "NEEDED" not in shown, "the front loads nothing before it starts", shown)
    tap.check("DYN (" in shown and "PIE" in shown, "the front is put at another address each time", shown)
    tap.check("GNU_RELRO" in shown, "what the front relocates is read-only afterwards", shown)
    check_contract(tap, front)
    return tap.exit_code


if __name__ == "__main__":
    sys.exit(main())
