# SPDX-License-Identifier: Apache-2.0
"""Debian's docker-compose, unmodified, and a site of three services: tests/testdata/compose."""

import json, shutil, tempfile, unittest, urllib.request

import harness
from docker_node import DockerContainersTest

PROJECT = harness.REPOSITORY / "tests/testdata/compose"


class ComposeTest(DockerContainersTest):
    @classmethod
    def setUpClass(cls):
        cls.images = ("busybox", "services")
        super().setUpClass()
        cls.services = f"{cls.registry.address}/services:latest"
        cls.docker("pull", cls.services)

    def setUp(self):
        super().setUp()
        self.project = tempfile.mkdtemp(prefix="berth-compose-")
        self.addCleanup(shutil.rmtree, self.project)
        for path in PROJECT.iterdir():
            shutil.copy(path, self.project)
        self.addCleanup(self.compose, "down", "-v")

    def compose(self, *arguments, code=0):
        command = ["docker-compose", "--project-directory", self.project, "-f", f"{self.project}/docker-compose.yml"]
        environment = {"DOCKER_HOST": f"unix://{self.socket}", "IMAGE": self.services}
        return self.node.run([*command, "-p", "shop", *arguments], code, **environment).stdout

    def page(self):
        """What the site says; nothing as long as there is none."""
        place = self.docker("port", "shop_web_1", "80/tcp").strip()
        try:
            with urllib.request.urlopen(f"http://{place}/", timeout=2) as answer:
                return answer.read().decode()
        except OSError:
            return None

    def await_page(self):
        harness.wait_until(lambda: self.page() is not None, harness.SETTLE_S, "the site says something")
        return int(self.page().removeprefix("visits: "))

    def left(self):
        volumes, networks = self.docker("volume", "ls", "-q"), self.docker("network", "ls", "-q", "--filter", "type=custom")
        return self.docker("ps", "-aq") + volumes + networks

    def test_a_site_lives_and_goes(self):
        self.compose("up", "-d")
        first = self.await_page()
        running = self.compose("ps", "--services", "--filter", "status=running").split()
        self.assertEqual(sorted(running), ["db", "web", "worker"])
        self.assertIn("(healthy)", self.compose("ps", "db"))
        self.assertIn("Ready to accept connections", self.compose("logs", "db"))
        self.assertIn("visits", self.compose("exec", "-T", "worker", "wget", "-q", "-O", "-", "http://web/"))
        # The database is in a network without a way out, and out of the web server's reach.
        self.docker("exec", "shop_db_1", "ping", "-c", "1", "-W", "1", "192.0.2.1", code=1)
        self.docker("exec", "shop_web_1", "nslookup", "store", code=1)
        self.assertTrue(self.compose("port", "web", "80").startswith("127.0.0.1:"))
        self.assertEqual(self.compose("run", "--rm", "worker", "echo", "once").split(), ["once"])
        self.assertEqual(self.compose("up", "-d"), "")  # nothing is to be done

        # Neither a killed daemon nor new containers lose what has been counted.
        self.restart_daemon()
        self.assertGreaterEqual(self.await_page(), first)
        before = self.docker("ps", "-q", "--no-trunc").split()
        self.compose("up", "-d", "--force-recreate", "-t", "2")
        self.assertFalse(set(before) & set(self.docker("ps", "-q", "--no-trunc").split()))
        harness.wait_until(lambda: (self.page() or "").startswith("visits"), harness.SETTLE_S, "the site is there again")
        self.assertGreater(self.await_page(), first)
        self.compose("stop", "-t", "1", "worker")
        self.compose("start", "worker")
        self.compose("up", "-d", "--scale", "worker=2")
        self.assertEqual(len(self.compose("ps", "-q", "worker").split()), 2)
        mounts = json.loads(self.docker("inspect", "shop_db_1"))[0]["Mounts"]
        self.assertEqual([mount["Name"] for mount in mounts], ["shop_data"])

        self.compose("down", "-t", "2")
        self.assertEqual(self.docker("volume", "ls", "-q").split(), ["shop_data", "shop_site"])
        self.compose("down", "-v")
        self.assertEqual(self.left(), "")


if __name__ == "__main__":
    unittest.main()
