# SPDX-License-Identifier: Apache-2.0
"""A node as Docker's clients see it."""

import json, pathlib, subprocess, tempfile

import harness
from terminal import Terminal


def stored(root):
    """The blobs and layers of a daemon's store, and whatever is only half there."""
    blobs = {each.name for each in (root / "content/blobs/sha256").iterdir()}
    layers = list((root / "snapshots").iterdir())
    half = [*(root / "content/ingest").iterdir(), *(root / "build/work").iterdir()]
    return blobs, len(layers), half


class DockerTest(harness.NodeTest):
    images = ("busybox", "multilayer")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.socket = cls.node.directory / "state/docker.sock"
        cls.docker("run", "--rm", cls.image, "true")  # the default network is there from now on

    @classmethod
    def docker_all(cls, *arguments, code=0):
        """What it said on both streams, and its exit code."""
        return cls.node.run(["docker", *arguments], code, DOCKER_HOST=f"unix://{cls.socket}")

    @classmethod
    def docker(cls, *arguments, code=0):
        return cls.docker_all(*arguments, code=code).stdout

    @property
    def environment(self):
        return self.node.environment(DOCKER_HOST=f"unix://{self.socket}")

    def docker_error(self, *arguments, code=1):
        return self.docker_all(*arguments, code=code).stderr

    def restart_daemon(self):
        """As after a crash."""
        self.node.kill()
        self.node.start()

    def temporary_directory(self, prefix):
        """One that goes with the test."""
        directory = tempfile.TemporaryDirectory(prefix=prefix)
        self.addCleanup(directory.cleanup)
        return pathlib.Path(directory.name)

    def fleeting(self, image):
        """The name of an image that goes with the test."""
        self.addCleanup(self.node.run, ["docker", "rmi", "-f", image], None, DOCKER_HOST=f"unix://{self.socket}")
        return image

    def forget_builds(self):
        """What the cache keeps, and images that a later build took the name of, are no leaks."""
        self.docker("builder", "prune", "-af")
        for image in self.docker("images", "-qf", "dangling=true").split():
            self.docker("rmi", "-f", image)

    def inspect(self, image):
        return json.loads(self.docker("image", "inspect", image))[0]


class DockerContainersTest(DockerTest):
    """Each test leaves no container."""

    images = ("busybox",)

    def setUp(self):
        super().setUp()
        self.built = []
        self.addCleanup(self.remove_all)

    def remove_all(self):
        ids = self.docker("ps", "-aq").split()
        if ids:
            self.docker("rm", "-f", *ids)
        if self.built:
            self.docker("rmi", "-f", *self.built)
            self.docker("builder", "prune", "-af")

    def build(self, name, *lines):
        """An image on top of busybox, for this test."""
        self.built.append(name)
        subprocess.run(
            ["docker", "build", "-q", "-t", name, "-"],
            input="\n".join([f"FROM {self.image}", *lines, ""]),
            text=True,
            capture_output=True,
            check=True,
            env={**self.environment, "DOCKER_BUILDKIT": "0"},
        )

    def container(self, name):
        return json.loads(self.docker("container", "inspect", name))[0]

    def state(self, name):
        return self.container(name)["State"]

    def terminal(self, *arguments, **options):
        """The client on a terminal."""
        made = Terminal(["docker", *arguments], self.environment, **options)
        self.addCleanup(made.close)
        return made

    def api(self, method, path, body=None):
        """A request as no client makes it: the status and the body."""
        command = ["curl", "-s", "-X", method, "--unix-socket", self.socket, "-w", "\n%{http_code}"]
        if body is not None:
            command += ["-H", "Content-Type: application/json", "-d", json.dumps(body)]
        text, _, code = self.node.run([*command, f"http://docker{path}"]).stdout.rpartition("\n")
        return int(code), json.loads(text) if text.strip() else None
