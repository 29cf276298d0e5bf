"""Does with docker-py what programs do with it. Its engine is that of $DOCKER_HOST.

usage: main.py version | login HOST (user name and password as two lines on stdin) | pull IMAGE | push IMAGE
       main.py get HELPER KEY | store HELPER KEY (the two lines) | erase HELPER KEY | list HELPER

Answers go to stdout as JSON, errors to stderr; exit code 3 for the library's typed not-found, 1 for any other.
"""

from __future__ import annotations

import json
import sys

import docker
from docker.credentials import Store
from docker.credentials.errors import CredentialsNotFound
from docker.errors import DockerException


def push(image: str) -> dict[str, str]:
    """The engine tells an error in its stream; the library leaves it to its user."""
    for line in docker.from_env().images.push(image, stream=True, decode=True):
        if "error" in line:
            raise DockerException(line["error"])
    return {}


def login(host: str) -> object:
    user, password = sys.stdin.read().splitlines()
    return docker.from_env().login(user, password, registry=host, reauth=True)


def keep(helper: str, key: str) -> object:
    user, password = sys.stdin.read().splitlines()
    return Store(helper).store(key, user, password)


DEEDS = {
    "version": lambda: docker.__version__,
    "login": login,
    "pull": lambda image: docker.from_env().images.pull(image).id,
    "push": push,
    "get": lambda helper, key: Store(helper).get(key),
    "store": keep,
    "erase": lambda helper, key: Store(helper).erase(key),
    "list": lambda helper: Store(helper).list(),
}


def main() -> int:
    try:
        answer = DEEDS[sys.argv[1]](*sys.argv[2:])
    except CredentialsNotFound as problem:
        print(problem, file=sys.stderr)
        return 3
    except DockerException as problem:
        print(problem, file=sys.stderr)
        return 1
    print(json.dumps(answer if not isinstance(answer, bytes) else answer.decode()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
