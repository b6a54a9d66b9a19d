# SPDX-License-Identifier: Apache-2.0
"""What the tests share that have Berth in the virtual machine as a user would.

    class SomeTest(InstalledTest):
        def test_something(self):
            self.start_container("one")
            self.machine.run(f"crictl exec {self.ids['one']} true")
"""

import json, pathlib, sys, time

sys.dont_write_bytecode = True
sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent)]

import image  # noqa: E402
from guest import PATIENCE, REPOSITORY, GuestTest, keep  # noqa: E402

SERVICE_S, CLIENT_S = 300, 300

REGISTRY = "127.0.0.1:5000"
IMAGE = f"{REGISTRY}/busybox:latest"
IMAGES = ("busybox", "multilayer")


def wait_until(condition, seconds, what):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds} s until {what}")
        time.sleep(0.5)  # between two polls


class InstalledTest(GuestTest):
    """Berth as deploy/install puts it, run by systemd, and a registry with IMAGES."""

    config = ""

    @classmethod
    def prepare(cls):
        """Before Berth is there."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.prepare()
        cls.machine.run(
            f"ln -s {image.CLIENTS_CACHE}/*/crictl /usr/local/bin"
            f" && {REPOSITORY}/deploy/install --cni"
            f" && sed -i 's/^timeout:.*/timeout: {CLIENT_S}/' /etc/crictl.yaml"
        )
        cls.write("/etc/berth/conf.d/test.toml", cls.config)
        cls.machine.run("systemctl enable --now berthd", SERVICE_S)
        cls.serve_images()
        names = " ".join(IMAGES)
        cls.machine.run(f"{REPOSITORY}/tests/registry/images.py push {REGISTRY} {names} && sync")
        cls.machine.run(f"crictl pull {IMAGE}")
        cls.pods, cls.ids = {}, {}
        cls.addClassCleanup(cls.keep_journal)

    @classmethod
    def keep_journal(cls):
        _, journal = cls.machine.execute("journalctl --no-pager -u berthd")
        keep(f"{cls.__name__}.journal", journal)

    @classmethod
    def serve_images(cls):
        serve = f"{REPOSITORY}/tests/registry/registry.py serve --dir /var/lib/images --port 5000"
        unit = f"systemd-run --quiet --unit=images -E BERTH_TEST_PATIENCE={PATIENCE}"
        cls.machine.run(f"{unit} {serve}")
        wait_until(
            lambda: cls.machine.execute(f"curl -sf http://{REGISTRY}/v2/")[0] == 0,
            SERVICE_S,
            "the registry serves",
        )

    @classmethod
    def boot_again(cls):
        cls.machine.boot()
        cls.machine.run(f"mount /dev/vdb {REPOSITORY}")
        cls.serve_images()
        wait_until(
            lambda: cls.machine.execute("systemctl is-active berthd")[0] == 0,
            SERVICE_S,
            "berthd is up",
        )

    @classmethod
    def write(cls, path, text):
        cls.machine.run(f"cat > {path} <<'END'\n{text}\nEND")

    def json(self, command):
        return json.loads(self.machine.run(command))

    def requests(self, name, cgroup_parent=""):
        """Of a pod, and of a container in it."""
        pod = {
            "metadata": {"name": name, "namespace": "default", "uid": name, "attempt": 0},
            "log_directory": "/var/log/test",
            "linux": {"cgroup_parent": cgroup_parent},
        }
        container = {
            "metadata": {"name": name},
            "image": {"image": IMAGE},
            "command": ["sleep", "100000"],
            "log_path": f"{name}.log",
            "linux": {"resources": {"memory_limit_in_bytes": 64 << 20}},
        }
        return pod, container

    def write_requests(self, pod, container):
        self.write("/tmp/pod.json", json.dumps(pod))
        self.write("/tmp/container.json", json.dumps(container))

    def start_container(self, name, cgroup_parent=""):
        self.start_requested(name, *self.requests(name, cgroup_parent))

    def start_requested(self, name, pod, container):
        self.write_requests(pod, container)
        # Where no parent is given, there is a warning before it.
        self.pods[name] = self.machine.run("crictl runp /tmp/pod.json").split()[-1]
        self.start_in_pod(name, name)

    def start_in_pod(self, name, of):
        """What the last requests are, in the pod of the container `of`."""
        created = self.machine.run(
            f"crictl create {self.pods[of]} /tmp/container.json /tmp/pod.json"
        )
        self.ids[name] = created.split()[-1]
        self.machine.run(f"crictl start {self.ids[name]}")

    def refusal(self, cgroup_parent):
        """What is said of a pod that is not started."""
        self.write_requests(*self.requests("refused", cgroup_parent))
        code, output = self.machine.execute("crictl runp /tmp/pod.json")
        self.assertNotEqual(code, 0)
        return output
