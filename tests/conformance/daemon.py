# SPDX-License-Identifier: Apache-2.0
"""Starts a berthd of its own, with all that it keeps inside one directory.

with Daemon(directory, registry_url, crictl) as daemon:
    ... daemon.endpoint ...
daemon.left_behind      # processes and mounts that outlived all pods: there should be none
"""

import json, os, pathlib, shutil, socket, subprocess, time

import leftovers, mirrors

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
BINARY = REPOSITORY / "build/release/bin/berthd"
PATIENCE = int(os.environ.get("BERTH_TEST_PATIENCE", "1"))  # as tests/support/patience.h
START_S, STOP_S, REMOVE_S = 30 * PATIENCE, 30 * PATIENCE, 300
BRIDGE, SUBNET = "berthtest0", "10.213.0.0/16"


class Daemon:
    def __init__(
        self,
        directory,
        registry_url,
        crictl,
        binary=BINARY,
        cgroup_driver="cgroupfs",
        handler=None,
    ):
        self.cgroup_driver = cgroup_driver
        self.directory, self.binary = pathlib.Path(directory), pathlib.Path(binary)
        self.registry_url, self.crictl, self.handler = registry_url, crictl, handler
        self.process, self.left_behind = None, []

    @property
    def socket(self):
        return self.directory / "state/berth.sock"

    @property
    def endpoint(self):
        return f"unix://{self.socket}"

    @property
    def nri_socket(self):
        return self.directory / "nri/nri.sock"

    @property
    def log_file(self):
        return self.directory / "berthd.log"

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        for name in ("root", "state", "cni"):
            (self.directory / name).mkdir(parents=True, exist_ok=True)
        (self.directory / "cni/10-test.conflist").write_text(
            json.dumps(network(self.directory), indent=1)
        )
        mirrors.write(self.directory / "certs.d", self.registry_url)
        (self.directory / "berth.toml").write_text(
            config(self.directory, self.cgroup_driver, self.handler)
        )
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen(
                [
                    "setpriv",
                    "--pdeathsig",
                    "TERM",
                    self.binary,
                    "--config",
                    self.directory / "berth.toml",
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self.wait_until_it_accepts()

    def wait_until_it_accepts(self):
        deadline = time.monotonic() + START_S
        while not accepts(self.socket):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(
                    f"berthd does not start:\n{self.log_file.read_text(errors='replace')[-3000:]}"
                )
            time.sleep(0.02)  # between two polls

    def stop(self):
        if self.process is None:
            return
        self.remove_pods()
        self.process.terminate()
        try:
            self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None
        self.left_behind = leftovers.clear(self.directory)
        run(["ip", "link", "delete", BRIDGE])

    def remove_pods(self):
        """Pods outlive the daemon, and a spec that failed may have left its own."""
        if self.process.poll() is None:
            command = [self.crictl, "-r", self.endpoint, "-t", "60s", "rmp", "--all", "--force"]
            # However it ends: what it did not remove is left behind, and found.
            run(["timeout", str(REMOVE_S), *command])


def run(command):
    subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True)


def accepts(path):
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True


CGROUP_PARENTS = {"cgroupfs": "/berth-conformance", "systemd": "berthconformance.slice"}


def config(directory, cgroup_driver="cgroupfs", handler=None):
    """The daemon's configuration; the keys are documented in deploy/config/berth.toml."""
    return f"""
root = "{directory}/root"
state = "{directory}/state"
address = "{directory}/state/berth.sock"

[metrics]
address = ""

[image]
registry_dirs = ["{directory}/certs.d"]

[network]
config_dirs = ["{directory}/cni"]

[cgroup]
driver = "{cgroup_driver}"
parent = "{CGROUP_PARENTS[cgroup_driver]}"

[nri]
socket = "{directory}/nri/nri.sock"
plugin_dir = ""
{handler_table(handler)}"""


def handler_table(name):
    return f'\n[handlers.{name}]\npath = "{shutil.which(name)}"\n' if name else ""


def network(directory):
    """A bridge with host ports, its leases inside the directory."""
    ipam = {
        "type": "host-local",
        "dataDir": f"{directory}/ipam",
        "ranges": [[{"subnet": SUBNET}]],
        "routes": [{"dst": "0.0.0.0/0"}],
    }
    return {
        "cniVersion": "1.0.0",
        "name": BRIDGE,
        "plugins": [
            {
                "type": "bridge",
                "bridge": BRIDGE,
                "isGateway": True,
                "ipMasq": True,
                "hairpinMode": True,
                "ipam": ipam,
            },
            {"type": "portmap", "capabilities": {"portMappings": True}, "snat": True},
        ],
    }
