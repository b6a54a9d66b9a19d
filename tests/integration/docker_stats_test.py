# SPDX-License-Identifier: Apache-2.0
"""docker stats and docker top: figures that make sense."""

import json, subprocess, unittest

import harness
from docker_node import DockerContainersTest

BUSY = "while :; do :; done"


class StatsTest(DockerContainersTest):
    def stats(self, name, query="stream=0"):
        code, told = self.api("GET", f"/containers/{name}/stats?{query}")
        self.assertEqual(code, 200, told)
        return told

    def test_a_busy_container_uses_its_share_of_a_cpu(self):
        self.docker("run", "-d", "--name", "busy", "--cpus", "0.5", "--memory", "64m", self.image, "sh", "-c", BUSY)
        self.docker("run", "-d", "--name", "idle", self.image, "sleep", "1000")
        told = self.stats("busy")
        used = told["cpu_stats"]["cpu_usage"]["total_usage"] - told["precpu_stats"]["cpu_usage"]["total_usage"]
        there = told["cpu_stats"]["system_cpu_usage"] - told["precpu_stats"]["system_cpu_usage"]
        cpus = used / there * told["cpu_stats"]["online_cpus"]
        self.assertTrue(0.05 < cpus < 0.75, cpus)  # other tests may be at work
        self.assertGreater(told["cpu_stats"]["throttling_data"]["periods"], 0)
        self.assertEqual(told["memory_stats"]["limit"], 64 << 20)
        self.assertTrue(0 < told["memory_stats"]["usage"] < 64 << 20)
        self.assertEqual(told["pids_stats"]["current"], 1)
        idle = self.stats("idle")
        moved = idle["cpu_stats"]["cpu_usage"]["total_usage"] - idle["precpu_stats"]["cpu_usage"]["total_usage"]
        self.assertLess(moved, used)

    def test_what_crosses_the_network_is_counted(self):
        self.docker("run", "-d", "--name", "web", self.image, "sleep", "1000")
        before = self.stats("web", "stream=0&one-shot=1")["networks"]["eth0"]
        gateway = self.docker("exec", "web", "sh", "-c", "ip route | sed -n 's/default via \\([^ ]*\\).*/\\1/p'").strip()
        self.docker("exec", "web", "ping", "-c", "2", "-W", "5", gateway)
        after = self.stats("web", "stream=0&one-shot=1")["networks"]["eth0"]
        self.assertGreaterEqual(after["tx_packets"], before["tx_packets"] + 2)

    def test_the_client_shows_them(self):
        self.docker("run", "-d", "--name", "web", "--memory", "64m", self.image, "sleep", "1000")
        line = json.loads(self.docker("stats", "--no-stream", "--format", "json", "web"))
        self.assertEqual(line["Name"], "web")
        self.assertEqual(line["PIDs"], "1")
        self.assertIn("/ 64MiB", line["MemUsage"])
        self.assertTrue(line["CPUPerc"].endswith("%"))

    def test_a_stream_goes_on_and_each_sample_has_the_one_before(self):
        self.docker("run", "-d", "--name", "web", self.image, "sleep", "1000")
        stream = subprocess.Popen(
            ["curl", "-sN", "--unix-socket", self.socket, "http://docker/containers/web/stats"], stdout=subprocess.PIPE
        )
        try:
            first, second = (json.loads(stream.stdout.readline()) for _ in range(2))
            self.assertEqual(second["preread"], first["read"])
            self.assertEqual(second["precpu_stats"], first["cpu_stats"])
            self.docker("rm", "-f", "web")
            self.assertEqual(stream.wait(harness.SETTLE_S), 0)
        finally:
            stream.kill()
            stream.wait()
            stream.stdout.close()

    def test_one_that_does_not_run_has_none(self):
        self.docker("create", "--name", "new", self.image, "true")
        self.assertEqual(list(self.stats("new")), ["id", "name"])
        self.assertIn("No such container", self.docker_error("stats", "--no-stream", "none"))

    def test_top_shows_the_processes_of_the_container_only(self):
        self.docker("run", "-d", "--name", "web", self.image, "sh", "-c", "sleep 91 & exec sleep 92")
        harness.wait_until(lambda: "sleep 91" in self.docker("top", "web"), harness.SETTLE_S, "both run")
        lines = self.docker("top", "web").splitlines()
        self.assertEqual(lines[0].split(), ["UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"])
        self.assertEqual(len(lines), 3)
        lines = self.docker("top", "web", "-o", "pid,args").splitlines()
        self.assertEqual(lines[0].split(), ["PID", "COMMAND"])
        self.assertEqual(sorted(line.split(None, 1)[1].strip() for line in lines[1:]), ["sleep 91", "sleep 92"])
        self.assertIn("sleep 92", self.docker("top", "web", "aux"))
        self.assertIn("error", self.docker_error("top", "web", "--nonsense"))
        self.assertIn("find PID", self.docker_error("top", "web", "-o", "args"))
        self.docker("kill", "web")
        self.assertIn("is not running", self.docker_error("top", "web"))


if __name__ == "__main__":
    unittest.main()
