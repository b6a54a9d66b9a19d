# SPDX-License-Identifier: Apache-2.0
"""Records of engine.db that cannot be read: what they are about is there to be removed, everything else goes on."""

import contextlib, json, os, sqlite3, unittest

import harness
from docker_node import DockerContainersTest

DAMAGE = {
    "half of it": lambda text: text[: len(text) // 2],
    "another type": lambda text: json.dumps({**json.loads(text), "state": 7, "internal": "x", "kind": 99, "options": 4}),
    "nothing": lambda text: "",
    "no object": lambda text: "[]",
}


class RecordsTest(DockerContainersTest):
    def setUp(self):
        super().setUp()
        self.path = self.node.directory / "root/engine.db"

    def records(self, table):
        with contextlib.closing(sqlite3.connect(self.path)) as database:
            return dict(database.execute(f"SELECT id, json FROM {table}"))

    def damage(self, damaged):
        """The daemon is another one then. `damaged`: (table, id) -> the damage."""
        self.node.kill()
        with contextlib.closing(sqlite3.connect(self.path)) as database, database:
            for (table, id), change in damaged.items():
                (text,) = database.execute(f"SELECT json FROM {table} WHERE id = ?", (id,)).fetchone()
                database.execute(f"UPDATE {table} SET json = ? WHERE id = ?", (change(text), id))
        self.log_before = len(self.node.log)
        self.node.start()

    def expect_said(self, table, id):
        said = [line for line in self.node.log[self.log_before :].splitlines() if id in line and "cannot be read" in line]
        self.assertTrue(any(f"table={table}" in line and "level=error" in line for line in said), said)

    def run_one(self, name, *options):
        return self.docker("run", "-d", "--name", name, *options, self.image, "sleep", "1000").strip()

    def test_a_container_is_dead_and_keeps_what_it_has(self):
        port = harness.free_port()
        for what, change in DAMAGE.items():
            with self.subTest(what):
                self.docker("volume", "create", "data")
                self.addCleanup(self.docker_all, "volume", "rm", "-f", "data", code=None)
                good = self.run_one("good", "-v", "data:/data")
                bad = self.run_one("bad", "-v", "data:/data", "-p", f"127.0.0.1:{port}:80")
                ended = self.docker("create", "--name", "ended", self.image, "true").strip()
                self.docker("cp", __file__, "ended:/kept")
                process = self.state("bad")["Pid"]
                self.damage({("containers", bad): change, ("containers", ended): change})
                kept = {id: self.records("containers")[id] for id in (bad, ended)}
                for id in (bad, ended):
                    self.expect_said("containers", id)
                    self.assertEqual("Dead\n", self.docker("ps", "-a", "--no-trunc", "--filter", f"id={id}", "--format", "{{.Status}}"))
                    self.assertTrue(self.state(id)["Dead"] and self.state(id)["Error"])
                    for verb in (["start"], ["stop"], ["exec", "-d"], ["rename"]):
                        error = self.docker_error(*verb, id, *(["x"] if verb[0] in ("exec", "rename") else []))
                        self.assertIn("can only be removed: its record cannot be read", error)
                self.docker("exec", good, "true")
                self.docker("run", "--rm", self.image, "true")
                self.node.berth("pods")
                os.kill(process, 0)
                # What they have is nobody else's, and no sweep's.
                self.assertIn(str(port), self.docker_error("run", "--rm", "-p", f"127.0.0.1:{port}:80", self.image, "true", code=125))
                self.docker("rm", "-f", good)
                self.docker("container", "prune", "-f")
                self.docker("volume", "prune", "-af")
                self.assertIn("in use", self.docker_error("volume", "rm", "data"))
                self.docker("cp", f"{ended}:/kept", self.node.directory / "kept")
                self.restart_daemon()
                self.assertEqual(kept, {id: self.records("containers")[id] for id in (bad, ended)})
                self.assertIn("container is running", self.docker_error("rm", bad))
                os.kill(process, 0)
                self.docker("rm", "-f", bad)
                self.docker("rm", ended)
                self.assertRaises(OSError, os.kill, process, 0)
                self.docker("volume", "rm", "data")
                self.assertEqual({}, self.records("containers"))

    def test_a_network_a_place_in_one_and_a_volume_are_there_to_be_removed(self):
        for what, change in DAMAGE.items():
            with self.subTest(what):
                front = self.docker("network", "create", "front").strip()
                self.docker("volume", "create", "data")
                inside = self.run_one("inside", "--network", front)
                lost = self.run_one("lost")
                self.docker("create", "--name", "user", "-v", "data:/data", self.image, "true")
                self.damage({("networks", front): change, ("endpoints", lost): change, ("volumes", "data"): change})
                for table, id in (("networks", front), ("endpoints", lost), ("volumes", "data")):
                    self.expect_said(table, id)
                for name in (inside, lost):
                    self.docker("exec", name, "true")  # it goes on
                    self.docker("stop", "-t0", name)
                    self.assertIn("its record cannot be read", self.docker_error("start", name))
                self.assertIn("its record cannot be read", self.docker_error("start", "user"))
                self.docker("run", "--rm", self.image, "true")
                self.docker("network", "prune", "-f")
                self.docker("rm", "user")
                self.docker("volume", "prune", "-af")
                self.docker("rm", "-f", inside, lost)
                self.docker("network", "rm", front)
                self.docker("volume", "rm", "data")
                self.assertFalse((self.node.directory / "root/volumes/data").exists())
                self.assertNotIn(front, self.records("networks"))
                self.assertEqual({}, self.records("endpoints"))

    def test_the_networks_that_are_always_there_are_there(self):
        before = self.run_one("before", "--restart", "always")
        for what, change in DAMAGE.items():
            with self.subTest(what):
                bridge = json.loads(self.docker("network", "inspect", "bridge"))[0]["Id"]
                good = self.records("networks")[bridge]
                self.damage({("networks", bridge): change})
                self.expect_said("networks", bridge)
                self.assertEqual(bridge, json.loads(self.docker("network", "inspect", "bridge"))[0]["Id"])
                self.docker("restart", "-t0", before)
                self.docker("run", "--rm", self.image, "true")
                self.damage({("networks", bridge): lambda _: good})


if __name__ == "__main__":
    unittest.main()
