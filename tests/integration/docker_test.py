# SPDX-License-Identifier: Apache-2.0
"""Docker's own client, unmodified, against berthd."""

import json, os, socket, unittest

import harness
from distribution import push
from images import make


class DockerTest(harness.NodeTest):
    images = ("busybox", "multilayer")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.socket = cls.node.directory / "state/docker.sock"

    def setUp(self):
        super().setUp()
        self.await_api()

    def await_api(self):
        """The daemon serves CRI a moment before it serves Docker's clients."""
        harness.wait_until(lambda: harness.listener(self.socket), harness.START_S, "the Engine API serves")

    def docker(self, *arguments, code=0):
        return self.node.run(["docker", *arguments], code, DOCKER_HOST=f"unix://{self.socket}").stdout

    def docker_error(self, *arguments, code=1):
        return self.node.run(["docker", *arguments], code, DOCKER_HOST=f"unix://{self.socket}").stderr

    def inspect(self, image):
        return json.loads(self.docker("image", "inspect", image))[0]


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
        self.assertIn("is not supported by Berth yet", self.docker_error("ps"))
        self.assertIn("is not supported by Berth yet", self.docker_error("run", self.image, code=125))
        self.assertIn("is not supported by Berth yet", self.docker_error("push", self.image))
        self.assertIn("no such object: none", self.docker_error("inspect", "none").lower())

    def test_an_unknown_path_is_one(self):
        done = self.node.run(["curl", "-sS", "--unix-socket", self.socket, "http://d/v1.43/nothing"])
        self.assertEqual(json.loads(done.stdout), {"message": "page not found"})


class ImagesTest(DockerTest):
    def setUp(self):
        super().setUp()
        self.other = f"{self.registry.address}/multilayer:latest"
        self.addCleanup(self.node.run, ["docker", "rmi", "-f", self.other], None, DOCKER_HOST=f"unix://{self.socket}")

    def test_a_pull_says_what_it_does(self):
        said = self.docker("pull", self.other)
        self.assertIn("Pulling from multilayer", said)
        self.assertRegex(said, r"Digest: sha256:[0-9a-f]{64}\n")
        self.assertIn(f"Status: Downloaded newer image for {self.other}", said)
        self.assertIn(f"Status: Image is up to date for {self.other}", self.docker("pull", self.other))
        self.assertIn(self.other.rsplit(":", 1)[0], self.node.berth("images"))

    def test_a_pull_that_fails_says_why(self):
        error = self.docker_error("pull", f"{self.registry.address}/none:1")
        self.assertIn("Error response from daemon:", error)
        self.assertIn("none", error)

    def test_what_cri_pulled_is_listed_and_inspected(self):
        names = self.docker("images", "--format", "{{.Repository}}:{{.Tag}}").split()
        self.assertIn(self.image, names)
        details = self.inspect(self.image)
        self.assertEqual(details["RepoTags"], [self.image])
        self.assertEqual(details["Os"], "linux")
        self.assertTrue(details["RootFS"]["Layers"])
        self.assertEqual(self.docker("images", "-q", "--no-trunc").split(), [details["Id"]])
        self.assertIn("<missing>" if len(self.docker("history", "-q", self.image).split()) > 1 else details["Id"][7:19],
                      self.docker("history", "-q", self.image))  # fmt: skip

    def test_filters(self):
        repository = self.image.rsplit(":", 1)[0]
        self.assertTrue(self.docker("images", "-q", "--filter", f"reference={repository}"))
        self.assertFalse(self.docker("images", "-q", "--filter", "reference=other*"))
        self.assertFalse(self.docker("images", "-q", "--filter", "dangling=true"))
        self.assertIn("invalid filter", self.docker_error("images", "--filter", "colour=red"))

    def test_tags_come_and_go(self):
        self.docker("pull", self.other)
        image_id = self.inspect(self.other)["Id"]
        self.docker("tag", self.other, "other:1")
        self.docker("tag", image_id, "example.com/third")
        self.assertEqual(
            sorted(self.inspect(image_id)["RepoTags"]), sorted([self.other, "other:1", "example.com/third:latest"])
        )
        self.assertIn("image is referenced in multiple repositories", self.docker_error("rmi", image_id[7:19]))
        self.assertEqual(self.docker("rmi", "other:1"), "Untagged: other:1\n")
        self.docker("rmi", "example.com/third:latest")
        self.node.terminate()
        self.node.start()
        self.await_api()
        self.assertEqual(self.inspect(image_id)["RepoTags"], [self.other])
        self.assertIn(f"Deleted: {image_id}", self.docker("rmi", self.other))
        self.assertIn("No such image", self.docker_error("image", "inspect", self.other))

    def test_an_image_in_use_stays(self):
        self.node.berth("run", "-d", "--name", "user", self.image, "sleep", "1000")
        image_id = self.inspect(self.image)["Id"]
        self.assertIn("is using its referenced image", self.docker_error("rmi", self.image))
        self.assertIn("(cannot be forced)", self.docker_error("rmi", "-f", image_id))
        self.assertTrue(self.inspect(self.image))


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
