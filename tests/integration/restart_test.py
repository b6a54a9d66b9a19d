#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The daemon is killed at any moment: pods go on, and the next daemon puts all right."""

import pathlib, subprocess, sys, unittest

sys.dont_write_bytecode = True
sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent)]

from harness import NodeTest, binaries, wait_until  # noqa: E402

# Milliseconds after a start was asked for: from before the pod is on record to after it runs.
MOMENTS_MS = (0, 2, 4, 6, 8, 10, 13, 16, 20, 25, 30, 40, 50, 70, 100, 150, 250)


class RestartTest(NodeTest):
    def state(self, name):
        return self.node.json("inspect", name, "--type", "container")[0]["status"]["state"]

    def restart(self):
        self.node.kill()
        self.node.start()

    def interrupt(self, moment, *arguments):
        """The daemon is killed so many milliseconds after the command has begun; the next one cleans up."""
        client = self.node.start_berth(*arguments)
        try:
            client.wait(moment / 1000)
        except subprocess.TimeoutExpired:
            pass
        self.restart()
        client.communicate(timeout=60)
        self.check_for_leaks()

    def test_a_container_goes_on_and_writes_its_log(self):
        self.node.berth(
            "run", "-d", "--name", "steady", self.image,
            "sh", "-c", "i=0; while true; do echo $i; i=$((i+1)); usleep 20000; done",
        )  # fmt: skip
        pid = self.node.json("inspect", "steady", "--type", "container")[0]["info"]["pid"]
        self.restart()
        self.assertEqual(self.state("steady"), "CONTAINER_RUNNING")
        self.assertEqual(
            self.node.json("inspect", "steady", "--type", "container")[0]["info"]["pid"], pid
        )
        seen = len(self.node.berth("logs", "steady").split())
        wait_until(lambda: len(self.node.berth("logs", "steady").split()) > seen + 5, 10, "it logs")
        lines = [int(line) for line in self.node.berth("logs", "steady").split()]
        self.assertEqual(lines, list(range(len(lines))), "no line is lost or doubled")
        self.assertEqual(self.node.berth("exec", "steady", "echo", "alive"), "alive\n")

    def test_an_exit_while_no_daemon_runs_is_found(self):
        self.node.berth(
            "run", "-d", "--name", "ends", "-v", f"{self.node.directory}:/host", self.image,
            "sh", "-c", "until [ -e /host/go ]; do usleep 10000; done; exit 7",
        )  # fmt: skip
        self.node.kill()
        go = self.node.directory / "go"
        go.touch()
        self.addCleanup(go.unlink)
        exits = self.node.directory / "state/pods"
        wait_until(lambda: list(exits.glob("*/exits/*")), 10, "the shim keeps the exit")
        self.node.start()
        status = self.node.json("inspect", "ends", "--type", "container")[0]["status"]
        self.assertEqual(status["state"], "CONTAINER_EXITED")
        self.assertEqual(int(status["exitCode"]), 7)
        self.assertEqual(status["reason"], "Error")

    def test_killed_at_every_moment_of_a_start(self):
        for moment in MOMENTS_MS:
            with self.subTest(ms=moment):
                self.interrupt(moment, "run", "-d", "--name", f"m{moment}", self.image, "sleep", "1000")

    def test_killed_while_stopping_and_removing(self):
        for moment in MOMENTS_MS[:10]:
            with self.subTest(ms=moment):
                self.node.berth("run", "-d", "--name", "victim", self.image, "sleep", "1000")
                self.interrupt(moment, "rm", "-f", "--type", "pod", "victim")
                self.assertEqual(self.node.berth("pods", "-q"), "")

    def test_a_shim_that_is_killed_takes_its_containers_along(self):
        self.node.berth("run", "-d", "--name", "orphan", self.image, "sleep", "1000")
        info = self.node.json("inspect", "orphan", "--type", "pod")[0]["info"]
        subprocess.run(["kill", "-9", str(info["pid"])], check=True)
        wait_until(lambda: self.state("orphan") == "CONTAINER_EXITED", 10, "its end is seen")
        status = self.node.json("inspect", "orphan", "--type", "container")[0]["status"]
        self.assertEqual(int(status["exitCode"]), 255)

    def test_a_shim_that_dies_with_its_daemon_leaves_nothing_of_its_network(self):
        self.node.berth("run", "-d", "--name", "orphan", self.image, "sleep", "1000")
        info = self.node.json("inspect", "orphan", "--type", "pod")[0]["info"]
        rules = {trace for trace in self.node.traces() - self.before if "rule" in trace}
        self.assertTrue(any("POSTROUTING" in rule for rule in rules), rules)
        self.node.kill()
        subprocess.run(["kill", "-9", str(info["pid"])], check=True)
        self.node.start()
        self.node.remove_pods()
        wait_until(lambda: not rules & self.node.traces(), 10, "the rules have gone")

    def test_a_second_daemon_on_the_same_places_is_refused(self):
        done = subprocess.run(
            [binaries() / "berthd", "--config", self.node.directory / "berth.toml"],
            capture_output=True, text=True, timeout=30,
        )  # fmt: skip
        self.assertEqual(done.returncode, 1)
        self.assertIn("another daemon", done.stderr)
        self.node.berth("version")


if __name__ == "__main__":
    unittest.main()
