# SPDX-License-Identifier: Apache-2.0
"""Health checks of Docker's containers."""

import json, subprocess, time, unittest

import harness
from docker_node import DockerContainersTest

OFTEN = ["--health-interval", "100ms", "--health-timeout", "5s"]


class HealthTest(DockerContainersTest):
    def setUp(self):
        super().setUp()
        self.since = f"{time.time():.9f}"

    def health(self, name):
        return self.state(name)["Health"]

    def await_event(self, name, event):
        """Also of what has happened already."""
        command = ["docker", "events", "--since", self.since, "--filter", f"container={name}"]
        command += ["--filter", f"event={event}", "--format", "{{.Action}}"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=self.environment) as events:
            try:
                self.assertEqual(events.stdout.readline().strip(), event)
            finally:
                events.kill()

    def run_checked(self, name, command, *options):
        arguments = ["run", "-d", "--name", name, "--health-cmd", command, *OFTEN, *options]
        self.docker(*arguments, self.image, "sleep", "1000")

    def test_a_check_that_succeeds(self):
        self.run_checked("web", "echo all is well")
        self.await_event("web", "health_status: healthy")
        told = self.health("web")
        self.assertEqual((told["Status"], told["FailingStreak"]), ("healthy", 0))
        self.assertEqual((told["Log"][-1]["ExitCode"], told["Log"][-1]["Output"]), (0, "all is well\n"))
        self.assertLessEqual(len(told["Log"]), 5)
        self.assertIn("(healthy)", self.docker("ps"))
        self.assertIn("web", self.docker("ps", "--filter", "health=healthy"))
        self.assertNotIn("web", self.docker("ps", "--filter", "health=unhealthy"))

    def test_one_that_fails_and_recovers(self):
        self.run_checked("web", "test -e /tmp/good", "--health-retries", "2")
        self.await_event("web", "health_status: unhealthy")
        self.assertGreaterEqual(self.health("web")["FailingStreak"], 2)
        self.assertIn("(unhealthy)", self.docker("ps"))
        self.docker("exec", "web", "touch", "/tmp/good")
        self.await_event("web", "health_status: healthy")

    def test_one_that_takes_too_long_is_killed(self):
        options = ["--health-retries", "1", "--health-timeout", "200ms"]
        self.run_checked("web", "echo slow; sleep 93", *options)
        self.await_event("web", "health_status: unhealthy")
        probe = self.health("web")["Log"][0]
        self.assertEqual(probe["ExitCode"], -1)
        self.assertIn("Health check exceeded timeout (200ms)", probe["Output"])
        self.docker("pause", "web")  # no more probes
        self.docker("unpause", "web")
        sleeping = lambda: self.docker("top", "web").count("sleep 93")
        harness.wait_until(lambda: sleeping() <= 1, harness.SETTLE_S, "only the last one is there")

    def test_the_start_period_forgives(self):
        options = ["--health-retries", "1", "--health-start-period", "1h", "--health-start-interval", "100ms"]
        self.run_checked("web", "false", *options, "--health-interval", "1h")
        harness.wait_until(lambda: len(self.health("web")["Log"]) >= 3, harness.SETTLE_S, "it was probed")
        told = self.health("web")
        self.assertEqual((told["Status"], told["FailingStreak"]), ("starting", 0))
        self.assertIn("(health: starting)", self.docker("ps"))

    def test_the_state_outlives_the_daemon(self):
        self.run_checked("web", "test -e /tmp/good", "--health-retries", "1")
        self.await_event("web", "health_status: unhealthy")
        before = self.health("web")
        self.node.kill()
        self.node.start()
        after = self.health("web")
        self.assertEqual(after["Status"], "unhealthy")
        self.assertGreaterEqual(after["FailingStreak"], before["FailingStreak"])
        self.docker("exec", "web", "touch", "/tmp/good")
        self.await_event("web", "health_status: healthy")

    def test_an_image_says_how_and_a_client_otherwise(self):
        self.build("checked", 'HEALTHCHECK --interval=100ms CMD ["echo", "of the image"]')
        self.docker("run", "-d", "--name", "web", "checked", "sleep", "1000")
        self.await_event("web", "health_status: healthy")
        self.assertEqual(self.health("web")["Log"][0]["Output"], "of the image\n")
        self.docker("run", "-d", "--name", "none", "--no-healthcheck", "checked", "sleep", "1000")
        self.assertNotIn("Health", self.state("none"))
        self.docker("run", "-d", "--name", "later", "--health-interval", "1h", "checked", "sleep", "1000")
        config = json.loads(self.docker("inspect", "later"))[0]["Config"]["Healthcheck"]
        self.assertEqual((config["Test"], config["Interval"]), (["CMD", "echo", "of the image"], 3600 * 10**9))
        self.docker("stop", "-t", "0", "web")
        self.assertEqual(self.health("web")["Status"], "unhealthy")

    def test_nonsense_is_refused(self):
        self.assertIn("1ms", self.docker_error("run", "--health-cmd", "x", "--health-interval", "1us", self.image, code=125))


if __name__ == "__main__":
    unittest.main()
