# SPDX-License-Identifier: Apache-2.0
"""Dockerfiles as people write them, on a Debian root: packages from the mirror, a compiler, a web server."""

import json, re, unittest, urllib.request

import harness
from docker_node import DockerContainersTest

PROJECTS = harness.REPOSITORY / "tests/testdata/projects"


class RealBuildsTest(DockerContainersTest):
    images = ("busybox", "debian")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.debian = f"{cls.registry.address}/debian:latest"
        cls.docker("pull", cls.debian)

    def remove_all(self):
        super().remove_all()
        for image in self.docker("images", "-qf", "dangling=true").split():  # a later build took the name
            self.docker("rmi", "-f", image)

    def build_project(self, name, *options):
        """The project on this test's base images; what the build has said."""
        self.built.append(name)
        bases = ["--build-arg", f"DEBIAN={self.debian}", "--build-arg", f"BUSYBOX={self.image}"]
        return self.node.berth("build", "-t", name, *bases, *options, PROJECTS / name)

    def test_a_c_program_is_compiled_and_runs_on_nothing(self):
        self.build_project("c-program")
        self.assertEqual(self.docker("run", "--rm", "c-program", "3", "4"), "7\n")
        self.assertEqual(len(self.inspect("c-program")["RootFS"]["Layers"]), 1)
        again = self.build_project("c-program")
        for number in re.findall(r"^#(\d+) \[.*\] (?:RUN|COPY) ", again, re.MULTILINE):
            self.assertIn(f"\n#{number} CACHED\n", again)
        self.build_project("c-program", "--target", "shell")
        self.assertEqual(self.docker("run", "--rm", "c-program", "add 40 2"), "42\n")

    def test_a_python_program_answers(self):
        self.build_project("python-web")
        self.docker("run", "-d", "--name", "web", "-p", "127.0.0.1::8000", "-e", "GREETING=good day", "python-web")
        place = self.docker("port", "web", "8000/tcp").strip()
        harness.wait_until(lambda: self.page(place) is not None, harness.SETTLE_S, "the program answers")
        self.assertEqual(json.loads(self.page(place)), {"greeting": "good day", "user": "app", "template": "<p>{}</p>"})
        harness.wait_until(
            lambda: self.container("web")["State"]["Health"]["Status"] == "healthy", harness.SETTLE_S, "it is healthy"
        )
        self.docker("stop", "-t", "10", "web")
        self.assertEqual(self.container("web")["State"]["ExitCode"], 0)

    def page(self, place):
        try:
            with urllib.request.urlopen(f"http://{place}/", timeout=2) as answer:
                return answer.read().decode()
        except OSError:
            return None


if __name__ == "__main__":
    unittest.main()
