# SPDX-License-Identifier: Apache-2.0
"""A store on a disk that is full: what does not fit is refused with that reason and leaves nothing, and works once there is room."""

import os, subprocess, tarfile, unittest

import harness
from docker_node import DockerTest, stored

SPACE = "no room|[Nn]o space|disk is full"


class FullDiskTest(DockerTest):
    """The store is a tmpfs; `fill` leaves little of it."""

    images = ("busybox",)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.store = cls.node.directory / "root"
        cls.node.terminate()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=192m", "tmpfs", cls.store], check=True)
        cls.addClassCleanup(cls.unmount)
        cls.node.start()
        cls.node.berth("pull", cls.image)
        cls.at_first = stored(cls.store)
        cls.big = cls.node.directory / "big"
        cls.big.write_bytes(os.urandom(24 << 20))
        cls.archive = cls.node.directory / "big.tar"
        with tarfile.open(cls.archive, "w") as archive:
            archive.add(cls.big, "big")
        cls.target = f"{cls.registry.address}/big:1"
        cls.docker("import", cls.archive, cls.target)
        cls.docker("push", cls.target)
        cls.saved = cls.node.directory / "saved.tar"
        cls.docker("save", "-o", cls.saved, cls.target)
        cls.docker("rmi", cls.target)

    @classmethod
    def unmount(cls):
        cls.node.terminate()
        subprocess.run(["umount", cls.store], check=True)

    def setUp(self):
        super().setUp()
        gone = "what went with the test before is swept"
        harness.wait_until(lambda: self.left() == self.at_first, harness.SETTLE_S, gone)

    def left(self):
        return stored(self.store)

    def fill(self, leave=36 << 20):
        """Until so many bytes are left, of which an eighth of the disk is the store's headroom."""
        status = os.statvfs(self.store)
        with open(self.store / "filler", "wb") as filler:
            os.posix_fallocate(filler.fileno(), 0, status.f_bavail * status.f_frsize - leave)
        self.addCleanup(self.make_room)

    def make_room(self):
        (self.store / "filler").unlink(missing_ok=True)

    def refused(self, *arguments, **environment):
        """It fails for want of room, and what it had begun is gone."""
        before = self.left()
        self.fill()
        done = self.node.run(["docker", *arguments], None, DOCKER_HOST=f"unix://{self.socket}", **environment)
        self.assertNotEqual(done.returncode, 0, done.stdout)
        self.assertRegex(done.stderr + done.stdout, SPACE)
        harness.wait_until(lambda: self.left() == before, harness.SETTLE_S, lambda: f"only {before} is left: {self.left()}")
        self.docker("ps")
        self.make_room()

    def removed_later(self, *names):
        self.addCleanup(self.node.run, ["docker", "rmi", "-f", *names], None, DOCKER_HOST=f"unix://{self.socket}")

    def test_pull(self):
        self.removed_later(self.target)
        self.refused("pull", self.target)
        self.docker("pull", self.target)

    def test_load(self):
        self.removed_later(self.target)
        self.refused("load", "-i", self.saved)
        self.docker("load", "-i", self.saved)

    def test_import(self):
        self.removed_later("made:1")
        self.refused("import", self.archive, "made:1")
        self.docker("import", self.archive, "made:1")

    def test_commit_and_what_is_copied_into_a_container(self):
        self.removed_later("made:2")
        self.docker("run", "--network", "none", "--name", "big", self.image, "dd", "if=/dev/urandom", "of=/big", "bs=1M", "count=24")
        self.addCleanup(self.docker, "rm", "-f", "big")
        self.refused("commit", "big", "made:2")
        self.docker("commit", "big", "made:2")
        self.fill(leave=10 << 20)
        self.assertRegex(self.docker_error("cp", self.big, "big:/more"), SPACE)
        self.docker("cp", "big:/etc/passwd", self.node.directory / "passwd")
        self.make_room()
        self.docker("cp", self.big, "big:/more")

    def test_build(self):
        self.removed_later("made:3")
        self.addCleanup(self.docker, "builder", "prune", "-af")
        context = self.node.directory / "context"
        context.mkdir()
        os.link(self.big, context / "big")
        for step in ("COPY big /big", "RUN dd if=/dev/urandom of=/big bs=1M count=40"):
            (context / "Dockerfile").write_text(f"FROM {self.image}\n{step}\n")
            self.refused("build", "--network", "none", "-t", "made:3", context, DOCKER_BUILDKIT="0")
        (context / "Dockerfile").write_text(f"FROM {self.image}\nCOPY big /big\n")
        self.node.run(["docker", "build", "-t", "made:3", context], DOCKER_HOST=f"unix://{self.socket}", DOCKER_BUILDKIT="0")

    def test_save_and_push_need_no_room(self):
        self.removed_later(self.target)
        self.docker("load", "-i", self.saved)
        again = self.node.directory / "again.tar"
        before = self.left()
        self.fill(leave=1 << 20)
        self.docker("save", "-o", again, self.target)
        self.assertEqual(again.read_bytes(), self.saved.read_bytes())
        self.docker("push", self.target)
        blobs, *rest = self.left()
        self.assertLessEqual(blobs, before[0])  # the archive's own few JSON files may be swept meanwhile
        self.assertEqual(rest, list(before[1:]))


if __name__ == "__main__":
    unittest.main()
