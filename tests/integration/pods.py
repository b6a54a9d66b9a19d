# SPDX-License-Identifier: Apache-2.0
"""Pods that a test makes by CRI's own calls."""

import json, os, signal

from cri import Cri, container_config, pod_config
from harness import NodeTest


class PodsTest(NodeTest):
    def setUp(self):
        super().setUp()
        self.connect()

    def connect(self):
        self.cri = Cri(self.node.endpoint)
        self.addCleanup(self.cri.channel.close)

    def crash(self):
        """The daemon is killed, and a new one serves."""
        self.node.kill()
        self.node.start()
        self.connect()

    def pod_config(self, name):
        """Its logs are the kubelet's to remove: they lie where the daemon's traces are not sought."""
        return pod_config(name, log_directory=str(self.node.directory / "pod-logs" / name))

    def run_pod(self, name, *command, containers=1):
        """A pod and its containers, as ids; they sleep, if nothing is said."""
        command = command or ("sleep", "1000")
        config = self.pod_config(name)
        pod = self.cri.call("RunPodSandbox", config=config).pod_sandbox_id
        return pod, [self.run_container(pod, config, f"c{i}", *command) for i in range(containers)]

    def run_container(self, pod, config, name, *command):
        container = self.cri.call(
            "CreateContainer", pod_sandbox_id=pod, sandbox_config=config,
            config=container_config(name, self.image, *command, log_path=f"{name}.log"),
        ).container_id  # fmt: skip
        self.cri.call("StartContainer", container_id=container)
        return container

    def shim_of(self, pod):
        status = self.cri.call("PodSandboxStatus", pod_sandbox_id=pod, verbose=True)
        return json.loads(status.info["info"])["pid"]

    def stop_shim(self, pod):
        """As one that hangs. Its end is by SIGKILL."""
        os.kill(self.shim_of(pod), signal.SIGSTOP)
