# SPDX-License-Identifier: Apache-2.0
"""Containers by Docker's own client, unmodified."""

import os, re, signal, subprocess, unittest

import harness
from docker_node import DockerContainersTest


class ContainersTest(DockerContainersTest):
    def test_filters_that_scripts_pipe_into_rm(self):
        for name in ("web", "web2", "web3"):
            self.addCleanup(self.node.run, ["docker", "rm", "-f", name], None, DOCKER_HOST=f"unix://{self.socket}")
        self.docker("run", "-d", "--name", "web", self.image, "sleep", "1000")
        self.docker("run", "--name", "web2", self.image, "true")
        named = lambda *filters: sorted(  # noqa: E731
            self.docker("ps", "-a", "--format", "{{.Names}}", *(f"-f{each}" for each in filters)).split()
        )
        self.assertEqual(named("name=web"), ["web", "web2"])
        self.assertEqual(named("name=^/?web$"), ["web"])
        self.assertEqual(named("exited=0"), ["web2"])
        self.assertEqual(named(f"ancestor={self.image}"), ["web", "web2"])
        self.assertEqual(named("ancestor=" + self.inspect(self.image)["Id"][7:19]), ["web", "web2"])
        self.assertEqual(named("ancestor=e"), [])
        self.docker("run", "-d", "--name", "web3", "-p", "127.0.0.1::80", "--expose", "53/udp", self.image, "sleep", "1000")
        port = self.docker("port", "web3", "80").strip().rsplit(":", 1)[1]
        for filters in ([f"publish={port}"], [f"publish=1-{port}/tcp"], ["expose=80"], ["expose=53/udp", "publish=1"]):
            self.assertEqual(named(*filters), ["web3"], filters)
        self.assertEqual(named("publish=80", "expose=53"), [])
        self.assertIn("invalid filter 'publish=x'", self.docker_error("ps", "-f", "publish=x"))
        self.assertEqual(named("is-task=true"), [])
        self.assertEqual(named("is-task=false", "isolation=process"), ["web", "web2", "web3"])
        self.assertIn("Invalid signal", self.docker_error("kill", "-s", "0", "web"))
        self.assertIn("stop the container before removing", self.docker_error("rm", "web"))

    def test_run_gives_all_output_and_the_exit_code(self):
        self.assertEqual(self.docker("run", "--rm", self.image, "echo", "hi"), "hi\n")
        done = self.node.run(
            ["docker", "run", "--name", "three", self.image, "sh", "-c", "echo out; echo err >&2; exit 3"],
            3,
            DOCKER_HOST=f"unix://{self.socket}",
        )
        self.assertEqual((done.stdout, done.stderr), ("out\n", "err\n"))
        self.assertEqual(self.docker("logs", "three"), "out\n")
        self.assertEqual(self.state("three")["ExitCode"], 3)
        self.docker("run", "--rm", self.image, "/no/such", code=127)
        self.docker("run", "--rm", self.image, "/etc", code=126)
        self.assertNotIn("busybox:none", self.docker("ps", "-a"))

    def test_input_reaches_the_process(self):
        done = subprocess.run(
            ["docker", "run", "-i", "--rm", self.image, "cat"],
            input="hello\n",
            capture_output=True,
            text=True,
            timeout=harness.COMMAND_S,
            env=self.node.environment(DOCKER_HOST=f"unix://{self.socket}"),
        )
        self.assertEqual((done.returncode, done.stdout), (0, "hello\n"))

    def test_a_container_lives_through_its_verbs(self):
        self.docker("run", "-d", "--name", "web", self.image, "sh", "-c", "echo started; exec sleep 1000")
        self.assertIn("is already in use by container", self.docker_error("create", "--name", "web", self.image))
        self.assertIn("cannot remove container", self.docker_error("rm", "web"))
        self.docker("pause", "web")
        self.assertIn("(Paused)", self.docker("ps"))
        self.docker("unpause", "web")
        self.docker("stop", "-t", "0", "web")
        self.assertEqual(self.state("web")["Status"], "exited")
        self.assertIn("is not running", self.docker_error("kill", "web"))
        self.docker("start", "web")
        self.docker("rename", "web", "site")
        self.docker("rm", "-f", "site")
        self.assertIn("No such container: site", self.docker_error("start", "site"))

    def test_what_no_start_could_make_good_is_refused_before(self):
        profile = self.node.directory / "bad.json"
        profile.write_text('{"defaultAction": "NOPE"}')
        for options, why in {
            ("--hostname", "h" * 65): "hostname is longer",
            ("--domainname", "d" * 65): "domain name is longer",
            ("--user", "nobody-there"): "nobody-there",
            ("--user", "4294967296"): "4294967296",
            ("--cap-add", "NOPE"): "unknown capability NOPE",
            ("--security-opt", f"seccomp={profile}"): "unknown action",
            ("--network", "host", "--sysctl", "net.ipv4.ip_forward=1"): "would change the host's network",
            ("--cpu-period", "1"): "cpu_period 1",
            ("--cpu-quota", "1"): "cpu_quota 1",
            ("--oom-score-adj", "5000"): "oom_score_adj 5000",
            ("--cgroup-parent", "../x"): "cgroup_parent",
            ("--dns-option", "x\ny"): "dns_config.options",
            ("--tmpfs", "/proc/x"): "/proc",
            ("--mac-address", "01:00:00:00:00:01"): "invalid MAC address",
            ("-v", f"/tmp:/{'x' * 300}"): "longer than paths are",
        }.items():
            self.assertIn(why, self.docker_error("create", *options, self.image, "true"), options)
        self.assertEqual(self.docker("ps", "-aq"), "")
        made = self.docker("create", "--device", "/dev/none-yet", self.image, "true").strip()  # the node may have it by then
        self.assertIn("/dev/none-yet", self.docker_error("start", made))

    def test_one_that_removes_itself_can_be_removed(self):
        for name in ("one", "two", "three"):
            self.docker("run", "-d", "--rm", "--name", name, self.image, "sleep", "1000")
            done = self.docker_all("rm", "-f", name)
            self.assertEqual((done.stdout, done.stderr), (f"{name}\n", ""))

    def test_the_log_tells_in_order(self):
        before = len(self.node.log)
        made = [self.docker("create", "--rm", self.image, "true").strip() for _ in range(5)]
        for container in made:
            self.docker("start", "-a", container)
        told = re.findall(r'msg="container (started|exited)" container=(\w+)', self.node.log[before:])
        for container in made:
            self.assertEqual([what for what, of in told if of == container], ["started", "exited"])

    def test_one_that_will_run_again_has_ended_once(self):
        self.docker("run", "-d", "--restart", "always", "--name", "again", self.image, "sh", "-c", "sleep 1; exit 3")
        self.assertEqual(self.docker("wait", "again"), "3\n")

    def test_those_who_wait_for_each_other_do_not_for_ever(self):
        def run(name, *options):
            self.docker("run", "-d", "--name", name, "--restart", "always", *options, self.image, "sleep", "1000")

        run("back")
        run("front", "--link", "back")
        self.docker("rm", "-f", "back")
        run("back", "--link", "front")
        processes = [self.state(name)["Pid"] for name in ("front", "back")]
        self.node.kill()
        for each in processes:
            os.kill(each, signal.SIGKILL)
        self.node.start()
        for name in ("front", "back"):
            failed = lambda: "Cannot link to a non running container" in self.state(name)["Error"]
            harness.wait_until(failed, harness.SETTLE_S, lambda: f"{name} gives up: {self.state(name)}")

    def test_names_are_words(self):
        self.docker("create", self.image)
        self.assertRegex(self.docker("ps", "-a", "--format", "{{.Names}}"), r"^[a-z]+_[a-z]+\n$")

    def test_prune_takes_what_the_filters_say(self):
        for name, label in (("one", "a=1"), ("two", "a=2"), ("three", "b=1")):
            self.docker("create", "--name", name, "--label", label, self.image, "true")
        self.docker("container", "prune", "-f", "--filter", "label=a=1")
        self.assertNotIn("one", self.docker("ps", "-a"))
        self.docker("container", "prune", "-f", "--filter", "until=1h")
        self.docker("container", "prune", "-f", "--filter", "label!=b")
        self.assertEqual(self.docker("ps", "-a", "--format", "{{.Names}}"), "three\n")
        self.docker_error("container", "prune", "-f", "--filter", "colour=red")

    def test_a_container_keeps_its_files_and_cri_does_not_see_it(self):
        self.docker("run", "--name", "files", self.image, "sh", "-c", "cat /kept 2>/dev/null; echo kept > /kept")
        self.docker("start", "files")
        self.docker("wait", "files")
        self.assertEqual(self.docker("logs", "files"), "kept\n")
        self.docker("run", "-d", "--name", "hidden", self.image, "sleep", "1000")
        self.assertEqual(self.node.berth("pods", "-q"), "")

    def test_what_happens_while_no_daemon_runs_is_known_after(self):
        self.docker("run", "-d", "--name", "lives", self.image, "sleep", "1000")
        self.docker("run", "-d", "--rm", "--name", "ends", self.image, "sh", "-c", "sleep 1; exit 4")
        self.restart_daemon()
        self.assertEqual(self.state("lives")["Status"], "running")
        harness.wait_until(lambda: "ends" not in self.docker("ps", "-a"), harness.SETTLE_S, "it removes itself")


if __name__ == "__main__":
    unittest.main()
