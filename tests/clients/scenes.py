"""What each client goes through, a function a scene. Every scene leaves the world as it found it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from client import Client, Login, Place
from person import APP, READER, WEB, WEB_WRITER, WRITER, Environment
from process import Finished
from recorder import Call, Recorder
from tap import Tap

OPEN = "open/app"  # in the registry that nobody configured
HUB_IMAGE = "docker.io/library/busybox:latest"
STRANGER = "nobody"  # a profile that does not exist
REFUSED_LOGIN = "is managed by scoped tokens, so this login is not saved"
REFUSED_PROFILE = f"there is no profile '{STRANGER}' in the configuration"


@dataclass(frozen=True)
class Stage:
    place: Place
    recorder: Recorder
    client: Client
    tap: Tap

    def check(self, is_so: bool, sentence: str, why: object) -> bool:
        return self.tap.check(is_so, f"{self.client.name} {sentence}", why)

    def done(self, sentence: str, finished: Finished) -> bool:
        return self.check(finished.code == 0, sentence, finished)

    def can(self, *deeds: str) -> bool:
        return self.client.can.issuperset(deeds)

    def served(self, token: str = READER.token) -> Login:
        """What the helper answers for a token."""
        return Login(*self.place.person.ask_helper(token))

    def recorded(self, env: Environment, deed: Callable[[Environment], object]) -> list[Call]:
        """What the helper is asked during a deed."""
        self.recorder.take()
        deed(self.recorder.before(env))
        return self.recorder.take()


def keys(stage: Stage) -> None:
    """The exact bytes that the helper is sent."""
    client, place, login = stage.client, stage.place, stage.served()
    deeds: dict[str, Callable[[Environment], object]] = {
        "login": lambda env: client.login(env, own_login(client, login)),
        "pull": lambda env: client.pull(env, place.image(APP)),
        "resolve": lambda env: client.resolve(env, place.host),
        "list": client.all_logins,
        "logout": client.logout,
    }
    for name, deed in deeds.items():
        if stage.can(name):
            calls = stage.recorded(place.person.at_home(), deed)
            expected = client.expected(name, login)
            stage.check(calls == expected, f"asks the helper as it should at {name}", told(calls, expected))


def told(calls: list[Call], expected: list[Call]) -> str:
    return f"[{', '.join(map(str, calls))}] and not [{', '.join(map(str, expected))}]"


def own_login(client: Client, login: Login) -> Login | None:
    """Nothing for those who take the login from the helper by themselves."""
    return None if client.takes_login_from_helper else login


def log_in(stage: Stage) -> None:
    if not stage.can("login"):
        return
    client, person = stage.client, stage.place.person
    stage.done("logs in", client.login(person.at_home(), own_login(client, stage.served())))
    stage.done(
        "logs in with the password that the helper gave", client.login(person.at_home(), stage.served())
    )
    other = client.login(person.at_home(), stage.served(WRITER.token))
    stage.check(
        other.code != 0 and REFUSED_LOGIN in other.out + other.err,
        "is told that another login is not kept",
        other,
    )
    logins = person.home / ".local" / "state" / "scoped" / "logins"
    stage.check(not logins.exists(), "leaves no saved login of a managed registry", logins)


def pull_and_push(stage: Stage) -> None:
    if not stage.can("pull", "push"):
        return
    client, place, person = stage.client, stage.place, stage.place.person
    stage.done("pulls", client.pull(person.at_home(), place.image(APP)))
    stage.done("pushes by the helper's name", client.push(person.with_suffix(WRITER.token), place.image(APP)))
    by_variable = person.with_variable(WEB_WRITER.token)
    stage.done("pushes by $SCOPED_PROFILE", client.push(by_variable, place.image(WEB)))
    stage.done("pulls by $SCOPED_PROFILE", client.pull(by_variable, place.image(WEB)))
    denied(stage, "push", client.push(person.at_home(), place.image(APP)), client.push_denied)
    denied(stage, "pull", client.pull(person.at_home(), place.image(WEB)), client.pull_denied)


def denied(stage: Stage, deed: str, finished: Finished, text: str) -> None:
    so = finished.code not in (0, None) and bool(re.search(text, finished.out + finished.err))
    if stage.check(so, f"is denied a {deed} out of scope", finished):
        stage.tap.note(f"{stage.client.name} {deed}: {finished.last_line}")


def resolve(stage: Stage) -> None:
    """Clients that only look a login up: what they find works, what is not there is no error."""
    if not stage.can("resolve"):
        return
    client, place, person = stage.client, stage.place, stage.place.person
    for sentence, env, token in (
        ("finds the login of whoever does not choose", person.at_home(), READER.token),
        ("finds the login of the helper's name", person.with_suffix(WRITER.token), WRITER.token),
        ("finds the login of $SCOPED_PROFILE", person.with_variable(WEB_WRITER.token), WEB_WRITER.token),
    ):
        found, finished = client.resolve(env, place.host)
        if stage.check(found is not None and found.user == token, sentence, (finished.code, finished.err)):
            assert found
            stage.check(place.cloud_accepts(found), f"{sentence}, which the registry accepts", "it does not")
    found, finished = client.resolve(person.asking_for_all(), person.open_registry)
    stage.check(
        found is None and finished.code == 0, "takes an unknown registry for one without a login", finished
    )


def unknown_registry(stage: Stage) -> None:
    """The helper is asked and knows nothing: the client goes on without a login."""
    if not stage.can("pull"):
        return
    person = stage.place.person
    image = stage.place.image(OPEN, person.open_registry)
    results: list[Finished] = []
    calls = stage.recorded(person.asking_for_all(), lambda env: results.append(stage.client.pull(env, image)))
    stage.done("pulls from an unknown registry without a login", results[0])
    keys = {call.stdin.decode() for call in calls if call.verb == "get"}
    stage.check(person.open_registry in keys, "asked the helper about the unknown registry", keys)


def all_registries(stage: Stage) -> None:
    """The other way to configure it serves ours as well."""
    if stage.can("pull"):
        env = stage.place.person.asking_for_all()
        stage.done(
            "pulls where every registry goes to the helper", stage.client.pull(env, stage.place.image(APP))
        )


def by_repository(stage: Stage) -> None:
    """Without a profile, the repository in the key chooses the token."""
    if not stage.can("choose by repository"):
        return
    client, env, place = stage.client, stage.place.person.asking_for_all(), stage.place
    stage.done("pushes where the repository chooses the token", client.push(env, place.image(WEB)))
    by_key = place.person.with_repository_key(WEB)
    stage.done("pushes where a repository is a key of credHelpers", client.push(by_key, place.image(WEB)))
    for repository, sentence in (
        (WEB, "asks for the repository and is answered"),
        (APP, "asks for the host where two tokens fit the repository"),
    ):
        calls = stage.recorded(env, partial(client.pull, image=place.image(repository)))
        expected = client.expected_for_repository(repository)
        stage.check(calls == expected, sentence, told(calls, expected))


def hub(stage: Stage) -> None:
    """Docker Hub has a key of its own. It cannot be reached from here, and is asked about all the same."""
    if not stage.client.hub:
        return
    client = stage.client
    calls = stage.recorded(stage.place.person.asking_for_all(), lambda env: client.pull(env, HUB_IMAGE))
    asked = list(dict.fromkeys(call.stdin.decode() for call in calls if call.verb == "get"))
    stage.check(asked == list(client.hub), "has its own key for Docker Hub", asked)


def refusal(stage: Stage) -> None:
    """A refusal of the helper reaches the person, whatever the client makes of it."""
    if not stage.can("pull"):
        return
    finished = stage.client.pull(stage.place.person.with_variable(STRANGER), stage.place.image(APP))
    everything = finished.out + finished.err
    stage.check(
        finished.code not in (0, None) and REFUSED_PROFILE in everything,
        "shows why the helper refused",
        finished,
    )
    if (goes_on := stage.client.goes_on_after_errors) is not None:
        anonymous = "Error response from daemon" in everything  # which is only asked when the client goes on
        stage.check(anonymous == goes_on, "goes on without a login" if goes_on else "stops there", finished)


def list_logins(stage: Stage) -> None:
    if not stage.can("list"):
        return
    finished = stage.client.all_logins(stage.place.person.at_home())
    so = finished.code == 0 and json.loads(finished.out) == {stage.place.host: READER.token}
    stage.check(so, "lists the one registry that there is", finished)


def log_out(stage: Stage) -> None:
    """Logging out forgets nothing that is not the client's own."""
    if not stage.can("logout"):
        return
    client, place, person = stage.client, stage.place, stage.place.person
    before = stage.served()
    for which in ("", " a second time"):
        stage.done(f"logs out{which}", client.logout(person.at_home()))
    stage.check(
        stage.served() == before, "finds the password unchanged after it logged out", "it has changed"
    )
    if stage.can("pull"):
        stage.done("pulls after it logged out", client.pull(person.at_home(), place.image(APP)))


SCENES: tuple[Callable[[Stage], None], ...] = (
    keys,
    log_in,
    pull_and_push,
    resolve,
    unknown_registry,
    all_registries,
    by_repository,
    hub,
    refusal,
    list_logins,
    log_out,
)
