# SPDX-License-Identifier: Apache-2.0
"""What `berth` does with containers over the Engine API: pause, cp, diff, commit, export, import, df, prune."""

import io, json, os, subprocess, tarfile, unittest

import harness
from docker_node import DockerTest


class CliContainersTest(DockerTest):
    images = ("busybox",)

    def setUp(self):
        super().setUp()
        self.place = self.temporary_directory("berth-cp-")
        self.addCleanup(self.node.run, ["docker", "rm", "-f", "web"], None, DOCKER_HOST=f"unix://{self.socket}")
        self.docker("run", "-d", "--name", "web", self.image, "sh", "-c", "mkdir /d; echo 1 > /d/a; exec sleep 1000")
        harness.wait_until(lambda: "sleep" in self.docker("exec", "web", "cat", "/proc/1/cmdline"), 30, "it sleeps")

    def files(self, container, *paths):
        return self.docker("exec", container, "cat", *paths)

    def test_pause(self):
        self.assertEqual(self.node.berth("pause", "web"), "web\n")
        self.assertIn("already paused", self.node.berth_error("pause", "web"))
        self.assertIn("(Paused)", self.docker("ps"))
        self.assertEqual(self.node.berth("unpause", "web"), "web\n")
        self.assertIn("No such container", self.node.berth_error("pause", "none"))

    def test_cp_out(self):
        self.node.berth("cp", "web:/d", self.place)
        self.assertEqual((self.place / "d/a").read_text(), "1\n")
        self.node.berth("cp", "web:/d/.", self.place)
        self.assertEqual((self.place / "a").read_text(), "1\n")
        said = self.node.run([harness.binaries() / "berth", "cp", "web:d/a", self.place / "b"]).stderr
        self.assertEqual(said, f"Successfully copied 2B to {self.place}/b\n")
        self.assertEqual((self.place / "b").read_text(), "1\n")
        self.assertIn("onto the file", self.node.berth_error("cp", "web:/d", self.place / "b"))
        self.assertIn("no such directory", self.node.berth_error("cp", "web:/d/a", f"{self.place}/none/"))
        self.assertIn("Could not find the file /none in", self.node.berth_error("cp", "web:/none", self.place))
        self.assertIn("No such container", self.node.berth_error("cp", "none:/d", self.place))

    def test_cp_of_everything(self):
        there = self.place / "there"
        there.mkdir()
        for source, target in (("web:/.", there), ("web:/", self.place / "new")):
            self.node.berth("cp", source, target)
            self.assertEqual((target / "d/a").read_text(), "1\n")

    def test_cp_in(self):
        tree = self.place / "tree"
        tree.mkdir()
        (tree / "x").write_text("x\n")
        os.chown(tree / "x", 1000, 1000)
        self.node.berth("cp", tree, "web:/new")
        self.node.berth("cp", tree, "web:/d")
        self.node.berth("cp", f"{tree}/.", "web:/d")
        self.node.berth("cp", "-aq", tree / "x", "web:/d/y")
        self.assertEqual(self.files("web", "/new/x", "/d/tree/x", "/d/x", "/d/y"), "x\n" * 4)
        self.assertEqual(self.docker("exec", "web", "stat", "-c", "%u", "/new/x", "/d/y").split(), ["0", "1000"])
        self.docker("exec", "web", "ln", "-s", "/d", "/link")
        self.node.berth("cp", tree / "x", "web:/link/z")
        self.assertEqual(self.files("web", "/d/z"), "x\n")
        self.assertIn("CONTAINER:PATH", self.node.berth_error("cp", tree, self.place))
        self.assertIn("/no/such", self.node.berth_error("cp", "/no/such", "web:/"))

    def test_cp_of_archives(self):
        berth = [harness.binaries() / "berth", "cp"]
        packed = subprocess.run([*berth, "web:/d", "-"], env=self.node.environment(), capture_output=True, timeout=60)
        with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as tar:
            self.assertEqual(tar.extractfile("d/a").read(), b"1\n")
        subprocess.run(
            [*berth, "-", "web:/tmp"], env=self.node.environment(), input=packed.stdout, check=True, timeout=60
        )
        self.assertEqual(self.files("web", "/tmp/d/a"), "1\n")

    def test_diff_commit_and_export(self):
        self.assertIn("A /d/a\n", self.node.berth("diff", "web"))
        image = self.fleeting("made:1")
        made = self.node.berth("commit", "-m", "why", "-a", "who", "-c", 'CMD ["cat", "/d/a"]', "web", image).strip()
        self.assertEqual(made, self.inspect(image)["Id"])
        self.assertEqual(self.inspect(image)["Author"], "who")
        self.assertEqual(self.node.berth("run", "--rm", image), "1\n")
        archive = self.place / "web.tar"
        self.node.berth("export", "-o", archive, "web")
        with tarfile.open(archive) as tar:
            self.assertEqual(tar.extractfile("d/a").read(), b"1\n")
        flat = self.fleeting("flat:1")
        self.node.berth("import", "-c", "CMD cat /d/a", archive, flat)
        self.assertEqual(self.node.berth("run", "--rm", flat), "1\n")

    def test_containers_of_pods_too(self):
        """What `berth run` makes is CRI's: its files and pauses are the same engine's."""
        mine = self.node.berth("run", "-d", "--name", "mine", self.image, "sh", "-c", "echo 2 > /new; exec sleep 1000").strip()
        harness.wait_until(lambda: "sleep" in self.node.berth("exec", "mine", "cat", "/proc/1/cmdline"), 30, "it sleeps")
        self.node.berth("cp", "mine:/new", self.place)
        self.assertEqual((self.place / "new").read_text(), "2\n")
        self.node.berth("cp", self.place / "new", "mine:/tmp/in")
        self.assertEqual(self.node.berth("exec", "mine", "cat", "/tmp/in"), "2\n")
        self.assertIn("A /new\n", self.node.berth("diff", "mine"))
        self.assertEqual(self.node.berth("pause", "mine"), "mine\n")
        self.assertEqual(self.node.berth("unpause", "mine"), "mine\n")
        image = self.fleeting("mine:1")
        self.node.berth("commit", "mine", image)
        self.node.berth("stop", "-t", "0", "mine")
        self.assertEqual(self.node.berth("run", "--rm", image, "cat", "/new"), "2\n")
        self.node.berth("cp", "mine:/tmp/in", self.place / "stopped")
        self.assertEqual((self.place / "stopped").read_text(), "2\n")
        self.assertNotIn(mine[:12], self.docker("ps", "-aq"))
        self.assertIn("is of a pod", self.docker_error("rm", mine))

    def test_verbs_of_containers_of_dockers_clients(self):
        berth = self.node.berth
        self.assertIn(f" {self.image} ", berth("ps"))
        self.assertEqual(berth("ps", "--format", "{{.Names}}"), "web\n")
        self.assertEqual(berth("inspect", "-f", "{{.Name}} {{.State.Status}}", "web"), "/web running\n")
        self.assertEqual(berth("exec", "-e", "A=b", "-w", "/d", "-u", "1", "web", "sh", "-c", "echo $A; pwd; id -u"), "b\n/d\n1\n")
        self.assertEqual(self.node.run([harness.binaries() / "berth", "exec", "web", "sh", "-c", "echo e >&2; exit 7"], 7).stderr, "e\n")
        berth("exec", "-d", "web", "touch", "/made")
        harness.wait_until(lambda: "made" in self.docker("exec", "web", "ls", "/"), harness.SETTLE_S, "it is made")
        self.assertIn("sleep 1000", berth("top", "web"))
        self.assertEqual(berth("stats", "--format", "{{.Name}}"), "web\n")
        berth("rename", "web", "other")
        self.addCleanup(self.node.run, ["docker", "rm", "-f", "other"], None, DOCKER_HOST=f"unix://{self.socket}")
        berth("kill", "-s", "CONT", "other")
        self.assertEqual(berth("stop", "-t", "0", "other"), "other\n")
        self.assertEqual(berth("stop", "other"), "other\n")  # it is so already
        self.assertEqual(berth("wait", "other"), "137\n")
        self.assertEqual(berth("ps"), berth("ps").splitlines()[0] + "\n")
        self.assertEqual(berth("start", "other"), "other\n")
        berth("restart", "-t", "0", "other")
        self.assertIn("stop the container before removing", self.node.berth_error("rm", "other"))
        self.assertEqual(berth("rm", "-f", "other"), "other\n")
        self.assertIn("No such container", self.node.berth_error("logs", "other"))

    def test_logs_of_containers_of_dockers_clients(self):
        self.docker("rm", "-f", "web")
        self.docker("run", "--name", "web", "-p", "80", self.image, "sh", "-c", "echo out; echo err >&2; echo last")
        said = self.node.run([harness.binaries() / "berth", "logs", "-f", "web"])
        self.assertEqual((said.stdout, said.stderr), ("out\nlast\n", "err\n"))
        self.docker("rm", "web")  # which of two streams was last is nobody's promise
        self.docker("run", "--name", "web", "--label", "a=1", "--log-opt", "labels=a", self.image, "sh", "-c", "echo out; echo last")
        self.assertEqual(self.node.berth("logs", "--tail", "1", "web"), "last\n")
        self.assertEqual(self.node.berth("logs", "--details", "--tail", "1", "web"), "a=1 last\n")
        self.assertEqual(self.node.berth("logs", "--until", "1h", "web"), "")
        self.assertRegex(self.node.berth("logs", "-t", "-n", "1", "web"), r"^2\S+Z last\n$")
        self.docker("start", "web")
        self.docker("run", "-d", "--name", "ports", "-p", "127.0.0.1::80", self.image, "sleep", "1000")
        self.addCleanup(self.docker, "rm", "-f", "ports")
        self.assertRegex(self.node.berth("port", "ports"), r"^80/tcp -> 127\.0\.0\.1:\d+\n$")
        self.assertEqual(self.node.berth("port", "ports", "80"), self.docker("port", "ports", "80"))

    def test_what_cri_cannot_do_is_said(self):
        self.node.berth("run", "-d", "--name", "mine", self.image, "sleep", "1000")
        self.assertIn("CRI cannot start", self.node.berth_error("start", "mine"))
        self.assertIn("CRI can kill it only", self.node.berth_error("kill", "-s", "HUP", "mine"))
        self.node.berth("pause", "mine")
        self.assertIn("(Paused)", self.node.berth("ps"))
        self.assertIn("unpause the container before exec", self.node.berth_error("exec", "mine", "true", code=125))
        self.assertIn("unpause the container before exec", self.node.berth_error("exec", "--timeout", "5", "mine", "true", code=125))
        self.node.berth("unpause", "mine")
        self.node.berth("kill", "mine")
        self.assertEqual(self.node.berth("wait", "mine"), "137\n")
        self.node.berth("rm", "mine")

    def test_run_reads_variables_and_names_of_servers(self):
        variables = self.place / "variables"
        variables.write_text("# a comment\nA=1\nB=2\n")
        said = self.node.berth(
            "run", "--rm", "--env-file", variables, "-e", "B=3", "--dns", "10.9.8.7", "--dns-search", "example.org",
            self.image, "sh", "-c", "echo $A$B; cat /etc/resolv.conf",
        )  # fmt: skip
        self.assertEqual(said, "13\nsearch example.org\nnameserver 10.9.8.7\n")

    def test_df_and_prune(self):
        [images, containers, *_] = self.node.json("system", "df", "--format", "json")
        self.assertEqual((images["type"], images["active"]), ("Images", 1))
        self.assertEqual((containers["total"], containers["active"]), (1, 1))
        self.assertIn("Containers", self.node.berth("system", "df"))
        self.assertEqual(self.node.berth("system", "df", "--format", "{{.Type}} {{.TotalCount}}").splitlines()[1], "Containers 1")
        self.assertIn("say -f", self.node.berth_error("prune"))
        self.docker("kill", "web")
        self.docker("wait", "web")
        said = self.node.berth("prune", "-f")
        self.assertIn("Deleted Containers:\n", said)
        self.assertIn("Total reclaimed space: ", said)
        self.assertTrue(self.inspect(self.image), "it has a name")

    def test_login_and_logout(self):
        with harness.Registry(auth=True) as registry:
            place = {"DOCKER_CONFIG": str(self.place / "config")}
            login = [harness.binaries() / "berth", "login", "-u", registry.USER]
            wrong = self.node.run([*login, "-p", "wrong", registry.address], 1, **place)
            self.assertFalse((self.place / "config").exists(), wrong)
            done = self.node.run([*login, "-p", registry.PASSWORD, registry.address], **place)
            self.assertEqual(done.stdout, "Login Succeeded\n")
            self.assertIn(registry.address, json.loads((self.place / "config/config.json").read_text())["auths"])
            done = self.node.run([harness.binaries() / "berth", "logout", registry.address], **place)
            self.assertEqual(done.stdout, f"Removed login credentials for {registry.address}\n")


if __name__ == "__main__":
    unittest.main()
