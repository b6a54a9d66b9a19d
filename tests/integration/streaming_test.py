#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""crictl's exec, attach and port-forward, over SPDY and over WebSocket."""

import hashlib, os, pathlib, pty, re, select, socket, struct, subprocess, sys, termios, threading
import fcntl, unittest, urllib.error, urllib.request

sys.dont_write_bytecode = True
sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent)]

from harness import COMMAND_S, NodeTest, clients, free_port, wait_until  # noqa: E402

TRANSPORTS = ("spdy", "websocket")
GIB = 1 << 30
PIECE = bytes(range(256)) * 4096  # 1 MiB


class StreamingTest(NodeTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.program = clients("build")[0]

    def command(self, verb, transport, *arguments):
        return [self.program, verb, "--transport", transport, *map(str, arguments)]

    def crictl(self, verb, transport, *arguments, stdin=b""):
        return subprocess.run(
            self.command(verb, transport, *arguments),
            input=stdin,
            capture_output=True,
            timeout=COMMAND_S,
            env=self.node.environment(),
        )

    def run_container(self, *command, options=()):
        name = f"c{len(self.node.json('pods', '--format', 'json'))}"
        self.node.berth("run", "-d", "--name", name, *options, self.image, *command)
        [container] = self.node.berth("ps", "-q", "--no-trunc").split()
        return container

    def pod_of(self, container):
        return self.node.json("inspect", container)[0]["status"]["metadata"]["name"]

    def figures(self):
        """What of the daemon grows when something is not given back."""
        process = pathlib.Path(f"/proc/{self.node.process.pid}")
        status = (process / "status").read_text()
        return {
            "descriptors": len(list((process / "fd").iterdir())),
            "threads": int(re.search(r"Threads:\s+(\d+)", status)[1]),
        }


class ExecTest(StreamingTest):
    def setUp(self):
        super().setUp()
        self.container = self.run_container("sleep", "1000")

    def test_streams_and_exit_code(self):
        for transport in TRANSPORTS:
            with self.subTest(transport):
                done = self.crictl("exec", transport, self.container,
                                   "sh", "-c", "echo out; echo err >&2; exit 3")  # fmt: skip
                self.assertEqual(done.stdout, b"out\n", done)
                self.assertIn(b"err\n", done.stderr)
                self.assertIn(b"exit code 3", done.stderr)

    def test_input_ends(self):
        text = os.urandom(3 << 20)
        for transport in TRANSPORTS:
            with self.subTest(transport):
                done = self.crictl("exec", transport, "-i", self.container, "sha256sum", stdin=text)
                self.assertIn(hashlib.sha256(text).hexdigest().encode(), done.stdout, done)

    def test_all_of_a_large_output_arrives(self):
        for transport in TRANSPORTS:
            with self.subTest(transport):
                done = self.crictl("exec", transport, self.container,
                                   "dd", "if=/dev/zero", "bs=1M", "count=64")  # fmt: skip
                self.assertEqual(len(done.stdout), 64 << 20)

    def test_what_is_not_there_is_named(self):
        for transport in TRANSPORTS:
            with self.subTest(transport):
                done = self.crictl("exec", transport, self.container, "/no/such/program")
                self.assertNotEqual(done.returncode, 0)
                self.assertIn(b"No such file or directory", done.stderr)

    def test_terminal_has_the_clients_size(self):
        for transport in TRANSPORTS:
            with self.subTest(transport):
                self.assertIn(b"33 121", self.in_terminal(
                    self.command("exec", transport, "-it", self.container,
                                 "sh", "-c", "sleep 0.2; until stty size | grep 33; do :; done"),
                    33, 121))  # fmt: skip

    def in_terminal(self, command, rows, columns):
        """What the command says on a terminal of its own."""
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, env=self.node.environment(),
            start_new_session=True,
        )  # fmt: skip
        os.close(slave)
        said = b""
        try:
            while select.select([master], [], [], COMMAND_S)[0]:
                try:
                    said += os.read(master, 4096)
                except OSError:
                    break  # the other end is closed
            self.assertEqual(process.wait(COMMAND_S), 0, said)
        finally:
            process.kill()
            process.wait()
            os.close(master)
        return said

    def test_a_client_that_leaves_ends_its_command(self):
        for transport in TRANSPORTS:
            with self.subTest(transport):
                client = subprocess.Popen(
                    self.command("exec", transport, self.container, "sleep", "4711"),
                    env=self.node.environment(),
                )
                wait_until(self.sleeper_runs, 10, "the command runs")
                client.kill()
                client.wait()
                wait_until(lambda: not self.sleeper_runs(), 10, "the command is gone")

    def sleeper_runs(self):
        return "sleep 4711" in self.node.berth("exec", self.container, "ps")

    def test_a_thousand_commands_leave_nothing(self):
        for _ in range(20):
            self.crictl("exec", "spdy", self.container, "true")
        before = self.figures()
        for i in range(1000):
            done = self.crictl("exec", TRANSPORTS[i % 2], self.container, "true")
            self.assertEqual(done.returncode, 0, done)
        # gRPC adds a thread when it is busy.
        wait_until(lambda: all(now <= before[name] + 4 for name, now in self.figures().items()), 10,
                   lambda: f"{self.figures()} is no more than {before}")  # fmt: skip


class UrlTest(StreamingTest):
    def setUp(self):
        super().setUp()
        self.container = self.run_container("sleep", "1000")

    def url(self):
        said = self.node.run([self.program, "--debug", "exec", self.container, "true"]).stderr
        return re.search(r"http://127.0.0.1:\d+/exec/[0-9a-f]{32}", said)[0]

    def status_of(self, url, **headers):
        request = urllib.request.Request(url, headers=headers)
        with self.assertRaises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(request, timeout=10)
        caught.exception.close()
        return caught.exception.code

    def test_a_token_is_good_once(self):
        url = self.url()
        self.assertEqual(self.status_of(url), 404)
        self.assertEqual(self.status_of(url.rsplit("/", 1)[0] + "/" + "0" * 32), 404)
        self.assertEqual(self.status_of(url.rsplit("/", 2)[0]), 404)


class AttachTest(StreamingTest):
    def test_what_is_said_comes_back(self):
        for transport in TRANSPORTS:
            with self.subTest(transport):
                container = self.run_container("sh", "-c", "echo early; exec head -n 1", options=["-i"])
                done = self.crictl("attach", transport, "-i", container, stdin=b"hello\n")
                self.assertEqual(done.stdout, b"hello\n", done)
                self.node.remove_pods()


class PortForwardTest(StreamingTest):
    def forward(self, transport, pod, port):
        local = free_port()
        client = subprocess.Popen(
            self.command("port-forward", transport, pod, f"{local}:{port}"),
            env=self.node.environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        self.addCleanup(client.stdout.close)
        self.addCleanup(client.wait)
        self.addCleanup(client.kill)
        wait_until(lambda: can_connect(local), 20, "crictl listens")
        return local

    def pod(self):
        return self.node.berth("pods", "-q", "--no-trunc").split()[0]

    def test_a_gibibyte_there_and_back(self):
        self.run_container("sh", "-c", "exec nc -ll -p 7000 -e cat")
        for transport in TRANSPORTS:
            with self.subTest(transport):
                local = self.forward(transport, self.pod(), 7000)
                self.assertEqual(echo(local, GIB), GIB)

    def test_the_end_of_input_goes_through(self):
        self.run_container("sh", "-c", "exec nc -ll -p 7001 -e wc -c")
        for transport in TRANSPORTS:
            with self.subTest(transport):
                local = self.forward(transport, self.pod(), 7001)
                with socket.create_connection(("127.0.0.1", local), 10) as connection:
                    connection.sendall(b"x" * 12345)
                    connection.shutdown(socket.SHUT_WR)
                    self.assertEqual(connection.makefile().read().strip(), "12345")


def can_connect(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def echo(port, size):
    """Sends that many bytes and counts those that come back the same."""
    with socket.create_connection(("127.0.0.1", port), 60) as connection:
        sender = threading.Thread(target=send, args=(connection, size))
        sender.start()
        same = 0
        while same < size:
            got = connection.recv(1 << 20)
            start = same % len(PIECE)
            expected = (PIECE * 3)[start : start + len(got)]
            if not got or got != expected:
                break
            same += len(got)
        sender.join()
    return same


def send(connection, size):
    for _ in range(size // len(PIECE)):
        connection.sendall(PIECE)


if __name__ == "__main__":
    unittest.main()
