# SPDX-License-Identifier: Apache-2.0
"""What the attacks share: a daemon, a registry, and images and containers made for one attack.

    class LinksTest(AttackTest):
        def test_R1_CVE_2021_30465(self):
            image = self.image_of(Layer().symlink("data", "/"), User="app")
            self.assertEqual(self.outcome(image, "id", "-u"), "1000")

A host directory of the attacker's dreams is self.host: after each test it must be as it was.
"""

import pathlib, re, shutil, sys, tempfile

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "integration")]

import grpc  # noqa: E402
from cri import container_config, pod_config  # noqa: E402
from harness import wait_until  # noqa: E402
from pods import PodsTest  # noqa: E402

import busybox  # noqa: E402  (of tests/registry, as harness.py finds it)
from distribution import push  # noqa: E402
from image import image  # noqa: E402

SECRET = "what only the host may read\n"
EXIT_S = 60


class AttackTest(PodsTest):
    made = 0

    def setUp(self):
        super().setUp()
        self.host = pathlib.Path(tempfile.mkdtemp(prefix="berth-bait-"))
        self.addCleanup(shutil.rmtree, self.host)
        (self.host / "secret").write_text(SECRET)
        (self.host / "directory").mkdir()
        before = self.marks()
        # Last in, first out: seen after the attack, before the pods are removed.
        self.addCleanup(lambda: self.assertEqual(self.marks(), before, "the host was changed"))

    def marks(self):
        """Names, kinds, modes, owners and content of all there is in the host's directory."""
        marks = {}
        for path in (self.host, *sorted(self.host.rglob("*"))):
            info = path.lstat()
            content = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
            marks[str(path)] = (info.st_mode, info.st_uid, info.st_gid, content)
        mounts = pathlib.Path("/proc/self/mountinfo").read_text()
        return marks, [line for line in mounts.splitlines() if str(self.host) in line]

    @classmethod
    def next_name(cls):
        cls.made += 1
        return f"attack{cls.made}"

    def image_of(self, *layers, **config):
        """Pulled; busybox with more layers and another configuration."""
        finished = [layer if layer.blob else layer.gzip() for layer in layers]
        made = image(
            f"{self.next_name()}:latest", [busybox.layer(), *finished], {"Cmd": ["sh"], **config}
        )
        push(self.registry.address, made)
        reference = f"{self.registry.address}/{made.reference}"
        self.cri.call("PullImage", image={"image": reference})
        self.addCleanup(self.cri.call, "RemoveImage", image={"image": reference})
        return reference

    def pod(self, **more):
        config = pod_config(self.next_name(), log_directory=str(self.node.directory / "logs"), **more)
        return self.cri.call("RunPodSandbox", config=config).pod_sandbox_id

    def create(self, pod, image, *command, **more):
        name = self.next_name()
        config = container_config(name, image, *command, log_path=f"{name}.log", **more)
        return self.cri.call("CreateContainer", pod_sandbox_id=pod, config=config).container_id

    def start(self, image, *command, pod=None, **more):
        container = self.create(pod or self.pod(), image, *command, **more)
        self.cri.call("StartContainer", container_id=container)
        return container

    def outcome(self, image, *command, **more):
        """A container's whole output."""
        return self.output(self.start(image, *command, **more))

    def attempt(self, image, *command, **more):
        """The same of one that may be refused: then nothing."""
        try:
            return self.outcome(image, *command, **more)
        except grpc.RpcError:
            return ""

    def output(self, container):
        wait_until(lambda: self.status(container).state == 2, EXIT_S, "the container ends")
        lines = pathlib.Path(self.status(container).log_path).read_text(errors="replace").splitlines()
        return "\n".join(line.split(" ", 3)[3] for line in lines if line.count(" ") >= 3)

    def status(self, container):
        return self.cri.call("ContainerStatus", container_id=container).status

    def exec(self, container, *command, timeout=30):
        done = self.cri.call("ExecSync", container_id=container, cmd=list(command), timeout=timeout)
        return (done.stdout + done.stderr).decode(errors="replace").strip()

    def shell(self, container, script):
        return self.exec(container, "sh", "-c", script)

    def memory(self):
        """Bytes of the daemon that are resident."""
        status = pathlib.Path(f"/proc/{self.node.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) << 10

    def shim_of(self, container):
        """The process whose child the container is."""
        [pod] = [
            c.pod_sandbox_id for c in self.cri.call("ListContainers").containers if c.id == container
        ]
        for folder in pathlib.Path("/proc").iterdir():
            if folder.name.isdecimal():
                try:
                    if (folder / "cmdline").read_bytes() == f"berth-shim\0{pod}\0".encode():
                        return int(folder.name)
                except OSError:
                    pass  # it has ended
        raise AssertionError(f"no shim of pod {pod}")
