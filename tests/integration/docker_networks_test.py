#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Docker's own client and networks."""

import json, pathlib, sys, unittest

sys.dont_write_bytecode = True
sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent)]

import docker_node  # noqa: E402


class NetworksTest(docker_node.DockerTest):
    images = ("busybox",)

    def setUp(self):
        super().setUp()
        self.addCleanup(self.docker, "network", "prune", "-f")

    def network(self, name):
        return json.loads(self.docker("network", "inspect", name))[0]

    def names(self, *arguments):
        return self.docker("network", "ls", "--format", "{{.Name}}", *arguments).split()

    def test_there_are_three_at_first(self):
        self.assertEqual(sorted(self.names()), ["bridge", "host", "none"])
        bridge = self.network("bridge")
        self.assertEqual(bridge["Driver"], "bridge")
        self.assertEqual(bridge["Options"]["com.docker.network.bridge.name"], self.node.docker_bridge)
        self.assertIn("pre-defined network", self.docker_error("network", "rm", "bridge"))
        self.assertIn("predefined", self.docker_error("network", "create", "host"))

    def test_a_network_comes_and_goes(self):
        made = self.docker("network", "create", "--label", "a=b", "--subnet", "10.212.7.0/24", "front").strip()
        self.assertRegex(made, "^[0-9a-f]{64}$")
        told = self.network("front")
        self.assertEqual(told["Id"], made)
        self.assertEqual(told["IPAM"]["Config"], [{"Subnet": "10.212.7.0/24", "Gateway": "10.212.7.1"}])
        self.assertEqual(told["Labels"], {"a": "b"})
        self.node.kill()
        self.node.start()
        self.await_api()
        self.assertEqual(self.network(made[:12])["Name"], "front")
        self.assertIn("already exists", self.docker_error("network", "create", "front"))
        self.assertIn("overlaps", self.docker_error("network", "create", "--subnet", "10.212.0.0/16", "other"))
        self.assertEqual(self.names("--filter", "label=a"), ["front"])
        self.assertEqual(self.docker("network", "rm", "front"), "front\n")
        self.assertIn("network front not found", self.docker_error("network", "inspect", "front"))

    def test_what_is_not_there_is_said(self):
        self.assertIn("could not find plugin", self.docker_error("network", "create", "-d", "overlay", "x"))
        self.assertIn("network nowhere not found", self.docker_error("network", "rm", "nowhere"))
        self.assertIn("No such container", self.docker_error("network", "connect", "bridge", "nobody"))

    def test_prune_leaves_the_predefined(self):
        self.docker("network", "create", "front")
        self.assertIn("front", self.docker("network", "prune", "-f"))
        self.assertEqual(sorted(self.names()), ["bridge", "host", "none"])


if __name__ == "__main__":
    unittest.main()
