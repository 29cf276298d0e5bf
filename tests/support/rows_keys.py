"""Rows about keys: what `get` and `erase` read, and which registry a key means however a client writes it."""

from __future__ import annotations

from dataclasses import replace

from calls import written_while_it_runs
from protocol_world import BUILDER, LONELY, LONELY_TOKEN, READER, Managed
from rows import NO_URL, NOT_FOUND, TOO_LONG, Line, Row, Step, erase, get, listing, login, store

LONGEST = 65_535  # bytes of a line
HUB = "https://index.docker.io/v1/"


def spellings(host: str) -> list[str]:
    """Every way in which a client of the reference writes a registry without a repository."""
    ports = (":443", ":80")
    bare = [host, host.upper(), host.title(), *(host + port for port in ports)]
    bare += [f"{scheme}{each}" for scheme in ("https://", "http://", "HTTPS://") for each in bare]
    return [f"{each}{tail}" for each in bare for tail in ("", "/", "/v1", "/v1/", "/v2", "/v2/")]


def key_rows(managed: Managed) -> list[Row]:
    return [*reading_rows(managed), *meaning_rows(managed), *hub_rows(), *repository_rows(managed)]


def echo(managed: Managed, key: str, stdin: str | bytes | None = None) -> Step:
    return get(key if stdin is None else stdin, login(key, READER, managed.reader))


def reading_rows(managed: Managed) -> list[Row]:
    host = managed.host
    half = len(host) // 2
    return [
        Row(
            "a key ends with nothing, a line feed or CRLF and may stand between blanks",
            ("1.2 get", "7.2.2"),
            [
                echo(managed, host, stdin)
                for stdin in (host, f"{host}\n", f"{host}\r\n", f"  {host}\t ", f"\n\n {host}\n\n", f"\v\f{host}\v")
            ],
        ),
        Row(
            "lines are joined without a separator before they are read",
            ("1.2 get",),
            [
                echo(managed, host, f"{host[:half]}\n{host[half:]}\n"),
                echo(managed, host, f"{host[:half]}\r\n{host[half:]}"),
                store("foobar"),
                get("foo\nbar\n", login("foobar")),
                erase("foo\r\nbar"),
                get("foobar"),
            ],
        ),
        Row(
            "a key that is empty after trimming is refused in the reference's words",
            ("1.2 get empty", "1.4 texts", "7.2.2"),
            [replace(get(text, NO_URL), arguments=(verb,)) for verb in ("get", "erase") for text in ("", "\n", " ", " \r\n\t\n")],
        ),
        Row(
            "a line of 65,535 bytes is a key and one of 65,536 is too long",
            ("1.2 get long", "7.2.19"),
            [
                get("x" * LONGEST),
                get("x" * LONGEST + "\n"),
                erase("x" * LONGEST + "\n"),
                get("x" * (LONGEST + 1), TOO_LONG),
                get("x" * (LONGEST + 1) + "\n", TOO_LONG),
                get(f"{host}\n" + "x" * (LONGEST + 1), TOO_LONG),
                replace(get("x" * (LONGEST + 1), TOO_LONG), arguments=("erase",)),
            ],
        ),
        Row(
            "many lines are one long key, for there is no other limit",
            ("1.2 get long",),
            [get(("x" * 60_000 + "\n") * 4), get(b"\n" * 400_000 + host.encode(), login(host, READER, managed.reader))],
        ),
        Row(
            "input beyond what is kept is read to its end all the same",
            ("1.2 drain", "7.2.2"),
            [
                get(("y" * 60_000 + "\n") * 60, way=written_while_it_runs),
                erase(("y" * 60_000 + "\n") * 60, way=written_while_it_runs),
                get("x" * 3_000_000, TOO_LONG, way=written_while_it_runs),
            ],
        ),
        Row(
            "any text that is no registry is simply not found",
            ("1.2 any key", "2.8.7"),
            [get(text) for text in STRANGE],
        ),
        Row(
            "any text can be the key of a saved login",
            ("1.2 any key", "1.6 exemplary keys"),
            [
                each
                for text in STRANGE_BUT_TEXT
                for each in (store(text), get(text, login(text)), listing({text: "me", **list_of(managed)}), erase(text), get(text))
            ],
        ),
        Row(
            "bytes that are not UTF-8 are a key like another",
            ("1.3 utf-8",),
            [get(b"\xff\xfe\x00"), get(b"caf\xe9.example.com"), get(b"\xed\xa0\x80"), erase(b"\xff\xfe"), get(host.encode() + b"/\xff")],
        ),
    ]  # fmt: skip


STRANGE_BUT_TEXT = (
    "pycreds_test_ab12",
    "https://registry.example.com/v1",
    "https://example.com:5002",
    "https://foobar.example.com:2376/v1",
    "https://index.example.com/v1//access-token",
    "nerdctl-experimental://host:5000/?ns=docker.io",
    "a text with blanks",
    '"quoted\\"',
    "[::1]:5000",
    "über.example.com",
)
STRANGE = (*STRANGE_BUT_TEXT, "ftp://host", "host:0", "a..b", "user:pa@host", "unused", "host?x", "-", "/", "//", "\0", "a\rb")


def list_of(managed: Managed) -> dict[str, str]:
    return {managed.host: READER}


def meaning_rows(managed: Managed) -> list[Row]:
    host = managed.host
    return [
        Row(
            "every spelling of a managed registry gets its token, with the key echoed as it was sent",
            ("1.3 echo", "2.8.1", "2.8.6", "7.2.4", "7.2.9"),
            [echo(managed, key) for key in spellings(host)],
        ),
        Row(
            "the answer names the token and its password and never an identity token",
            ("1.5 scope-map", "7.2.11"),
            [echo(managed, host), get(f"{host}/team/x", login(f"{host}/team/x", BUILDER, managed.builder))],
        ),
        Row(
            "a host that only looks like a managed one is not found",
            ("2.8.7",),
            [
                get(key)
                for key in (
                    f"x{host}", f"{host}x", f"{host}.", f"{host}.example.com", f"{host}:8443", f"{host}:0443",
                    f"user@{host}", f"https://user:pw@{host}", f"{host}?", f"{host}#", f"ftp://{host}", f"https://https://{host}",
                    f"{host}\0", f"{host}\u00a0", host.replace("i", "ı", 1), host.upper().replace("I", "İ", 1),
                )
            ],
        ),
        Row(
            "a registry that we manage and cannot answer fails in one line on both outputs",
            ("1.1 errors", "2.8.4", "7.2.12", "7.2.14"),
            [
                get(key, Line((f"{LONELY}/{LONELY_TOKEN}", "it has no record", f"run 'scopedctl import {LONELY} {LONELY_TOKEN}'")), also_stderr=True)
                for key in (LONELY, f"https://{LONELY}/v2/", f"{LONELY}/ghosts/one")
            ],
        ),
        Row(
            "a saved login is found under every spelling of its registry",
            ("2.8.6", "7.2.9"),
            [store("ghcr.io"), *(get(key, login(key)) for key in spellings("ghcr.io"))],
        ),
    ]  # fmt: skip


def hub_rows() -> list[Row]:
    tokens = [HUB + "access-token", HUB + "refresh-token"]
    aliases = ["docker.io", "index.docker.io", "registry-1.docker.io", "https://index.docker.io/v1", "https://docker.io", HUB, "https://INDEX.docker.io:443/v1/", "https://registry-1.docker.io/v2/"]  # fmt: skip
    return [
        Row(
            "every name of Docker Hub finds the Hub's login",
            ("2.8.6", "7.2.8"),
            [store(HUB, "hubber"), *(get(key, login(key, "hubber")) for key in aliases)],
        ),
        Row(
            "the Hub's login and its two tokens are three keys",
            ("7.2.8",),
            [
                store(HUB, "one"), store(tokens[0], "two"), store(tokens[1], "three"),
                get(HUB, login(HUB, "one")), get(tokens[0], login(tokens[0], "two")), get(tokens[1], login(tokens[1], "three")),
                erase(HUB), get(HUB), get("docker.io"),
                get(tokens[0], login(tokens[0], "two")), get(tokens[1], login(tokens[1], "three")),
                erase(tokens[1]), get(tokens[1]), get(tokens[0], login(tokens[0], "two")),
            ],
        ),
        Row(
            "podman's and Docker's key for the Hub may hold two logins",
            ("7.2.8",),
            [store(HUB, "docker"), store("docker.io", "podman"), get(HUB, login(HUB, "docker")), get("docker.io", login("docker.io", "podman"))],
        ),
    ]  # fmt: skip


def repository_rows(managed: Managed) -> list[Row]:
    host = managed.host
    return [
        Row(
            "a repository in the key selects its token",
            ("2.8.6",),
            [
                get(key, login(key, user, secret))
                for repository, user, secret in (
                    ("team/app", BUILDER, managed.builder),
                    ("team/deep/er", BUILDER, managed.builder),
                    ("demo/app", READER, managed.reader),
                    ("no/rule/names/it", READER, managed.reader),
                )
                for key in (f"{host}/{repository}", f"https://{host}:443/{repository}/")
            ],
        ),
        Row(
            "a repository that nothing covers is the exact not-found, so that the client goes on to its host",
            ("7.2.7", "2.8.7"),
            [get(f"{LONELY}/other/app"), get("ghcr.io/owner/app"), get("index.docker.io/library/busybox")],
        ),
        Row(
            "an image's tag or digest makes no error",
            ("7.2.7",),
            [get(f"{host}/team/app:latest"), get(f"{host}/team/app@sha256:00"), get(f"{host}/Team/App")],
        ),
        Row(
            "a login for a host does not answer for its repositories",
            ("7.2.7",),
            [store("ghcr.io"), get("ghcr.io/owner/app", NOT_FOUND), get("ghcr.io", login("ghcr.io"))],
        ),
    ]
