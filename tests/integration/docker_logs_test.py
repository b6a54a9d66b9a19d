# SPDX-License-Identifier: Apache-2.0
"""docker logs, over rotations, and the options of log drivers."""

import contextlib, subprocess, time, unittest

import harness
from docker_node import DockerContainersTest

COUNT = "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); echo line-$i; done; echo over >&2; exec sleep 1000"


class LogsTest(DockerContainersTest):
    def directory(self, name):
        return self.node.directory / "root/engine/containers" / self.docker("inspect", "-f", "{{.Id}}", name).strip()

    def files(self, name):
        return sorted(path.name for path in self.directory(name).glob("container.log*"))

    def await_said(self, name, text):
        harness.wait_until(lambda: text in self.docker_all("logs", "--tail", "3", name).stderr, harness.SETTLE_S, text)

    def test_nothing_is_lost_over_rotations(self):
        options = ["--log-opt", "max-size=100k", "--log-opt", "max-file=100"]
        self.docker("create", "--name", "web", *options, self.image, "sh", "-c", COUNT)
        follower = subprocess.Popen(
            ["docker", "logs", "-f", "web"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            env=self.environment,
        )  # fmt: skip
        self.docker("start", "web")
        self.await_said("web", "over")
        harness.wait_until(lambda: len(self.files("web")) > 1, harness.SETTLE_S, "it was rotated")
        wanted = [f"line-{i}" for i in range(1, 20001)]
        self.assertEqual(self.docker("logs", "web").splitlines(), wanted)
        self.assertEqual(self.docker("logs", "--tail", "3", "web").splitlines(), wanted[-2:])  # one is stderr's
        self.docker("kill", "web")
        told, _ = follower.communicate(timeout=harness.COMMAND_S)
        self.assertIn(told.splitlines(), (wanted, []))  # [] where it asked before the start

    def test_old_files_go(self):
        options = ["--log-opt", "max-size=1k", "--log-opt", "max-file=2"]
        command = "while :; do echo a line of some length, again and again; sleep 0.01; done"
        self.docker("run", "-d", "--name", "web", *options, self.image, "sh", "-c", command)
        harness.wait_until(lambda: len(self.files("web")) == 2, harness.SETTLE_S, "it was rotated")
        follower = subprocess.Popen(
            ["docker", "logs", "-f", "--tail", "1", "web"], stdout=subprocess.PIPE, env=self.environment
        )
        try:
            seen = self.files("web")
            for _ in range(500):  # some seconds, and as many rotations
                self.assertEqual(follower.stdout.readline(), b"a line of some length, again and again\n")
            self.assertEqual(seen, ["container.log", "container.log.1"])
            self.assertEqual(self.files("web"), seen)
        finally:
            follower.kill()
            follower.wait()
            follower.stdout.close()

    def test_a_flood_is_rotated_in_time(self):
        options = ["--log-opt", "max-size=1m", "--log-opt", "max-file=2"]
        self.docker("run", "-d", "--name", "web", *options, self.image, "yes")
        rotated = self.directory("web") / "container.log.1"
        sizes = {}

        def rotations():
            with contextlib.suppress(FileNotFoundError):
                info = rotated.stat()
                sizes[info.st_ino, info.st_mtime_ns] = info.st_size
            return len(sizes)

        harness.wait_until(lambda: rotations() >= 30, harness.SETTLE_S, "it is rotated again and again")
        self.assertGreaterEqual(min(sizes.values()), 1 << 20)
        self.assertLess(max(sizes.values()), 100 << 20)  # of what may be 400 MiB a second
        for _ in range(5):  # while it goes on
            self.assertEqual(self.docker("logs", "--tail", "5", "web"), "y\n" * 5)

    def test_times_and_streams(self):
        self.docker("run", "--name", "web", self.image, "sh", "-c", "echo one; sleep 0.1; echo two; echo err >&2")
        first = self.docker("logs", "-t", "web").splitlines()[0]
        at, _, text = first.partition(" ")
        self.assertEqual(text, "one")
        self.assertEqual(self.docker("logs", "--since", at, "web"), "one\ntwo\n")
        self.assertEqual(self.docker("logs", "--until", at, "web"), "one\n")
        self.assertEqual(self.docker("logs", "-n", "0", "web"), "")
        self.assertEqual(self.docker_all("logs", "web").stderr, "err\n")

    def test_following_ends_with_what_is_said_later(self):
        self.docker("run", "-d", "--name", "web", self.image, "sh", "-c", "while echo y; do sleep 0.1; done")
        harness.wait_until(lambda: self.docker("logs", "web") != "", harness.SETTLE_S, "it talks")
        first, _, _ = self.docker("logs", "-t", "web").partition(" ")
        self.assertEqual(self.docker("logs", "-f", "--until", first, "web"), "y\n")

    def test_details_are_what_the_options_name(self):
        options = ("--label", "a=1", "--log-opt", "labels=a", "-e", "Q=2", "--log-opt", "env=Q", "--log-opt", "tag={{.Name}}")
        self.docker("run", "--name", "told", *options, self.image, "echo", "hi")
        self.assertEqual(self.docker("logs", "--details", "told"), "Q=2,a=1,tag=told hi\n")
        self.assertEqual(self.docker("logs", "told"), "hi\n")

    def test_each_byte_is_kept(self):
        for options in ([], ["-t"]):
            self.docker("run", "--name", "bytes", *options, self.image, "printf", r"a\r\nb\0c\r\r\nd\n")
            for client in (["docker"], [str(harness.binaries() / "berth")]):
                told = subprocess.run([*client, "logs", "bytes"], stdout=subprocess.PIPE, env=self.environment, check=True).stdout
                said = b"a\r\nb\0c\r\r\nd\n"
                self.assertEqual(told, said.replace(b"\n", b"\r\n") if options else said)
            self.docker("rm", "bytes")

    def test_drivers(self):
        self.docker("run", "--name", "none", "--log-driver", "none", self.image, "echo", "hi")
        self.assertIn("does not support reading", self.docker_error("logs", "none"))
        self.docker("run", "--name", "local", "--log-driver", "local", self.image, "echo", "hi")
        self.assertEqual(self.docker("logs", "local"), "hi\n")
        refused = self.docker_error("create", "--log-driver", "syslog", self.image)
        self.assertIn("no log driver named 'syslog' is registered", refused)
        self.assertIn("unknown log opt 'colour'", self.docker_error("create", "--log-opt", "colour=red", self.image))
        self.assertIn("max-file", self.docker_error("create", "--log-opt", "max-file=0", self.image))


if __name__ == "__main__":
    unittest.main()
