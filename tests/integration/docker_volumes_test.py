#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Docker's own client and volumes."""

import json, pathlib, sys, tempfile, unittest

sys.dont_write_bytecode = True
sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent)]

import docker_node, harness  # noqa: E402


class VolumesTest(docker_node.DockerContainersTest):
    def setUp(self):
        super().setUp()
        self.addCleanup(self.docker, "volume", "prune", "-af")
        self.addCleanup(self.remove_all)

    def volume(self, name):
        return json.loads(self.docker("volume", "inspect", name))[0]

    def names(self, *arguments):
        return self.docker("volume", "ls", "-q", *arguments).split()

    def test_a_volume_comes_and_goes(self):
        self.assertEqual(self.docker("volume", "create", "--label", "a=b", "data"), "data\n")
        told = self.volume("data")
        self.assertEqual((told["Driver"], told["Scope"], told["Labels"]), ("local", "local", {"a": "b"}))
        place = pathlib.Path(told["Mountpoint"])
        self.assertEqual(place, self.node.directory / "root/volumes/data/_data")
        (place / "file").write_text("kept")
        self.assertEqual(self.docker("volume", "create", "data"), "data\n")
        self.restart_daemon()
        self.assertEqual((place / "file").read_text(), "kept")
        self.assertEqual(self.names("--filter", "label=a"), ["data"])
        self.assertEqual(self.docker("volume", "rm", "data"), "data\n")
        self.assertFalse(place.parent.exists())
        self.assertIn("no such volume", self.docker_error("volume", "inspect", "data"))
        self.assertIn("get data: no such volume", self.docker_error("volume", "rm", "data"))
        self.docker("volume", "rm", "-f", "data")

    def test_names_and_options_that_cannot_be(self):
        self.assertIn("includes invalid characters", self.docker_error("volume", "create", "a/b"))
        self.assertIn("too short", self.docker_error("volume", "create", "a"))
        self.assertIn("plugin", self.docker_error("volume", "create", "-d", "cloud", "data"))
        self.assertIn("missing required option", self.docker_error("volume", "create", "-o", "type=nfs", "data"))
        self.assertIn("invalid option", self.docker_error("volume", "create", "-o", "colour=red", "data"))
        self.assertEqual(self.names(), [])

    def test_prune_takes_what_has_no_name(self):
        self.docker("volume", "create", "named")
        anonymous = self.docker("volume", "create").strip()
        self.assertRegex(anonymous, "^[0-9a-f]{64}$")
        self.assertIn(anonymous, self.docker("volume", "prune", "-f"))
        self.assertEqual(self.names(), ["named"])
        self.assertEqual(self.names("--filter", "dangling=false"), [])
        self.assertIn("named", self.docker("volume", "prune", "-af"))
        self.assertEqual(self.names(), [])

    def shell(self, *options_and_command):
        *options, command = options_and_command
        return self.docker("run", "--rm", *options, self.image, "sh", "-c", command)

    def mounts(self, name):
        return {mount["Destination"]: mount for mount in self.container(name)["Mounts"]}

    def test_a_volume_keeps_what_containers_write(self):
        self.shell("-v", "data:/d", "echo kept > /d/file")
        self.assertEqual(self.shell("--mount", "type=volume,source=data,target=/e", "cat /e/file"), "kept\n")
        self.docker("run", "-v", "data:/d:ro", "--rm", self.image, "touch", "/d/file", code=1)
        self.docker("run", "-d", "--name", "holds", "-v", "data:/d", self.image, "sleep", "1000")
        told = self.mounts("holds")["/d"]
        self.assertEqual((told["Type"], told["Name"], told["RW"]), ("volume", "data", True))
        self.assertEqual(told["Source"], self.volume("data")["Mountpoint"])
        self.restart_daemon()
        self.assertNotIn("data", self.docker("volume", "prune", "-af"))
        self.assertIn("volume is in use", self.docker_error("volume", "rm", "data"))
        self.assertEqual(self.docker("ps", "-q", "--filter", "volume=data"), self.docker("ps", "-q"))
        self.assertEqual(self.docker("ps", "-q", "--filter", "volume=other"), "")
        self.docker("restart", "-t", "0", "holds")
        self.docker("rm", "-f", "holds")
        self.assertEqual(self.docker("volume", "rm", "data"), "data\n")

    def test_a_new_volume_gets_what_the_image_has(self):
        self.assertIn("busybox", self.shell("-v", "bin:/bin", "ls /bin"))
        self.docker("create", "--name", "empty", "-v", "none:/bin:nocopy", self.image)
        place = pathlib.Path(self.volume("none")["Mountpoint"])
        self.assertEqual(list(place.iterdir()), [])

    def test_a_create_that_fails_leaves_no_volume(self):
        self.docker("create", "--name", "taken", self.image)
        self.addCleanup(self.docker, "rm", "taken")
        before = self.docker("volume", "ls", "-q")
        for options in (["--name", "taken"], ["--network", "none-such"]):
            self.docker_error("create", *options, "-v", "new:/new", "-v", "/anonymous", self.image, code=1)
            self.assertEqual(self.docker("volume", "ls", "-q"), before)

    def test_volumes_without_a_name_go_with_their_container(self):
        with tempfile.TemporaryDirectory() as context:
            dockerfile = f"FROM {self.image}\nRUN mkdir /v && echo made > /v/file\nVOLUME /v\n"
            (pathlib.Path(context) / "Dockerfile").write_text(dockerfile)
            self.docker("build", "-t", "with-volume", context)
        self.addCleanup(self.docker, "builder", "prune", "-af")
        self.addCleanup(self.docker, "rmi", "-f", "with-volume")
        self.assertEqual(self.docker("run", "--rm", "with-volume", "cat", "/v/file"), "made\n")
        self.assertEqual(self.names(), [])
        self.docker("create", "--name", "one", "-v", "/anon", "with-volume")
        self.assertEqual(len(self.names()), 2)
        self.docker("rm", "-v", "one")
        self.assertEqual(self.names(), [])
        self.docker("create", "--name", "two", "with-volume")
        self.docker("rm", "two")
        self.assertEqual(len(self.names()), 1)

    def test_containers_share_volumes(self):
        self.docker("run", "-d", "--name", "one", "-v", "data:/d", "-v", "/anon", self.image, "sh", "-c", "echo x > /d/f; echo y > /anon/g; exec sleep 1000")
        harness.wait_until(lambda: self.shell("--volumes-from", "one", "cat /anon/g || true") == "y\n", harness.SETTLE_S, "it writes")
        self.assertEqual(self.shell("--volumes-from", "one", "cat /d/f"), "x\n")
        self.docker("run", "--rm", "--volumes-from", "one:ro", self.image, "touch", "/d/g", code=1)
        self.docker("rm", "-f", "-v", "one")
        self.assertEqual(self.names(), ["data"])

    def test_a_part_of_a_volume(self):
        self.shell("-v", "data:/d", "mkdir -p /d/a/b; echo in > /d/a/b/f; ln -s /etc /d/out")
        part = "type=volume,source=data,target=/p,volume-subpath="
        self.assertEqual(self.shell("--mount", part + "a/b", "cat /p/f"), "in\n")
        self.docker("run", "--rm", "--mount", part + "out", self.image, "true", code=125)
        absent = self.docker_error("run", "--rm", "--mount", part + "none", self.image, "true", code=125)
        self.assertIn("volumes/data/_data/none on /p): No such file or directory", absent)
        self.assertIn("relative path", self.docker_error("create", "--mount", part + "../x", self.image))

    def test_what_is_read_only_is_so_below(self):
        place = self.node.directory / "below"
        (place / "mounted").mkdir(parents=True)
        self.node.run(["mount", "-t", "tmpfs", "tmpfs", place / "mounted"])
        self.addCleanup(self.node.run, ["umount", place / "mounted"])
        touch = "touch /d/mounted/file && echo written || echo refused"
        self.assertEqual(self.shell("-v", f"{place}:/d:ro", touch), "refused\n")
        for options, said in (("", "refused"), ("bind-recursive=readonly", "refused"), ("bind-recursive=writable", "written")):
            mount = f"type=bind,src={place},dst=/d,readonly,bind-propagation=rprivate,{options}".rstrip(",")
            self.assertEqual(self.shell("--mount", mount, touch), said + "\n", options)
        mount = f"type=bind,src={place},dst=/d,bind-recursive=disabled"
        self.assertEqual(self.shell("--mount", mount, "ls -A /d/mounted"), "")
        self.assertTrue((place / "mounted/file").exists())
        self.assertEqual(self.shell("-v", f"{place}:/d", "ls /d/mounted"), "file\n")

    def test_a_file_on_a_directory_and_the_other_way_round(self):
        with tempfile.NamedTemporaryFile() as file:
            for source, target in ((file.name, "/etc"), ("/tmp", "/etc/passwd")):
                refused = self.docker_error("run", "--rm", "-v", f"{source}:{target}", self.image, "true", code=125)
                self.assertIn(f"({source} on {target}): ", refused)
                self.assertIn("Are you trying to mount a directory onto a file (or vice-versa)?", refused)

    def test_a_volume_with_a_filesystem_of_its_own(self):
        self.docker("volume", "create", "-o", "type=tmpfs", "-o", "device=tmpfs", "-o", "o=size=1m", "small")
        self.docker("run", "-d", "--name", "web", "-v", "small:/s", self.image, "sleep", "1000")
        self.assertRegex(self.docker("exec", "web", "df", "-k", "/s"), r"\s1024\s")
        self.restart_daemon()
        self.docker("rm", "-f", "web")
        self.assertNotIn("small", pathlib.Path("/proc/mounts").read_text())


if __name__ == "__main__":
    unittest.main()
