#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Pods of a RuntimeClass whose handler is crun, as crictl and kubectl use them; and nothing is left of
them when the daemon or a shim is killed."""

import json, os, pathlib, shutil, signal, subprocess, sys, unittest

sys.dont_write_bytecode = True
sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent)]

from harness import SETTLE_S, NodeTest, clients, wait_until  # noqa: E402

# Milliseconds after a start was asked for, in which crun is at work.
MOMENTS_MS = (0, 5, 10, 20, 40, 80)
NETWORKS = {"POD": 0, "NODE": 2}  # of CRI's NamespaceMode


class HandlersTest(NodeTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.program = clients("build")[0]
        cls.configure(crun=shutil.which("crun"))
        cls.crun_state = cls.node.directory / "state/handlers/crun"

    @classmethod
    def configure(cls, **handlers):
        """The daemon anew, with these handlers and their programs."""
        cls.node.terminate()
        cls.node.write_config(
            "".join(f'[handlers.{name}]\npath = "{path}"\n' for name, path in handlers.items())
        )
        cls.node.start()

    def setUp(self):
        super().setUp()
        self.addCleanup(shutil.rmtree, self.node.directory / "logs", ignore_errors=True)

    def crictl(self, *arguments, code=0):
        return self.node.run([self.program, "-t", "30s", *arguments], code).stdout

    def write(self, name, document):
        path = self.node.directory / name
        path.write_text(json.dumps(document))
        self.addCleanup(lambda: path.unlink(missing_ok=True))
        return path

    def pod_config(self, name, network="POD"):
        return self.write(
            "pod.json",
            {
                "metadata": {"name": name, "namespace": "default", "uid": name, "attempt": 0},
                "log_directory": f"{self.node.directory}/logs/{name}",
                "linux": {"security_context": {"namespace_options": {"network": NETWORKS[network]}}},
            },
        )

    def create(self, name, *command, network="POD"):
        """A pod and its container, created only; their ids."""
        pod_config = self.pod_config(name, network)
        container_config = self.write(
            "container.json",
            {
                "metadata": {"name": "main", "attempt": 0},
                "image": {"image": self.image},
                "command": command,
                "log_path": "main/0.log",
                "linux": {"resources": {"memory_limit_in_bytes": 64 << 20}},
            },
        )
        pod = self.crictl("runp", "--runtime", "crun", pod_config).strip()
        container = self.crictl("create", pod, container_config, pod_config).strip()
        return pod, container

    def known_to_crun(self):
        return {entry.name for entry in self.crun_state.iterdir() if len(entry.name) == 64}

    def inspect(self, container):
        return json.loads(self.crictl("inspect", container))

    def test_life_of_a_pod(self):
        pod, container = self.create("web", "sh", "-c", "echo hello; exec sleep 1000")
        self.crictl("start", container)
        self.assertEqual(self.known_to_crun(), {container})
        self.assertEqual(self.crictl("exec", "-s", container, "echo", "out").strip(), "out")
        self.assertIn("sleep 1000", self.crictl("exec", container, "ps"))
        wait_until(lambda: "hello" in self.crictl("logs", container), SETTLE_S, "it logs")
        self.crictl("update", "--memory", str(32 << 20), container)
        self.assertIn(container, self.crictl("stats", "-o", "json"))
        self.crictl("stop", "-t", "0", container)
        self.assertEqual(self.inspect(container)["status"]["exitCode"], 137)
        self.crictl("rm", container)
        self.assertEqual(self.known_to_crun(), set())
        self.crictl("rmp", "-f", pod)

    def test_the_status_names_the_handler(self):
        handlers = json.loads(self.crictl("info"))["runtimeHandlers"]
        self.assertEqual([handler.get("name", "") for handler in handlers], ["", "berth", "crun"])

    def test_an_unknown_handler_is_refused(self):
        config = self.pod_config("x")
        refused = self.node.run([self.program, "runp", "--runtime", "kata", config], code=1).stderr
        self.assertIn("kata", refused)
        self.assertIn("InvalidArgument", refused)

    def test_the_daemon_is_killed_while_crun_starts(self):
        for moment in MOMENTS_MS:
            with self.subTest(ms=moment):
                _, container = self.create(f"m{moment}", "sleep", "1000")
                client = subprocess.Popen(
                    [self.program, "start", container],
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    env=self.node.environment(),
                )
                try:
                    client.wait(moment / 1000)
                except subprocess.TimeoutExpired:
                    pass
                self.node.kill()
                self.node.start()
                client.wait(60)
                self.assertIn(
                    self.inspect(container)["status"]["state"],
                    ("CONTAINER_CREATED", "CONTAINER_RUNNING", "CONTAINER_EXITED"),
                )
                self.node.remove_pods()
                self.assertEqual(self.known_to_crun(), set())

    def test_the_shim_is_killed(self):
        # Without shim and daemon nobody holds a network namespace that the bridge plugin needs
        # to take its rules away.
        for daemon_too, network in ((False, "POD"), (True, "NODE")):
            with self.subTest(daemon_too=daemon_too):
                pod, container = self.create(
                    f"shim{daemon_too}".lower(), "sleep", "1000", network=network
                )
                self.crictl("start", container)
                process = self.inspect(container)["info"]["pid"]
                shim = json.loads(self.crictl("inspectp", pod))["info"]["pid"]
                if daemon_too:
                    self.node.kill()
                os.kill(shim, signal.SIGKILL)
                if daemon_too:
                    self.node.start()
                wait_until(
                    lambda: self.inspect(container)["status"]["state"] == "CONTAINER_EXITED",
                    SETTLE_S,
                    "the container has ended",
                )
                wait_until(lambda: not runs(process), SETTLE_S, "its process is gone")
                self.crictl("rmp", "-f", pod)
                self.assertEqual(self.known_to_crun(), set())

    def test_a_program_that_is_no_runtime_takes_no_pods(self):
        config = self.pod_config("bad")
        # Of a handler that is configured no longer the directory stays.
        self.addCleanup(shutil.rmtree, self.node.directory / "state/handlers/bad")
        self.addCleanup(self.configure, crun=shutil.which("crun"))
        for path, text in (("/nowhere", "No such file"), ("/bin/true", "/bin/true features")):
            self.configure(bad=path)
            refused = self.node.run([self.program, "runp", "--runtime", "bad", config], 1).stderr
            self.assertIn("FailedPrecondition", refused)
            self.assertIn("runtime_handler bad ", refused)
            self.assertIn(text, refused)


def runs(pid):
    try:
        return ") Z " not in pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


if __name__ == "__main__":
    unittest.main()
