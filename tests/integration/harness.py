# SPDX-License-Identifier: Apache-2.0
"""A berthd of a test's own, with all it keeps in one directory and names that nobody else has.

    class PodTest(NodeTest):                 # one daemon and one registry for the class
        def test_something(self):
            self.node.berth("run", "--rm", self.image, "true")

After each test all pods are removed and what is left is compared with what there was before.
Programs: build/release/bin, or BERTH_BIN. Needs root, docker-registry, busybox-static,
containernetworking-plugins, iptables, iproute2.
"""

import json, os, pathlib, shlex, shutil, signal, socket, struct, subprocess, sys, tempfile, time, unittest

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "registry")]

import traces  # noqa: E402
from distribution import push  # noqa: E402
from images import make  # noqa: E402
from registry import Registry  # noqa: E402

REPOSITORY = HERE.parents[1]
START_S, STOP_S, COMMAND_S, SETTLE_S = 30, 30, 120, 30


def binaries():
    return pathlib.Path(os.environ.get("BERTH_BIN", REPOSITORY / "build/release/bin"))


class Node:
    """One daemon; its directory goes with it."""

    def __init__(self, metrics=False):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="berth-it-"))
        self.name = "bit" + self.directory.name[-8:].replace("_", "x")  # an interface: 15 characters
        self.docker_bridge = self.name + "-d"
        self.subnet = f"10.{214 + os.getpid() % 40}.{os.getpid() // 40 % 256}"
        self.docker_subnet = f"10.{174 + os.getpid() % 40}.{os.getpid() // 40 % 256}"
        self.subnets = (self.subnet, self.docker_subnet)
        self.metrics = f"127.0.0.1:{free_port()}" if metrics else ""
        self.process = None
        self.daemon_environment = {}

    @property
    def socket(self):
        return self.directory / "state/berth.sock"

    @property
    def endpoint(self):
        return f"unix://{self.socket}"

    @property
    def log(self):
        return (self.directory / "berthd.log").read_text(errors="replace")

    def write_config(self, extra=""):
        (self.directory / "cni").mkdir(exist_ok=True)
        (self.directory / "cni/10-test.conflist").write_text(json.dumps(self.network(), indent=1))
        (self.directory / "berth.toml").write_text(
            f"""root = "{self.directory}/root"
state = "{self.directory}/state"
address = "{self.socket}"
[log]
level = "debug"
[metrics]
address = "{self.metrics}"
[image]
registry_dirs = ["{self.directory}/certs.d"]
gc_interval = "1s"
[network]
config_dirs = ["{self.directory}/cni"]
plugin_dirs = ["{self.directory}/plugins", "/opt/cni/bin", "/usr/lib/cni"]
[nri]
socket = "{self.directory}/nri/nri.sock"
plugin_dir = "{self.directory}/nri/plugins"
config_dir = "{self.directory}/nri"
request_timeout = "1s"
[cdi]
spec_dirs = ["{self.directory}/cdi"]
[cgroup]
parent = "/{self.name}"
[docker]
bridge = "{self.docker_bridge}"
bridge_subnet = "{self.docker_subnet}.0/25"
address_pools = ["{self.docker_subnet}.128/25:28"]
{extra}"""
        )

    def network(self):
        return {
            "cniVersion": "1.0.0",
            "name": self.name,
            "plugins": [
                {
                    "type": "bridge",
                    "bridge": self.name,
                    "isGateway": True,
                    "ipMasq": True,
                    "hairpinMode": True,
                    "ipam": {
                        "type": "host-local",
                        "dataDir": f"{self.directory}/ipam",
                        "ranges": [[{"subnet": f"{self.subnet}.0/24"}]],
                        "routes": [{"dst": "0.0.0.0/0"}],
                    },
                },
                {"type": "portmap", "capabilities": {"portMappings": True}, "snat": True},
                {"type": "firewall"},
            ],
        }

    def start(self):
        with open(self.directory / "berthd.log", "ab") as log:
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", binaries() / "berthd"]
                + ["--config", self.directory / "berth.toml"],
                env={**os.environ, **self.daemon_environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        wait_until(
            lambda: self.serves() or self.process.poll() is not None,
            START_S,
            "berthd starts",
        )
        if self.process.poll() is not None:
            raise RuntimeError("berthd does not start:\n" + self.log[-3000:])

    def serves(self):
        sockets = (self.socket, self.directory / "state/docker.sock")
        return all(listener(path) == self.process.pid for path in sockets)

    def kill(self):
        """As a crash: pods go on."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def terminate(self):
        self.process.terminate()
        return self.process.wait(STOP_S)

    def environment(self, **more):
        return {
            **os.environ,
            "BERTH_HOST": self.endpoint,
            "BERTH_LOG_DIR": str(self.directory / "logs"),
            "CONTAINER_RUNTIME_ENDPOINT": self.endpoint,
            "IMAGE_SERVICE_ENDPOINT": self.endpoint,
            **more,
        }

    def start_berth(self, *arguments, **options):
        """The command line, running beside the test."""
        return subprocess.Popen(
            [binaries() / "berth", *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment(),
            **options,
        )

    def run(self, command, code=0, **environment):
        """Runs it; its stdout. A failure shows all that it said."""
        done = subprocess.run(
            list(map(str, command)),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=COMMAND_S,
            env=self.environment(**environment),
        )
        if code is not None and done.returncode != code:
            raise AssertionError(
                f"{' '.join(map(str, command))}: exit code {done.returncode}, not {code}\n"
                f"stdout: {done.stdout}\nstderr: {done.stderr}\nberthd: {self.log[-3000:]}"
            )
        return done

    def berth(self, *arguments, code=0):
        return self.run([binaries() / "berth", *arguments], code).stdout

    def berth_error(self, *arguments, code=1):
        return self.run([binaries() / "berth", *arguments], code).stderr

    def json(self, *arguments):
        return json.loads(self.berth(*arguments))

    def remove_pods(self):
        pods = self.berth("pods", "-q", "--no-trunc").split()
        if pods:
            self.berth("rm", "-f", "--type", "pod", *pods)

    def traces(self):
        return traces.of(self.directory, self.name, self.subnets)

    def remove_docker_bridge(self):
        """The bridge of Docker's default network and what keeps it apart stay, as they do with Docker."""
        for rule in traces.rules(self.docker_bridge, ()):
            if "CNI-ISOLATION-STAGE" in rule:
                subprocess.run(["iptables", "-w", "-D", *shlex.split(rule)[1:]], capture_output=True)
        subprocess.run(["ip", "link", "delete", self.docker_bridge], capture_output=True)

    def close(self):
        """Ends all; what was left behind though it should not have been."""
        if self.process is not None and self.process.poll() is None:
            self.terminate()
        self.remove_docker_bridge()
        left = traces.clear(self.directory, self.name, self.subnets)
        shutil.rmtree(self.directory)
        return left


class NodeTest(unittest.TestCase):
    """One daemon and one registry with the image busybox for all tests of a class."""

    node_class = Node
    images = ("busybox",)
    metrics = False

    @classmethod
    def setUpClass(cls):
        if os.geteuid() != 0:
            raise unittest.SkipTest("needs root")
        cls.registry = Registry()
        cls.enterClass(cls.registry)
        for name in cls.images:
            push(cls.registry.address, *make(name))
        cls.image = f"{cls.registry.address}/busybox:latest"
        cls.node = cls.node_class(cls.metrics)
        cls.addClassCleanup(cls.close_node)
        cls.node.write_config()
        cls.node.start()
        cls.node.berth("pull", cls.image)

    @classmethod
    def enterClass(cls, manager):
        manager.__enter__()
        cls.addClassCleanup(manager.__exit__, None, None, None)

    @classmethod
    def close_node(cls):
        left = cls.node.close()
        if left:
            raise AssertionError("left behind by the daemon: " + "; ".join(left))

    def setUp(self):
        self.before = self.node.traces()
        self.addCleanup(self.check_for_leaks)

    def append_plugin(self, plugin):
        """To the pods' network, for this test."""
        path = self.node.directory / "cni/10-test.conflist"
        good = path.read_text()
        network = json.loads(good)
        network["plugins"].append(plugin)
        path.write_text(json.dumps(network))
        self.addCleanup(path.write_text, good)

    def check_for_leaks(self):
        if self.node.process.poll() is not None:
            self.node.start()
        self.node.remove_pods()
        wait_until(
            lambda: not self.node.traces() - self.before,
            SETTLE_S,
            lambda: f"this goes away: {sorted(self.node.traces() - self.before)}",
        )


def listener(path):
    """The process that has called listen(2), which a killed one's children may outlast for a moment; or None."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return None
        credentials = probe.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        return struct.unpack("3i", credentials)[0]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def clients(script):
    """The programs that the script of tests/clients builds or fetches, unless they are there."""
    command = [HERE.parent / "clients" / script]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.split()


def wait_until(condition, seconds, what):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds} s until {what() if callable(what) else what}")
        time.sleep(0.02)  # between two polls
