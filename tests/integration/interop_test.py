# SPDX-License-Identifier: Apache-2.0
"""Others read what Berth has made, and Berth what others have: skopeo, umoci, podman, docker-registry with TLS and a login."""

import base64, json, os, shutil, tarfile, unittest

import harness
from docker_node import DockerTest

DOCKERFILE = """FROM {base}
LABEL made=here
RUN echo made > /made && rm /bin/true
COPY file /copied
RUN mkdir /opaque && echo one > /opaque/one
RUN rm -rf /opaque && mkdir /opaque && echo two > /opaque/two
CMD ["cat", "/made"]
"""


class InteropTest(DockerTest):
    images = ("busybox",)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = harness.Registry(auth=True, tls=True)
        cls.enterClass(cls.other)
        certs = cls.node.directory / "certs.d" / cls.other.address
        certs.mkdir(parents=True)
        shutil.copy(cls.other.ca_file, certs / "ca.crt")
        auth = base64.b64encode(f"{cls.other.USER}:{cls.other.PASSWORD}".encode()).decode()
        (cls.node.directory / "config.json").write_text(json.dumps({"auths": {cls.other.address: {"auth": auth}}}))

    def setUp(self):
        super().setUp()
        self.made = f"{self.other.address}/made/here:1"
        self.here = self.node.directory / self.id().rsplit(".", 1)[1]
        self.here.mkdir()
        self.addCleanup(self.remove_made)

    def remove_made(self):
        ids = self.docker("images", "-q", "--filter", "label=made").split()
        if ids:
            self.docker("rmi", "-f", *ids)
        self.docker("builder", "prune", "-af")

    def build(self):
        context = self.here / "context"
        context.mkdir()
        (context / "Dockerfile").write_text(DOCKERFILE.format(base=self.image))
        (context / "file").write_text("copied\n")
        self.node.run(
            ["docker", "build", "-q", "-t", self.made, context],
            DOCKER_HOST=f"unix://{self.socket}",
            DOCKER_BUILDKIT="0",
        )
        return self.inspect(self.made)["Id"]

    def push(self):
        said = self.docker("--config", self.node.directory, "push", self.made)
        return said.split("digest: ")[1].split()[0]

    def skopeo(self, verb, *arguments):
        certs = self.node.directory / "certs.d" / self.other.address
        authentic = ["--authfile", self.node.directory / "config.json"]
        for side in ("--src-cert-dir", "--dest-cert-dir") if verb == "copy" else ("--cert-dir",):
            authentic += [side, certs]
        return self.node.run(["skopeo", "--insecure-policy", verb, *authentic, *arguments]).stdout

    def unpack(self, layout, tag):
        self.node.run(["umoci", "unpack", "--image", f"{layout}:{tag}", self.here / "bundle"])
        return self.here / "bundle/rootfs"

    def test_what_was_built_and_pushed_is_read_by_others(self):
        image = self.build()
        digest = self.push()
        told = json.loads(self.skopeo("inspect", f"docker://{self.made}"))
        self.assertEqual((told["Digest"], told["Labels"]["made"], told["Os"]), (digest, "here", "linux"))
        self.skopeo("copy", f"docker://{self.made}", f"oci:{self.here}/layout:1")
        manifest = json.loads((self.here / "layout/index.json").read_text())["manifests"][0]
        self.assertEqual(manifest["digest"], digest, "copied as it is")
        blob = self.here / "layout/blobs/sha256" / digest.split(":")[1]
        self.assertEqual(json.loads(blob.read_text())["config"]["digest"], image)
        root = self.unpack(self.here / "layout", "1")
        self.assertEqual((root / "made").read_text(), "made\n")
        self.assertEqual((root / "copied").read_text(), "copied\n")
        self.assertEqual(os.listdir(root / "opaque"), ["two"])
        self.assertFalse((root / "bin/true").exists())

    def test_a_saved_image_is_read_by_others_and_theirs_loaded(self):
        image = self.build()
        ours = self.here / "ours.tar"
        self.docker("save", "-o", ours, self.made)
        config = json.loads(self.skopeo("inspect", "--config", "--raw", f"docker-archive:{ours}"))
        self.assertEqual(config["config"]["Labels"]["made"], "here")
        self.skopeo("copy", f"docker-archive:{ours}", f"docker-archive:{self.here}/theirs.tar:{self.made}")
        self.skopeo("copy", f"docker-archive:{ours}", f"oci-archive:{self.here}/oci.tar:{self.made}")
        for archive in ("theirs.tar", "oci.tar"):
            self.remove_made()
            self.assertIn("Loaded image", self.docker("load", "-i", self.here / archive))
            loaded = self.docker("images", "-q", "--no-trunc", "--filter", "label=made").strip()
            if archive == "theirs.tar":  # in OCI's form skopeo writes a configuration of its own
                self.assertEqual(loaded, image)
            self.assertEqual(self.docker("run", "--rm", loaded), "made\n")

    def podman(self, *arguments):
        """With a store of its own, whose path podman wants to be short."""
        place = ["--root", f"{self.store}/root", "--runroot", f"{self.store}/run"]
        return self.node.run(["podman", *place, "--storage-driver", "vfs", "--events-backend", "none", *arguments]).stdout

    def test_archives_go_to_podman_and_back(self):
        self.store = self.temporary_directory("berth-podman-")
        image = self.build()
        layers = self.inspect(image)["RootFS"]["Layers"]
        self.docker("save", "-o", self.here / "ours.tar", self.made)
        self.podman("load", "-i", self.here / "ours.tar")
        theirs = json.loads(self.podman("image", "inspect", self.made))[0]
        self.assertEqual((f"sha256:{theirs['Id']}", theirs["RootFS"]["Layers"]), (image, layers))
        for form in ("docker-archive", "oci-archive"):
            self.remove_made()
            self.podman("save", "--format", form, "-o", self.here / f"{form}.tar", self.made)
            self.docker("load", "-i", self.here / f"{form}.tar")
            back = self.inspect(self.made)
            self.assertEqual((back["Id"], back["RootFS"]["Layers"]), (image, layers), form)
            self.assertEqual(self.docker("run", "--rm", self.made), "made\n")

    def test_what_others_have_made_is_loaded_pulled_and_run(self):
        layout = self.here / "layout"
        self.skopeo("copy", "--src-tls-verify=false", f"docker://{self.image}", f"oci:{layout}:base")
        (self.here / "theirs").write_text("of umoci\n")
        self.node.run(["umoci", "insert", "--image", f"{layout}:base", "--tag", "more", self.here / "theirs", "/theirs"])
        self.node.run(["umoci", "config", "--image", f"{layout}:more", "--config.label", "made=there"])
        self.skopeo("copy", f"oci:{layout}:more", f"docker://{self.made}")
        self.docker("--config", self.node.directory, "pull", self.made)
        self.assertEqual(self.docker("run", "--rm", self.made, "cat", "/theirs"), "of umoci\n")
        pulled = self.inspect(self.made)["Id"]
        self.docker("rmi", self.made)
        archive = self.here / "layout.tar"
        with tarfile.open(archive, "w") as tar:
            for name in ("oci-layout", "index.json", "blobs"):
                tar.add(layout / name, name)
        self.docker("load", "-i", archive)
        self.assertIn(pulled, self.docker("images", "-q", "--no-trunc", "--filter", "label=made").split())

    def test_a_commit_and_an_import_are_images_for_others(self):
        self.docker("run", "--name", "one", self.image, "sh", "-c", "echo made > /made; rm /bin/true")
        self.addCleanup(self.docker, "rm", "-f", "one")
        self.docker("commit", "-c", "LABEL made=commit", "one", self.made)
        self.push()
        self.skopeo("copy", f"docker://{self.made}", f"oci:{self.here}/layout:1")
        root = self.unpack(self.here / "layout", "1")
        self.assertEqual(((root / "made").read_text(), (root / "bin/true").exists()), ("made\n", False))


if __name__ == "__main__":
    unittest.main()
