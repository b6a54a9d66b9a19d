# SPDX-License-Identifier: Apache-2.0
"""Docker's own client, unmodified, against berthd: what no subject owns."""

import json, os, socket, unittest

import harness
from docker_node import DockerTest


class SystemTest(DockerTest):
    def test_version_and_info(self):
        version = json.loads(self.docker("version", "--format", "{{json .}}"))
        self.assertEqual(version["Server"]["Platform"]["Name"], "Berth")
        self.assertEqual(version["Server"]["Os"], "linux")
        info = json.loads(self.docker("info", "--format", "{{json .}}"))
        self.assertEqual(info["DockerRootDir"], str(self.node.directory / "root"))
        self.assertEqual(info["Images"], 1)
        self.assertFalse(info.get("ServerErrors"))

    def test_swarm_is_refused_in_dockers_form(self):
        self.assertIn("not a swarm manager", self.docker_error("node", "ls"))

    def test_what_is_not_there_yet_says_so(self):
        done = self.node.run(["curl", "-sS", "--unix-socket", self.socket, "http://d/containers/x/checkpoints"])
        self.assertIn("is not supported by Berth yet", json.loads(done.stdout)["message"])
        self.assertIn("no such object: nobody", self.docker_error("inspect", "nobody").lower())

    def test_an_unknown_path_is_one(self):
        done = self.node.run(["curl", "-sS", "--unix-socket", self.socket, "http://d/v1.43/nothing"])
        self.assertEqual(json.loads(done.stdout), {"message": "page not found"})


class WireTest(DockerTest):
    def curl(self, *arguments, code=0):
        return self.node.run(["curl", "-sS", "--unix-socket", self.socket, *arguments], code).stdout

    def test_ping_tells_the_version(self):
        head = self.curl("-I", "http://d/_ping")
        self.assertIn("Api-Version: 1.50\n", head)
        self.assertIn("Ostype: linux\n", head)

    def test_nonsense_is_a_bad_request(self):
        for path in ("v1.10/info", "v1.99/info", "images/json?filters=x", "images/%zz/json"):
            self.assertEqual(self.curl("-o", "/dev/null", "-w", "%{http_code}", f"http://d/{path}"), "400", path)
        with socket.socket(socket.AF_UNIX) as raw:
            raw.connect(str(self.socket))
            raw.sendall(b"\0\1\2\r\n\r\n")
            self.assertIn(b" 400 ", raw.recv(1000).split(b"\r\n")[0])

    def test_a_head_that_is_too_long_is_refused(self):
        self.assertIn("400", self.curl("-o", "/dev/null", "-w", "%{http_code}", "-H", "X: " + "a" * 100000, "http://d/info"))

    def test_an_encoding_that_is_not_known_ends_the_connection(self):
        with socket.socket(socket.AF_UNIX) as raw:
            raw.connect(str(self.socket))
            raw.sendall(b"GET /_ping HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: identity\r\n\r\nGET /_ping HTTP/1.1\r\n\r\n")
            said = b"".join(iter(lambda: raw.recv(4096), b""))
        self.assertIn(b" 501 ", said.split(b"\r\n")[0])
        self.assertEqual(said.count(b"HTTP/1.1"), 1)

    def threads(self):
        return len(os.listdir(f"/proc/{self.node.process.pid}/task"))

    def test_clients_that_go_leave_nothing(self):
        before = self.threads()
        clients = [socket.socket(socket.AF_UNIX) for _ in range(50)]
        for client in clients:
            client.connect(str(self.socket))
            client.sendall(b"GET /info HTTP/1.1\r\nHost: d\r\n\r\n")
            self.assertTrue(client.recv(1))
        for client in clients:
            client.close()
        harness.wait_until(lambda: self.threads() <= before, 20, "their threads have ended")

    def test_a_pull_ends_with_its_client_and_with_the_daemon(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            port = silent.getsockname()[1]
            for ends in ("client", "daemon"):
                with socket.socket(socket.AF_UNIX) as raw:
                    raw.connect(str(self.socket))
                    request = f"POST /images/create?fromImage=127.0.0.1:{port}/x&tag=1 HTTP/1.1\r\nHost: d\r\n\r\n"
                    raw.sendall(request.encode())
                    connection, _ = silent.accept()  # it is waiting for the registry
                    with connection:
                        raw.sendall(b"G")  # a byte that nobody reads
                        if ends == "daemon":
                            self.node.terminate()
                        else:
                            raw.close()
                        connection.settimeout(20)
                        while connection.recv(4096):
                            pass

    def test_one_connection_serves_many_requests(self):
        said = self.curl("-w", "%{num_connects} ", *["http://d/_ping"] * 5)
        self.assertEqual(said, "OK1 OK0 OK0 OK0 OK0 ")


if __name__ == "__main__":
    unittest.main()
