#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Many clients at once, clients that give up, a daemon that is killed meanwhile, and parts that hang."""

import concurrent.futures, os, pathlib, resource, signal, socket, sys, threading, time, unittest

sys.dont_write_bytecode = True
sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent)]

import grpc  # noqa: E402
from cri import Cri, container_config  # noqa: E402
from harness import SETTLE_S, wait_until  # noqa: E402
from distribution import push  # noqa: E402
from images import make  # noqa: E402
from pods import PodsTest  # noqa: E402
from registry import Registry  # noqa: E402

CLIENTS, PODS_OF_CLIENT = 10, 5
KILLS, KILL_PERIOD_S = 4, 1.5
PULLS = 20
PROMPT_S = 8  # in which what is quick is done, however busy the machine
DEADLINE_EXCEEDED = grpc.StatusCode.DEADLINE_EXCEEDED


def code_of(call):
    try:
        call()
    except grpc.RpcError as error:
        return error.code()
    return grpc.StatusCode.OK


class Stubborn:
    """A client that repeats what it has no answer to, as a kubelet does."""

    def __init__(self, endpoint, patience_s=120):
        self.cri, self.until = Cri(endpoint), time.monotonic() + patience_s

    def call(self, name, deadline=30, **fields):
        while True:
            try:
                return self.cri.call(name, deadline, **fields)
            except grpc.RpcError as error:
                unanswered = error.code() in (grpc.StatusCode.UNAVAILABLE, DEADLINE_EXCEEDED)
                if not unanswered or time.monotonic() > self.until:
                    raise
                time.sleep(0.02)  # between two polls

    def make(self, name, found, **fields):
        """The id of what it makes, or of what a call without an answer has made: a kubelet finds that in the lists."""
        try:
            answer = self.call(name, **fields)
        except grpc.RpcError as error:
            if error.code() != grpc.StatusCode.ALREADY_EXISTS:
                raise
            [made] = found()
            return made.id
        return answer.pod_sandbox_id if name == "RunPodSandbox" else answer.container_id

    def pods(self, name):
        return [pod for pod in self.call("ListPodSandbox").items if pod.metadata.name == name]

    def containers(self, pod):
        return self.call("ListContainers", filter={"pod_sandbox_id": pod}).containers

    def start(self, container):
        """Not to be repeated blindly: it may have been heard."""
        while self.state(container) == "CONTAINER_CREATED":
            try:
                self.cri.call("StartContainer", 30, container_id=container)
            except grpc.RpcError:
                if time.monotonic() > self.until:
                    raise
                time.sleep(0.02)  # between two polls

    def state(self, container):
        status = self.call("ContainerStatus", container_id=container).status
        return type(status).DESCRIPTOR.fields_by_name["state"].enum_type.values_by_number[status.state].name


class ManyClientsTest(PodsTest):
    def test_pods_live_and_end_while_the_daemon_is_killed_again_and_again(self):
        with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
            lives = [pool.submit(self.live, number) for number in range(CLIENTS)]
            for _ in range(KILLS):
                concurrent.futures.wait(lives, KILL_PERIOD_S)
                self.crash()
            said = [line for life in lives for line in life.result()]
        self.assertEqual(sorted(said), sorted(f"{i}-{j}" for i in range(CLIENTS) for j in range(PODS_OF_CLIENT)))
        self.assertFalse(self.cri.call("ListPodSandbox").items)
        self.assertFalse(self.cri.call("ListContainers").containers)

    def live(self, number):
        """The pods of one client, from their start to their removal; what was said in each."""
        client, said = Stubborn(self.node.endpoint), []
        for each in range(PODS_OF_CLIENT):
            name = f"{number}-{each}"
            config = self.pod_config(name)
            pod = client.make("RunPodSandbox", lambda: client.pods(name), config=config)
            container = client.make(
                "CreateContainer", lambda: client.containers(pod), pod_sandbox_id=pod, sandbox_config=config,
                config=container_config("main", self.image, "sleep", "1000", log_path="main.log"),
            )  # fmt: skip
            client.start(container)
            self.assertIn(pod, [item.id for item in client.call("ListPodSandbox").items])
            done = client.call("ExecSync", container_id=container, cmd=["echo", "-n", name])
            said.append(done.stdout.decode())
            client.call("StopContainer", container_id=container)
            client.call("StopPodSandbox", pod_sandbox_id=pod)
            client.call("RemovePodSandbox", pod_sandbox_id=pod)
        client.cri.channel.close()
        return said


class DescriptorsTest(PodsTest):
    def test_clients_are_taken_again_once_there_are_descriptors(self):
        daemon = self.node.process.pid
        limits = resource.prlimit(daemon, resource.RLIMIT_NOFILE)
        used = {int(name) for name in os.listdir(f"/proc/{daemon}/fd")}
        ninth = [number for number in range(max(used) + 10) if number not in used][8]
        resource.prlimit(daemon, resource.RLIMIT_NOFILE, (ninth + 1, limits[1]))
        docker = self.node.directory / "state/docker.sock"
        for path in (self.node.socket, docker):
            idle = []
            for _ in range(32):
                idle.append(socket.socket(socket.AF_UNIX))
                idle[-1].connect(str(path))
            said = f'no client can be taken until there are descriptors and memory again" socket={path}'
            wait_until(lambda: said in self.node.log, SETTLE_S, f"a want of descriptors at {path}")
            for client in idle:
                client.close()
        resource.prlimit(daemon, resource.RLIMIT_NOFILE, limits)
        self.assertTrue(Cri(self.node.endpoint).call("Version").runtime_name)
        self.assertTrue(self.node.run(["docker", "-H", f"unix://{docker}", "version"]))


class GivingUpTest(PodsTest):
    images = ("busybox", "multilayer", "many")

    def give_up_and_repeat(self, name, seconds, find=lambda: None, **fields):
        """With deadlines from none to enough; the answer at last, or what `find` has of it."""
        for i in range(1, 100):
            try:
                return self.cri.call(name, seconds * i * i, **fields)
            except grpc.RpcError as error:
                # The first may still be on its way out, or its answer may have been lost at the last
                # moment: then a kubelet finds in the lists what was made.
                self.assertIn(error.code(), (DEADLINE_EXCEEDED, grpc.StatusCode.ALREADY_EXISTS), error)
                if error.code() != DEADLINE_EXCEEDED and (found := find()) is not None:
                    return found
        raise AssertionError(f"{name} is never done")

    def ready_pods(self, name):
        items = self.cri.call("ListPodSandbox", filter={"state": {"state": "SANDBOX_READY"}}).items
        return [pod.id for pod in items if pod.metadata.name == name]

    def containers(self, pod):
        return [each.id for each in self.cri.call("ListContainers", filter={"pod_sandbox_id": pod}).containers]

    def test_a_pod_and_its_container_are_made_once(self):
        for i in range(3):
            config = self.pod_config(f"p{i}")
            self.give_up_and_repeat("RunPodSandbox", 0.001 + i * 0.003, config=config,
                                    find=lambda: self.ready_pods(f"p{i}") or None)  # fmt: skip
            [pod] = self.ready_pods(f"p{i}")
            self.give_up_and_repeat(
                "CreateContainer", 0.0005 + i * 0.0005, pod_sandbox_id=pod, sandbox_config=config,
                config=container_config("main", self.image, "sleep", "1000", log_path="main.log"),
                find=lambda: self.containers(pod) or None,
            )  # fmt: skip
            [container] = self.containers(pod)
            self.cri.call("StartContainer", container_id=container)

    def test_a_pull_that_is_given_up_can_be_repeated(self):
        for name in ("multilayer", "many"):
            image = {"image": f"{self.registry.address}/{name}"}
            pulled = self.give_up_and_repeat("PullImage", 0.002, image=image).image_ref
            self.assertEqual(self.cri.call("ImageStatus", image=image).image.id, pulled)
            self.cri.call("RemoveImage", image=image)

    def test_the_same_pull_by_many_clients_is_one_download(self):
        with Registry() as registry:
            push(registry.address, *make("many"))
            before = len(registry.requests())
            image = {"image": f"{registry.address}/many"}
            clients = [Cri(self.node.endpoint) for _ in range(PULLS)]
            pulls = [client.send("PullImage", image=image) for client in clients]
            for impatient in pulls[::4]:
                impatient.cancel()
            self.assertEqual(len({pull.result().image_ref for pull in pulls if not pull.cancelled()}), 1)
            blobs = [path for verb, path, *_ in registry.requests()[before:] if verb == "GET" and "/blobs/" in path]
            self.assertEqual(sorted(blobs), sorted(set(blobs)), "each blob is fetched once")
            self.assertTrue(blobs)
            for client in clients:
                client.channel.close()
        self.cri.call("RemoveImage", image=image)


class HangingShimTest(PodsTest):
    def setUp(self):
        super().setUp()
        self.pod, [self.container] = self.run_pod("stuck")
        _, [self.other] = self.run_pod("other")
        self.stop_shim(self.pod)

    def within(self, seconds, name, **fields):
        begun = time.monotonic()
        code = code_of(lambda: self.cri.call(name, **fields))
        self.assertLess(time.monotonic() - begun, seconds, name)
        return code

    def assert_others_go_on(self):
        self.assertEqual(self.within(PROMPT_S, "ExecSync", container_id=self.other, cmd=["true"]), grpc.StatusCode.OK)
        for name in ("ListContainers", "ListPodSandboxStats", "ListPodSandboxMetrics", "Status"):
            self.assertEqual(self.within(PROMPT_S, name), grpc.StatusCode.OK, name)
        begun = time.monotonic()
        pod, _ = self.run_pod("new")
        self.cri.call("RemovePodSandbox", pod_sandbox_id=pod)
        self.assertLess(time.monotonic() - begun, 2 * PROMPT_S)

    def test_what_is_asked_of_it_ends_in_time_and_others_go_on(self):
        asked = [self.cri.send("ExecSync", 4, container_id=self.container, cmd=["true"]) for _ in range(20)]
        self.assert_others_go_on()
        self.assertEqual({call.code() for call in asked}, {DEADLINE_EXCEEDED})
        self.assertEqual(self.within(PROMPT_S + 5, "StopContainer", container_id=self.container, timeout=1), grpc.StatusCode.OK)
        state = self.cri.call("ContainerStatus", container_id=self.container).status.exit_code
        self.assertNotEqual(state, 0)

    def test_its_pod_can_be_removed(self):
        self.assertEqual(self.within(2 * PROMPT_S, "StopPodSandbox", pod_sandbox_id=self.pod), grpc.StatusCode.OK)
        self.assertEqual(self.within(2 * PROMPT_S, "RemovePodSandbox", pod_sandbox_id=self.pod), grpc.StatusCode.OK)
        self.assert_others_go_on()

    def test_a_new_daemon_serves_and_takes_it_up_when_it_goes_on(self):
        shim = self.shim_of(self.pod)
        begun = time.monotonic()
        self.crash()
        self.assertLess(time.monotonic() - begun, PROMPT_S)
        self.assert_others_go_on()
        os.kill(shim, signal.SIGCONT)
        wait_until(lambda: code_of(self.ask) == grpc.StatusCode.OK, 30, "it is taken up")

    def ask(self):
        self.cri.call("ExecSync", 5, container_id=self.container, cmd=["true"])


# Hangs where the pod's name says so, until the file "go" lies beside it.
HANGING_PLUGIN = """#!/usr/bin/python3
import json, os, pathlib, sys, time
asked = json.load(sys.stdin)
hangs = "K8S_POD_NAME=hang-" + os.environ["CNI_COMMAND"].lower()
while hangs in os.environ.get("CNI_ARGS", "") and not pathlib.Path(__file__).with_name("go").exists():
    time.sleep(0.01)  # between two polls
if os.environ["CNI_COMMAND"] == "ADD":
    print(json.dumps(asked["prevResult"]))
"""


class HangingPluginTest(PodsTest):
    def setUp(self):
        super().setUp()
        self.plugin = self.node.directory / "plugins/hanging"
        self.plugin.parent.mkdir(exist_ok=True)
        self.plugin.write_text(HANGING_PLUGIN)
        self.plugin.chmod(0o755)
        self.append_plugin({"type": "hanging"})
        self.go = self.plugin.with_name("go")
        self.addCleanup(self.go.unlink, missing_ok=True)

    def begin(self, name, deadline=60):
        config = self.pod_config(name)
        call = self.cri.send("RunPodSandbox", deadline, config=config)
        wait_until(lambda: self.plugin_runs() or call.done(), PROMPT_S, "the plugin runs")
        return call

    def plugin_runs(self):
        for folder in pathlib.Path("/proc").iterdir():
            try:
                if folder.name.isdecimal() and str(self.plugin).encode() in (folder / "cmdline").read_bytes():
                    return True
            except OSError:
                pass  # it has ended
        return False

    def assert_others_go_on(self):
        begun = time.monotonic()
        pod, [container] = self.run_pod("other")
        self.cri.call("ExecSync", container_id=container, cmd=["true"])
        self.cri.call("RemovePodSandbox", pod_sandbox_id=pod)
        self.assertLess(time.monotonic() - begun, 2 * PROMPT_S)

    def assert_nothing_is_left(self):
        wait_until(lambda: not self.plugin_runs(), PROMPT_S, "the plugin has ended")
        wait_until(lambda: not self.cri.call("ListPodSandbox").items, PROMPT_S, "no pod is left")

    def test_add_ends_at_the_deadline(self):
        call = self.begin("hang-add", deadline=PROMPT_S)
        self.assert_others_go_on()
        self.assertEqual(code_of(call.result), DEADLINE_EXCEEDED)
        self.assert_nothing_is_left()

    def test_add_ends_with_its_caller(self):
        call = self.begin("hang-add")
        call.cancel()
        self.assert_nothing_is_left()
        self.assert_others_go_on()

    def test_add_ends_with_the_daemon_and_is_undone_by_the_next(self):
        self.begin("hang-add")
        self.crash()
        self.assert_nothing_is_left()
        self.assert_others_go_on()

    def test_del_that_hangs_is_repeated(self):
        pod, _ = self.run_pod("hang-del")
        stop = lambda: self.cri.call("StopPodSandbox", 2, pod_sandbox_id=pod)  # noqa: E731
        self.assertEqual(code_of(stop), DEADLINE_EXCEEDED)
        self.assert_others_go_on()
        self.go.touch()
        self.cri.call("StopPodSandbox", pod_sandbox_id=pod)
        self.cri.call("RemovePodSandbox", pod_sandbox_id=pod)
        self.assert_nothing_is_left()


if __name__ == "__main__":
    unittest.main()
