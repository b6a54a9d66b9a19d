# SPDX-License-Identifier: Apache-2.0
"""docker cp, export, diff and commit: files into and out of containers, running and stopped, hostile ones too."""

import io, json, os, pathlib, subprocess, tarfile, unittest

import harness
from docker_node import DockerTest


class FilesTest(DockerTest):
    images = ("busybox",)

    def setUp(self):
        super().setUp()
        self.addCleanup(self.remove_all)
        self.here = self.node.directory / self.id().rsplit(".", 1)[1]
        self.here.mkdir()

    def remove_all(self):
        ids = self.docker("ps", "-aq").split()
        if ids:
            self.docker("rm", "-f", *ids)

    def run_idle(self, name, *options, script="true"):
        """A container that has done the script and stays."""
        self.docker("run", "-d", "--name", name, *options, self.image, "sh", "-c", f"{script}; echo ready; exec sleep 1000")
        harness.wait_until(lambda: "ready" in self.docker("logs", name), harness.SETTLE_S, "it is ready")

    def bytes_of(self, *arguments):
        done = subprocess.run(
            ["docker", *arguments],
            capture_output=True,
            timeout=harness.COMMAND_S,
            check=True,
            env=self.node.environment(DOCKER_HOST=f"unix://{self.socket}"),
        )
        return done.stdout

    def members(self, *arguments):
        with tarfile.open(fileobj=io.BytesIO(self.bytes_of(*arguments))) as archive:
            return {member.name: member for member in archive}

    def read(self, path, name):
        """A file of a container, by way of the client."""
        out = self.here / "read"
        self.docker("cp", "-L", f"{name}:{path}", out)
        return out.read_text()

    def both(self, script):
        """A container that runs and one that has ended, each with what the script has made."""
        self.run_idle("runs", script=script)
        self.docker("run", "--name", "ended", self.image, "sh", "-c", script)
        return "runs", "ended"

    def test_files_come_out_as_they_are(self):
        script = "mkdir -p /d/sub; echo one > /d/one; chown 12:34 /d/one; chmod 4750 /d/one; ln /d/one /d/two; ln -s one /d/link; mkfifo /d/pipe"
        for name in self.both(script):
            target = self.here / name
            self.docker("cp", "-a", f"{name}:/d", target)
            self.assertEqual((target / "one").read_text(), "one\n")
            self.assertEqual(os.readlink(target / "link"), "one")
            members = self.members("cp", f"{name}:/d", "-")
            self.assertEqual(set(members), {"d", "d/sub", "d/one", "d/two", "d/link", "d/pipe"})
            one = members["d/one"]
            self.assertEqual((one.mode, one.uid, one.gid), (0o4750, 12, 34))
            self.assertTrue(members["d/two"].islnk() and members["d/pipe"].isfifo())
            self.assertEqual(set(self.members("cp", f"{name}:/d/.", "-")), {".", "./sub", "./one", "./two", "./link", "./pipe"})

    def test_files_of_the_network_are_the_containers_own(self):
        self.run_idle("web", "--add-host", "db:10.9.8.7", "--hostname", "name")
        for path in ("/etc/hosts", "/etc/hostname", "/etc/resolv.conf"):
            self.assertEqual(self.read(path, "web"), self.docker("exec", "web", "cat", path))
        self.assertIn("10.9.8.7", self.read("/etc/hosts", "web"))
        own = self.here / "own"
        own.write_text("mine\n")
        self.run_idle("bound", "-v", f"{own}:/etc/hosts")
        self.assertEqual(self.read("/etc/hosts", "bound"), "mine\n")
        ran = {path: self.read(path, "web") for path in ("/etc/hosts", "/etc/hostname", "/etc/resolv.conf")}
        self.docker("stop", "-t", "0", "web")
        for path, text in ran.items():
            self.assertEqual(self.read(path, "web"), text, "its last run's")
        self.docker("cp", own, "web:/etc/hosts")  # of the root, below what a start makes
        self.restart_daemon()
        self.assertEqual(self.read("/etc/hostname", "web"), "name\n")
        self.docker("start", "web")
        self.assertIn("10.9.8.7", self.read("/etc/hosts", "web"))

    def test_files_of_the_network_are_written_to_until_the_next_start(self):
        paths = ("/etc/hosts", "/etc/hostname", "/etc/resolv.conf")
        write = "for file in hosts hostname resolv.conf; do echo '# mine' >> /etc/$file; done"
        self.run_idle("web")
        self.docker("exec", "web", "sh", "-c", write)
        etc = pathlib.Path(self.docker("inspect", "-f", "{{.HostsPath}}", "web").strip()).parent
        self.assertEqual(etc.parent, self.node.directory / "root/pods")
        for path in paths:
            self.assertIn("# mine", self.read(path, "web"))
        self.docker("run", "--rm", "--network", "container:web", self.image, "grep", "mine", "/etc/hosts")
        image = self.fleeting("written")
        self.docker("commit", "web", image)
        self.assertNotIn("mine", self.docker("run", "--rm", image, "cat", *paths))
        self.restart_daemon()
        self.docker("exec", "web", "sh", "-c", "dd if=/dev/zero of=/etc/hosts bs=1M count=2 2>&1")
        self.docker("stop", "-t", "0", "web")
        harness.wait_until(lambda: not etc.exists(), harness.SETTLE_S, "they go with the run")
        self.docker("start", "web")
        self.assertNotIn("mine", self.docker("exec", "web", "cat", *paths))
        self.docker("rm", "-f", "web")
        harness.wait_until(lambda: not list(etc.parent.iterdir()), harness.SETTLE_S, "nothing is left")
        said = self.docker_all("run", "--rm", "--read-only", self.image, "sh", "-c", write, code=1)
        self.assertIn("Read-only file system", said.stderr)

    def test_files_go_in_and_stay(self):
        source = self.here / "source"
        (source / "deep").mkdir(parents=True)
        (source / "deep/file").write_text("content\n")
        os.chmod(source / "deep/file", 0o640)
        for name in self.both("mkdir /into; ln -s /into /way"):
            self.docker("cp", source, f"{name}:/into")
            self.docker("cp", source / "deep/file", f"{name}:/into/renamed")
            self.docker("cp", f"{source}/.", f"{name}:/way")
            self.assertEqual(self.read("/into/source/deep/file", name), "content\n")
            self.assertEqual(self.read("/way/renamed", name), "content\n")
            self.assertEqual(self.read("/into/deep/file", name), "content\n")
            self.assertEqual(self.members("cp", f"{name}:/into/renamed", "-")["renamed"].mode, 0o640)
        self.docker("start", "ended")  # a root that has been written to meanwhile is started as ever

    def test_wrong_places_are_refused_in_dockers_words(self):
        name = self.both("mkdir /dir; touch /file; ln -s loop /loop")[1]
        one = self.here / "one"
        one.write_text("1")
        directory = self.here / "directory"
        directory.mkdir()
        self.assertIn("Could not find the file /absent in container ended", self.docker_error("cp", f"{name}:/absent", one))
        self.assertIn("no such directory", self.docker_error("cp", one, f"{name}:/absent/"))
        self.assertIn("cannot copy directory", self.docker_error("cp", directory, f"{name}:/file"))
        self.assertIn("not a directory", self.docker_error("cp", f"{name}:/file/", one))
        (directory / "dir").write_text("a file")
        self.assertIn("cannot overwrite directory", self.docker_error("cp", f"{directory}/.", f"{name}:/"))
        self.assertIn("too many symbolic links", self.docker_error("cp", "-L", f"{name}:/loop", one))
        self.assertIn("No such container: none", self.docker_error("cp", "none:/x", one))

    def test_read_only_roots_and_mounts_are_refused_and_others_seen(self):
        host = self.here / "host"
        host.mkdir()
        (host / "seen").write_text("of the host\n")
        one = self.here / "one"
        one.write_text("1")
        mounts = ["-v", f"{host}:/rw", "-v", f"{host}:/ro:ro", "--tmpfs", "/tmp", "-v", "data:/data"]
        self.docker("run", "--rm", "-v", "data:/d", self.image, "mkdir", "/d/part")
        mounts += ["--mount", "type=volume,source=data,target=/part,volume-subpath=part"]
        self.addCleanup(self.docker, "volume", "prune", "-af")
        self.addCleanup(self.remove_all)
        self.run_idle("fixed", "--read-only", *mounts, script="echo here > /tmp/file")
        self.docker("create", "--name", "never", "--read-only", *mounts, self.image, "true")
        for name in ("fixed", "never"):
            self.assertIn("container rootfs is marked read-only", self.docker_error("cp", one, f"{name}:/etc"))
            self.assertIn("mounted volume is marked read-only", self.docker_error("cp", one, f"{name}:/ro"))
            self.assertEqual(self.read("/ro/seen", name), "of the host\n")
            self.docker("cp", one, f"{name}:/rw/{name}")
            self.assertEqual((host / name).read_text(), "1")
            self.docker("cp", one, f"{name}:/part/{name}")
            self.assertEqual(self.read(f"/data/part/{name}", name), "1")
        self.assertEqual(self.read("/tmp/file", "fixed"), "here\n")

    def test_nothing_leads_out_of_a_container(self):
        secret = self.here / "secret"
        secret.write_text("of the host\n")
        flag = pathlib.Path("/proc/sys/kernel/core_pattern").read_text()
        script = (
            f"ln -s {secret} /file; ln -s {self.here} /dir; ln -s ../../../../../../..{self.here} /up;"
            " ln -s /proc/1/root /root1; ln -s /proc/self/root /root2; ln -s /proc/sys/kernel /kernel; mknod /disk b 7 0"
        )
        one = self.here / "core_pattern"
        one.write_text("|/evil\n")
        for name in self.both(script):
            for path in ("/file", "/dir/secret", "/up/secret", f"/root1{secret}", f"/root2{secret}", "/../../.." + str(secret)):
                self.assertIn("Could not find the file", self.docker_error("cp", "-L", f"{name}:{path}", self.here / "out"))
            for path in ("/dir/", "/root1/tmp/", "/root2/tmp/"):
                self.assertIn("no such directory", self.docker_error("cp", one, f"{name}:{path}"))
            self.docker_error("cp", one, f"{name}:/kernel/")
            self.assertTrue(self.members("cp", f"{name}:/disk", "-")["disk"].isblk())
            self.assertEqual(set(self.members("cp", f"{name}:/proc", "-")), {"proc"})
        self.assertEqual(pathlib.Path("/proc/sys/kernel/core_pattern").read_text(), flag)
        self.assertEqual(sorted(each.name for each in self.here.iterdir()), ["core_pattern", "secret"])

    def test_a_container_that_exchanges_its_directories_meanwhile_leads_nowhere(self):
        (self.here / "host").mkdir()
        inside = self.here / "inside"
        inside.mkdir()
        (inside / "planted").write_text("planted\n")
        self.run_idle(
            "races",
            script=f"mkdir -p /d{self.here}/host /real /away; (while true; do ln -sfn {self.here}/host /real/x 2>/dev/null;"
            " rm -rf /real/x; mkdir -p /real/x; rm -rf /real/x; done) & true",
        )
        for _ in range(25):
            self.node.run(["docker", "cp", f"{inside}/.", "races:/real/x"], None, DOCKER_HOST=f"unix://{self.socket}")
        self.assertEqual(list((self.here / "host").iterdir()), [])

    def test_export_is_the_root_without_what_is_mounted(self):
        host = self.here / "host"
        host.mkdir()
        (host / "seen").write_text("of the host\n")
        self.run_idle("whole", "-v", f"{host}:/data", script="echo mine > /mine; rm /bin/true")
        self.docker("run", "--name", "over", self.image, "sh", "-c", "echo mine > /mine; rm /bin/true")
        for name in ("whole", "over"):
            members = self.members("export", name)
            self.assertIn("mine", members)
            self.assertIn("bin/busybox", members)
            self.assertNotIn("bin/true", members)
            self.assertFalse([each for each in members if each.startswith(("data/", "proc/", "sys/"))])

    def changes(self, name):
        return dict(reversed(line.split(" ", 1)) for line in self.docker("diff", name).splitlines())

    def test_diff_tells_what_has_changed(self):
        for name in self.both("true"):
            self.assertEqual(self.changes(name), {})
            self.docker("rm", "-f", name)
        for name in self.both("echo x > /new; mkdir -p /dir/sub; rm /bin/true; echo y >> /etc/passwd; rm -rf /var/www; mkdir /var/www"):
            changes = self.changes(name)
            want = {"/new": "A", "/dir": "A", "/dir/sub": "A", "/bin/true": "D", "/etc/passwd": "C", "/bin": "C", "/etc": "C"}
            want.update({"/var": "C", "/var/www": "C", "/var/www/index.html": "D"})
            self.assertEqual(changes, want)

    def commit(self, *arguments):
        image = self.docker("commit", *arguments).strip()
        self.addCleanup(self.docker, "rmi", "-f", image)
        return image

    def test_commit_makes_an_image_of_a_container(self):
        self.run_idle("base", "-e", "KEPT=yes", script="echo mine > /mine; rm /bin/true; touch /etc/.new")
        for container in ("base", "stopped"):
            if container == "stopped":
                self.docker("stop", "-t", "0", "base")
                self.docker("rename", "base", "stopped")
            changes = ["-c", "ENV ADDED=$KEPT", "-c", 'CMD ["cat", "/mine"]', "-c", "WORKDIR /etc", "-c", "EXPOSE 80"]
            image = self.commit("-a", "An Author", "-m", "a comment", *changes, container, "made/of:it")
            details = self.inspect("made/of:it")
            self.assertEqual(details["Id"], image)
            self.assertEqual((details["Author"], details["Config"]["WorkingDir"]), ("An Author", "/etc"))
            self.assertIn("ADDED=yes", details["Config"]["Env"])
            self.assertIn("80/tcp", details["Config"]["ExposedPorts"])
            self.assertEqual(len(details["RootFS"]["Layers"]), len(self.inspect(self.image)["RootFS"]["Layers"]) + 1)
            self.assertIn("a comment", self.docker("history", "made/of:it"))
            self.assertEqual(self.docker("run", "--rm", "made/of:it"), "mine\n")
            self.docker("run", "--rm", "made/of:it", "true", code=127)
            listed = self.docker("run", "--rm", "made/of:it", "/bin/ls", "-a", "/etc").split()
            self.assertIn(".new", listed)
            with tarfile.open(fileobj=io.BytesIO(self.bytes_of("save", "made/of:it"))) as archive:
                last = json.load(archive.extractfile("manifest.json"))[0]["Layers"][-1]
                with tarfile.open(fileobj=archive.extractfile(last)) as layer:
                    names = {member.name for member in layer}
            self.assertEqual(names, {".", "mine", "bin", "bin/.wh.true", "etc", "etc/.new"})
        self.assertEqual(self.state("stopped"), "exited")

    def test_a_commit_that_cannot_be_leaves_the_container_as_it_was(self):
        self.run_idle("goes-on")
        before = self.docker("images", "-aq")
        self.assertIn("is not a valid change command", self.docker_error("commit", "-c", "COPY a b", "goes-on"))
        self.assertIn("invalid reference format", self.docker_error("commit", "goes-on", "UPPER"))
        self.assertIn("No such container", self.docker_error("commit", "none"))
        self.assertEqual((self.state("goes-on"), self.docker("images", "-aq")), ("running", before))

    def state(self, name):
        return json.loads(self.docker("inspect", name))[0]["State"]["Status"]


if __name__ == "__main__":
    unittest.main()
