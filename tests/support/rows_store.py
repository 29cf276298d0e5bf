"""Rows about `store`: its JSON in every dialect, and what docker login sends back."""

from __future__ import annotations

import json
from pathlib import Path

from protocol_world import LONELY, READER, Managed
from rows import NO_URL, NO_USER, NOT_JSON, TOO_LONG, Line, Row, Step, get, listing, login, store, store_raw

SECRET = "s3cret-text"
GHCR = '"ServerURL":"ghcr.io"'
REST = f'"Username":"me","Secret":"{SECRET}"'


def store_rows(managed: Managed) -> list[Row]:
    return [*json_rows(), *member_rows(), *stored_key_rows(managed), *bound_rows(), *refused_rows(managed), *echo_rows(managed)]


def accepted(text: str | bytes, user: str = "me", secret: str = SECRET, key: str = "ghcr.io") -> list[Step]:
    """The input is stored, as `get` shows; each in the same home, so later ones replace earlier ones."""
    return [store_raw(text), get(key, login(key, user, secret))]


def json_rows() -> list[Row]:
    secret = '"Secret":"x"'
    return [
        Row(
            "store and get keep a login, and a second store replaces it",
            ("1.1 success", "1.3 three members"),
            [*accepted("{%s,%s}" % (GHCR, REST)), store("ghcr.io", "you", "two"), get("ghcr.io", login("ghcr.io", "you", "two"))],
        ),
        Row(
            "an identity token's user name arrives escaped and leaves as <token>",
            ("1.3 escapes", "1.5 identity", "7.2.3"),
            accepted(r'{%s,"Username":"\u003ctoken\u003e",%s}' % (GHCR, secret), "<token>", "x"),
        ),
        Row(
            "every escape of JSON is decoded, in names of members too",
            ("1.3 escapes", "7.2.3"),
            [
                *accepted(r'{"Server\u0055RL":"ghcr\u002eio","\u0055sername":"\u006de","Secre\u0074":"\u0026\u2028\u2029"}', secret="&\u2028\u2029"),
                *accepted(r'{%s,"Username":"\u00e9\ud83d\udc33","Secret":"\u20AC\u20ac"}' % GHCR, "\u00e9\U0001f433", "\u20ac\u20ac"),
                *accepted(r'{%s,"Username":"a\/b","Secret":"\ud800x\udc00"}' % GHCR, "a/b", "\ufffdx\ufffd"),
                store_raw(r'{%s,"Username":"me","Secret":"\"\\\b\f\n\r\t\u0000\u007f"}' % GHCR),
                get("ghcr.io", b'{"ServerURL":"ghcr.io","Username":"me","Secret":"\\"\\\\' + b"\\u0008\\u000c\\u000a\\u000d\\u0009\\u0000\\u007f" + b'"}\n'),
            ],
        ),
    ]  # fmt: skip


def member_rows() -> list[Row]:
    return [
        Row(
            "names of members are read in any case",
            ("1.2 store members", "7.2.3"),
            [
                *accepted('{"serverurl":"ghcr.io","username":"a","secret":"1"}', "a", "1"),
                *accepted('{"SERVERURL":"ghcr.io","USERNAME":"b","SECRET":"2"}', "b", "2"),
                *accepted('{"sErVeRuRl":"ghcr.io","uSeRnAmE":"c","sEcReT":"3"}', "c", "3"),
            ],
        ),
        Row(
            "the last of two members of a name counts",
            ("1.2 store members",),
            [
                *accepted('{"ServerURL":"x","serverurl":"ghcr.io","Username":"a","USERNAME":"b","Secret":"1","Secret":"2"}', "b", "2"),
                get("x"),
            ],
        ),
        Row(
            "members that nobody knows are ignored, whatever they hold",
            ("1.2 store members", "7.2.3"),
            [
                *accepted('{"a":{"Secret":"no","b":[[],{},[1,-2.5e+3,null,true,false,"\\u0041"]]},%s,"Extra":null,%s}' % (GHCR, REST)),
                *accepted('{"":0,%s,%s,"ServerURL2":"no"}' % (GHCR, REST)),
            ],
        ),
        Row(
            "null is the empty text",
            ("1.2 store members", "7.2.3"),
            [
                *accepted('{%s,"Username":"me","Secret":null}' % GHCR, secret=""),
                store_raw('{"ServerURL":null,%s}' % REST, NO_URL),
                store_raw('{%s,"Username":null,"Secret":"x"}' % GHCR, NO_USER),
                store_raw("null", NO_URL),
            ],
        ),
        Row(
            "whatever follows the first value is ignored",
            ("1.2 store members",),
            [
                *accepted("{%s,%s} and then some" % (GHCR, REST)),
                *accepted('{%s,%s}{"ServerURL":"x","Username":"y","Secret":"z"}' % (GHCR, REST)),
                *accepted(b'{"ServerURL":"ghcr.io","Username":"me","Secret":"q"}\n\xff\xfe\x00', secret="q"),
                get("x"),
            ],
        ),
        Row(
            "JSON may be spread over lines of either kind",
            ("1.2 store lines",),
            [
                *accepted(json.dumps({"ServerURL": "ghcr.io", "Username": "me", "Secret": "a"}, indent=2), secret="a"),
                *accepted(json.dumps({"ServerURL": "ghcr.io", "Username": "me", "Secret": "b"}, indent="\t").replace("\n", "\r\n"), secret="b"),
                *accepted('{"ServerURL":"gh\ncr.io","Username":"m\r\ne","Secret":"c\nd"}', secret="cd"),
            ],
        ),
    ]  # fmt: skip


def stored_key_rows(managed: Managed) -> list[Row]:
    return [
        Row(
            "the key of a stored login is read like the key of get, so that get finds what list shows",
            ("1.3 list resolves", "7.2.5"),
            [
                store("  ghcr.io\t"), get("ghcr.io", login("ghcr.io")),
                store("gh\ncr.io\r\n", "you"), get("ghcr.io", login("ghcr.io", "you")),
                listing({"ghcr.io": "you", managed.host: READER}),
                refusal(managed, f"{managed.host[:2]}\n{managed.host[2:]}", "other"),
            ],
        ),
    ]  # fmt: skip


def bound_rows() -> list[Row]:
    long_secret = "0123456789" * 6_000
    frame = '{%s,"Username":"me","Secret":"%%s"}' % GHCR
    room = 65_535 - len(frame % "")
    return [
        Row(
            "an empty secret is a secret",
            ("1.2 empty secret", "7.2.3", "1.6 back-ends"),
            [
                *accepted('{%s,"Username":"me","Secret":""}' % GHCR, secret=""),
                *accepted('{%s,"Username":"me2"}' % GHCR, "me2", ""),
            ],
        ),
        Row(
            "a secret of 60,000 bytes comes back whole",
            ("7.2.19",),
            [*accepted(frame % long_secret, secret=long_secret), *accepted(frame % ("\u20ac" * 20_000), secret="\u20ac" * 20_000)],
        ),
        Row(
            "a line of 65,535 bytes is stored and one of 65,536 is too long",
            ("1.2 store lines", "7.2.19"),
            [
                *accepted(frame % ("a" * room), secret="a" * room),
                *accepted(frame % ("b" * room) + "\n", secret="b" * room),
                store_raw(frame % ("c" * (room + 1)), TOO_LONG, secret=b"ccc"),
                store_raw(frame % ("c" * 900_000), TOO_LONG, secret=b"ccc"),
                store_raw("x" * 65_536 + "\n" + frame % "d", TOO_LONG),
                get("ghcr.io", login("ghcr.io", "me", "b" * room)),
            ],
        ),
        Row(
            "a server URL of more than a line is no key",
            ("1.2 store lines", "1.3 list resolves"),
            [store_raw('{"ServerURL":"%s\n%s","Username":"me","Secret":"x"}' % ("k" * 60_000, "k" * 6_000), TOO_LONG)],
        ),
    ]  # fmt: skip


WRONG_TYPES = ("1", "true", "{}", "[]", '["x"]', "-0.5")
NO_OBJECTS = (
    "", "\n", "   ", "[]", '"text"', "1", "true", "nul", "{", '{"ServerURL"', '{"ServerURL":"ghcr.io"', "{]", '{"a":1,}',
    '{"a" 1}', "{'ServerURL':'ghcr.io'}", "\ufeff{}", "ServerURL=ghcr.io", '{"a":01}', '{"a":+1}', '{"a":tru}', '{"a":"\\x"}',
    '{"a":"\\u12"}', '{"a":"\t"}', '{"a":"', '{"a":' + "[" * 60_000,
)  # fmt: skip


def refused_rows(managed: Managed) -> list[Row]:
    none_saved = listing({managed.host: READER})
    bad_utf8 = [b'{"ServerURL":"ghcr.io","Username":"me","Secret":"%s"}' % each for each in (b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82")]  # fmt: skip
    wrong = [
        "{%s}" % ",".join(f'"{name}":{value if name == member else default}' for name, default in MEMBERS.items())
        for member in MEMBERS
        for value in WRONG_TYPES
    ]
    return [
        Row(
            "a missing or empty server URL, then user name, is refused in the reference's words",
            ("1.2 store missing", "1.4 texts"),
            [
                store_raw("{}", NO_URL), store_raw("{%s}" % REST, NO_URL), store_raw('{"ServerURL":"",%s}' % REST, NO_URL),
                store_raw('{"ServerURL":" \\n\\t",%s}' % REST, NO_URL),
                store_raw("{%s}" % GHCR, NO_USER), store_raw('{%s,"Username":"","Secret":"x"}' % GHCR, NO_USER),
                none_saved,
            ],
        ),
        Row(
            "a member of another type is refused in one fixed line and nothing is saved",
            ("1.2 store types",),
            [*(store_raw(text, NOT_JSON, secret=SECRET.encode()) for text in wrong), none_saved],
        ),
        Row(
            "input that is no JSON object is refused in one fixed line and nothing is saved",
            ("1.2 store types",),
            [*(store_raw(text, NOT_JSON) for text in NO_OBJECTS), none_saved],
        ),
        Row(
            "text that is not UTF-8 is never stored, so it is never printed",
            ("1.3 utf-8",),
            [*(store_raw(text, NOT_JSON) for text in bad_utf8), none_saved],
        ),
    ]  # fmt: skip


MEMBERS = {"ServerURL": '"ghcr.io"', "Username": '"me"', "Secret": f'"{SECRET}"'}


def nothing_saved(home: Path) -> str | None:
    left = [str(each.relative_to(home)) for each in home.rglob("*") if not each.is_dir()]
    return f"it left {left}" if left else None


def refusal(managed: Managed, url: str, user: str, host: str | None = None) -> Step:
    host = host or managed.host
    stdin = store(url, user).stdin
    told = Line((f"'{host}'", "is not saved", f"'scopedctl import {host}'", "'docker --config DIR login'"))
    return Step(("store",), stdin, told, 1, secret=SECRET.encode())


def echo_rows(managed: Managed) -> list[Row]:
    host = managed.host
    return [
        Row(
            "docker login may store back what get gave it, under any spelling, and nothing is kept",
            ("2.8.10", "7.2.10", "1.1 success"),
            [
                get(host, login(host, READER, managed.reader)),
                store(host, READER, managed.reader), store(f"https://{host}/v2/", READER, managed.reader),
                store(host.upper(), READER, managed.reader), store(host, READER, "the one before the rotation"),
                store(host, READER, ""),
                get(host, login(host, READER, managed.reader)),
            ],
            nothing_saved,
        ),
        Row(
            "another user's login for a managed registry is refused in one line that says what to do",
            ("2.8.10", "7.2.10", "1.4 no secret"),
            [
                refusal(managed, host, "admin"), refusal(managed, f"https://{host}", "<token>"),
                refusal(managed, host, READER.upper()), refusal(managed, host, READER + " "),
                get(host, login(host, READER, managed.reader)),
            ],
            nothing_saved,
        ),
        Row(
            "no login is saved for a managed registry that cannot be answered now",
            ("2.8.10",),
            [refusal(managed, LONELY, "ghost", LONELY), refusal(managed, f"{LONELY}/ghosts/x", "me", LONELY)],
            nothing_saved,
        ),
    ]  # fmt: skip
