#!/usr/bin/env python3
"""Every login to a real OpenBao: what it takes, what it refuses in one line, and how long its token serves.

OpenBao is real, with TLS. Its Kubernetes login asks an API server for a TokenReview; that one answer is given by
tests/support/token_review.py. Not tested here: logins of the cloud providers, which OpenBao does not have.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from eventually import eventually
from lab import Lab
from process import Finished
from scene import play
from signed import Signer, self_signed
from tap import Tap
from token_review import TokenReview
from vault import Vault, find_bao
from vault_world import FOREIGN, TOKEN, VaultWorld, is_one_line

REFUSED = "the vault refuses the login"


def logins_test(program: str) -> Callable[[Lab, Tap], None]:
    def test(lab: Lab, tap: Tap) -> None:
        cloud = lab.start_registry()
        vault = Vault(program, lab.work / "vault", audit=True)
        tap.note(vault.version())
        world = VaultWorld(lab, cloud, vault)
        try:
            world.begin()
            for each in (inline_approle, wrapped_secret_id, userpass, jwt, kubernetes, certificate, given_token):
                each(world, tap)
            one_login_for_all(world, tap)
            life_of_a_token(world, tap)
        finally:
            world.stop()
            vault.stop()

    return test


def takes(world: VaultWorld, tap: Tap, sentence: str) -> None:
    done = world.cold_get()
    tap.check(done.code == 0, sentence, done)


def refuses(world: VaultWorld, tap: Tap, sentence: str, *parts: str) -> Finished:
    done = world.cold_get()
    tap.check(is_one_line(done, "identity 'host'", *parts), sentence, done)
    return done


def logins(world: VaultWorld) -> int:
    assert isinstance(world.vault, Vault)
    return sum("/login" in each["path"] for each in world.vault.requests())


def accessors(world: VaultWorld) -> int:
    return len(json.loads(world.vault.must("list", "-format=json", "auth/token/accessors").out))


def inline_approle(world: VaultWorld, tap: Tap) -> None:
    before, paths = accessors(world), set()
    assert isinstance(world.vault, Vault)
    seen = len(world.vault.requests())
    takes(world, tap, "AppRole: a helper without an agent logs in within its one request")
    paths = [each["path"] for each in world.vault.requests()[seen:] if each["path"].startswith("secret/")]
    tap.check(paths == [f"secret/data/{world.path()}"], "which is the only one for the record", paths)
    tap.check(accessors(world) == before, "and leaves no token behind", f"{before} before")
    secret = (world.work / "keys" / "secret-id").read_text().strip()
    world.keep("secret-id", "wrong")
    refuses(world, tap, "a wrong secret id is one line", REFUSED)
    world.keep("secret-id", secret)


def wrap(world: VaultWorld, role: str = "host") -> str:
    path = f"auth/approle/role/{role}/secret-id"
    return world.vault.must("write", "-f", "-wrap-ttl=5m", "-field=wrapping_token", path).out.strip()


def wrapped_secret_id(world: VaultWorld, tap: Tap) -> None:
    usual = world.login
    path = "auth/approle/role/host/secret-id"
    world.keep("wrapped", wrap(world))
    world.configure(login=usual | {"secret_id": f"file:{world.work}/keys/wrapped", "wrapped_at": path})
    takes(world, tap, "AppRole: a wrapped secret id is unwrapped and used")
    refuses(world, tap, "a wrapping token that was used is an alarm", "the wrapping token", "somebody else has used it")
    world.vault.must("write", "auth/approle/role/other", "token_policies=rotator")
    stranger = wrap(world, "other")
    world.keep("wrapped", stranger)
    refuses(world, tap, "one that was made elsewhere is an alarm", f"was not made at '{path}'")
    kept = world.vault.bao("write", "-field=creation_path", "sys/wrapping/lookup", f"token={stranger}")
    tap.check(kept.code == 0, "and it was not unwrapped", kept)
    world.keep("wrapped", "not-yet")  # else the question whether the agent is ready would unwrap it
    world.start_agent()
    world.keep("wrapped", wrap(world))
    eventually(lambda: world.helper(TOKEN, "get").code == 0)
    done = world.helper(TOKEN, "get")
    world.vault.must("token", "revoke", "-mode=path", "auth/approle")
    again = eventually(lambda: world.ctl("rotate", f"{world.cloud.host}/{TOKEN}", limit=90).code == 0, 60)
    tap.check(done.code == 0 and again, "an agent unwraps once and logs in again with what it keeps in memory", done)
    world.stop()
    world.configure(login=usual)


def userpass(world: VaultWorld, tap: Tap) -> None:
    world.vault.must("auth", "enable", "userpass")
    world.vault.write("auth/userpass/users/puller", password='two "words"', token_policies="rotator")
    login = {"type": "vault_userpass", "username": "puller", "password": world.secret("password", 'two "words"')}
    usual = world.login
    world.configure(login=login)
    takes(world, tap, "userpass: a name and a password log in")
    world.keep("password", "other")
    refuses(world, tap, "a wrong password is one line", REFUSED)
    world.configure(login=login | {"mount": "nowhere"})
    world.keep("password", 'two "words"')
    refuses(world, tap, "a mount that is not there is one line")
    world.configure(login=usual)


def jwt(world: VaultWorld, tap: Tap) -> None:
    signer, other = Signer(world.work / "keys", "ci"), Signer(world.work / "keys", "stranger")
    vault, usual = world.vault, world.login
    vault.must("auth", "enable", "jwt")
    vault.must("write", "auth/jwt/config", f"jwt_validation_pubkeys=@{signer.public_key}")
    vault.write(
        "auth/jwt/role/ci", role_type="jwt", user_claim="sub", bound_audiences=["vault"], token_policies="rotator"
    )
    world.configure(login={"type": "vault_jwt", "role": "ci", "jwt": world.secret("jwt", "")})
    claims = {"sub": "pipeline", "aud": "vault"}
    world.keep("jwt", signer.sign(claims))
    takes(world, tap, "JWT: a signed token logs in, checked by a public key that the vault has")
    world.keep("jwt", other.sign(claims))
    refuses(world, tap, "one that somebody else signed is one line", REFUSED)
    world.keep("jwt", signer.sign(claims, life=-300))
    refuses(world, tap, "one that has lapsed is one line", REFUSED)
    world.keep("jwt", signer.sign(claims | {"aud": "others"}))
    refuses(world, tap, "one for another audience is one line", REFUSED)
    world.configure(login=usual)


def kubernetes(world: VaultWorld, tap: Tap) -> None:
    certificate, key = self_signed(world.work / "keys", "api")
    review, signer = TokenReview(certificate, key), Signer(world.work / "keys", "cluster")
    vault, usual = world.vault, world.login
    claims = {
        "iss": "https://kubernetes.default.svc", "sub": "system:serviceaccount:builds:puller",
        "aud": ["https://kubernetes.default.svc"],
        "kubernetes.io": {"namespace": "builds", "serviceaccount": {"name": "puller", "uid": "u-1"}},
    }  # fmt: skip
    token, next_token = signer.sign(claims), signer.sign(claims | {"jti": "2"})
    try:
        vault.must("auth", "enable", "kubernetes")
        vault.write(
            "auth/kubernetes/config", kubernetes_host=review.address, kubernetes_ca_cert=certificate.read_text(),
            token_reviewer_jwt=signer.sign({"sub": "reviewer"}), disable_local_ca_jwt=True,
        )  # fmt: skip
        vault.write(
            "auth/kubernetes/role/puller", bound_service_account_names=["puller"],
            bound_service_account_namespaces=["builds"], token_policies="rotator",
        )  # fmt: skip
        review.accounts = {token: ("builds", "puller", "u-1")}
        file = world.keep("service-account", token, 0o644)
        world.configure(login={"type": "vault_kubernetes", "role": "puller", "token_file": file})
        takes(world, tap, "Kubernetes: a pod's service account logs in")
        tap.check(review.reviewed > 0, "and the vault has asked for a TokenReview")
        review.accounts = {next_token: ("builds", "puller", "u-1")}
        refuses(world, tap, "a service account's token that is not valid any more is one line", REFUSED)
        world.keep("service-account", next_token, 0o644)
        takes(world, tap, "the file is read anew for each login")
        world.configure(login={"type": "vault_kubernetes", "role": "other", "token_file": file})
        refuses(world, tap, "a role that the vault does not know is one line", REFUSED)
        world.configure(login={"type": "vault_kubernetes", "role": "puller", "token_file": f"{file}.gone"})
        refuses(world, tap, "a token file that is not there is one line", f"{file}.gone")
    finally:
        review.stop()
    world.configure(login=usual)


def certificate(world: VaultWorld, tap: Tap) -> None:
    usual, keys = world.login, world.work / "keys"
    ours = self_signed(keys, "host", "extendedKeyUsage=clientAuth")
    others = self_signed(keys, "stranger-host", "extendedKeyUsage=clientAuth")
    world.vault.must("auth", "enable", "cert")
    world.vault.write("auth/cert/certs/host", certificate=ours[0].read_text(), token_policies="rotator")
    login = {"type": "vault_cert", "certificate_file": str(ours[0]), "key_file": str(ours[1]), "role": "host"}
    world.configure(login=login)
    takes(world, tap, "TLS: a client certificate logs in")
    world.configure(login=login | {"certificate_file": str(others[0]), "key_file": str(others[1])})
    refuses(world, tap, "one that the vault does not know is one line", REFUSED)
    world.configure(login=login)
    for new, old in zip(others, ours, strict=True):
        old.write_bytes(new.read_bytes())
    world.vault.write("auth/cert/certs/host", certificate=ours[0].read_text(), token_policies="rotator")
    takes(world, tap, "the pair of files is read anew for each login")
    ours[1].chmod(0o644)
    refuses(world, tap, "a key that others may read is one line", "key_file")
    world.configure(login=usual)


def given_token(world: VaultWorld, tap: Tap) -> None:
    usual, home = world.login, world.work / "home"
    token = world.vault.must("token", "create", "-policy=rotator", "-field=token").out.strip()
    world.configure(login={"type": "vault_token", "token": world.secret("token", token)})
    takes(world, tap, "token: from a file of the configuration")
    world.configure(login={"type": "vault_token"})
    refuses(world, tap, "none at all is one line", "there is no token of a vault: run 'bao login'")
    for name in ("BAO_TOKEN", "VAULT_TOKEN"):
        world.variables = {name: token}
        takes(world, tap, f"token: from ${name}")
    world.variables = {"BAO_TOKEN": "a b"}
    refuses(world, tap, "garbage in the variable is one line that does not show it", "$BAO_TOKEN: the token has")
    world.variables = {}
    keeper = world.work / "bin" / "keeper"
    keeper.write_text(f'#!/bin/sh\n[ "$1" = get ] && cat {world.work}/keys/token\n')
    keeper.chmod(0o755)
    (home / ".vault").write_text(f'token_helper = "{keeper}"\n')
    takes(world, tap, "token: from the token helper that ~/.vault names")
    (home / ".vault").write_text("token_helper = keeper\n")
    refuses(world, tap, "garbage in ~/.vault is one line", "line 1 is not understood")
    (home / ".vault").unlink()
    (home / ".vault-token").touch(0o600)
    (home / ".vault-token").write_text(token + "\n")
    takes(world, tap, "token: from ~/.vault-token")
    (home / ".vault-token").unlink()
    world.vault.must("token", "revoke", token)
    world.configure(login={"type": "vault_token", "token": f"file:{world.work}/keys/token"})
    done = world.cold_get()
    tap.check(is_one_line(done, "has lapsed or was revoked"), "a revoked token is one line", done)
    world.configure(login=usual)


def one_login_for_all(world: VaultWorld, tap: Tap) -> None:
    """The agent's: several records, one login."""
    assert isinstance(world.vault, Vault)
    world.create_token(world.consumers[1])
    world.start_agent()
    before, seen = logins(world), len(world.vault.requests())
    for token in (TOKEN, FOREIGN):
        world.ask_helper(token)
        world.ctl_must("rotate", f"{world.cloud.host}/{token}")
    paths = {each["path"] for each in world.vault.requests()[seen:]}
    both = {f"secret/data/{world.path(token)}" for token in (TOKEN, FOREIGN)}
    tap.check(both <= paths and logins(world) <= before + 1, "the agent has one login for all its tokens", paths)
    world.stop()


def life_of_a_token(world: VaultWorld, tap: Tap) -> None:
    """4 s a lease, 9 s at most: renewed, then a login anew, and no pull notices."""
    world.vault.must("write", "auth/approle/role/host", "token_policies=rotator", "token_ttl=4s", "token_max_ttl=9s")
    assert isinstance(world.vault, Vault)
    seen = len(world.vault.requests())
    world.start_agent()
    end, failed = time.monotonic() + 22, 0
    while time.monotonic() < end:
        failed += world.helper(TOKEN, "get").code != 0
        time.sleep(0.3)
    world.stop()
    paths = [each["path"] for each in world.vault.requests()[seen:]]
    renewals, anew = paths.count("auth/token/renew-self"), paths.count("auth/approle/login")
    tap.check(failed == 0, "no pull fails while tokens of seconds are renewed and end", f"{failed} failed")
    tap.check(renewals >= 2, "a token is renewed while that gives it more life", f"{renewals} renewals")
    tap.check(2 <= anew <= 6, "a login comes anew near its longest life, and no more often", f"{anew} logins")


if __name__ == "__main__":
    found, missing = find_bao()  # before there is no network any more
    if found is None:
        Tap().skip("logins to a real vault", missing)
        sys.exit(0)
    sys.exit(play(logins_test(found)))
