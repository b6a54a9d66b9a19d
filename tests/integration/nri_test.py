#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A plugin of NRI, built on the library that plugins are built on, and started by the daemon."""

import base64, os, pathlib, shutil, subprocess, sys, unittest

sys.dont_write_bytecode = True
sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent)]

from cri import Cri, container_config, grpc, pod_config  # noqa: E402
from harness import HERE, SETTLE_S, NodeTest, binaries, wait_until  # noqa: E402

SOURCE = HERE.parent / "clients/nri-plugin"
CACHE = pathlib.Path(os.environ.get("BERTH_TEST_CACHE", "/var/cache/berth-tests"))


def build_plugin():
    """Its path. The real clients come first: with them comes a Go that is new enough."""
    subprocess.run([HERE.parent / "clients/build"], check=True, stdout=subprocess.DEVNULL)
    path = f"{CACHE}/go/bin:{os.environ['PATH']}"
    program = CACHE / "nri-plugin"
    subprocess.run(
        [shutil.which("go", path=path), "build", "-trimpath", "-o", program, "."],
        check=True,
        cwd=SOURCE,
        env={**os.environ, "PATH": path},
    )
    return program


class NriTest(NodeTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        plugins = cls.node.directory / "nri/plugins"
        plugins.mkdir(parents=True)
        shutil.copy(build_plugin(), plugins / "10-test")
        (plugins / "10-test").chmod(0o755)
        (cls.node.directory / "nri/test.conf").write_text("configured\n")

    def setUp(self):
        self.node.terminate()
        self.node.start()  # and with it a plugin that is there and well
        super().setUp()
        self.logged = len(self.node.log)

    def log(self):
        return self.node.log[self.logged :]

    def run_with(self, wish, *command, code=0):
        return self.node.run(
            [binaries() / "berth", "run", "--rm", "--name", "wisher", "-e", f"NRI_WISH={wish}", self.image]
            + list(command),
            code,
        )

    def test_a_container_is_what_the_plugin_makes_of_it(self):
        said = self.run_with(
            "all",
            "sh",
            "-c",
            'echo "$FROM_NRI,$NRI_WISH,$(ulimit -n),$(ulimit -Hn),$(cat /proc/self/oom_score_adj)"'
            "; head -c 3 /dev/nri-zero | wc -c; test -e /host-etc/passwd && echo mounted"
            "; touch /host-etc/x 2>/dev/null || echo read-only",
        ).stdout.split()
        self.assertEqual(said, ["configured,,66,77,321", "3", "mounted", "read-only"])

    def test_the_plugin_is_told_of_the_end(self):
        self.run_with("nothing", "false", code=1)
        for event in ("stopped: wisher", "removed: wisher"):
            wait_until(lambda: event in self.log(), SETTLE_S, f"the plugin says {event}")

    def test_what_cannot_be_done_fails_the_container_and_leaves_nothing(self):
        for wish, words in (
            ("hooks", "the adjustment of NRI plugin 10-test: hooks.poststop is not supported"),
            ("refuse", "NRI plugin 10-test refuses CreateContainer: not on this node"),
        ):
            done = self.run_with(wish, "true", code=None)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn(words, done.stderr)
            self.assertEqual(self.node.berth("ps", "-a", "-q"), "")

    def test_a_plugin_that_hangs_or_dies_is_asked_no_more(self):
        for wish in ("hang", "die"):
            self.node.terminate()
            self.node.start()
            self.logged = len(self.node.log)
            self.run_with(wish, "true")
            self.assertIn("an NRI plugin fails and is asked no more", self.log())
            self.assertEqual(self.run_with("all", "sh", "-c", "echo $NRI_WISH").stdout, "all\n")

    def patient(self):
        """Plugins may take as long as they like, in this test."""
        path = self.node.directory / "berth.toml"
        text = path.read_text()
        patient = text.replace('request_timeout = "1s"', 'request_timeout = "50s"')
        self.assertNotEqual(patient, text)
        path.write_text(patient)
        self.addCleanup(path.write_text, text)
        self.node.terminate()
        self.node.start()

    def test_a_start_that_hangs_ends_when_the_container_does(self):
        self.patient()
        wish = [{"key": "NRI_WISH", "value": base64.b64encode(b"hang at start").decode()}]
        with Cri(self.node.endpoint) as cri:
            config = pod_config("hanging")
            pod = cri.call("RunPodSandbox", config=config).pod_sandbox_id
            for end in ("StopContainer", "RemoveContainer", "StopPodSandbox"):
                self.logged = len(self.node.log)
                container = cri.call(
                    "CreateContainer", pod_sandbox_id=pod, sandbox_config=config,
                    config=container_config(end, self.image, "sleep", "1000", envs=wish),
                ).container_id  # fmt: skip
                start = cri.send("StartContainer", container_id=container)
                wait_until(lambda: f"starts: {end}" in self.log(), SETTLE_S, "the plugin is asked")
                which = {"pod_sandbox_id": pod} if end == "StopPodSandbox" else {"container_id": container}
                cri.call(end, deadline=10, **which)
                self.assertEqual(start.exception(10).code(), grpc.StatusCode.ABORTED)
            self.assertNotIn("is asked no more", self.log())

    def test_what_is_there_is_told_to_a_plugin_that_joins(self):
        self.node.berth("run", "-d", "--name", "resident", self.image, "sleep", "1000")
        self.node.kill()
        self.logged = len(self.node.log)
        self.node.start()
        wait_until(
            lambda: "synchronized: 1 pods, 1 containers" in self.log(),
            SETTLE_S,
            "the plugin knows of the container",
        )


if __name__ == "__main__":
    unittest.main()
