# SPDX-License-Identifier: Apache-2.0
"""Attach over a WebSocket, which no client of Docker's own does, but pages in browsers."""

import base64, os, socket, struct, unittest

import harness
from docker_node import DockerContainersTest


class WebSocket:
    """A client that has asked for it."""

    def __init__(self, path, target, **headers):
        self.connection = socket.socket(socket.AF_UNIX)
        self.connection.settimeout(harness.COMMAND_S)
        self.connection.connect(str(path))
        asked = {
            "Host": "docker",
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
            **headers,
        }
        lines = [f"GET {target} HTTP/1.1", *(f"{name}: {value}" for name, value in asked.items())]
        self.connection.sendall("\r\n".join([*lines, "", ""]).encode())
        self.file = self.connection.makefile("rb")
        self.status = int(self.file.readline().split()[1])
        while self.file.readline().strip():
            pass

    def send(self, data, kind=1):
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(data))
        self.connection.sendall(struct.pack(">BB", 0x80 | kind, 0x80 | len(data)) + mask + masked)  # short ones only

    def receive(self):
        """The next message; None for the farewell."""
        kind, size = self.file.read(2)
        size = {126: lambda: struct.unpack(">H", self.file.read(2))[0], 127: lambda: struct.unpack(">Q", self.file.read(8))[0]}.get(size, lambda: size)()
        data = self.file.read(size)
        return None if kind & 15 == 8 else data

    def all(self):
        return b"".join(iter(self.receive, None))

    def close(self):
        self.file.close()
        self.connection.close()


class WebSocketTest(DockerContainersTest):
    def attach(self, name, query="stdin=1&stdout=1&stderr=1&stream=1", **headers):
        made = WebSocket(self.socket, f"/v1.43/containers/{name}/attach/ws?{query}", **headers)
        self.addCleanup(made.close)
        return made

    def test_input_output_and_the_end(self):
        self.docker("run", "-di", "--name", "web", self.image, "sh", "-c", "read line; echo got $line; echo bad >&2; exit 3")
        client = self.attach("web")
        self.assertEqual(client.status, 101)
        client.send(b"typed\n")
        self.assertEqual(sorted(client.all().splitlines()), [b"bad", b"got typed"])
        self.assertEqual(self.docker("wait", "web"), "3\n")

    def test_of_one_that_is_yet_to_start_nothing_is_lost(self):
        self.docker("create", "--name", "web", self.image, "sh", "-c", "head -c 300000 /dev/zero | tr '\\0' x")
        client = self.attach("web", "stdout=1&stream=1")
        self.docker("start", "web")
        self.assertEqual(client.all(), b"x" * 300000)

    def test_who_leaves_leaves_the_container_running(self):
        self.docker("run", "-dit", "--name", "web", self.image, "sh")
        client = self.attach("web")
        client.send(b"echo in''side\n")
        said = b""
        while b"inside" not in said:
            said += client.receive()
        client.close()
        self.assertEqual(self.state("web")["Status"], "running")
        again = self.attach("web")
        again.send(b"exit\n", kind=2)
        again.all()
        self.assertEqual(self.docker("wait", "web"), "0\n")

    def test_what_is_refused(self):
        self.docker("run", "-d", "--name", "web", self.image, "sleep", "1000")
        self.assertEqual(self.attach("none").status, 404)
        self.assertEqual(self.attach("web", **{"Upgrade": "tcp"}).status, 400)
        self.assertEqual(self.attach("web", **{"Sec-WebSocket-Version": "7"}).status, 426)


if __name__ == "__main__":
    unittest.main()
