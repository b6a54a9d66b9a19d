# SPDX-License-Identifier: Apache-2.0
"""A node as Docker's clients see it."""

import json

import harness


class DockerTest(harness.NodeTest):
    images = ("busybox", "multilayer")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.socket = cls.node.directory / "state/docker.sock"

    def setUp(self):
        super().setUp()
        self.await_api()

    def await_api(self):
        """The daemon serves CRI a moment before it serves Docker's clients."""
        harness.wait_until(lambda: harness.listener(self.socket), harness.START_S, "the Engine API serves")

    def docker(self, *arguments, code=0):
        return self.node.run(["docker", *arguments], code, DOCKER_HOST=f"unix://{self.socket}").stdout

    def docker_error(self, *arguments, code=1):
        return self.node.run(["docker", *arguments], code, DOCKER_HOST=f"unix://{self.socket}").stderr

    def inspect(self, image):
        return json.loads(self.docker("image", "inspect", image))[0]
