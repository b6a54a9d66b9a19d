# SPDX-License-Identifier: Apache-2.0
"""The wall clock is set while the daemon works: nothing that waits waits longer, or gives up, for it."""

import pathlib, struct, subprocess, unittest

import harness
from docker_node import DockerContainersTest

SOURCE = pathlib.Path(__file__).with_name("wall_clock.c")
HOUR_S = 3600
DAY_S = 24 * HOUR_S
LONG_S = 60  # the pauses between restarts double
STUBBORN = "trap 'echo told' TERM; while true; do sleep 0.1; done"


class ClockNode(harness.Node):
    """Its daemon's wall clock can be set; the kernel's, and everyone else's, stays."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.offset = self.directory / "wall-clock"
        self.set_clock(0)
        library = self.directory / "wall_clock.so"
        subprocess.run(["cc", "-shared", "-fPIC", "-o", library, SOURCE], check=True)
        self.daemon_environment = {"LD_PRELOAD": library, "BERTH_TEST_WALL_CLOCK": self.offset}

    def set_clock(self, seconds):
        """Off by this from now on. In place: the daemon has it mapped."""
        with open(self.offset, "r+b" if self.offset.exists() else "wb") as file:
            file.write(struct.pack("=q", seconds * 10**9))


class ClockTest(DockerContainersTest):
    node_class = ClockNode

    def setUp(self):
        super().setUp()
        self.addCleanup(self.node.set_clock, 0)

    def start(self, *command):
        process = subprocess.Popen(command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def end_of(self, process):
        said, _ = process.communicate(timeout=harness.SETTLE_S)
        return process.returncode, said

    def await_output(self, name, words):
        harness.wait_until(lambda: words in self.docker("logs", name), harness.SETTLE_S, words)

    def await_probe(self, name):
        """One more."""
        last = lambda: self.state(name)["Health"]["Log"][-1:]
        before = last()
        harness.wait_until(lambda: last() != before, harness.SETTLE_S, "it is probed")

    def test_the_daemon_has_the_clock_that_is_set(self):
        self.node.set_clock(-30 * DAY_S)
        self.restart_daemon()  # one that runs may see a step some seconds late
        self.docker("create", "--name", "old", self.image)
        self.assertIn("4 weeks ago", self.docker("ps", "-a"))

    def test_a_grace_is_no_longer_when_the_clock_goes_back(self):
        self.docker("run", "-d", "--name", "web", self.image, "sh", "-c", STUBBORN)
        stop = self.start("docker", "stop", "-t", "2", "web")
        self.await_output("web", "told")
        self.node.set_clock(-HOUR_S)
        self.assertEqual(self.end_of(stop), (0, "web\n"))
        self.assertEqual(self.state("web")["ExitCode"], 137)

    def test_what_is_in_progress_outlives_a_step_ahead(self):
        self.node.berth("run", "-d", "--name", "pod", self.image, "sleep", "1000")
        command = ["sh", "-c", "touch /in; until [ -e /go ]; do sleep 0.1; done; echo whole"]
        client = self.start(harness.binaries() / "berth", "exec", "--timeout", "60", "pod", *command)
        harness.wait_until(
            lambda: "in" in self.node.berth("exec", "pod", "ls", "/").split(), harness.SETTLE_S, "it runs"
        )
        self.node.set_clock(DAY_S)
        self.node.berth("exec", "pod", "touch", "/go")
        self.assertEqual(self.end_of(client), (0, "whole\n"))
        self.docker("run", "--rm", self.image, "true")

    def test_probes_and_restarts_go_on(self):
        often = ["--health-cmd", "true", "--health-interval", "100ms"]
        self.docker("run", "-d", "--name", "web", *often, self.image, "sleep", "1000")
        self.docker("run", "-d", "--name", "loop", "--restart", "always", self.image, "false")
        for step in (DAY_S, -DAY_S, -40 * 365 * DAY_S):
            with self.subTest(step=step):
                restarts = self.container("loop")["RestartCount"]
                self.node.set_clock(step)
                self.await_probe("web")
                harness.wait_until(
                    lambda: self.container("loop")["RestartCount"] > restarts, LONG_S, "it is restarted"
                )

    def test_a_daemon_ends_and_starts_at_any_time(self):
        self.docker("run", "-d", "--name", "web", "--health-cmd", "true", "--health-interval", "1s", self.image, "sleep", "1000")
        for step in (10 * 365 * DAY_S, -DAY_S):
            self.node.set_clock(step)
            self.assertEqual(self.node.terminate(), 0)
            self.node.start()
            self.await_probe("web")


if __name__ == "__main__":
    unittest.main()
