# SPDX-License-Identifier: Apache-2.0
"""What makes images, cut off: a daemon that is killed in the middle leaves nothing, and a second try works."""

import io, os, subprocess, tarfile, unittest

import harness
from docker_node import DockerTest, stored


class KillTest(DockerTest):
    images = ("busybox",)

    def setUp(self):
        super().setUp()
        self.addCleanup(self.clean)
        self.here = self.node.directory / self.id().rsplit(".", 1)[1]
        self.here.mkdir()
        self.store = self.node.directory / "root"

    def clean(self):
        for arguments in (["ps", "-aq"], ["images", "-q", "--filter", "reference=made*"]):
            ids = self.docker(*arguments).split()
            if ids:
                self.docker("rm" if "ps" in arguments else "rmi", "-f", *ids)
        self.docker("builder", "prune", "-af")

    def left(self):
        return stored(self.store)

    def begin(self, *arguments, **more):
        return subprocess.Popen(
            ["docker", *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=self.node.environment(DOCKER_HOST=f"unix://{self.socket}", **more),
        )

    def kill_during(self, client):
        self.node.kill()
        client.kill()
        client.communicate()
        self.node.start()

    def expect_nothing_left(self, before):
        harness.wait_until(lambda: self.left() == before, harness.SETTLE_S, lambda: f"only {before} is left: {self.left()}")

    def big_archive(self, size):
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w") as tar:
            member = tarfile.TarInfo("big")
            member.size = size
            tar.addfile(member, io.BytesIO(os.urandom(size)))
        return archive.getvalue()

    def reading(self):
        """Whether some archive has begun to come in: a file that has no name yet is open."""
        links = f"/proc/{self.node.process.pid}/fd"
        names = []
        for each in os.listdir(links):
            try:
                names.append(os.readlink(f"{links}/{each}"))
            except FileNotFoundError:
                pass  # closed meanwhile
        return any("content" in name and "(deleted)" in name for name in names)

    def test_an_import_or_a_load_that_is_cut_off(self):
        archive = self.big_archive(4 << 20)
        self.docker("save", "-o", self.here / "saved.tar", self.image)
        saved = (self.here / "saved.tar").read_bytes()
        before = self.left()
        for arguments, content in ((["import", "-", "made:1"], archive), (["load"], saved)):
            client = self.begin(*arguments)
            client.stdin.write(content[: len(content) // 2])
            client.stdin.flush()
            harness.wait_until(self.reading, harness.SETTLE_S, "it has begun")
            self.kill_during(client)
            self.expect_nothing_left(before)
        again = self.begin("import", "-", "made:1")
        again.communicate(archive)
        self.assertEqual(again.returncode, 0)

    def test_a_build_that_is_cut_off(self):
        (self.here / "Dockerfile").write_text(f"FROM {self.image}\nRUN echo begun > /x; echo begun; sleep 1000\n")
        before = self.left()
        client = self.begin("build", "-t", "made:2", self.here, DOCKER_BUILDKIT="0")
        while b"begun\n" != (line := client.stdout.readline()):
            self.assertTrue(line, "it has ended")
        self.kill_during(client)
        self.expect_nothing_left(before)
        (self.here / "Dockerfile").write_text(f"FROM {self.image}\nRUN echo done > /x\n")
        again = self.begin("build", "-t", "made:2", self.here, DOCKER_BUILDKIT="0")
        again.communicate()
        self.assertEqual(again.returncode, 0)

    def test_a_commit_and_a_save_that_are_cut_off(self):
        self.docker("run", "--name", "big", self.image, "dd", "if=/dev/urandom", "of=/big", "bs=1M", "count=48")
        before = self.left()
        client = self.begin("commit", "big", "made:3")
        harness.wait_until(lambda: self.reading() or client.poll() is not None, harness.SETTLE_S, "it has begun")
        self.kill_during(client)
        if self.docker("images", "-q", "made"):  # it was quicker
            self.docker("rmi", "made:3")
        self.expect_nothing_left(before)
        self.docker("commit", "big", "made:3")
        client = self.begin("save", "made:3")
        self.assertTrue(client.stdout.read(1 << 20))
        self.node.kill()
        client.communicate()
        self.assertNotEqual(client.returncode, 0, "the client sees that the archive is not whole")
        self.node.start()
        self.docker("save", "-o", self.here / "whole.tar", "made:3")

    def test_a_push_that_is_cut_off(self):
        target = f"{self.registry.address}/made/big:1"
        done = self.begin("import", "-", target)
        done.communicate(self.big_archive(64 << 20))
        self.assertEqual(done.returncode, 0)
        self.addCleanup(self.docker, "rmi", target)
        before = self.left()
        client = self.begin("push", target)
        while b"Preparing" not in (line := client.stdout.readline()):
            self.assertTrue(line, "it has ended")
        self.node.kill()
        client.communicate()
        self.assertNotEqual(client.returncode, 0, "the client sees that it was not all")
        self.node.start()
        self.assertLessEqual(self.left()[0], before[0])
        self.assertIn("digest: sha256:", self.docker("push", target))
        self.docker("rmi", target)
        self.docker("pull", target)

    def test_a_commit_that_is_cut_off_leaves_nothing_frozen(self):
        script = "dd if=/dev/urandom of=/big bs=1M count=48; touch /done; exec sleep 1000"
        for name in ("commits", "rests"):
            self.docker("run", "-d", "--name", name, self.image, "sh", "-c", script)
            harness.wait_until(lambda name=name: self.docker("diff", name).count("/done"), harness.SETTLE_S, "it is big")
        self.docker("pause", "rests")
        client = self.begin("commit", "commits", "made:4")
        status = lambda name: self.docker("inspect", "-f", "{{.State.Status}}", name).strip()
        harness.wait_until(lambda: status("commits") == "paused" or client.poll() is not None, harness.SETTLE_S, "it has begun")
        self.kill_during(client)
        self.assertEqual((status("commits"), status("rests")), ("running", "paused"))
        self.docker("exec", "commits", "true")  # of what is frozen this would not end
        self.docker("unpause", "rests")
        self.docker("exec", "rests", "true")


if __name__ == "__main__":
    unittest.main()
