# SPDX-License-Identifier: Apache-2.0
"""docker exec, by Docker's own client."""

import subprocess, unittest

import harness
from docker_node import DockerContainersTest
from terminal import DETACH


class ExecTest(DockerContainersTest):
    def setUp(self):
        super().setUp()
        self.docker("run", "-d", "--name", "web", "-e", "A=image", self.image, "sleep", "1000")

    def processes(self):
        return self.docker("exec", "web", "ps", "-o", "args")

    def piped(self, *arguments, stdin=b""):
        return subprocess.run(
            ["docker", "exec", *arguments],
            input=stdin,
            capture_output=True,
            timeout=harness.COMMAND_S,
            env=self.environment,
        )

    def test_output_and_exit_codes(self):
        done = self.docker_all("exec", "web", "sh", "-c", "echo out; echo err >&2; exit 7", code=7)
        self.assertEqual((done.stdout, done.stderr), ("out\n", "err\n"))
        done = self.docker_all("exec", "web", "nosuch", code=127)
        self.assertIn('exec: "nosuch": executable file not found in $PATH', done.stdout + done.stderr)
        done = self.docker_all("exec", "web", "/etc", code=126)
        self.assertIn("permission denied", done.stdout + done.stderr)
        self.docker("exec", "web", "sh", "-c", "kill -9 $$", code=137)

    def test_input_ends_where_the_client_ends_it(self):
        large = bytes(range(256)) * (4 << 10)
        self.assertEqual(self.piped("-i", "web", "cat", stdin=large).stdout, large)
        self.assertEqual(self.piped("web", "cat", stdin=b"none").stdout, b"")

    def test_user_environment_and_directory(self):
        self.assertEqual(self.docker("exec", "-u", "12:34", "web", "sh", "-c", "id -u; id -g"), "12\n34\n")
        said = self.docker("exec", "-e", "A=b", "-e", "C=d", "-w", "/tmp", "web", "sh", "-c", "echo $A $C; pwd")
        self.assertEqual(said, "b d\n/tmp\n")
        self.assertEqual(self.docker("exec", "web", "sh", "-c", "echo $A"), "image\n")
        self.docker("exec", "-u", "nobody-here", "web", "true", code=126)

    def test_privileges_are_those_of_the_container_unless_more_is_asked_for(self):
        effective = ["sh", "-c", "grep CapEff /proc/self/status"]
        self.assertNotEqual(
            self.docker("exec", "web", *effective), self.docker("exec", "--privileged", "web", *effective)
        )

    def test_a_terminal(self):
        terminal = self.terminal("exec", "-it", "web", "sh", rows=33, columns=121)
        terminal.type(b"stty size; tty\n")
        terminal.expect(b"33 121")
        terminal.expect(b"/dev/pts/")
        terminal.resize(44, 99)
        terminal.type(b"until stty size | grep 44; do :; done\n")
        terminal.expect(b"44 99")
        terminal.type(b"exit 5\n")
        self.assertEqual(terminal.wait(), 5)

    def test_who_leaves_a_terminal_leaves_the_command_running(self):
        terminal = self.terminal("exec", "-it", "web", "sh", "-c", "echo ready; sleep 77; echo over")
        terminal.expect(b"ready")
        terminal.type(DETACH)
        terminal.wait()
        self.assertIn("sleep 77", self.processes())
        keys = self.terminal("exec", "-it", "--detach-keys", "ctrl-a,d", "web", "sh", "-c", "echo ready; sleep 78")
        keys.expect(b"ready")
        keys.type(b"\x01d")
        keys.wait()
        self.assertIn("sleep 78", self.processes())

    def test_a_detached_command_runs_and_ends_unattended(self):
        self.docker("exec", "-d", "web", "sh", "-c", "sleep 79")
        self.assertIn("sleep 79", self.processes())
        self.docker("exec", "-d", "web", "touch", "/tmp/made")
        harness.wait_until(lambda: "made" in self.docker("exec", "web", "ls", "/tmp"), harness.SETTLE_S, "it ran")
        self.assertIn("not found in $PATH", self.docker_error("exec", "-d", "web", "nosuch"))

    def test_what_it_leaves_in_the_background_does_not_hold_the_client(self):
        self.assertEqual(self.docker("exec", "web", "sh", "-c", "sleep 80 & echo done"), "done\n")
        self.assertIn("sleep 80", self.processes())

    def test_only_a_running_container_has_execs(self):
        self.docker("pause", "web")
        self.assertIn("is paused, unpause the container before exec", self.docker_error("exec", "web", "true"))
        self.docker("unpause", "web")
        code, made = self.api("POST", "/containers/web/exec", {"Cmd": ["true"]})
        self.assertEqual(code, 201)
        self.docker("kill", "web")
        self.assertIn("is not running", self.docker_error("exec", "web", "true"))
        code, told = self.api("POST", f"/exec/{made['Id']}/start", {})
        self.assertEqual(code, 409, told)
        self.assertIn("No such container: none", self.docker_error("exec", "none", "true"))
        self.docker("rm", "web")
        self.assertEqual(self.api("GET", f"/exec/{made['Id']}/json")[0], 404)

    def test_it_ends_with_its_container(self):
        command = ["docker", "exec", "web", "sh", "-c", "echo ready; sleep 1000"]
        client = subprocess.Popen(command, stdout=subprocess.PIPE, env=self.environment)
        self.assertEqual(client.stdout.readline(), b"ready\n")
        self.docker("kill", "web")
        self.assertEqual(client.wait(harness.COMMAND_S), 137)
        client.stdout.close()

    def test_a_daemon_that_is_killed_takes_the_command_along_and_leaves_the_container(self):
        command = ["docker", "exec", "web", "sh", "-c", "echo ready; sleep 81"]
        client = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=self.environment)
        self.assertEqual(client.stdout.readline(), b"ready\n")
        self.node.kill()
        self.assertNotEqual(client.wait(harness.COMMAND_S), 0)
        client.stdout.close()
        self.node.start()
        harness.wait_until(lambda: "sleep 81" not in self.processes(), harness.SETTLE_S, "the command is gone")
        self.assertEqual(self.state("web")["Status"], "running")

    def test_inspect(self):
        code, made = self.api("POST", "/containers/web/exec", {"Cmd": ["sh", "-c", "exit 3"], "AttachStdout": True})
        self.assertEqual(code, 201)
        path = f"/exec/{made['Id']}"
        self.assertIsNone(self.api("GET", path + "/json")[1]["ExitCode"])
        self.assertEqual(self.api("POST", path + "/start", {"Detach": True})[0], 200)
        harness.wait_until(lambda: self.api("GET", path + "/json")[1]["ExitCode"] == 3, harness.SETTLE_S, "it ends")
        code, told = self.api("POST", path + "/start", {"Detach": True})
        self.assertEqual((code, told["message"]), (409, f"Error: Exec command {made['Id']} has already run"))


if __name__ == "__main__":
    unittest.main()
