#!/usr/bin/env python3
"""Kubelet's credential provider: transcripts, with the agent and without it, and kubelet's own code.

Not tested here: every image's name and every limit of a copy (unit tests of common/protocol and common/answer).
"""

from __future__ import annotations

import functools
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from go_program import build_go_program
from lab import Lab
from process import Finished, LabError, run
from scene import play
from tap import Tap
from world import CALM_POLICY, HELPER, Consumer, World

SOURCE = Path(__file__).resolve().parents[1] / "clients" / "kubelet"
PROVIDER = "kubelet-credential-scoped"
GROUP = "credentialprovider.kubelet.k8s.io"
VERSIONS = tuple(f"{GROUP}/{name}" for name in ("v1", "v1beta1", "v1alpha1"))
NODE, OTHER, LOST = "node-blue", "other-team", "without-record"  # the last has no record
# A copy may be kept for long here, so that kubelet may keep an answer for its ten minutes.
POLICY = CALM_POLICY | {"lifetime": "90d", "offline": "1h", "hold": "1h"}
NO_REQUEST = f"not a CredentialProviderRequest of {GROUP} v1, v1beta1 or v1alpha1 with an image\n"

Login = tuple[str, str]


class Node(World):
    """A node whose images choose their token by repository."""

    def configuration(self) -> dict[str, Any]:
        document = super().configuration()
        tokens = document["registries"][self.cloud.host]["tokens"]
        tokens[LOST] = dict(tokens[NODE])
        for token, repositories in ((NODE, ["demo/*", "v2/*", "x"]), (OTHER, ["team/*"]), (LOST, ["lost/*"])):
            tokens[token]["repositories"] = repositories
        document["profiles"][OTHER] = {self.cloud.host: OTHER}
        return document

    def password_after(self, before: Login) -> Login:
        """The next one, as soon as the agent's copy is old enough for it to ask the store."""
        deadline = time.monotonic() + 15
        while (now := self.ask_helper(NODE)) == before and time.monotonic() < deadline:
            time.sleep(0.05)
        return now

    def provider(self, stdin: bytes, *argv: str, **variables: str) -> Finished:
        """One call as kubelet makes it."""
        name, *arguments = argv or (PROVIDER,)
        link = self.work / "bin" / name
        if not link.exists():
            link.symlink_to(self.programs / HELPER)
        return run([str(link), *arguments], self.environment() | variables, stdin=stdin)


def request(image: str, version: str = VERSIONS[0], **more: Any) -> bytes:
    document = {"kind": "CredentialProviderRequest", "apiVersion": version, "image": image} | more
    return json.dumps(document).encode() + b"\n"


def response(version: str, auth: Mapping[str, Login] | None) -> str:
    """The whole answer, byte by byte."""
    document = {
        "kind": "CredentialProviderResponse", "apiVersion": version, "cacheKeyType": "Image",
        "cacheDuration": "0s" if auth is None else "10m0s",
        "auth": None if auth is None else {k: {"username": v[0], "password": v[1]} for k, v in auth.items()},
    }  # fmt: skip
    return json.dumps(document, separators=(",", ":")) + "\n"


# --- transcripts -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    what: str
    stdin: bytes
    out: str
    fails: bool = False  # with the same line on stderr
    argv: tuple[str, ...] = (PROVIDER,)
    variables: Mapping[str, str] = field(default_factory=dict)


def good_cases(host: str, now: Login, before: Login, other: Login) -> Iterator[Case]:
    def both(image: str, shorter: str) -> dict[str, Login]:
        return {image: now, shorter: before}

    plain, v1 = f"{host}/demo/app", VERSIONS[0]
    for version in VERSIONS:
        yield Case(f"{version} is answered in kind", request(plain, version), response(version, both(plain, plain[:-1])))  # fmt: skip
        yield Case(f"{version}: an image of nobody's", request("ghcr.io/a/b", version), response(version, None))
    usual = response(v1, both(plain, plain[:-1]))
    yield Case("a tag is cut", request(plain + ":1.2"), usual)
    yield Case("a digest is cut", request(plain + ":1.2@sha256:" + "0" * 64), usual)
    with_account = request(plain, serviceAccountToken="secret", serviceAccountAnnotations={"a/b": "c"})
    yield Case("a service account's token does not disturb", with_account, usual)
    yield Case("a request may be indented", json.dumps(json.loads(request(plain)), indent=2).encode(), usual)
    yield Case("a repository of one letter", request(f"{host}/x"), response(v1, both(f"{host}/x", f"{host}/")))
    odd = response(v1, both(f"{host}/v2/v2/app", f"{host}/v2/v2/ap"))
    yield Case("a folder called v2", request(f"{host}/v2/app"), odd)
    upper = host.upper() + "/demo/app"
    yield Case("the host as kubelet wrote it", request(upper), response(v1, both(upper, upper[:-1])))
    image = f"{host}/team/app"
    yield Case("the repository chooses the token", request(image), response(v1, {image: other}))
    profile = {"SCOPED_PROFILE": OTHER}
    yield Case("the profile chooses the token", request(plain), response(v1, {plain: other}), variables=profile)
    named = (f"{HELPER}-{OTHER}", "kubelet")
    yield Case("so does the program's name", request(plain), response(v1, {plain: other}), argv=named)
    yield Case("a short name is Docker Hub's", request("nginx"), response(v1, None))
    yield Case("no image's name at all", request("https://" + plain), response(v1, None))


def failing_cases(host: str) -> Iterator[Case]:
    choose = "choose one with a profile ($SCOPED_PROFILE) or set 'default_token'\n"
    candidates = f"'{host}': more than one token fits ('{NODE}', '{OTHER}', '{LOST}'): "
    yield Case("several tokens and no rule", request(f"{host}/else"), candidates + choose, True)
    unknown = f"'{host}': there is no profile 'none' in the configuration: use '{NODE}', '{OTHER}' or none\n"
    yield Case("an unknown profile", request(f"{host}/demo/app"), unknown, True, variables={"SCOPED_PROFILE": "none"})  # fmt: skip
    lost = f"'{host}/{LOST}': it has no record: run 'scopedctl import {host} {LOST}'\n"
    yield Case("a token without a record", request(f"{host}/lost/app"), lost, True)
    good = request(f"{host}/demo/app")
    bad = {
        "nothing": b"", "no JSON": b"hunter2\n", "a list": b"[]", "an empty object": b"{}", "a cut one": good[:-3],
        "two of them": good + good, "an unknown version": request(f"{host}/demo/app", f"{GROUP}/v2"),
        "no image": request(""), "an image that is a number": good.replace(b'"image": "', b'"image": 1, "x": "'),
        "a member twice": good.replace(b"{", b'{"image": "a/b", ', 1), "bytes that are no text": b"\xff\0\xfe",
        "a megabyte": request("a" * (1 << 20)), "more than is read": b" " * (3 << 20) + good,
    }  # fmt: skip
    for what, stdin in bad.items():
        yield Case(f"a bad request: {what}", stdin, NO_REQUEST, True)


def differs(case: Case, done: Finished) -> str:
    """Nothing when it went as it should."""
    expected = (1, case.out, case.out) if case.fails else (0, case.out, "")
    got = (done.code, done.out, done.err)
    return "" if got == expected else f"{got} instead of {expected}"


def transcripts(node: Node, cases: list[Case], how: str, tap: Tap) -> None:
    for case in cases:
        problem = differs(case, node.provider(case.stdin, *case.argv, **case.variables))
        tap.check(not problem, f"{how}: {case.what}", problem)


def miss_of_the_front(node: Node, tap: Tap) -> None:
    """Where nothing is configured beside the agent's own file, the front itself says that there is nothing."""
    environment = node.environment()
    del environment["SCOPED_CONFIG"]
    argv = [str(node.work / "bin" / PROVIDER)]
    for version in VERSIONS:
        done = run(argv, environment, stdin=request("ghcr.io/a/b", version))
        problem = differs(Case("", b"", response(version, None)), done)
        tap.check(not problem, f"{version}: a miss without a configuration", problem)


# --- kubelet's own code ------------------------------------------------------------------------------


class Kubelet:
    """The harness around k8s.io/kubernetes/pkg/credentialprovider/plugin."""

    def __init__(self, node: Node, program: Path, version: str, **variables: str):
        self.binaries = node.work / "bin"
        self.program = program
        self.environment = node.environment()
        provider = {
            "name": PROVIDER, "apiVersion": version, "defaultCacheDuration": "0s",
            "matchImages": [node.cloud.host, f"{node.cloud.host}:443", "ghcr.io"],
            "env": [{"name": name, "value": value} for name, value in variables.items()],
        }  # fmt: skip
        document = {
            "kind": "CredentialProviderConfig", "apiVersion": "kubelet.config.k8s.io/v1", "providers": [provider],
        }  # fmt: skip
        self.config = node.work / "credential-providers.json"
        self.config.write_text(json.dumps(document))

    @property
    def argv(self) -> list[str]:
        return [str(self.program), str(self.config), str(self.binaries)]

    def look_up(self, *images: str) -> tuple[list[list[Login]], str]:
        """For each image what kubelet would try, in that order; and what it logs."""
        done = run(self.argv, self.environment, stdin="".join(f"{each}\n" for each in images))
        if done.code != 0:
            raise LabError(f"kubelet's code: exit {done.code}: {done.last_line}")
        found = [logins_in(line) for line in done.out.splitlines()]
        if len(found) != len(images):
            raise LabError(f"kubelet's code: {len(found)} answers for {len(images)} images: {done.last_line}")
        return found, done.err

    @contextmanager
    def running(self) -> Iterator[subprocess.Popen[str]]:
        process = subprocess.Popen(
            self.argv, env=self.environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, bufsize=1,
        )  # fmt: skip
        try:
            yield process
        finally:
            process.kill()
            process.communicate()


def logins_in(line: str) -> list[Login]:
    return [(each["username"], each["password"]) for each in json.loads(line)["auth"]]


def ask(process: subprocess.Popen[str], image: str) -> list[Login]:
    assert process.stdin and process.stdout
    process.stdin.write(image + "\n")
    return logins_in(process.stdout.readline())


def kept_through_a_rotation(node: Node, program: Path, tap: Tap) -> None:
    """Kubelet keeps what it was given and does not ask again after a 401."""
    image = f"{node.cloud.host}/demo/app"
    before = node.ask_helper(NODE)
    with Kubelet(node, program, VERSIONS[0]).running() as process:
        first = ask(process, image)
        tap.check(first == [before], "kubelet's code finds the current password", first)
        node.ctl_must("rotate", NODE)
        kept = ask(process, image)
        tap.check(kept == first, "kubelet keeps it through a rotation", kept)
    tap.check(node.cloud.login(*kept[0]) == 200, "and it still logs in")


def failover(node: Node, program: Path, now: Login, before: Login, how: str, tap: Tap) -> None:
    host = node.cloud.host
    images = [f"{host}/demo/app", f"{host}/demo/a", f"{host}/x", f"{host}/v2/app"]
    if ":" not in host:
        images.append(f"{host}:443/demo/app")
    for version in VERSIONS:
        found, said = Kubelet(node, program, version).look_up(*images, "ghcr.io/a/b", "quay.io/a")
        for image, logins in zip(images, found, strict=False):
            what = f"{how}, {version}: {image} is tried with the current password, then the previous one"
            tap.check(logins == [now, before], what, logins)
        tap.check(found[-2:] == [[], []], f"{how}, {version}: nothing for images of others", found[-2:])
        tap.check("rror" not in said, f"{how}, {version}: kubelet logs no error", said)
    refused, said = Kubelet(node, program, VERSIONS[0], SCOPED_PROFILE="none").look_up(images[0])
    is_told = "there is no profile 'none' in the configuration" in said
    tap.check(refused == [[]] and is_told, f"{how}: kubelet logs why there is no password", said)


# --- the whole ---------------------------------------------------------------------------------------


def kubelet(program: Path | None, why_not: str, lab: Lab, tap: Tap) -> None:
    cloud = lab.start_registry()
    consumers = (Consumer(NODE, "app-pull", False), Consumer(OTHER, "app-push", True))
    node = Node(lab.work, lab.programs, cloud, consumers, POLICY)
    node.set_up()
    node.provider(b"")  # makes the link
    before = node.ask_helper(NODE)
    node.start_agent()
    try:
        if program:
            kept_through_a_rotation(node, program, tap)
        else:
            tap.skip("kubelet's own code uses the provider", why_not)
            node.ctl_must("rotate", NODE)
        now, other = node.password_after(before), node.ask_helper(OTHER)
        tap.check(now != before, "the password was rotated")
        logins = [cloud.login(*each) for each in (now, before, other)]
        tap.check(logins == [200, 200, 200], "all passwords that kubelet is given log in", logins)
        cases = [*good_cases(cloud.host, now, before, other), *failing_cases(cloud.host)]
        transcripts(node, cases, "with the agent", tap)
        miss_of_the_front(node, tap)
        if program:
            failover(node, program, now, before, "with the agent", tap)
    finally:
        node.stop()
    transcripts(node, cases, "without an agent", tap)
    if program:
        failover(node, program, now, before, "without an agent", tap)


def main() -> int:
    program, why_not = None, ""
    try:
        program = build_go_program(SOURCE)  # before there is a network of our own
    except LabError as reason:
        why_not = str(reason)
    return play(functools.partial(kubelet, program, why_not))


if __name__ == "__main__":
    sys.exit(main())
