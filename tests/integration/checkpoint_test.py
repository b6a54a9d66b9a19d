#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Containers are saved and restored by the real CRIU: BERTH_CRIU, or what tests/clients/criu has."""

import json, os, pathlib, secrets, shutil, stat, subprocess, sys, tarfile, unittest

sys.dont_write_bytecode = True
sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent)]

from cri import Cri, container_config, grpc, pod_config  # noqa: E402
from harness import NodeTest, clients, wait_until  # noqa: E402

COUNT = "touch /etc/new; rm /bin/ls; i=0; while :; do i=$((i+1)); echo $i; sleep 0.05; done"

OWN_PIDS = {"namespace_options": {"pid": 1}}
# Waits before its work for who opens the gate, where there is one.
GATED_CRIU = """#!/bin/sh
[ -e {directory}/gate ] && touch {directory}/at-gate && cat {directory}/gate
exec {criu} "$@"
"""


class CriuTest(NodeTest):
    criu = None  # the real one

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.crictl_program = clients("build")[0]
        cls.use(cls.criu or os.environ.get("BERTH_CRIU") or clients("criu")[0])

    @classmethod
    def use(cls, criu):
        """What a first checkpoint makes is there already, and no leak."""
        program = cls.node.directory / "criu"
        program.write_text(GATED_CRIU.format(directory=cls.node.directory, criu=criu))
        program.chmod(0o755)
        cls.node.write_config(f'[checkpoint]\ncriu = "{cls.criu or program}"\n')
        key = cls.node.directory / "root/checkpoint.key"
        key.write_text(secrets.token_hex(32))
        key.chmod(0o600)
        cls.node.terminate()
        cls.node.start()

    def setUp(self):
        super().setUp()
        self.archive = self.node.directory / "archive.tar"
        self.addCleanup(lambda: self.archive.unlink(missing_ok=True))

    def crictl(self, *arguments, code=0):
        done = self.node.run([self.crictl_program, "-t", "60s", *arguments], code)
        return done.stdout.strip() if code == 0 else done.stderr

    def write(self, name, document):
        path = self.node.directory / name
        path.write_text(json.dumps(document))
        self.addCleanup(lambda: path.unlink(missing_ok=True))
        return path

    def pod(self, name, namespace="team"):
        logs = f"{self.node.directory}/logs/{name}"
        self.addCleanup(lambda: shutil.rmtree(logs, ignore_errors=True))
        config = self.write(
            f"{name}.json",
            {
                "metadata": {"name": name, "namespace": namespace, "uid": name, "attempt": 0},
                "log_directory": logs,
                "linux": {"security_context": OWN_PIDS},
            },
        )
        return self.crictl("runp", config), config

    def create(self, pod, image, code=0, security={}, resources={}, **more):
        config = self.write(
            "container.json",
            {
                "metadata": {"name": "main", "attempt": 0},
                "image": {"image": str(image)},
                "command": ["sh", "-c", COUNT],
                "log_path": "main.log",
                "linux": {"security_context": OWN_PIDS | security, "resources": resources},
                **more,
            },
        )
        return self.crictl("create", pod[0], config, pod[1], code=code)

    def start(self, pod, image, **more):
        container = self.create(pod, image, **more)
        self.crictl("start", container)
        return container

    def numbers(self, pod_name, container_name="main"):
        log = self.node.directory / "logs" / pod_name / f"{container_name}.log"
        lines = log.read_text().splitlines() if log.exists() else []
        return [int(line.split()[-1]) for line in lines if " F " in line]

    def counts_on(self, pod_name, container_name="main"):
        before = len(self.numbers(pod_name, container_name))
        wait_until(
            lambda: len(self.numbers(pod_name, container_name)) > before + 2,
            10,
            f"{pod_name}/{container_name} counts on from {before}",
        )

    def save(self, container):
        self.crictl("checkpoint", f"--export={self.archive}", container)

    def inside(self, container, script):
        return self.crictl("exec", "--sync", container, "sh", "-c", script)


class SaveTest(CriuTest):
    def test_a_container_is_saved_and_runs_on(self):
        pod = self.pod("first")
        container = self.start(pod, self.image)
        self.counts_on("first")
        self.save(container)
        self.counts_on("first")
        self.assertEqual(stat.S_IMODE(self.archive.stat().st_mode), 0o600)
        self.check_archive()
        again = self.node.berth_error("checkpoint", "--export", self.archive, "main")
        self.assertIn("exists", again)

    def check_archive(self):
        with tarfile.open(self.archive) as archive:
            names = archive.getnames()
            for name in ("checkpoint/inventory.img", "checkpoint/pages-1.img", "dump.log",
                         "stats-dump", "berth.signature"):  # fmt: skip
                self.assertIn(name, names)
            text = {name: archive.extractfile(name).read() for name in
                    ("config.dump", "spec.dump", "deleted.files")}  # fmt: skip
            with tarfile.open(fileobj=archive.extractfile("rootfs-diff.tar")) as diff:
                self.assertIn("etc/new", diff.getnames())
                self.assertIn("bin/.wh.ls", diff.getnames())
        config = json.loads(text["config.dump"])
        self.assertEqual(config["name"], "main")
        self.assertEqual(config["rootfsImageName"], self.image)
        spec = json.loads(text["spec.dump"])
        self.assertEqual(spec["annotations"]["io.kubernetes.cri.container-name"], "main")
        self.assertEqual(spec["process"]["args"][:2], ["sh", "-c"])
        self.assertIn("/bin/ls", json.loads(text["deleted.files"]))

    def test_what_cannot_be_saved_is_named(self):
        self.node.berth("run", "-d", "-t", "--name", "terminal", self.image, "sleep", "1000")
        error = self.node.berth_error("checkpoint", "-e", self.archive, "terminal")
        self.assertIn("terminal", error)
        error = self.node.berth_error("checkpoint", "-e", self.archive, "nobody")
        self.assertIn("No such container", error)
        self.start(self.pod("first"), self.image)
        error = self.node.berth_error("checkpoint", "-e", "/nowhere/a.tar", "main")
        self.assertIn("location", error)
        self.assertFalse(self.archive.exists())

    def test_a_pod_is_saved_whole(self):
        self.node.berth("run", "-d", "--name", "first", self.image, "sh", "-c", COUNT)
        self.node.berth("run", "-d", "--pod", "first", "--name", "second",
                        self.image, "sh", "-c", COUNT)  # fmt: skip
        out = self.node.directory / "pod-checkpoint"
        out.mkdir()
        self.addCleanup(lambda: shutil.rmtree(out))
        self.node.berth("checkpoint", "--type", "pod", "-e", out, "first")
        names = sorted(path.name for path in out.iterdir())
        self.assertEqual(names, ["first.tar", "pod.options", "second.tar"])
        for name in ("first", "first/second"):
            before = self.node.berth("logs", name)
            wait_until(lambda: self.node.berth("logs", name) != before, 10, f"{name} counts on")


class RestoreTest(CriuTest):
    """By crictl: an archive is the image of a container in another pod."""

    def test_a_counter_goes_on_in_another_pod(self):
        first = self.pod("first")
        container = self.start(first, self.image)
        self.counts_on("first")
        mounts = self.mounts(container)
        before = self.numbers("first")[-1]
        self.save(container)
        saved = self.numbers("first")[-1]
        self.crictl("rmp", "-f", first[0])

        second = self.pod("second")
        self.check_refusals(second)
        restored = self.create(second, self.archive)
        self.assertEqual(self.numbers("second"), [])
        self.crictl("start", restored)
        self.counts_on("second")
        numbers = self.numbers("second")
        self.assertEqual(numbers, list(range(numbers[0], numbers[0] + len(numbers))))
        self.assertTrue(before < numbers[0] <= saved + 1, (before, numbers[0], saved))
        self.check_inside(restored)
        self.assertEqual(self.mounts(restored), mounts)
        self.crictl("stop", "-t", "0", restored)
        status = json.loads(self.crictl("inspect", restored))["status"]
        self.assertEqual((status["state"], status["exitCode"]), ("CONTAINER_EXITED", 137))
        self.assertEqual(os.listdir(self.node.directory / "root/restores"), [])

    def check_inside(self, container):
        script = "test -e /etc/new && ! test -e /bin/ls && cat /proc/1/cgroup"
        out = self.inside(container, script).split()
        self.assertEqual([line for line in out if not line.endswith(":/")], [])
        for name in ("net", "ipc", "uts", "pid", "mnt", "cgroup"):
            script = f"readlink /proc/1/ns/{name}; readlink /proc/self/ns/{name}"
            of_first, of_exec = self.inside(container, script).split()
            self.assertEqual(of_first, of_exec)

    def mounts(self, container):
        """Each with what it forbids; CRIU gives no flags to a second bind of one device."""
        table = self.crictl("exec", "--sync", container, "cat", "/proc/mounts").splitlines()
        forbids = {"ro", "nosuid", "nodev", "noexec"}
        lines = [line.split() for line in table]
        return sorted(
            (place, sorted(forbids & set(options.split(","))))
            for _, place, kind, options, *_ in lines
            if kind != "devtmpfs"
        )

    def check_refusals(self, pod):
        for path in ("/etc/passwd", "/nowhere/at/all", "/dev/null", "/"):
            error = self.create(pod, path, code=1)
            self.assertIn(f"image {path}: there is no checkpoint of this node", error)
        more = {"capabilities": {"add_capabilities": ["SYS_ADMIN"]}}
        error = self.create(pod, self.archive, security=more, code=1)
        self.assertIn("the saved container and the request differ in capabilities", error)
        elsewhere = self.pod("elsewhere", "another")
        self.assertIn(
            "another Kubernetes namespace", self.create(elsewhere, self.archive, code=1)
        )
        forged = self.node.directory / "forged.tar"
        self.addCleanup(lambda: forged.unlink(missing_ok=True))
        content = bytearray(self.archive.read_bytes())
        content[len(content) // 2] ^= 1
        forged.write_bytes(content)
        self.assertIn("there is no checkpoint", self.create(pod, forged, code=1))
        self.assertEqual(self.crictl("ps", "-a", "-q", "--pod", pod[0]), "")

    def volume(self, name):
        path = self.node.directory / name
        path.mkdir()
        self.addCleanup(lambda: shutil.rmtree(path))
        (path / "who").write_text(name)
        return [{"host_path": str(path), "container_path": "/data"}]

    def device(self):
        specs = self.node.directory / "cdi"
        specs.mkdir(mode=0o755, exist_ok=True)
        self.addCleanup(lambda: shutil.rmtree(specs))
        node = {"path": "/dev/cdi", "hostPath": "/dev/zero"}
        device = {"name": "one", "containerEdits": {"deviceNodes": [node]}}
        spec = {"cdiVersion": "0.6.0", "kind": "vendor.com/class", "devices": [device]}
        (specs / "vendor.json").write_text(json.dumps(spec))
        return {"cdi.k8s.io/test": "vendor.com/class=one"}

    def test_all_but_its_processes_is_the_new_requests(self):
        device = self.device()
        first = self.pod("first")
        container = self.start(
            first, self.image, mounts=self.volume("old"), annotations=device | {"of": "old"},
            labels={"old": "1"}, resources={"oom_score_adj": -500, "memory_limit_in_bytes": 64 << 20},
        )  # fmt: skip
        self.counts_on("first")
        self.save(container)
        self.crictl("rmp", "-f", first[0])

        second = self.pod("second")
        wanted = {"mounts": self.volume("new"), "labels": {"new": "1"},
                  "resources": {"oom_score_adj": 321, "memory_limit_in_bytes": 48 << 20}}  # fmt: skip
        for annotations in ({}, {"of": "new"}):
            error = self.create(second, self.archive, code=1, annotations=annotations, **wanted)
            self.assertIn("the saved container and the request differ in devices", error)
        annotations = device | {"of": "new"}
        restored = self.start(second, self.archive, annotations=annotations, **wanted)
        self.counts_on("second")
        status = json.loads(self.crictl("inspect", restored))["status"]
        self.assertEqual(status["annotations"], annotations)
        self.assertEqual(status["labels"], {"new": "1"})
        memory = status["resources"]["linux"]["memoryLimitInBytes"]
        self.assertEqual(int(memory), 48 << 20)
        script = "cat /data/who; echo; cat /proc/1/oom_score_adj; head -c 3 /dev/cdi | wc -c"
        self.assertEqual(self.inside(restored, script).split(), ["new", "321", "3"])


class RestorePodTest(CriuTest):
    """By the calls of the CRI themselves: no command line asks for it."""

    def setUp(self):
        super().setUp()
        self.cri = Cri(self.node.endpoint)
        self.addCleanup(self.cri.channel.close)
        self.saved = self.node.directory / "pod-checkpoint"
        self.saved.mkdir()
        self.addCleanup(lambda: shutil.rmtree(self.saved))

    def config(self, name):
        logs = f"{self.node.directory}/logs/{name}"
        self.addCleanup(lambda: shutil.rmtree(logs, ignore_errors=True))
        return pod_config(name, log_directory=logs)

    def containers(self, **more):
        return [
            container_config(
                name, self.image, "sh", "-c", COUNT, log_path=f"{name}.log",
                linux={"security_context": OWN_PIDS}, envs=[{"key": "A", "value": "MQ=="}], **more,
            )
            for name in ("one", "two")
        ]  # fmt: skip

    def count(self, pod_name, ids):
        for container in ids.values():
            self.cri.call("StartContainer", container_id=container)
        for name in ids:
            self.counts_on(pod_name, name)

    def save_pod(self):
        """The last number of each container ahead of the save, and the last of all."""
        config = self.config("first")
        pod = self.cri.call("RunPodSandbox", config=config).pod_sandbox_id
        ids = {
            one["metadata"]["name"]: self.cri.call(
                "CreateContainer", pod_sandbox_id=pod, config=one, sandbox_config=config
            ).container_id
            for one in self.containers()
        }
        self.count("first", ids)
        before = {name: self.numbers("first", name)[-1] for name in ids}
        self.cri.call(
            "CheckpointPod", pod_sandbox_id=pod, output_path=str(self.saved),
            container_ids=list(ids.values()),
        )  # fmt: skip
        self.cri.call("RemovePodSandbox", pod_sandbox_id=pod)
        return before, {name: self.numbers("first", name)[-1] for name in ids}

    def restore(self, config, containers):
        return self.cri.call(
            "RestorePod", checkpoint_path=str(self.saved), config=config, container_configs=containers
        )

    def check_refused(self, config, containers, code, text):
        with self.assertRaises(grpc.RpcError) as caught:
            self.restore(config, containers)
        self.assertEqual(caught.exception.code(), code, caught.exception.details())
        self.assertIn(text, caught.exception.details())
        self.assertEqual(len(self.cri.call("ListPodSandbox").items), 0)
        self.assertEqual(len(self.cri.call("ListContainers").containers), 0)
        for name in ("checkpoints", "restores"):
            self.assertEqual(os.listdir(self.node.directory / "root" / name), [])

    def check_refusals(self, config):
        good = self.containers()
        invalid, failed = grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.FAILED_PRECONDITION
        self.check_refused(config, good[:1], invalid, "two of the checkpoint is missing")
        self.check_refused(config, good + good[:1], invalid, "one is not in the checkpoint, or comes twice")
        for part, change in (
            ("command", {"command": ["sh", "-c", "id"]}),
            ("environment", {"envs": []}),
            ("user", {"linux": {"security_context": OWN_PIDS | {"run_as_user": {"value": 7}}}}),
        ):
            self.check_refused(config, [good[0], good[1] | change], failed, f"differ in {part}")
        swapped = json.loads((self.saved / "pod.options").read_text())
        whole = json.dumps(swapped)
        swapped["containers"] = {"one": "two.tar", "two": "one.tar"}
        (self.saved / "pod.options").write_text(json.dumps(swapped))
        self.check_refused(config, good, failed, "differ in name")
        (self.saved / "pod.options").write_text(whole)
        elsewhere = config | {"metadata": config["metadata"] | {"namespace": "another"}}
        denied = grpc.StatusCode.PERMISSION_DENIED
        self.check_refused(elsewhere, good, denied, "another Kubernetes namespace")

    def test_a_pod_goes_on_as_a_new_one(self):
        counted, saved = self.save_pod()
        config = self.config("second")
        self.check_refusals(config)
        before = sorted(path.name for path in self.saved.iterdir())
        answer = self.restore(config, self.containers(labels={"new": "1"}))
        ids = {one.name: one.container_id for one in answer.restored_containers}
        self.assertEqual(sorted(ids), ["one", "two"])
        self.assertEqual(sorted(path.name for path in self.saved.iterdir()), before)
        pod = self.cri.call("PodSandboxStatus", pod_sandbox_id=answer.pod_sandbox_id).status
        self.assertEqual((pod.metadata.name, pod.state), ("second", 0))
        for container in self.cri.call("ListContainers").containers:
            self.assertEqual((container.state, dict(container.labels)), (0, {"new": "1"}))
            self.assertEqual(container.pod_sandbox_id, answer.pod_sandbox_id)
        self.count("second", ids)
        for name in ids:
            numbers = self.numbers("second", name)
            self.assertEqual(numbers, list(range(numbers[0], numbers[0] + len(numbers))))
            bounds = (counted[name], numbers[0], saved[name])
            self.assertTrue(counted[name] < numbers[0] <= saved[name] + 1, bounds)
        with self.assertRaises(grpc.RpcError) as caught:
            self.restore(config, self.containers())
        self.assertEqual(caught.exception.code(), grpc.StatusCode.ALREADY_EXISTS, "of that name is one")
        running = self.cri.call("ListContainers").containers  # and nothing of it was undone
        self.assertEqual(sorted(one.id for one in running), sorted(ids.values()))


class CrashTest(CriuTest):
    """The daemon is killed while CRIU is at work."""

    def setUp(self):
        super().setUp()
        self.gate = self.node.directory / "gate"
        self.at_gate = self.node.directory / "at-gate"
        for path in (self.gate, self.at_gate):
            self.addCleanup(lambda path=path: path.unlink(missing_ok=True))

    def killed_at_the_gate(self, *command):
        """Of a client whose daemon is killed when CRIU is about to work."""
        os.mkfifo(self.gate)
        client = subprocess.Popen(
            [self.crictl_program, "-t", "60s", *map(str, command)],
            env=self.node.environment(), stderr=subprocess.DEVNULL,
        )  # fmt: skip
        wait_until(self.at_gate.exists, 10, "CRIU is started")
        self.node.kill()
        self.assertNotEqual(client.wait(60), 0)

    def open_gate(self):
        self.gate.write_bytes(b"")

    def check_nothing_is_left(self):
        self.assertFalse(self.archive.exists())
        for name in ("checkpoints", "restores"):
            wait_until(
                lambda: not os.listdir(self.node.directory / "root" / name), 10, f"no {name} are left"
            )

    def test_a_save_that_ends_without_its_daemon(self):
        container = self.start(self.pod("first"), self.image)
        self.counts_on("first")
        self.killed_at_the_gate("checkpoint", f"--export={self.archive}", container)
        self.open_gate()  # CRIU saves it now, and freezes again what was frozen
        self.node.start()
        self.counts_on("first")
        self.check_nothing_is_left()
        self.gate.unlink()
        self.save(container)
        self.counts_on("first")

    def test_a_save_that_hangs_without_its_daemon(self):
        container = self.start(self.pod("first"), self.image)
        self.counts_on("first")
        self.killed_at_the_gate("checkpoint", f"--export={self.archive}", container)
        self.node.start()
        self.assertIn("a program of an earlier daemon is still at work", self.node.log)
        self.counts_on("first")
        self.check_nothing_is_left()

    def test_a_restore_that_ends_without_its_daemon(self):
        first = self.pod("first")
        container = self.start(first, self.image)
        self.counts_on("first")
        self.save(container)
        self.crictl("rmp", "-f", first[0])
        second = self.pod("second")
        restored = self.create(second, self.archive, resources={"oom_score_adj": 321})
        self.killed_at_the_gate("start", restored)
        self.node.start()
        self.open_gate()
        self.counts_on("second")
        self.archive.unlink()
        self.check_nothing_is_left()
        self.assertEqual(self.inside(restored, "cat /proc/1/oom_score_adj").split(), ["321"])


class WithoutCriuTest(CriuTest):
    criu = "/nowhere/criu"

    def test_it_is_said_by_name_and_nothing_happens(self):
        self.start(self.pod("first"), self.image)
        self.counts_on("first")
        error = self.node.berth_error("checkpoint", "-e", self.archive, "main")
        self.assertIn("criu is not installed: there is no /nowhere/criu", error)
        self.assertFalse(self.archive.exists())
        self.counts_on("first")


if __name__ == "__main__":
    unittest.main()
