#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docker run --mount type=image: other images' files in a container, and what keeps such an image."""

import pathlib, sys, unittest

sys.dont_write_bytecode = True
sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent)]

import cri, docker_node  # noqa: E402


class ImageMountsTest(docker_node.DockerContainersTest):
    def setUp(self):
        super().setUp()
        self.data()

    def data(self, text="one"):
        """Of several layers, which a link leads across and which change each other's files."""
        self.build(
            "data:1",
            f"RUN mkdir -p /data/sub && echo old > /data/file && echo {text} > /data/sub/f && echo lost > /data/lost",
            "RUN mkdir /hack && ln -s ../data/sub /hack/good && ln -s ../../../../usr/share/doc /hack/bad && echo new > /data/file && rm /data/lost",
        )
        return self.inspect("data:1")["Id"]

    def shell(self, mount, command, code=0):
        return self.docker("run", "--rm", "--mount", f"type=image,{mount}", self.image, "sh", "-c", command, code=code)

    def refused(self, mount):
        said = self.docker_error("run", "--name", "refused", "--mount", f"type=image,{mount}", self.image, "true", code=125)
        self.assertEqual(self.docker("ps", "-aq"), "", "nothing is left")
        return said

    def mounts(self, name):
        return {mount["Destination"]: mount for mount in self.container(name)["Mounts"]}

    def keep(self, name, *options):
        self.docker("run", "-d", "--name", name, "--mount", "type=image,src=data:1,dst=/x", *options, self.image, "sleep", "1000")

    def test_the_whole_image_is_there_and_nobody_writes_to_it(self):
        self.assertEqual(self.shell("src=data:1,dst=/x", "cat /x/data/file /x/data/sub/f; ls /x/data"), "new\none\nfile\nsub\n")
        self.assertEqual(self.shell("src=data:1,dst=/deep/x", "/deep/x/bin/busybox echo runs"), "runs\n")
        for options in ("", ",readonly=false"):
            said = self.shell(f"src=data:1,dst=/x{options}", "touch /x/data/file 2>&1", code=1)
            self.assertIn("Read-only file system", said)

    def test_a_part_of_it(self):
        for subpath in ("data/sub", "hack/good", "data/./sub/"):
            self.assertEqual(self.shell(f"src=data:1,dst=/x,image-subpath={subpath}", "ls /x; cat /x/f"), "f\none\n")
        self.assertEqual(self.shell("src=data:1,dst=/x,image-subpath=data", "cat /x/file; ls /x"), "new\nfile\nsub\n")
        self.assertEqual(self.shell("src=data:1,dst=/x,image-subpath=data/file", "cat /x; echo more > /x 2>/dev/null || cat /x"), "new\nnew\n")

    def test_what_cannot_be_is_named(self):
        for subpath in ("data/nothing", "data/lost", "hack/bad"):
            said = self.refused(f"src=data:1,dst=/x,image-subpath={subpath}")
            self.assertIn('invalid mount config for type "image": data:1: subpath', said)
            self.assertIn(subpath, said)
        self.assertIn("subpath must be a relative path within the image", self.refused("src=data:1,dst=/x,image-subpath=../etc"))
        said = self.refused("src=none:1,dst=/x")
        self.assertIn("No such image: none:1", said)
        self.assertNotIn("Unable to find image", said, "the container's own is not pulled for it")
        self.assertIn("field Source must not be empty", self.refused("dst=/x"))

    def test_it_is_told(self):
        image_id = self.inspect("data:1")["Id"]
        self.keep("web")
        self.assertEqual(
            self.mounts("web")["/x"],
            {"Type": "image", "Name": "data:1", "Source": image_id, "Destination": "/x", "Mode": "", "RW": False, "Propagation": "rprivate"},
        )
        self.assertEqual(self.container("web")["HostConfig"]["Mounts"], [{"Type": "image", "Source": "data:1", "Target": "/x"}])
        self.assertEqual(self.docker("ps", "--format", "{{.Mounts}}"), "data:1\n")
        self.assertEqual(self.docker("ps", "-q", "--filter", "volume=/x"), self.docker("ps", "-q"))

    def test_the_image_stays_as_long_as_the_container(self):
        image_id = self.inspect("data:1")["Id"]
        for command in (["run", "-d"], ["create"]):
            self.docker(*command, "--name", "web", "--mount", "type=image,src=data:1,dst=/x", self.image, "sleep", "1000")
            self.assertIn("is using its referenced image", self.docker_error("rmi", "data:1"))
            self.assertNotIn(image_id, self.docker("image", "prune", "-af"))
            with cri.Cri(self.node.endpoint) as client:
                pinned = {image.id: image.pinned for image in client.call("ListImages").images}
                self.assertTrue(pinned[image_id], "for the kubelet to leave it alone")
                with self.assertRaisesRegex(Exception, "is used by container .* of the Engine API"):
                    client.call("RemoveImage", image={"image": image_id})
            self.docker("rm", "-f", "web")
        self.assertIn("Deleted", self.docker("rmi", "data:1"))

    def test_a_name_that_moves_and_a_daemon_that_dies_change_nothing(self):
        old = self.inspect("data:1")["Id"]
        self.keep("web")
        self.assertIn("Untagged", self.docker("rmi", "-f", "data:1"))
        self.assertNotEqual(self.data("two"), old)
        self.restart_daemon()
        self.assertEqual(self.docker("exec", "web", "cat", "/x/data/sub/f"), "one\n")
        self.docker("restart", "-t", "0", "web")
        self.assertEqual(self.docker("exec", "web", "cat", "/x/data/sub/f"), "one\n")
        self.assertEqual(self.docker("run", "--rm", "--volumes-from", "web", self.image, "cat", "/x/data/sub/f"), "one\n")
        self.docker("rm", "-f", "web")
        self.keep("web")
        self.assertEqual(self.docker("exec", "web", "cat", "/x/data/sub/f"), "two\n")
        self.assertIn(old, self.docker("image", "prune", "-f"))

    def test_its_files_come_out_and_none_go_in(self):
        self.keep("runs", "--mount", "type=image,src=data:1,dst=/part,image-subpath=hack/good")
        both = ("--mount", "type=image,src=data:1,dst=/x", "--mount", "type=image,src=data:1,dst=/part,image-subpath=hack/good")
        self.docker("create", "--name", "made", *both, self.image)
        for name in ("runs", "made"):
            for path, text in (("/x/data/file", "new\n"), ("/part/f", "one\n")):
                out = self.node.directory / "out"
                self.docker("cp", f"{name}:{path}", out)
                self.assertEqual(out.read_text(), text)
                self.assertIn("marked read-only", self.docker_error("cp", out, f"{name}:{path}"))

    def test_a_commit_has_none_of_it(self):
        self.keep("web")
        self.assertEqual(self.docker("diff", "web"), "")
        self.built.append("committed:1")
        self.docker("commit", "web", "committed:1")
        self.assertEqual(self.docker("run", "--rm", "committed:1", "sh", "-c", "ls -d /x || echo none"), "none\n")

    def test_a_run_of_berth(self):
        shown = self.node.berth("run", "--rm", "--mount", "type=image,src=data:1,dst=/x,image-subpath=data", self.image, "cat", "/x/file")
        self.assertEqual(shown, "new\n")
        self.assertIn("--mount type=image: write", self.node.berth_error("run", "--mount", "type=image", self.image, code=125))


if __name__ == "__main__":
    unittest.main()
