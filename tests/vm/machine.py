# SPDX-License-Identifier: Apache-2.0
"""A virtual machine under qemu's interpreter, and its guest agent, by which commands run inside.

    with Machine(kernel, initrd, root_disk, more_disks) as machine:
        machine.run("systemctl is-active dbus")     # its output; an AssertionError if it fails
        machine.cut_power()                         # as pulling the plug
        machine.boot()                              # the same disks again

Nothing in it reaches a network. Needs qemu-system-x86 and qemu-utils.
"""

import base64, json, pathlib, shutil, socket, subprocess, tempfile, time

# The interpreter takes 10 to 50 times as long as a processor.
BOOT_S, SHUTDOWN_S, COMMAND_S, ANSWER_S, AGAIN_S = 600, 300, 600, 60, 30
MEMORY_MIB, PROCESSORS = 3072, 2
# The interpreter of qemu 7.2 gets cmpxchg16b wrong, and Linux 6.12, which uses it, does not boot.
CPU = "max,cx16=off"
# Where the interpreter gets no processor for a while, the kernel would not trust its timer.
KERNEL_LINE = (
    "root=/dev/vda rw console=ttyS0 quiet no_timer_check net.ifnames=0 panic=1"
    " systemd.show_status=false"
)


class Machine:
    """Its disks are the given ones as long as it lives: changes go to files of its own."""

    def __init__(self, kernel, initrd, root, *disks, kernel_line=""):
        self.kernel, self.initrd, self.bases = kernel, initrd, [root, *disks]
        self.kernel_line = f"{KERNEL_LINE} {kernel_line}"
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="berth-vm-"))
        self.process, self.agent = None, None

    def __enter__(self):
        try:
            for number, base in enumerate(self.bases):
                make_overlay(base, self.disk(number))
            self.boot()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def disk(self, number):
        return self.directory / f"{number}.qcow2"

    @property
    def console(self):
        return (self.directory / "console").read_text(errors="replace")

    def boot(self):
        """Returns when commands can be run."""
        socket_path = self.directory / "agent"
        socket_path.unlink(missing_ok=True)
        with open(self.directory / "qemu.log", "ab") as log:
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "qemu-system-x86_64"]
                + self.arguments(socket_path),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self.agent = Agent(socket_path, self.fail)
        self.agent.wait_until_it_answers(time.monotonic() + BOOT_S)

    def arguments(self, socket_path):
        # Of what the guest has not flushed, qcow2's tables forget where it is when qemu dies: a
        # disk with a cache that loses it with the power.
        drives = [
            f"file={self.disk(number)},if=virtio,format=qcow2,cache=writeback"
            for number in range(len(self.bases))
        ]
        return [
            *("-accel", "tcg,thread=multi", "-cpu", CPU),
            *("-smp", str(PROCESSORS), "-m", str(MEMORY_MIB)),
            *("-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"),
            *("-kernel", self.kernel, "-initrd", self.initrd, "-append", self.kernel_line),
            *("-serial", f"file:{self.directory}/console"),
            *(word for drive in drives for word in ("-drive", drive)),
            *("-device", "virtio-serial-pci", "-device", "virtio-rng-pci"),
            *("-chardev", f"socket,id=agent,path={socket_path},server=on,wait=off"),
            *("-device", "virtserialport,chardev=agent,name=org.qemu.guest_agent.0"),
        ]

    def fail(self, what):
        said = (self.directory / "qemu.log").read_text(errors="replace")
        raise AssertionError(f"{what}; {said}; the console's last words:\n{self.console[-3000:]}")

    def execute(self, command, timeout=COMMAND_S, **environment):
        """Runs a line of the shell in the guest: (its exit code, what it wrote)."""
        return self.agent.execute(command, timeout, environment)

    def run(self, command, timeout=COMMAND_S, **environment):
        code, output = self.execute(command, timeout, **environment)
        if code != 0:
            raise AssertionError(f"{command}: exit code {code}\n{output[-6000:]}")
        return output

    def start(self, command):
        """Starts it and does not wait."""
        self.agent.call("guest-exec", path="/bin/sh", arg=["-c", command])

    def shut_down(self):
        """In order, as a person would; for boot() again."""
        self.agent.send("guest-shutdown", mode="powerdown")
        self.process.wait(SHUTDOWN_S)
        self.agent.close()

    def cut_power(self):
        self.process.kill()
        self.process.wait()
        self.agent.close()

    def close(self):
        if self.process is not None and self.process.poll() is None:
            self.cut_power()
        shutil.rmtree(self.directory)


class Agent:
    """QEMU's guest agent, spoken to over its socket: a JSON value a line."""

    def __init__(self, path, fail):
        self.path, self.fail = path, fail
        self.connection, self.buffer = None, b""

    def wait_until_it_answers(self, deadline):
        while not self.connect():
            if time.monotonic() > deadline:
                self.fail("qemu does not start")
            time.sleep(0.05)  # between two polls
        number = time.monotonic_ns() % 1_000_000
        # What was said before the agent listened may be lost, so it is said again, but not often:
        # nobody may be reading yet.
        while time.monotonic() < deadline:
            self.send("guest-sync", id=number)
            try:
                if self.receive(AGAIN_S).get("return") == number:
                    return
            except TimeoutError:
                continue
        self.fail("the guest does not come up")

    def connect(self):
        self.connection = socket.socket(socket.AF_UNIX)
        try:
            self.connection.connect(str(self.path))
        except OSError:
            self.connection.close()
            return False
        return True

    def close(self):
        self.connection.close()

    def send(self, command, **arguments):
        line = json.dumps({"execute": command, "arguments": arguments}) + "\n"
        self.connection.settimeout(ANSWER_S)
        self.connection.sendall(line.encode())

    def receive(self, seconds=ANSWER_S):
        self.connection.settimeout(seconds)
        while b"\n" not in self.buffer:
            try:
                data = self.connection.recv(1 << 16)
            except ConnectionResetError:
                data = b""
            if not data:
                self.fail("the machine has gone")
            self.buffer += data
        line, _, self.buffer = self.buffer.partition(b"\n")
        return json.loads(line.lstrip(b"\xff"))

    def call(self, command, **arguments):
        self.send(command, **arguments)
        answer = self.receive()
        while isinstance(answer.get("return"), int):  # an earlier guest-sync's
            answer = self.receive()
        if "error" in answer:
            raise AssertionError(f"{command}: {answer['error']['desc']}")
        return answer["return"]

    def execute(self, command, timeout, environment):
        # Of stdout and stderr one text, in the order of writing.
        started = self.call(
            "guest-exec",
            path="/bin/sh",
            arg=["-c", f"exec 2>&1\n{command}"],
            env=[f"{name}={value}" for name, value in {**ENVIRONMENT, **environment}.items()],
            **{"capture-output": True},
        )
        deadline, pause = time.monotonic() + timeout, 0.05
        while not (status := self.call("guest-exec-status", pid=started["pid"]))["exited"]:
            if time.monotonic() > deadline:
                raise AssertionError(f"{command}: not done after {timeout} s")
            time.sleep(pause)  # between two polls
            pause = min(2 * pause, 1)
        output = base64.b64decode(status.get("out-data", "")).decode(errors="replace")
        return status.get("exitcode", 255), output


ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "LANG": "C.UTF-8",
}


def make_overlay(base, path):
    subprocess.run(
        ["qemu-img", "create", "-q", "-f", "qcow2", "-b", base, "-F", "raw", path], check=True
    )
