# SPDX-License-Identifier: Apache-2.0
"""Docker's own client, unmodified, against berthd."""

import json, socket, unittest

import harness
from distribution import push
from images import make


class DockerTest(harness.NodeTest):
    images = ("busybox", "multilayer")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.socket = cls.node.directory / "state/docker.sock"
        harness.wait_until(cls.socket.exists, harness.START_S, "the Engine API serves")

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
        harness.wait_until(self.socket.exists, harness.START_S, "the Engine API serves")
        self.assertEqual(self.inspect(image_id)["RepoTags"], [self.other])
        self.assertIn(f"Deleted: {image_id}", self.docker("rmi", self.other))
        self.assertIn("No such image", self.docker_error("image", "inspect", self.other))

    def test_an_image_in_use_stays(self):
        self.node.berth("run", "-d", "--name", "user", self.image, "sleep", "1000")
        self.assertIn("is using the image", self.docker_error("rmi", self.image))
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

    def test_one_connection_serves_many_requests(self):
        said = self.curl("-w", "%{num_connects} ", *["http://d/_ping"] * 5)
        self.assertEqual(said, "OK1 OK0 OK0 OK0 OK0 ")


if __name__ == "__main__":
    unittest.main()
