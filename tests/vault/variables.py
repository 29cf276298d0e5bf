#!/usr/bin/env python3
"""The variables of the vault's own command line against a real OpenBao: with the same ones `bao` and the helper reach it
the same way, or neither does, and garbage is one line that names the variable.

Not tested here: TOKEN and what stands beside it (logins.py); a rate limit, which nobody sees from outside.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from forward_proxy import ForwardProxy
from lab import Lab
from name_server import NameServer
from process import Finished, run
from sandbox import name_host
from scene import play
from second_factor import SecondFactor
from servers import search_path
from signed import self_signed
from tap import Tap
from vault import Vault, find_bao, free_port
from vault_world import TOKEN, VaultWorld, is_one_line

NAME, NODE = "vault.corp.example", "node.corp.example"
GARBAGE = {
    "BAO_PROXY_ADDR": "proxy:3128",
    "VAULT_HTTP_PROXY": "ftp://proxy",
    "BAO_ADDR": "unix://relative",
    "BAO_CLIENT_CERT_BYTES": "-----BEGIN CERTIFICATE-----",
    "BAO_TLS_SERVER_NAME": "https://vault",
    "BAO_RATE_LIMIT": "fast",
    "BAO_SRV_LOOKUP": "perhaps",
    "VAULT_HEADERS": "X-Route: blue",
    "BAO_MFA": "a\nb",
    "BAO_WRAP_TTL": "5m",
    "BAO_SKIP_VERIFY": "true",
}


class Place:
    """A vault that is reached in several ways."""

    def __init__(self, program: str, work: Path):
        keys = work / "keys"
        keys.mkdir(mode=0o700, exist_ok=True)
        self.named = self_signed(keys, "named", hosts=f"DNS:{NAME},DNS:{NODE}")
        self.usual = self_signed(keys, "usual")
        self.client = self_signed(keys, "client", "extendedKeyUsage=clientAuth")
        self.socket = work / "vault.sock"
        self.named_port, self.strict_port = free_port(), free_port()
        strict = f'tls_client_ca_file = "{self.client[0]}"\ntls_require_and_verify_client_cert = "true"\n'
        more = (
            f'listener "unix" {{ address = "{self.socket}" }}\n'
            + listener(self.named_port, self.named)
            + listener(self.strict_port, self.usual, strict)
        )
        self.vault = Vault(program, work / "vault", audit=True, more=more)


def listener(port: int, pair: tuple[Path, Path], more: str = "") -> str:
    return (
        f'listener "tcp" {{ address = "127.0.0.1:{port}"\n'
        f'tls_cert_file = "{pair[0]}"\ntls_key_file = "{pair[1]}"\n{more}}}\n'
    )


def theirs(world: VaultWorld, variables: dict[str, str]) -> Finished:
    """What `bao` does with the same variables, and the root token."""
    usual = {"PATH": search_path(), "HOME": str(world.work / "vault"), "BAO_TOKEN": world.vault.token}
    argv = [world.vault.program, "kv", "get", "-mount=secret", "-field=username", world.path()]
    return run(argv, usual | variables, 30)


def ours(world: VaultWorld, variables: dict[str, str]) -> Finished:
    world.variables = variables
    return world.cold_get()


def both(world: VaultWorld, tap: Tap, sentence: str, variables: dict[str, str]) -> None:
    done, own = ours(world, variables), theirs(world, variables)
    tap.check(done.code == 0, sentence, done)
    tap.check(own.code == 0, f"{sentence}, and so for bao", own)


def neither(world: VaultWorld, tap: Tap, sentence: str, variables: dict[str, str]) -> None:
    done, own = ours(world, variables), theirs(world, variables)
    tap.check(is_one_line(done), f"{sentence} is one line", done)
    tap.check(own.code != 0, "and bao does not get there either", own)


def variables_test(program: str) -> Callable[[Lab, Tap], None]:
    def test(lab: Lab, tap: Tap) -> None:
        cloud = lab.start_registry()
        place = Place(program, lab.work)
        tap.note(place.vault.version())
        world = VaultWorld(lab, cloud, place.vault)
        try:
            world.begin()
            by_socket_of_settings(world, tap, place)
            world.configure({"address": None, "ca_file": None})
            for each in (by_address, by_proxy, by_socket, with_certificate, with_name, with_headers, with_second_factor):
                each(world, tap, place)
            if lab.private:
                by_service(world, tap, place)
            else:
                tap.skip("services of DNS", "no namespaces of our own here")
            garbage(world, tap, place)
        finally:
            world.stop()
            place.vault.stop()

    return test


def by_socket_of_settings(world: VaultWorld, tap: Tap, place: Place) -> None:
    world.configure({"address": f"unix://{place.socket}", "ca_file": None})
    done = ours(world, {})
    tap.check(done.code == 0, "a socket in 'address' is spoken to", done)
    turned = world.ctl("rotate", f"{world.cloud.host}/{TOKEN}")
    tap.check(turned.code == 0, "and a rotation goes over it", turned)
    world.configure({"address": f"unix://{place.socket}.gone", "ca_file": None})
    done = ours(world, {})
    tap.check(is_one_line(done, f"at socket '{place.socket}.gone'"), "one that is not there is one line", done)


def usual(place: Place) -> dict[str, str]:
    return {"BAO_ADDR": place.vault.address, "BAO_CACERT": place.vault.ca_file}


def by_address(world: VaultWorld, tap: Tap, place: Place) -> None:
    both(world, tap, "address and authority are enough", usual(place))
    neither(world, tap, "an authority that is not the vault's", usual(place) | {"BAO_CACERT": str(place.usual[0])})


def by_proxy(world: VaultWorld, tap: Tap, place: Place) -> None:
    proxy = ForwardProxy("me:p w")
    others = {"HTTPS_PROXY": "http://127.0.0.1:1", "https_proxy": "http://127.0.0.1:1", "NO_PROXY": "*"}
    for name in ("BAO_PROXY_ADDR", "VAULT_HTTP_PROXY"):
        through = usual(place) | others | {name: f"http://me:p%20w@127.0.0.1:{proxy.port}"}
        both(world, tap, f"${name}: the vault is reached through the proxy", through)
    expected = place.vault.address.removeprefix("https://")
    tap.check(len(proxy.asked) >= 4 and set(proxy.asked) == {expected}, "which both have asked", proxy.asked)
    done = ours(world, usual(place) | {"BAO_PROXY_ADDR": f"http://me:hunter2@127.0.0.1:{proxy.port}"})
    tap.check(
        is_one_line(done, "407") and "hunter2" not in done.out + done.err and proxy.refused > 0,
        "a proxy that refuses is one line without its login", done,
    )  # fmt: skip
    proxy.stop()
    neither(world, tap, "a proxy that is not there", through)


def by_socket(world: VaultWorld, tap: Tap, place: Place) -> None:
    both(world, tap, "a socket in $BAO_ADDR is spoken to", {"BAO_ADDR": f"unix://{place.socket}"})
    agent = {"BAO_ADDR": "https://127.0.0.1:1", "VAULT_AGENT_ADDR": f"unix://{place.socket}"}
    both(world, tap, "one in $VAULT_AGENT_ADDR replaces the address", agent)
    done = ours(world, agent | {"BAO_PROXY_ADDR": "http://127.0.0.1:1"})
    tap.check(is_one_line(done, "$BAO_PROXY_ADDR is for a vault at https://"), "and no proxy is for one", done)


def with_certificate(world: VaultWorld, tap: Tap, place: Place) -> None:
    strict = {"BAO_ADDR": f"https://127.0.0.1:{place.strict_port}", "BAO_CACERT": str(place.usual[0])}
    neither(world, tap, "a listener that asks for a certificate, and none", strict)
    certificate, key = place.client
    texts = {"BAO_CLIENT_CERT_BYTES": certificate.read_text(), "BAO_CLIENT_KEY_BYTES": key.read_text()}
    both(world, tap, "a certificate in texts is shown", strict | texts)
    files = {"BAO_CLIENT_CERT": str(certificate), "VAULT_CLIENT_KEY": str(key)}
    both(world, tap, "one in files is shown", strict | files)
    both(world, tap, "and before texts, which are not looked at", strict | files | dict.fromkeys(texts, "garbage"))
    neither(world, tap, "half a certificate", strict | {"BAO_CLIENT_KEY_BYTES": key.read_text()})
    login = world.login
    world.vault.must("auth", "enable", "cert")
    world.vault.write("auth/cert/certs/host", certificate=certificate.read_text(), token_policies="rotator")
    world.configure({"address": None, "ca_file": None}, {"type": "vault_cert"})
    done = ours(world, strict | texts)
    tap.check(done.code == 0, "the texts log in too", done)
    world.configure({"address": None, "ca_file": None}, login)


def with_name(world: VaultWorld, tap: Tap, place: Place) -> None:
    named = {"BAO_ADDR": f"https://127.0.0.1:{place.named_port}", "BAO_CACERT": str(place.named[0])}
    neither(world, tap, "a certificate for a name at an address", named)
    both(world, tap, "which $BAO_TLS_SERVER_NAME gives", named | {"BAO_TLS_SERVER_NAME": NAME})
    neither(world, tap, "another name", named | {"BAO_TLS_SERVER_NAME": "other.corp.example"})
    proxy = ForwardProxy("me:pw")
    through = {"BAO_TLS_SERVER_NAME": NAME, "BAO_PROXY_ADDR": f"http://me:pw@127.0.0.1:{proxy.port}"}
    both(world, tap, "through a proxy the name is the same", named | through)
    expected = f"127.0.0.1:{place.named_port}"
    tap.check(set(proxy.asked) == {expected}, "and the proxy is told the address", proxy.asked)
    proxy.stop()


def with_headers(world: VaultWorld, tap: Tap, place: Place) -> None:
    place.vault.must("write", "sys/config/auditing/request-headers/X-Route", "hmac=false")
    seen = len(place.vault.requests())
    done = ours(world, usual(place) | {"VAULT_HEADERS": '{"X-Route": "blue"}'})
    tap.check(done.code == 0, "headers of a variable do no harm", done)
    headers = [each.get("headers", {}) for each in place.vault.requests()[seen:]]
    arrived = [each for each in headers if "blue" in str(each)]
    tap.check(headers != [] and len(arrived) == len(headers), "and the vault sees them in each request", headers)


def with_second_factor(world: VaultWorld, tap: Tap, place: Place) -> None:
    factor = SecondFactor(place.vault, "approle", (world.work / "keys" / "role-id").read_text().strip())
    done = ours(world, usual(place))
    tap.check(is_one_line(done, "a second factor: set $BAO_MFA"), "a login without a second factor is one line", done)
    shown = {"BAO_MFA": f"{factor.method}:{factor.next_code()}"}
    done = ours(world, usual(place) | shown)
    tap.check(done.code == 0, "with one in $BAO_MFA the helper is answered, by its one request", done)
    done = ours(world, usual(place) | shown)
    tap.check(is_one_line(done), "a code that was used is one line", done)
    world.variables = usual(place)
    rotated = world.ctl("rotate", f"{world.cloud.host}/{TOKEN}")
    told = "a second factor: set $BAO_MFA" in rotated.err
    tap.check(rotated.code != 0 and told, "a login of its own without one says so too", rotated)
    world.variables = usual(place) | {"VAULT_MFA": f" other , {factor.method}:{factor.next_code()}"}
    rotated = world.ctl("rotate", f"{world.cloud.host}/{TOKEN}")
    tap.check(rotated.code == 0, "and takes it of several", rotated)
    factor.end()


def by_service(world: VaultWorld, tap: Tap, place: Place) -> None:
    name_host(NODE)
    names = NameServer({f"_http._tcp.{NAME}": [(20, 0, 1, NODE), (10, 5, place.named_port, NODE)]})
    looked = {"BAO_ADDR": f"https://{NAME}", "BAO_CACERT": str(place.named[0])}
    try:
        neither(world, tap, "a name that means no machine", looked)
        both(world, tap, "with $BAO_SRV_LOOKUP it means the first service", looked | {"BAO_SRV_LOOKUP": "true"})
        tap.check(f"_http._tcp.{NAME}" in names.asked, "which DNS was asked for", names.asked)
        name_host(NAME)
        asked = len(names.asked)
        port = looked | {"BAO_ADDR": f"https://{NAME}:{place.named_port}", "BAO_SRV_LOOKUP": "true"}
        both(world, tap, "an address with a port is not looked up", port)
        tap.check(not any("_http" in each for each in names.asked[asked:]), "at all", names.asked[asked:])
        names.services = {}
        done = ours(world, looked | {"BAO_SRV_LOOKUP": "true"})
        tap.check(is_one_line(done, f"https://{NAME}/"), "without such a record it is the address itself", done)
        names.services = {f"_http._tcp.{NAME}": [(1, 1, place.vault.port, "localhost")]}
        done = ours(world, looked | {"BAO_SRV_LOOKUP": "true", "BAO_CACERT": place.vault.ca_file})
        tap.check(is_one_line(done, "certificate"), "and another server that DNS names is not the vault", done)
    finally:
        names.stop()


def garbage(world: VaultWorld, tap: Tap, place: Place) -> None:
    _, key = place.client
    for name, value in GARBAGE.items():
        beside = {"BAO_CLIENT_KEY_BYTES": key.read_text()} if "CERT" in name else {}
        done = ours(world, usual(place) | beside | {name: value})
        tap.check(is_one_line(done, f"${name}"), f"${name}: what is not done is one line that names it", done)


if __name__ == "__main__":
    found, missing = find_bao()  # before there is no network any more
    if found is None:
        Tap().skip("variables of a real vault", missing)
        sys.exit(0)
    sys.exit(play(variables_test(found)))
