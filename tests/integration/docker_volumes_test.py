#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Docker's own client and volumes."""

import json, pathlib, sys, unittest

sys.dont_write_bytecode = True
sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent)]

import docker_node  # noqa: E402


class VolumesTest(docker_node.DockerTest):
    images = ("busybox",)

    def setUp(self):
        super().setUp()
        self.addCleanup(self.docker, "volume", "prune", "-af")

    def volume(self, name):
        return json.loads(self.docker("volume", "inspect", name))[0]

    def names(self, *arguments):
        return self.docker("volume", "ls", "-q", *arguments).split()

    def test_a_volume_comes_and_goes(self):
        self.assertEqual(self.docker("volume", "create", "--label", "a=b", "data"), "data\n")
        told = self.volume("data")
        self.assertEqual((told["Driver"], told["Scope"], told["Labels"]), ("local", "local", {"a": "b"}))
        place = pathlib.Path(told["Mountpoint"])
        self.assertEqual(place, self.node.directory / "root/volumes/data/_data")
        (place / "file").write_text("kept")
        self.assertEqual(self.docker("volume", "create", "data"), "data\n")
        self.restart_daemon()
        self.assertEqual((place / "file").read_text(), "kept")
        self.assertEqual(self.names("--filter", "label=a"), ["data"])
        self.assertEqual(self.docker("volume", "rm", "data"), "data\n")
        self.assertFalse(place.parent.exists())
        self.assertIn("no such volume", self.docker_error("volume", "inspect", "data"))
        self.assertIn("get data: no such volume", self.docker_error("volume", "rm", "data"))
        self.docker("volume", "rm", "-f", "data")

    def test_names_and_options_that_cannot_be(self):
        self.assertIn("includes invalid characters", self.docker_error("volume", "create", "a/b"))
        self.assertIn("too short", self.docker_error("volume", "create", "a"))
        self.assertIn("plugin", self.docker_error("volume", "create", "-d", "cloud", "data"))
        self.assertIn("missing required option", self.docker_error("volume", "create", "-o", "type=nfs", "data"))
        self.assertIn("invalid option", self.docker_error("volume", "create", "-o", "colour=red", "data"))
        self.assertEqual(self.names(), [])

    def test_prune_takes_what_has_no_name(self):
        self.docker("volume", "create", "named")
        anonymous = self.docker("volume", "create").strip()
        self.assertRegex(anonymous, "^[0-9a-f]{64}$")
        self.assertIn(anonymous, self.docker("volume", "prune", "-f"))
        self.assertEqual(self.names(), ["named"])
        self.assertEqual(self.names("--filter", "dangling=false"), [])
        self.assertIn("named", self.docker("volume", "prune", "-af"))
        self.assertEqual(self.names(), [])


if __name__ == "__main__":
    unittest.main()
