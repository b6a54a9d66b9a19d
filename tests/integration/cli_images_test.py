# SPDX-License-Identifier: Apache-2.0
"""What `berth` does with images over the Engine API: build, tag, history, save, load, push, rmi."""

import json, subprocess, tarfile, unittest

import harness
from docker_node import DockerTest


class CliImagesTest(DockerTest):
    images = ("busybox",)

    def setUp(self):
        super().setUp()
        self.context = self.temporary_directory("berth-context-")
        self.addCleanup(self.docker, "builder", "prune", "-af")

    def write(self, name, text):
        path = self.context / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def files(self, image, *paths):
        return self.node.berth("run", "--rm", image, "cat", *paths)

    # build

    def test_build(self):
        built = self.fleeting("built:1")
        self.write("Dockerfile", f"FROM {self.image}\nARG WHO\nCOPY . /in\nRUN echo hello $WHO > /said\nLABEL a=b\n")
        self.write("kept", "kept\n")
        self.write("dropped.log", "dropped\n")
        self.write(".dockerignore", "*.log\n")
        out = self.node.berth("build", "-t", built, "--build-arg", "WHO=you", "--label", "c=d", self.context)
        self.assertIn(f"naming to docker.io/library/{built} done", out)
        self.assertEqual(self.files(built, "/said", "/in/kept"), "hello you\nkept\n")
        self.assertEqual(self.node.berth("run", "--rm", built, "ls", "-A", "/in").split(), [".dockerignore", "Dockerfile", "kept"])
        self.assertEqual(self.inspect(built)["Config"]["Labels"], {"a": "b", "c": "d"})
        again = self.node.berth("build", "-q", "--build-arg", "WHO=you", "--label", "c=d", self.context).strip()
        self.assertEqual(again, self.inspect(built)["Id"])

    def test_build_outputs(self):
        self.write("Dockerfile", "FROM scratch\nCOPY d /d\nCOPY f /\n")
        self.write("d/x", "1\n")
        self.write("f", "2\n")
        image = self.fleeting("output:1")
        out = self.context / "out"
        self.node.berth("build", "-t", image, "-o", out / "tree/deep", self.context)
        self.assertEqual((out / "tree/deep/d/x").read_text() + (out / "tree/deep/f").read_text(), "1\n2\n")
        self.node.berth("build", "-t", image, "-o", f"type=tar,dest={out}/files.tar", self.context)
        with tarfile.open(out / "files.tar") as tar:
            self.assertEqual([m.name.strip("./") for m in tar if m.isfile()], ["d/x", "f"])
        self.node.berth("build", "-t", image, "-o", f"type=oci,dest={out}/image.tar", self.context)
        with tarfile.open(out / "image.tar") as tar:
            self.assertLessEqual({"oci-layout", "index.json", "manifest.json"}, set(tar.getnames()))
        self.assertIn("no dest", self.node.berth_error("build", "-o", "type=local", self.context))
        self.assertEqual(self.docker("ps", "-aq"), "")

    def test_build_of_another_file_and_stage(self):
        image = self.fleeting("staged:1")
        self.write("deploy/Dockerfile.web", f"FROM {self.image} AS one\nRUN echo 1 > /n\nFROM one AS two\nRUN echo 2 > /n\n")
        self.node.berth("build", "-t", image, "-f", self.context / "deploy/Dockerfile.web", "--target", "one", self.context)
        self.assertEqual(self.files(image, "/n"), "1\n")

    def test_build_from_stdin(self):
        image = self.fleeting("piped:1")
        done = subprocess.run(
            [harness.binaries() / "berth", "build", "-t", image, "-"], input=f"FROM {self.image}\nRUN echo piped > /n\n",
            env=self.node.environment(), text=True, capture_output=True, timeout=120,
        )  # fmt: skip
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.files(image, "/n"), "piped\n")

    def test_a_build_that_fails_says_where(self):
        self.write("Dockerfile", f"FROM {self.image}\nRUN echo before; exit 9\n")
        done = self.node.run([harness.binaries() / "berth", "build", self.context], 9)
        self.assertIn("before\n", done.stdout)
        self.assertIn("returned a non-zero code: 9", done.stderr)
        self.assertIn("no/such", self.node.berth_error("build", "/no/such"))

    # names

    def test_tag_history_and_rmi(self):
        other = self.fleeting("other:1")
        self.node.berth("tag", self.image, other)
        [first, *_] = self.node.json("history", "--format", "json", other)
        self.assertEqual(first["Id"], self.inspect(self.image)["Id"])
        table = self.node.berth("history", other).splitlines()
        self.assertEqual(table[0].split("  ")[0], "IMAGE")
        self.assertEqual(self.node.berth("rmi", other), f"Untagged: {other}\n", "the image has another name")
        self.assertTrue(self.inspect(self.image))
        self.assertIn("No such image", self.node.berth_error("tag", other, "third:1"))
        self.assertIn("must be in lower case", self.node.berth_error("tag", self.image, "UPPER"))

    # out and in

    def test_save_and_load(self):
        copy = self.fleeting("copy:1")
        self.node.berth("tag", self.image, copy)
        archive = self.context / "copy.tar"
        self.node.berth("save", "-o", archive, copy)
        with tarfile.open(archive) as tar:
            [entry] = json.load(tar.extractfile("manifest.json"))
        self.assertEqual(entry["RepoTags"], [copy])
        self.node.berth("rmi", copy)
        self.assertEqual(self.node.berth("load", "-i", archive), f"Loaded image: {copy}\n")
        self.assertEqual(self.inspect(copy)["Id"], self.inspect(self.image)["Id"])
        nothing = self.context / "nothing.tar"
        self.assertIn("No such image", self.node.berth_error("save", "-o", nothing, "none:1"))
        self.assertFalse(nothing.exists())

    def test_push(self):
        mine = self.fleeting(f"{self.registry.address}/cli/mine:1")
        self.node.berth("tag", self.image, mine)
        out = self.node.berth("push", mine)
        self.assertRegex(out, r"1: digest: sha256:[0-9a-f]{64} size: \d+")
        self.node.berth("rmi", mine)
        self.node.berth("pull", mine)
        self.assertEqual(self.inspect(mine)["Id"], self.inspect(self.image)["Id"])
        self.assertEqual(self.node.berth("push", "-q", mine), f"{mine}\n")


if __name__ == "__main__":
    unittest.main()
