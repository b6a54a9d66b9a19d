# SPDX-License-Identifier: Apache-2.0
"""Images out of archives, and what images, containers and volumes occupy, by Docker's own client."""

import bz2, functools, http.server, io, json, subprocess, tarfile, threading, unittest

import harness
from docker_node import DockerTest


class DiskTest(DockerTest):
    images = ("busybox",)

    def setUp(self):
        super().setUp()
        self.addCleanup(self.remove_all)
        self.here = self.node.directory / self.id().rsplit(".", 1)[1]
        self.here.mkdir()

    def remove_all(self):
        for arguments in (["ps", "-aq"], ["images", "-q", "--filter", "reference=made*"]):
            ids = self.docker(*arguments).split()
            if ids:
                self.docker("rm" if "ps" in arguments else "rmi", "-f", *ids)

    def api(self, path):
        address = ["curl", "-sS", "--unix-socket", self.socket, "http://docker" + path]
        return json.loads(self.node.run(address).stdout)

    def test_what_was_exported_is_imported_and_runs(self):
        self.docker("run", "--name", "one", self.image, "sh", "-c", "echo mine > /mine")
        self.docker("export", "-o", self.here / "one.tar", "one")
        self.docker("import", "-m", "why", "-c", 'CMD ["cat", "/mine"]', "-c", "ENV A=b", self.here / "one.tar", "made:1")
        self.assertEqual(self.docker("run", "--rm", "made:1"), "mine\n")
        details = self.inspect("made:1")
        self.assertEqual((details["Config"]["Env"], details["Comment"], details["Os"]), (["A=b"], "why", "linux"))
        (self.here / "one.tar.bz2").write_bytes(bz2.compress((self.here / "one.tar").read_bytes()))
        self.docker("import", self.here / "one.tar.bz2", "made:2")
        self.assertEqual(self.inspect("made:2")["RootFS"], details["RootFS"])

    def serve(self):
        """The test's directory by HTTP: its address."""
        handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(self.here))
        handler.func.log_message = lambda *_: None
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return f"http://127.0.0.1:{server.server_port}"

    def test_an_import_from_elsewhere(self):
        (self.here / "file").write_text("of the archive\n")
        subprocess.run(["tar", "-C", self.here, "-czf", self.here / "archive.tar.gz", "file"], check=True)
        address = self.serve()
        self.docker("import", f"{address}/archive.tar.gz", "made:remote")
        self.docker("create", "--name", "of-it", "made:remote", "none")
        self.docker("cp", "of-it:/file", self.here / "copied")
        self.assertEqual((self.here / "copied").read_text(), "of the archive\n")
        before = self.docker("images", "-aq")
        for path, words in (("/none", "HTTP 404"), ("/file", "malformed")):
            self.assertIn(words, self.docker_error("import", address + path, "made:none"))
        self.assertIn("127.0.0.1:1", self.docker_error("import", "http://127.0.0.1:1/x.tar", "made:none"))
        self.assertEqual(self.docker("images", "-aq"), before)

    def test_what_cannot_be_imported_leaves_nothing(self):
        before = self.docker("images", "-aq")
        (self.here / "text").write_text("no archive\n" * 1000)
        hostile = io.BytesIO()
        with tarfile.open(fileobj=hostile, mode="w") as archive:
            archive.addfile(tarfile.TarInfo("../outside"))
        (self.here / "hostile.tar").write_bytes(hostile.getvalue())
        for name in ("text", "hostile.tar"):
            self.assertIn("Error response from daemon", self.docker_error("import", self.here / name, "made:3"))
        self.assertIn("is not a valid change command", self.docker_error("import", "-c", "RUN x", self.here / "text"))
        self.assertIn("Berth searches no registry", self.docker_error("search", "busybox"))
        self.assertEqual(self.docker("images", "-aq"), before)

    def test_an_image_of_a_stopped_container_stays(self):
        self.docker("run", "--name", "base", self.image, "touch", "/new")
        image = self.docker("commit", "base", "made:only").strip()
        self.docker("run", "--name", "stopped", "made:only", "true")
        error = self.docker_error("rmi", "made:only")
        self.assertIn('conflict: unable to remove repository reference "made:only" (must force) - container', error)
        self.assertIn(f"is using its referenced image {image[7:19]}", error)
        self.docker("image", "prune", "-af")
        self.assertEqual(self.inspect("made:only")["Id"], image)
        self.docker("rmi", "-f", "made:only")
        self.assertIn("image is being used by stopped container", self.docker_error("rmi", image[7:19]))
        self.docker("start", "-a", "stopped")
        self.docker("rm", "stopped")
        self.docker("rmi", image[7:19])

    def test_what_there_is_is_counted(self):
        self.docker("run", "-d", "--name", "writes", "-v", "vol:/data", self.image, "sh", "-c",
                    "dd if=/dev/zero of=/three bs=1M count=3; dd if=/dev/zero of=/data/two bs=1M count=2; sleep 1000")  # fmt: skip
        self.addCleanup(self.docker, "volume", "rm", "-f", "vol")
        self.addCleanup(self.docker, "rm", "-f", "writes")
        self.docker("commit", "writes", "made:4")

        def written():
            return self.api("/containers/json?size=1")[0]["SizeRw"]

        harness.wait_until(lambda: written() >= 3 << 20, harness.SETTLE_S, "it is measured")
        container = self.api("/containers/json?size=1")[0]
        usage = self.api("/system/df")
        base = next(each for each in usage["Images"] if self.image in each["RepoTags"])
        made = next(each for each in usage["Images"] if each["RepoTags"] == ["made:4"])
        self.assertEqual((base["SharedSize"], base["Containers"]), (base["Size"], 1))
        self.assertEqual(made["SharedSize"], base["Size"])
        self.assertGreater(made["Size"], base["Size"])
        self.assertEqual(usage["LayersSize"], made["Size"])
        self.assertEqual(container["SizeRootFs"], container["SizeRw"] + base["Size"])
        volume = usage["Volumes"][0]["UsageData"]
        self.assertEqual((volume["RefCount"], volume["Size"] >= 2 << 20), (1, True))
        self.assertEqual(set(self.api("/system/df?type=volume")), {"Volumes"})
        self.assertIn("(virtual", self.docker("ps", "-s"))
        self.assertRegex(self.docker("system", "df"), r"Local Volumes +1 +1 +2")
        self.assertIn("writes", self.docker("system", "df", "-v"))


if __name__ == "__main__":
    unittest.main()
