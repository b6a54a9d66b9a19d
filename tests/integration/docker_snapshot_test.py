# SPDX-License-Identifier: Apache-2.0
"""Snapshots: a container becomes an image that says how it is made again, here or on another node."""

import json, subprocess, unittest

import harness
from docker_node import DockerContainersTest


class SnapshotTest(DockerContainersTest):
    def setUp(self):
        super().setUp()
        self.moved = f"{self.registry.address}/moved:1"
        self.built.append(self.moved)

    def snapshot(self, name):
        return self.node.berth("snapshot", name, self.moved).strip()

    def run_web(self, *options):
        """A container that has written something and sleeps."""
        self.docker("run", "-d", "--name", "web", *options, self.image, "sh", "-c", "test -e /mine || echo mine > /mine; exec sleep 1000")
        harness.wait_until(lambda: self.node.berth("diff", "web").strip() == "A /mine", harness.SETTLE_S, "it has written")

    def check_restored(self, made):
        self.assertEqual((made["HostConfig"]["Memory"], made["Config"]["Labels"]), (64 << 20, {"l": "v"}))
        self.assertIn("A=b", made["Config"]["Env"])
        self.assertEqual(made["Config"]["Hostname"], made["Id"][:12])
        self.assertEqual(made["HostConfig"]["RestartPolicy"]["Name"], "on-failure")

    OPTIONS = ("-m", "64m", "-e", "A=b", "-l", "l=v", "--restart", "on-failure:3", "--cap-drop", "ALL", "--read-only=false")

    def test_in_one_file_to_another_daemon(self):
        self.run_web(*self.OPTIONS, "--network", "none")
        self.snapshot("web")
        archive = self.node.directory / "moved.tar"
        self.node.berth("save", "-o", archive, self.moved)
        other = harness.Node()
        self.addCleanup(lambda: self.assertEqual(other.close(), []))
        other.write_config()
        other.start()
        socket = other.directory / "state/docker.sock"
        harness.wait_until(lambda: harness.listener(socket), harness.START_S, "the other's Engine API serves")
        other.berth("load", "-i", archive)
        other.berth("restore", "--start", self.moved)
        docker = ["docker", "--host", f"unix://{socket}"]
        self.assertEqual(other.run([*docker, "exec", "web", "cat", "/mine"]).stdout, "mine\n")
        self.check_restored(json.loads(other.run([*docker, "inspect", "web"]).stdout)[0])
        other.run([*docker, "rm", "-f", "web"])

    def test_by_a_registry(self):
        self.run_web(*self.OPTIONS)
        identity = self.snapshot("web")
        self.node.berth("push", self.moved)
        self.docker("rm", "-f", "web")
        self.docker("rmi", self.moved)
        self.node.berth("pull", self.moved)
        self.assertEqual(self.inspect(self.moved)["Id"], identity)
        self.node.berth("restore", "--start", self.moved)
        self.assertEqual(self.docker("exec", "web", "cat", "/mine"), "mine\n")
        self.check_restored(self.container("web"))
        manifest = json.loads(subprocess.run(
            ["skopeo", "inspect", "--raw", "--tls-verify=false", f"docker://{self.moved}"], check=True, capture_output=True).stdout)  # fmt: skip
        self.assertEqual(manifest["artifactType"], "application/vnd.berth.container.v1")

    def test_it_is_an_image_as_well(self):
        self.run_web()
        self.snapshot("web")
        self.assertEqual(self.docker("run", "--rm", self.moved, "cat", "/mine"), "mine\n")

    def test_what_reaches_the_node_wants_trust(self):
        self.run_web("--privileged", "-v", "/etc:/host:ro", "--pid", "host")
        self.snapshot("web")
        self.docker("rm", "-f", "web")
        error = self.node.berth_error("restore", self.moved)
        self.assertIn("Binds, PidMode, Privileged; it gets that only if it is trusted", error)
        self.assertEqual(self.docker("ps", "-aq"), "", "nothing is left")
        self.node.berth("restore", "--trust", "--name", "again", self.moved)
        self.assertTrue(self.container("again")["HostConfig"]["Privileged"])

    def test_what_is_none(self):
        self.assertIn("is no snapshot of a container", self.node.berth_error("restore", self.image))
        self.assertIn("none.example/none:1", self.node.berth_error("restore", "none.example/none:1"))
        self.assertIn("No such container", self.node.berth_error("snapshot", "none", self.moved))
        self.run_web()
        self.snapshot("web")
        self.assertIn("is already in use", self.node.berth_error("restore", self.moved))


if __name__ == "__main__":
    unittest.main()
