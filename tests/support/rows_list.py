"""Rows about `list` and `erase`."""

from __future__ import annotations

from calls import HELPER, at_terminal, with_open_input, without
from protocol_world import BUILDER, LONELY, LONELY_TOKEN, READER, Managed
from rows import NO_URL, NOT_FOUND, Line, Row, Step, erase, get, listing, login, store


def list_rows(managed: Managed) -> list[Row]:
    host = managed.host
    ours = {host: READER}
    return [
        Row(
            "list ignores its input, whatever it is, and does not wait for it",
            ("1.2 list", "7.2.2"),
            [
                listing(ours), listing(ours, b""), listing(ours, b"x" * 1_000_000), listing(ours, b"\xff\n\0"),
                listing(ours, b"", way=with_open_input), listing(ours, b"unused", way=with_open_input),
                listing(ours, b"", way=without(0)), listing(ours, b"", way=at_terminal),
            ],
        ),
        Row(
            "list names what get answers and leaves out what it cannot",
            ("1.3 list", "1.3 list resolves", "2.8.9", "7.2.5"),
            [
                listing(ours), get(host, login(host, READER, managed.reader)),
                get(LONELY, Line((LONELY_TOKEN,)), also_stderr=True),
                store("ghcr.io"), store("https://quay.io/v2/", "you"), store("odd key", "they"),
                listing({host: READER, "ghcr.io": "me", "https://quay.io/v2/": "you", "odd key": "they"}),
                get("ghcr.io", login("ghcr.io")), get("https://quay.io/v2/", login("https://quay.io/v2/", "you")),
                get("odd key", login("odd key", "they")),
                erase("quay.io"), listing({host: READER, "ghcr.io": "me", "odd key": "they"}),
            ],
        ),
        Row(
            "list names the token that the profile selects",
            ("1.3 list resolves", "2.8.9"),
            [
                listing({host: BUILDER}, name=f"{HELPER}-{BUILDER}"),
                get(host, login(host, BUILDER, managed.builder), name=f"{HELPER}-{BUILDER}"),
                listing({host: BUILDER}, env={"SCOPED_PROFILE": BUILDER}),
                get(host, login(host, BUILDER, managed.builder), env={"SCOPED_PROFILE": BUILDER}),
                listing({}, env={"SCOPED_PROFILE": "nobody's"}),
            ],
        ),
        Row(
            "a list is JSON whatever the keys and names hold",
            ("1.3 list",),
            [
                store('a"b\\c', '"\\'), store("\u00e9\u2028", "<token>"),
                listing({host: READER, 'a"b\\c': '"\\', "\u00e9\u2028": "<token>"}),
            ],
        ),
        Row(
            "with nothing to list the answer is {}",
            ("1.3 list", "7.2.5"),
            empty_lists(managed.nothing),
        ),
    ]  # fmt: skip


def empty_lists(nothing: str) -> list[Step]:
    """Where no registry is configured, and again when the last login is erased."""
    alone = {"SCOPED_CONFIG": nothing, "SCOPED_AGENT_SOCKET": None}
    return [
        listing({}, env=alone),
        store("ghcr.io", env=alone),
        listing({"ghcr.io": "me"}, env=alone),
        erase("ghcr.io", env=alone),
        listing({}, env=alone),
    ]


def erase_rows(managed: Managed) -> list[Row]:
    host = managed.host
    return [
        Row(
            "erase of what is not there is a success, as often as one likes",
            ("1.4 erase absent", "2.8.8", "7.2.6"),
            [erase(key) for key in ("ghcr.io", "ghcr.io", "odd key", "https://index.docker.io/v1/", "x" * 60_000) for _ in (1, 2)],
        ),
        Row(
            "docker logout's four keys are erased without a word",
            ("2.8.8", "7.2.6", "7.2.9"),
            [
                store("ghcr.io"), *(erase(each) for each in ("ghcr.io", "ghcr.io", "http://ghcr.io", "https://ghcr.io")),
                get("ghcr.io", NOT_FOUND), get("https://ghcr.io", NOT_FOUND),
            ],
        ),
        Row(
            "erase of one login leaves the others",
            ("2.8.8",),
            [store("ghcr.io"), store("ghcr.io:8443", "you"), erase("https://ghcr.io/"), get("ghcr.io"), get("ghcr.io:8443", login("ghcr.io:8443", "you"))],
        ),
        Row(
            "erase of a managed registry succeeds and takes nothing away",
            ("2.8.8", "7.2.6"),
            [
                erase(host), erase(host), erase(f"https://{host}/v2/"), erase(LONELY), erase(f"{host}/team/app"),
                get(host, login(host, READER, managed.reader)),
                get(f"{host}/team/app", login(f"{host}/team/app", BUILDER, managed.builder)),
            ],
        ),
        Row("erase without a key says so", ("1.2 get empty", "1.4 texts"), [Step(("erase",), b"", NO_URL, 1), Step(("erase",), b" \r\n", NO_URL, 1)]),
    ]  # fmt: skip
