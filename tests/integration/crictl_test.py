#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""crictl, as it is published, drives the daemon through the life of a pod."""

import json, pathlib, shutil, subprocess, sys, unittest

sys.dont_write_bytecode = True
sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent)]

from harness import SETTLE_S, NodeTest, clients, wait_until  # noqa: E402


class CrictlTest(NodeTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.program = clients("build")[0]

    def crictl(self, *arguments, code=0):
        return self.node.run([self.program, "-t", "30s", *arguments], code).stdout

    def json(self, *arguments):
        return json.loads(self.crictl(*arguments))

    def write(self, name, document):
        path = self.node.directory / name
        path.write_text(json.dumps(document))
        self.addCleanup(lambda: path.unlink(missing_ok=True))
        return path

    def pod_config(self):
        return self.write(
            "pod.json",
            {
                "metadata": {"name": "web", "namespace": "default", "uid": "uid-1", "attempt": 0},
                "log_directory": f"{self.node.directory}/logs/web",
                "linux": {},
            },
        )

    def container_config(self, *command):
        return self.write(
            "container.json",
            {
                "metadata": {"name": "main", "attempt": 0},
                "image": {"image": self.image},
                "command": command,
                "log_path": "main/0.log",
                "linux": {"resources": {"memory_limit_in_bytes": 64 << 20}},
            },
        )

    def state(self, container):
        return self.json("inspect", container)["status"]["state"]

    def setUp(self):
        super().setUp()
        self.addCleanup(
            lambda: subprocess.run(["rm", "-rf", f"{self.node.directory}/logs/web"], check=True)
        )

    def test_a_cdi_device_comes_with_its_edits_and_hook(self):
        specs = self.node.directory / "cdi"
        specs.mkdir(mode=0o755, exist_ok=True)
        self.addCleanup(lambda: shutil.rmtree(specs))
        # As GPUs have it: the hook finds the root by the state and the bundle's configuration.
        hook = (
            "import json, sys; bundle = json.load(sys.stdin)['bundle'];"
            "root = json.load(open(bundle + '/config.json'))['root']['path'];"
            "open(root + '/etc/cdi-hook', 'w').write('hooked\\n')"
        )
        spec = {
            "cdiVersion": "0.6.0",
            "kind": "vendor.com/class",
            "containerEdits": {
                "env": ["OF_ALL=1"],
                "hooks": [
                    {
                        "hookName": "createContainer",
                        "path": "/usr/bin/python3",
                        "args": ["python3", "-c", hook],
                        "env": ["LC_ALL=C"],
                        "timeout": 30,
                    }
                ],
            },
            "devices": [
                {
                    "name": "one",
                    "containerEdits": {"deviceNodes": [{"path": "/dev/cdi", "hostPath": "/dev/zero"}]},
                }
            ],
        }
        (specs / "vendor.json").write_text(json.dumps(spec))
        self.crictl("pull", self.image)
        pod_config = self.pod_config()
        pod = self.crictl("runp", pod_config).strip()
        config = self.container_config(
            "sh", "-c", "head -c 3 /dev/cdi | wc -c; echo $OF_ALL; cat /etc/cdi-hook"
        )
        document = json.loads(config.read_text())
        document["CDI_devices"] = [{"name": "vendor.com/class=two"}]
        config.write_text(json.dumps(document))
        refused = self.node.run([self.program, "create", pod, config, pod_config], None)
        self.assertIn("unresolvable CDI devices vendor.com/class=two", refused.stderr)
        document["CDI_devices"] = [{"name": "vendor.com/class=one"}]
        config.write_text(json.dumps(document))
        container = self.crictl("create", pod, config, pod_config).strip()
        self.crictl("start", container)
        wait_until(lambda: self.state(container) == "CONTAINER_EXITED", 10, "it ends")
        self.assertEqual(self.crictl("logs", container).split(), ["3", "1", "hooked"])
        self.crictl("rmp", "-f", pod)

    def test_life_of_a_pod(self):
        self.crictl("pull", self.image)
        pod_config = self.pod_config()
        pod = self.crictl("runp", pod_config).strip()
        container = self.crictl(
            "create", pod, self.container_config("sh", "-c", "echo hello; exec sleep 1000"),
            pod_config,
        ).strip()  # fmt: skip
        self.assertEqual(self.state(container), "CONTAINER_CREATED")
        self.crictl("start", container)
        self.assertEqual(self.state(container), "CONTAINER_RUNNING")
        self.check_lists(pod, container)
        out = self.crictl("exec", "--sync", container, "echo", "from inside")
        self.assertEqual(out.strip(), "from inside")  # crictl ends each stream with a newline
        wait_until(lambda: self.crictl("logs", container) == "hello\n", 10, "the log has its line")
        self.assertIn(container[:10], self.crictl("stats"))
        [stats] = self.json("stats", "-o", "json", container)["stats"]
        self.assertGreater(int(stats["memory"]["workingSetBytes"]["value"]), 0)
        self.crictl("update", "--memory", 32 << 20, container)
        resources = self.json("inspect", container)["status"]["resources"]["linux"]
        self.assertEqual(int(resources["memoryLimitInBytes"]), 32 << 20)
        self.crictl("stop", "--timeout", "0", container)
        self.assertEqual(self.state(container), "CONTAINER_EXITED")
        self.assertEqual(self.json("inspect", container)["status"]["exitCode"], 137)
        self.crictl("rm", container)
        self.crictl("stopp", pod)
        self.crictl("rmp", pod)
        self.assertEqual(self.json("pods", "-o", "json")["items"], [])

    def check_lists(self, pod, container):
        [listed] = self.json("ps", "-o", "json")["containers"]
        self.assertEqual((listed["id"], listed["podSandboxId"]), (container, pod))
        [listed] = self.json("pods", "-o", "json")["items"]
        self.assertEqual((listed["id"], listed["state"]), (pod, "SANDBOX_READY"))
        status = self.json("inspectp", pod)["status"]
        self.assertTrue(status["network"]["ip"].startswith(self.node.subnet))
        self.assertIn(container[:13], self.crictl("ps"))

    def test_images_come_and_go(self):
        self.crictl("pull", self.image)
        images = self.json("images", "-o", "json")["images"]
        self.assertIn(self.image, [tag for image in images for tag in image["repoTags"]])
        self.assertEqual(self.json("inspecti", self.image)["status"]["repoTags"], [self.image])
        self.json("imagefsinfo", "-o", "json")
        self.crictl("rmi", self.image)
        self.assertEqual(self.json("images", "-o", "json")["images"], [])
        wait_until(lambda: not self.layers(), SETTLE_S, "its layers are gone")
        self.crictl("pull", self.image)
        self.before = self.node.traces()  # the same layers under new numbers

    def layers(self):
        """What layers and roots left, but for the empty tree, number 0, that the store always has."""
        below = f"file {self.node.directory}/root/snapshots/"
        return [line for line in self.node.traces() if line.startswith(below) and not line.startswith(below + "0")]

    def test_rmp_with_force_ends_what_runs(self):
        pod_config = self.pod_config()
        pod = self.crictl("runp", pod_config).strip()
        container = self.crictl(
            "create", pod, self.container_config("sleep", "1000"), pod_config
        ).strip()
        self.crictl("start", container)
        self.crictl("rmp", "-f", pod)
        self.assertEqual(self.json("ps", "-a", "-o", "json")["containers"], [])

    def run_one(self, *command):
        pod_config = self.pod_config()
        pod = self.crictl("runp", pod_config).strip()
        container = self.crictl(
            "create", pod, self.container_config(*command), pod_config
        ).strip()  # fmt: skip
        self.crictl("start", container)
        return pod, container

    def test_stats_of_a_pod(self):
        pod, container = self.run_one("sleep", "1000")
        [stats] = self.json("statsp", "-o", "json", pod)["stats"]
        self.assertEqual(stats["attributes"]["id"], pod)
        figures = stats["linux"]
        self.assertGreater(int(figures["memory"]["workingSetBytes"]["value"]), 0)
        self.assertGreater(int(figures["cpu"]["usageCoreNanoSeconds"]["value"]), 0)
        self.assertEqual(figures["network"]["defaultInterface"]["name"], "eth0")
        self.assertGreaterEqual(int(figures["process"]["processCount"]["value"]), 2)
        self.assertEqual([c["attributes"]["id"] for c in figures["containers"]], [container])
        status = self.json("inspectp", pod)
        self.assertIn(pod[:10], self.crictl("statsp"))
        self.assertEqual(status["status"]["id"], pod)

    def test_metrics_of_a_pod(self):
        pod, container = self.run_one("sleep", "1000")
        descriptors = {
            one["name"]: len(one["labelKeys"])
            for one in self.json("metricdescs")["descriptors"]
        }  # fmt: skip
        [metrics] = self.json("metricsp")["podMetrics"]
        self.assertEqual(metrics["podSandboxId"], pod)
        [of_container] = metrics["containerMetrics"]
        self.assertEqual(of_container["containerId"], container)
        for one in metrics["metrics"] + of_container["metrics"]:
            self.assertEqual(len(one["labelValues"]), descriptors[one["name"]], one)
        named = {one["name"]: one for one in of_container["metrics"]}
        self.assertGreater(int(named["container_memory_working_set_bytes"]["value"]["value"]), 0)
        self.assertEqual(int(named["container_processes"]["value"]["value"]), 1)
        named = {one["name"] for one in metrics["metrics"]}
        self.assertIn("container_network_receive_bytes_total", named)

    def events(self):
        """(id, CREATED) of all events that have come."""
        text, found = (self.node.directory / "events.json").read_text(), []
        while text.strip():
            try:
                event, end = json.JSONDecoder().raw_decode(text.lstrip())
            except json.JSONDecodeError:
                break  # the rest has not been written yet
            text = text.lstrip()[end:]
            self.assertTrue(event["podSandboxStatus"]["id"])
            kind = event["containerEventType"].split("_")[1]
            found.append((event["containerId"], kind))
        return found

    def follow_events(self):
        path = self.node.directory / "events.json"
        self.addCleanup(path.unlink)
        with path.open("wb") as out:
            follower = subprocess.Popen(
                [self.program, "events", "-o", "json"],
                stdin=subprocess.DEVNULL,
                stdout=out,
                env=self.node.environment(),
            )
        self.addCleanup(lambda: (follower.kill(), follower.wait()))

        def heard():
            self.crictl("rmp", "-f", self.crictl("runp", self.pod_config()).strip())
            return self.events()

        wait_until(heard, SETTLE_S, "events are followed")

    def test_events_of_a_pod(self):
        self.follow_events()
        pod, container = self.run_one("true")
        wait_until(
            lambda: (container, "STOPPED") in self.events(), SETTLE_S, "the container has stopped"
        )
        self.crictl("rmp", "-f", pod)
        wait_until(lambda: (pod, "DELETED") in self.events(), SETTLE_S, "the pod is deleted")
        for one in (pod, container):
            kinds = [kind for id, kind in self.events() if id == one]
            self.assertEqual(kinds, ["CREATED", "STARTED", "STOPPED", "DELETED"])

    def test_version_and_info(self):
        self.assertIn("RuntimeName:  berth", self.crictl("version"))
        info = self.json("info")
        self.assertTrue(all(c["status"] for c in info["status"]["conditions"]))


if __name__ == "__main__":
    unittest.main()
