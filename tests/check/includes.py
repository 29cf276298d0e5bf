#!/usr/bin/env python3
"""Who may include and link whom: the arrows of common/doc/architecture.md, as one table.

usage: includes.py [ROOT]     prints `ok NAME` or `FAILED NAME: why`, exit 1 on a failure
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

BASE, JSON, CRYPTO, NET = "common/base", "common/json", "common/crypto", "common/net"
CONFIG, RECORD, STORE, PROTOCOL = "common/config", "common/record", "common/store", "common/protocol"
DECIDE = "agent/rotate/decide"

# A room is a folder and what is below it, or some files of a folder (SPLIT). It may include itself and these.
# An entry with a dot is a single file.
ROOMS: dict[str, tuple[str, ...]] = {
    BASE: (),
    JSON: (BASE,),
    CRYPTO: (BASE,),
    NET: (BASE,),
    "common/broker": (BASE,),
    CONFIG: (BASE, JSON),
    RECORD: (BASE, JSON),
    PROTOCOL: (BASE, JSON),
    "common/identity": (BASE, JSON, CRYPTO, NET, CONFIG),
    STORE: (BASE, JSON, CRYPTO, NET, CONFIG, RECORD),
    "common/answer": (BASE, CRYPTO, CONFIG, RECORD, STORE, PROTOCOL),
    "helper/front": (BASE, "common/broker", "common/protocol/texts.h"),
    "helper/fetch": ("common",),
    DECIDE: (BASE, RECORD),
    "agent/rotate": (BASE, RECORD, DECIDE, STORE, "agent/registry"),
    "agent/registry": (BASE, JSON, NET, CONFIG, RECORD),
    "agent/policy": (BASE, JSON, CONFIG, RECORD, "agent/registry"),
    "agent/serve": (BASE, "common/answer", "common/broker", PROTOCOL),
    "agent/publish": (BASE, JSON, CRYPTO, NET, CONFIG, RECORD),
    "agent/loop": ("agent", "common"),
    "agent/metrics": (BASE, RECORD, "agent/rotate"),
    "agent": ("agent", "common"),  # main
    "agent/ctl": (
        "common",
        DECIDE,
        "agent/rotate",
        "agent/registry",
        "agent/policy",
        "agent/publish",
        "agent/loop",
        "agent/metrics",
    ),
    "tests/emulator": (BASE, JSON, CRYPTO),
    "tests": ("common", "helper", "agent", "tests"),
}

# The half of a folder that is pure, by the first word of the file's name.
SPLIT = {"agent/rotate": (DECIDE, ("asked", "decide", "facts", "policy", "rules", "observed", "next_step"))}


@dataclass(frozen=True)
class Library:
    """Third-party code: the rooms that hide it, and whether a header of ours may show it."""

    headers: tuple[str, ...]
    targets: tuple[str, ...]
    rooms: tuple[str, ...]
    in_headers: bool = False


LIBRARIES: dict[str, Library] = {
    "libcurl": Library(("curl/",), ("CURL::",), (NET,)),
    "nlohmann/json": Library(("nlohmann/",), ("nlohmann_json",), (JSON,)),
    "OpenSSL": Library(("openssl/",), ("OpenSSL::",), (CRYPTO, "tests/emulator")),
    "libsecret": Library(("libsecret/",), ("PkgConfig::LIBSECRET",), (STORE,)),
    "yaml-cpp": Library(("yaml-cpp/",), ("PkgConfig::YAML",), ("agent/publish",)),
    "Program_options": Library(
        ("boost/program_options",),
        ("Boost::program_options",),
        ("helper/fetch", "agent", "agent/ctl", "tests/emulator"),
    ),
    "Asio": Library(
        ("boost/asio", "boost/system"),
        ("Boost::headers",),
        ("agent/loop", "agent/serve", "agent", "tests"),
    ),
    "cpp-httplib": Library(
        ("httplib.h",), ("PkgConfig::HTTPLIB",), ("agent/metrics", "agent/ctl", "tests/emulator", "tests")
    ),
    "libsystemd": Library(
        ("systemd/",), ("PkgConfig::SYSTEMD",), ("agent", "agent/loop", "agent/serve", "agent/ctl")
    ),
    "Catch2": Library(("catch2/",), ("Catch2::", "catch2"), ("tests",), in_headers=True),
    "fmt": Library(
        ("fmt/",), ("fmt::",), tuple(room for room in ROOMS if room != "helper/front"), in_headers=True
    ),
}

PROGRAM_FOLDERS = ("common", "helper", "agent", "tests")
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]', re.MULTILINE)
CALL = re.compile(r"^\s*(\w+)\s*\(([^()]*(?:\([^()]*\)[^()]*)*)\)", re.MULTILINE)


def room_of(path: str) -> str:
    """The room of a file or folder: the longest one that holds it."""
    folder, _, name = path.rpartition("/")
    if folder in SPLIT:
        room, words = SPLIT[folder]
        stem = name.partition(".")[0]
        if any(stem == word or stem.startswith(word + "_") for word in words):
            return room
    parts = path.split("/")
    for length in range(len(parts), 0, -1):
        if (room := "/".join(parts[:length])) in ROOMS:
            return room
    return ""


def may_use(room: str, path: str) -> bool:
    """Whether a file of `room` may include `path`, a file or a room of ours."""
    target = path if path in ROOMS else room_of(path)
    if target == room:
        return True
    for allowed in ROOMS[room]:
        if (
            path == allowed
            or target == allowed
            or (allowed.count("/") == 0 and path.startswith(allowed + "/"))
        ):
            return True
    return False


def library_problem(room: str, header: str, path: str) -> str | None:
    for name, library in LIBRARIES.items():
        if header.startswith(library.headers):
            if room not in library.rooms:
                return f"{path} includes <{header}>: {name} is hidden in {', '.join(library.rooms)}"
            if path.endswith(".h") and not library.in_headers:
                return f"{path} includes <{header}>: {name} belongs in .cpp files"
    return None


def sources(root: Path) -> Iterator[Path]:
    for folder in PROGRAM_FOLDERS:
        yield from sorted(each for each in (root / folder).rglob("*") if each.suffix in (".h", ".cpp"))


def include_problems(root: Path) -> Iterator[str]:
    for source in sources(root):
        path = source.relative_to(root).as_posix()
        room = room_of(path)
        if not room:
            yield f"{path} is in no room of the table"
            continue
        for quote, header in INCLUDE.findall(source.read_text(errors="replace")):
            if quote == "<":
                if problem := library_problem(room, header, path):
                    yield problem
            elif not (root / header).is_file():
                yield f'{path} includes "{header}", which is not written from the root'
            elif not may_use(room, header):
                yield f'{path} includes "{header}": {room} may not use {room_of(header)}'


@dataclass(frozen=True)
class Link:
    where: str  # the CMakeLists.txt
    room: str
    ours: tuple[str, ...]
    hidden: tuple[str, ...]


def keyword_values(words: list[str], keyword: str) -> list[str]:
    """The words after `keyword` up to the next one in capitals."""
    values: list[str] = []
    taking = False
    for word in words:
        if word.isupper():
            taking = word == keyword
        elif taking:
            values.append(word)
    return values


def cmake_calls(text: str) -> Iterator[tuple[str, list[str]]]:
    for name, arguments in CALL.findall(re.sub(r"#[^\n]*", "", text)):
        yield name, arguments.replace('"', " ").split()


def links(root: Path) -> tuple[dict[str, str], list[Link]]:
    """Every library of ours with its room, and every link."""
    rooms: dict[str, str] = {}
    found: list[Link] = []
    for folder in PROGRAM_FOLDERS:
        for listing in sorted((root / folder).rglob("CMakeLists.txt")):
            here = listing.parent.relative_to(root).as_posix()
            where = listing.relative_to(root).as_posix()
            for call, words in cmake_calls(listing.read_text()):
                if (
                    call in ("scoped_library", "scoped_program", "scoped_module", "scoped_unit_tests")
                    and words
                ):
                    room = room_of_target(here, keyword_values(words, "SOURCES"))
                    if call == "scoped_library":
                        rooms[words[0]] = room
                    ours = tuple(keyword_values(words, "LINK"))
                    found.append(Link(where, room, ours, tuple(keyword_values(words, "HIDES"))))
                elif call == "target_link_libraries" and here != "tests":
                    ours = tuple(
                        word.removeprefix("scoped_") for word in words[1:] if word.startswith("scoped_")
                    )
                    others = tuple(word for word in words[1:] if not word.startswith("scoped_"))
                    found.append(Link(where, room_of(here), ours, others))
    return rooms, found


def room_of_target(folder: str, files: list[str]) -> str:
    """A library made of the files of one room is in that room."""
    rooms = {room_of(f"{folder}/{name}") for name in files}
    return rooms.pop() if len(rooms) == 1 else room_of(folder)


def link_problems(root: Path) -> Iterator[str]:
    rooms, found = links(root)
    for link in found:
        for name in link.ours:
            if name.startswith("$"):
                continue
            if name not in rooms:
                yield f"{link.where} links '{name}', which no scoped_library makes"
            elif not may_use(link.room, rooms[name]):
                yield f"{link.where} links '{name}': {link.room} may not use {rooms[name]}"
        for target in link.hidden:
            for library_name, library in LIBRARIES.items():
                if target.startswith(library.targets) and link.room not in library.rooms:
                    yield f"{link.where} links {target}: {library_name} is hidden in {', '.join(library.rooms)}"


def main() -> int:
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).resolve().parents[2])
    failed = False
    for name, problems in (("includes", list(include_problems(root))), ("links", list(link_problems(root)))):
        for problem in problems:
            print(f"FAILED {name}: {problem}")
        if not problems:
            print(f"ok {name}")
        failed = failed or bool(problems)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
