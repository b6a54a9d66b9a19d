# SPDX-License-Identifier: Apache-2.0
"""Images through Docker's own client."""

import base64, bz2, json, lzma, unittest

import cri, harness
from docker_node import DockerTest


class ImagesTest(DockerTest):
    def setUp(self):
        super().setUp()
        self.other = f"{self.registry.address}/multilayer:latest"
        self.fleeting(self.other)

    def test_a_pull_says_what_it_does(self):
        said = self.docker("pull", self.other)
        self.assertIn("Pulling from multilayer", said)
        self.assertRegex(said, r"Digest: sha256:[0-9a-f]{64}\n")
        self.assertIn(f"Status: Downloaded newer image for {self.other}", said)
        self.assertIn(f"Status: Image is up to date for {self.other}", self.docker("pull", self.other))
        self.assertIn(self.other.rsplit(":", 1)[0], self.node.berth("images"))

    def test_a_pull_of_all_tags(self):
        repository = f"{self.registry.address}/many/tags"
        for tag in ("1", "2"):
            self.docker("tag", self.image, f"{repository}:{tag}")
            self.docker("push", f"{repository}:{tag}")
            self.docker("rmi", self.fleeting(f"{repository}:{tag}"))
        said = self.docker("pull", "-a", repository)
        for tag in ("1", "2"):
            self.assertIn(f"{tag}: Pulling from many/tags", said)
            self.assertEqual(self.inspect(f"{repository}:{tag}")["Id"], self.inspect(self.image)["Id"])
        self.assertIn("repository name not known to registry", self.docker_error("pull", "-a", f"{self.registry.address}/none"))

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
        self.assertEqual(self.inspect(image_id)["RepoTags"], [self.other])
        self.assertIn(f"Deleted: {image_id}", self.docker("rmi", self.other))
        self.assertIn("No such image", self.docker_error("image", "inspect", self.other))

    def test_an_image_in_use_stays(self):
        self.node.berth("run", "-d", "--name", "user", self.image, "sleep", "1000")
        image_id = self.inspect(self.image)["Id"]
        self.assertIn("is using its referenced image", self.docker_error("rmi", self.image))
        self.assertIn("(cannot be forced)", self.docker_error("rmi", "-f", image_id))
        self.assertTrue(self.inspect(self.image))

    def test_a_container_that_does_not_run_keeps_its_image(self):
        self.docker("pull", self.other)
        image_id = self.inspect(self.other)["Id"]
        self.docker("create", "--name", "new", self.other, "true")
        self.addCleanup(self.docker, "rm", "-f", "new", code=None)
        with cri.Cri(self.node.endpoint) as client:
            pinned = {image.id: image.pinned for image in client.call("ListImages").images}
            self.assertTrue(pinned[image_id], "for the kubelet to leave it alone")
            with self.assertRaisesRegex(Exception, "is used by container .* of the Engine API"):
                client.call("RemoveImage", image={"image": image_id})
        said = self.docker("rmi", "-f", image_id)
        self.assertIn("Untagged", said)
        self.assertNotIn("Deleted", said)
        self.docker("start", "-a", "new")
        self.docker("rm", "new")
        self.assertIn("Deleted", self.docker("rmi", image_id))

    def test_push(self):
        mine = f"{self.registry.address}/mine:1"
        self.fleeting(mine)
        self.docker("pull", self.other)
        digest = self.inspect(self.other)["RepoDigests"][0].split("@")[1]
        self.docker("tag", self.other, mine)
        said = self.docker("push", mine)
        self.assertIn(f"The push refers to repository [{mine.rsplit(':', 1)[0]}]", said)
        self.assertIn("Mounted from multilayer", said)
        self.assertIn(f"1: digest: {digest} size: ", said, "the bytes that were pulled")
        self.assertIn(f"{mine.rsplit(':', 1)[0]}@{digest}", self.inspect(mine)["RepoDigests"])
        told = json.loads(self.node.run(["curl", "-s", "--unix-socket", self.socket, f"http://d/distribution/{mine}/json"]).stdout)
        self.assertEqual(told["Descriptor"]["digest"], digest)
        self.assertEqual(told["Platforms"][0]["os"], "linux")
        self.assertIn("Layer already exists", self.docker("push", mine))
        self.docker("rmi", mine)
        self.docker("rmi", self.other)
        self.assertIn(f"Digest: {digest}", self.docker("pull", mine))
        missing = f"{self.registry.address}/mine:none"
        self.assertIn(f"tag does not exist: {missing}", self.docker_error("push", missing))
        nothing = "An image does not exist locally with the tag: none.example/none"
        self.assertIn(nothing, self.docker_error("push", "none.example/none:1"))

    def test_push_to_where_there_is_nothing(self):
        fresh = f"{self.registry.address}/fresh/er:1"
        self.fleeting(fresh)
        archive = self.node.directory / "fresh.tar"
        self.docker("tag", self.image, fresh)
        self.docker("save", "-o", archive, fresh)
        with harness.Registry(auth=True, tls=True) as other:
            certs = self.node.directory / "certs.d" / other.address
            certs.mkdir(parents=True)
            (certs / "ca.crt").write_bytes(other.ca_file.read_bytes())
            target = f"{other.address}/a/b:1"
            self.docker("tag", fresh, target)
            self.fleeting(target)
            self.assertIn("wants a user name and a password", self.docker_error("push", target))
            auth = base64.b64encode(f"{other.USER}:{other.PASSWORD}".encode()).decode()
            config = self.node.directory / "docker-config"
            config.mkdir()
            (config / "config.json").write_text(json.dumps({"auths": {other.address: {"auth": auth}}}))
            said = self.docker("--config", config, "push", target)
            self.assertIn(": Pushed", said)
            self.docker("rmi", target)
            self.docker("--config", config, "pull", target)
            self.build_from(target, config)

    def build_from(self, base, config):
        """A build pulls its base with what the client hands over, by both commands."""
        context = self.node.directory / "from-private"
        context.mkdir()
        (context / "Dockerfile").write_text(f"FROM {base}\nLABEL of=mine\n")
        for build in (
            lambda: self.docker("--config", config, "build", "-t", "mine:1", context),
            lambda: self.node.run([harness.binaries() / "berth", "build", "-t", "mine:1", context], 0, DOCKER_CONFIG=str(config)),
        ):
            self.docker("rmi", base)
            build()
            self.docker("rmi", "mine:1")

    def test_login(self):
        with harness.Registry(auth=True, tls=True) as other:
            certs = self.node.directory / "certs.d" / other.address
            certs.mkdir(parents=True)
            hosts = f'server = "{other.url}"\n[host."{other.url}"]\nca = "{other.ca_file}"\n'
            (certs / "hosts.toml").write_text(hosts)
            config = self.node.directory / "login-config"
            login = ["--config", config, "login", "-u", other.USER]
            self.assertIn("Login Succeeded", self.docker(*login, "-p", other.PASSWORD, other.address))
            self.assertIn("401 Unauthorized", self.docker_error(*login, "-p", "wrong", other.address))
            target = f"{other.address}/a/b:2"
            self.docker("tag", self.image, target)
            self.addCleanup(self.docker, "rmi", target)
            self.docker("--config", config, "push", target)
        self.assertIn("Login Succeeded", self.docker(*login, "-p", "any", self.registry.address), "it wants none")
        self.assertIn(other.address, self.docker_error(*login, "-p", "any", other.address), "nobody is there")

    def test_save_and_load(self):
        self.docker("pull", self.other)
        image_id = self.inspect(self.other)["Id"]
        archive, again = self.node.directory / "a.tar", self.node.directory / "b.tar"
        self.docker("save", "-o", archive, self.other)
        self.assertIn("No such image", self.docker_error("save", "-o", again, "none:1"))
        self.docker("rmi", self.other)
        self.assertEqual(self.docker("load", "-i", archive), f"Loaded image: {self.other}\n")
        self.assertEqual(self.inspect(self.other)["Id"], image_id)
        self.docker("save", "-o", again, self.other)
        self.assertEqual(archive.read_bytes(), again.read_bytes(), "stable")
        for pack in (bz2.compress, lzma.compress):
            again.write_bytes(pack(archive.read_bytes()))
            self.assertEqual(self.docker("load", "-i", again), f"Loaded image: {self.other}\n")
        archive.write_bytes(b"x" * 5000)
        self.assertIn("invalid archive", self.docker_error("load", "-i", archive))

    def test_prune(self):
        self.node.berth("run", "-d", "--name", "user", self.image, "sleep", "1000")
        self.docker("pull", self.other)
        self.assertIn("Total reclaimed space: 0B", self.docker("image", "prune", "-f"))
        self.assertIn(self.other, self.docker("image", "prune", "-af"))
        self.assertIn("No such image", self.docker_error("image", "inspect", self.other))
        self.assertTrue(self.inspect(self.image), "a container uses it")


if __name__ == "__main__":
    unittest.main()
