"""Rows about what surrounds the process: variables, home folders, the language, another user."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from protocol_world import BUILDER, OTHER_UID, READER, Managed
from rows import NOT_FOUND, Line, Row, Step, erase, get, listing, login, store, with_env


def environment_rows(managed: Managed, turkish: Mapping[str, str] | None, elsewhere: Path) -> list[Row]:
    rows = [*home_rows(managed, elsewhere), *variable_rows(managed), *junk_rows(managed)]
    if turkish:
        rows.append(turkish_row(managed, turkish))
    if os.geteuid() == 0:
        rows += other_user_rows(elsewhere)
    return rows


def everything(managed: Managed) -> list[Step]:
    """Each verb, on a managed registry and on one that is not."""
    host = managed.host
    return [
        get(host, login(host, READER, managed.reader)), get(f"{host}/team/x", login(f"{host}/team/x", BUILDER, managed.builder)),
        get("ghcr.io"), erase("ghcr.io"), store("ghcr.io"), get("https://GHCR.io", login("https://GHCR.io")),
        listing({host: READER, "ghcr.io": "me"}), store(host, READER, managed.reader), erase(host), erase("ghcr.io"), get("ghcr.io"),
        listing({host: READER}),
    ]  # fmt: skip


def without_home(managed: Managed, *why: str) -> list[Step]:
    """What is left where nothing can be kept: reading, and a store that says why."""
    host = managed.host
    return [
        get(host, login(host, READER, managed.reader)), get("ghcr.io"), listing({host: READER}), erase("ghcr.io"), erase(host),
        store(host, READER, managed.reader), replace(store("ghcr.io"), out=Line(("save the login of 'ghcr.io'", *why)), code=1),
    ]  # fmt: skip


def home_rows(managed: Managed, elsewhere: Path) -> list[Row]:
    (elsewhere / "file").touch()
    (elsewhere / "empty").mkdir()
    (elsewhere / "link").symlink_to("empty")
    advice = ("HOME",)
    return [
        Row(
            "without HOME it reads, and a login cannot be saved",
            ("2.8.14", "7.2.18"),
            [step for value in (None, "", "relative/folder") for step in with_env(without_home(managed, *advice), HOME=value)],
        ),
        Row(
            "a HOME that is not there or no folder is as none",
            ("7.2.18",),
            [
                step
                for value in (elsewhere / "missing", elsewhere / "file", Path("/dev/null"), Path("/proc/self/fd"))
                for step in with_env(without_home(managed), HOME=str(value))
            ],
        ),
        Row(
            "XDG_STATE_HOME moves what is kept",
            ("7.2.18",),
            with_env(everything(managed), XDG_STATE_HOME=str(elsewhere / "empty"), HOME=str(elsewhere)),
        ),
        Row(
            "a symbolic link below HOME is not followed",
            ("7.2.18",),
            [
                step
                for step in with_env(without_home(managed, "symbolic link"), HOME=str(elsewhere), XDG_STATE_HOME=str(elsewhere / "link" / "state"))
            ],
            lambda _home: "it wrote behind the link" if (elsewhere / "empty" / "state").exists() else None,
        ),
    ]  # fmt: skip


def variable_rows(managed: Managed) -> list[Row]:
    steps = everything(managed)
    return [
        Row(
            "PATH is of no use to it: empty, absent or full of nothing",
            ("7.2.18", "1.1 environment"),
            [step for value in (None, "", "/nonexistent", ":") for step in with_env(steps, PATH=value)],
        ),
        Row(
            "it needs neither D-Bus nor a display nor a terminal",
            ("2.8.14",),
            [
                *with_env(steps, DBUS_SESSION_BUS_ADDRESS=None, DISPLAY=None, TERM=None, XDG_RUNTIME_DIR=None),
                *with_env(steps, DBUS_SESSION_BUS_ADDRESS="unix:path=/nonexistent", DISPLAY=":99", TERM="nonsense"),
            ],
        ),
        Row(
            "variables of other programs change nothing",
            ("1.1 environment", "7.2.18"),
            with_env(
                steps, DOCKER_CONFIG="/nonexistent", REGISTRY_AUTH_FILE="/nonexistent", USER="somebody", LOGNAME="", SUDO_UID="1000",
                SUDO_USER="somebody", SHELL="", XDG_DATA_HOME="/nonexistent", TMPDIR="/nonexistent", OPENSSL_CONF="/nonexistent",
                SSL_CERT_FILE="/nonexistent", MALLOC_PERTURB_="165", DOCKER_AUTH_CONFIG="{}",
            ),
        ),
    ]  # fmt: skip


def junk_rows(managed: Managed) -> list[Row]:
    host = managed.host
    unmanaged = [get("ghcr.io"), erase("ghcr.io"), store("ghcr.io"), get("ghcr.io", login("ghcr.io")), erase("ghcr.io"), erase(host)]
    sockets = ("", "relative", "/", "/dev/null", "/nonexistent/agent.sock", "x" * 5_000, "/" + "y" * 200, "/proc/self/exe")
    profiles = ("nobody", "x" * 300, "y" * 100_000, "two\nlines", "\x1b[31m", "--profile=ci", "é", "../../etc")
    return [
        Row(
            "a $SCOPED_AGENT_SOCKET at which no agent listens is as none",
            ("7.2.18",),
            [step for value in sockets for step in with_env(everything(managed), SCOPED_AGENT_SOCKET=value)],
        ),
        Row(
            "a $SCOPED_PROFILE that nobody knows harms managed registries only, in one line",
            ("2.8.3", "7.2.12"),
            [
                step
                for value in profiles
                for step in with_env(
                    [*unmanaged, get(host, Line((f"'{host}'", "there is no profile")), also_stderr=True), get(f"{host}/team/x"), listing({})],
                    SCOPED_PROFILE=value,
                )
            ],
        ),
        Row(
            "variables that begin with SCOPED_ and mean nothing are ignored",
            ("7.2.18",),
            with_env(everything(managed), SCOPED_="x", SCOPED_STORE="/nonexistent", SCOPED_HOME="/", SCOPED_profile="nobody", SCOPED_LIBEXECDIR="/nonexistent"),
        ),
        Row(
            "a $SCOPED_CONFIG that cannot be read fails in one line, and erase succeeds all the same",
            ("1.4 no secret", "2.8.8"),
            [
                step
                for value in ("/nonexistent/config.json", "/dev/null", "/", "relative.json")
                for step in with_env(
                    [
                        get("ghcr.io", Line(("configuration: ", "scopedctl status"))), replace(store("ghcr.io"), out=Line(("configuration: ",)), code=1),
                        Step(("list",), b"unused", Line(("configuration: ",)), 1), erase("ghcr.io"), erase(host),
                    ],
                    SCOPED_CONFIG=value, SCOPED_AGENT_SOCKET=None,
                )
            ],
        ),
    ]  # fmt: skip


def turkish_row(managed: Managed, turkish: Mapping[str, str]) -> Row:
    shouted = managed.host.upper()
    steps = [
        *everything(managed), get(shouted, login(shouted, READER, managed.reader)),
        get(f"HTTPS://{shouted}/V2", NOT_FOUND), store("IIII.example.com"), get("iiii.example.com", login("iiii.example.com")),
        store("x", "y"), Step(("store",), b'{"SERVERURL":"a","USERNAME":"I","SECRET":"i"}'), get("a", login("a", "I", "i")),
    ]  # fmt: skip
    return Row("in Turkish every text and every letter is the same", ("2.8.12",), with_env(steps, **turkish))


def other_user_rows(elsewhere: Path) -> list[Row]:
    """As a user who owns nothing here, and as root in somebody else's home."""
    shut, theirs, own = elsewhere / "shut", elsewhere / "theirs", elsewhere / "own"
    for folder, uid, mode in ((shut, OTHER_UID, 0o500), (theirs, OTHER_UID, 0o755), (own, OTHER_UID, 0o700)):
        folder.mkdir()
        os.chown(folder, uid, uid)
        folder.chmod(mode)
    cannot = [get("ghcr.io"), erase("ghcr.io"), get("ghcr.io"), replace(store("ghcr.io"), out=Line(("save the login of 'ghcr.io'",)), code=1)]
    can = [get("ghcr.io"), store("ghcr.io"), get("ghcr.io", login("ghcr.io")), erase("ghcr.io"), get("ghcr.io")]
    return [
        Row(
            "a HOME in which nothing can be written is read, and store says why",
            ("7.2.18",),
            [replace(step, uid=OTHER_UID) for step in with_env(cannot, HOME=str(shut))],
            lambda _home: "it wrote there" if any(shut.iterdir()) else None,
        ),
        Row(
            "in another user's HOME nothing is read or written, not even by root",
            ("7.2.18",),
            with_env(cannot, HOME=str(theirs)),
            lambda _home: "it wrote there" if any(theirs.iterdir()) else None,
        ),
        Row(
            "any user may save logins at home",
            ("7.2.18",),
            [replace(step, uid=OTHER_UID) for step in with_env(can, HOME=str(own))],
            lambda _home: shutil.rmtree(own / ".local"),
        ),
    ]  # fmt: skip
