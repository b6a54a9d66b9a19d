# SPDX-License-Identifier: Apache-2.0
"""Snapshots: a container becomes an image that says how it is made again, here or on another node."""

import json, os, secrets, subprocess, unittest

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

    def test_endpoints_come_back(self):
        subnet = self.node.docker_subnet
        self.docker("network", "create", "--subnet", f"{subnet}.240/28", "back")
        self.addCleanup(self.docker, "network", "rm", "back")
        self.addCleanup(self.remove_all)
        self.run_web("--network", "back", "--network-alias", "store", "--ip", f"{subnet}.247")
        self.snapshot("web")
        self.docker("rm", "-f", "web")
        self.assertIn("NetworkMode, NetworkingConfig", self.node.berth_error("restore", self.moved))
        self.node.berth("restore", "--trust", "--start", self.moved)
        there = self.container("web")["NetworkSettings"]["Networks"]["back"]
        self.assertEqual((there["IPAddress"], there["Aliases"]), (f"{subnet}.247", ["store"]))

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
        self.assertIn("No such image: none", self.node.berth_error("restore", "none"))
        self.assertIn("none.example/none:1", self.node.berth_error("restore", "none.example/none:1"))
        self.assertIn("No such container", self.node.berth_error("snapshot", "none", self.moved))
        self.run_web()
        self.snapshot("web")
        self.assertIn("is already in use", self.node.berth_error("restore", self.moved))


class ProcessesTest(DockerContainersTest):
    """Snapshots with processes, by the real CRIU: BERTH_CRIU, or what tests/clients/criu has."""

    COUNT = "echo begun >> /begun; i=0; while :; do i=$((i+1)); echo $i > /count; sleep 0.05; done"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        criu = os.environ.get("BERTH_CRIU") or harness.clients("criu")[0]
        cls.node.write_config(f'[checkpoint]\ncriu = "{criu}"\n')
        key = cls.node.directory / "root/checkpoint.key"  # made by the first checkpoint else, which looks like a leak
        key.write_text(secrets.token_hex(32))
        key.chmod(0o600)
        cls.node.terminate()
        cls.node.start()
        cls.moved = f"{cls.registry.address}/running:1"

    def setUp(self):
        super().setUp()
        self.built.append(self.moved)

    def count(self, name):
        return int(self.docker("exec", name, "cat", "/count") or 0)

    def begun(self, name):
        """How often its program has been started."""
        return self.docker("exec", name, "cat", "/begun").count("begun")

    def counts_on(self, name, beyond):
        harness.wait_until(lambda: self.count(name) > beyond, harness.SETTLE_S, lambda: f"{name} counts beyond {beyond}")

    def run_counter(self):
        self.docker("run", "-d", "--name", "web", "-e", "A=b", self.image, "sh", "-c", self.COUNT)
        self.counts_on("web", 20)
        self.node.berth("snapshot", "--checkpoint", "web", self.moved)
        before = self.count("web")
        self.counts_on("web", before)  # it goes on
        return before

    def test_processes_go_on_where_they_were(self):
        reached = self.run_counter()
        self.node.berth("push", self.moved)
        self.docker("rm", "-f", "web")
        self.docker("rmi", self.moved)
        self.node.berth("pull", self.moved)
        archive = self.node.directory / "moved.tar"
        self.docker("save", "-o", archive, self.moved)
        self.docker("rmi", self.moved)
        self.docker("load", "-i", archive)
        self.node.berth("restore", "--checkpoint", "--start", self.moved)
        self.counts_on("web", reached)
        self.assertEqual(self.begun("web"), 1)
        self.assertEqual(self.state("web")["Status"], "running")
        self.restart_daemon()
        self.counts_on("web", self.count("web"))
        self.docker("stop", "-t", "0", "web")
        self.docker("start", "web")  # by its command, as ever
        harness.wait_until(lambda: self.begun("web") == 2, harness.SETTLE_S, "it begins anew")

    def test_without_being_asked_it_begins_anew(self):
        self.run_counter()
        self.docker("rm", "-f", "web")
        self.node.berth("restore", "--start", self.moved)
        harness.wait_until(lambda: self.begun("web") == 2, harness.SETTLE_S, "it begins anew")

    def test_what_cannot_be(self):
        self.docker("create", "--name", "web", self.image, "sh", "-c", self.COUNT)
        self.assertIn("only of one that runs", self.node.berth_error("snapshot", "--checkpoint", "web", self.moved))
        self.node.berth("snapshot", "web", self.moved)
        self.docker("rm", "web")
        self.assertIn("has no processes", self.node.berth_error("restore", "--checkpoint", self.moved))
        self.assertEqual(self.api("POST", "/commit?container=none&checkpoint=1", {})[0], 404)

    def test_another_nodes_key(self):
        self.run_counter()
        self.docker("rm", "-f", "web")
        key = self.node.directory / "root/checkpoint.key"
        kept = key.read_text()
        key.write_text(secrets.token_hex(32))
        self.addCleanup(key.write_text, kept)
        made = self.node.berth("restore", "--checkpoint", self.moved).strip()
        self.assertIn("the processes of the snapshot", self.docker_error("start", made))
        self.assertEqual(self.state("web")["Status"], "created")
        key.write_text(kept)
        self.docker("start", "web")
        self.assertEqual(self.begun("web"), 1)


if __name__ == "__main__":
    unittest.main()
