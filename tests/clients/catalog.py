"""Every client of the matrix: one file and one row each."""

from __future__ import annotations

from functools import partial

import crane
import docker_cli
import docker_py
import go_client
import go_image
import testcontainers
from client import Row
from containers_family import Buildah, Podman, Skopeo, installed

ROWS = (
    Row("docker-debian", docker_cli.of_debian, partial(docker_cli.DockerCli, name="docker-debian")),
    Row("docker-installed", docker_cli.on_path, partial(docker_cli.DockerCli, name="docker-installed")),
    Row("docker-current", docker_cli.current, partial(docker_cli.DockerCli, name="docker-current")),
    Row("podman", partial(installed, "podman"), Podman),
    Row("skopeo", partial(installed, "skopeo"), Skopeo),
    Row("buildah", partial(installed, "buildah"), Buildah),
    Row("go-image", go_image.install, go_image.GoImage),
    Row("crane", crane.install, crane.Crane),
    Row("docker-py", docker_py.install, docker_py.DockerPy),
    Row("go-client", go_client.install, go_client.GoClient),
    Row("testcontainers", testcontainers.install, testcontainers.Testcontainers),
)
