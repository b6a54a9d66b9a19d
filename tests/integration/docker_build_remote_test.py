# SPDX-License-Identifier: Apache-2.0
"""ADD of URLs and repositories, and builds whose context is elsewhere: all from a server on loopback."""

import functools, hashlib, http.server, io, os, pathlib, shutil, subprocess, tarfile, tempfile, threading, unittest

import harness
from docker_build_test import BuildTest

MODIFIED = 1_000_000_000


class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        if self.path == "/to-a-file":
            self.send_response(302)
            self.send_header("Location", "file:///etc/passwd")
            self.end_headers()
            return
        super().do_GET()


def git(directory, *words):
    identity = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b"}
    command = ["git", "-C", directory, "-c", "init.defaultBranch=main", *words]
    return subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, **identity}).stdout.strip()


class RemoteTest(BuildTest):
    def setUp(self):
        super().setUp()
        self.web = pathlib.Path(tempfile.mkdtemp(prefix="berth-web-"))
        self.addCleanup(shutil.rmtree, self.web)
        server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), functools.partial(Handler, directory=str(self.web))
        )
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        self.addCleanup(server.server_close)
        self.addCleanup(thread.join)
        self.addCleanup(server.shutdown)
        self.url = f"http://127.0.0.1:{server.server_address[1]}"

    def build_and_run(self, name, dockerfile, *command):
        self.write("Dockerfile", dockerfile.replace("@URL@", self.url))
        self.build("-t", self.fleeting(name))
        return self.node.berth("run", "--rm", name, *command)

    def fails(self, dockerfile):
        self.write("Dockerfile", dockerfile.replace("@URL@", self.url))
        return self.build(code=1).stderr

    def repository(self):
        """Two commits, the first with the tag v1; as plain files."""
        work = self.web / "work"
        (work / "sub").mkdir(parents=True)
        (work / "sub/file").write_text("first\n")
        (work / "link").symlink_to("/etc/passwd")
        (work / "out").symlink_to("/etc")
        git(self.web, "init", "-q", "work")
        git(work, "add", ".")
        git(work, "commit", "-qm", "one")
        git(work, "tag", "v1")
        (work / "sub/file").write_text("second\n")
        (work / "Dockerfile").write_text(f"FROM {self.image}\nCOPY sub/file /x\n")
        git(work, "add", ".")
        git(work, "commit", "-qm", "two")
        git(self.web, "clone", "-q", "--bare", "work", "repo.git")
        git(self.web / "repo.git", "update-server-info")
        return git(work, "rev-parse", "v1")

    def test_a_file(self):
        (self.web / "f.txt").write_text("text\n")
        os.utime(self.web / "f.txt", (MODIFIED, MODIFIED))
        digest = hashlib.sha256(b"text\n").hexdigest()
        told = self.build_and_run(
            "add-url",
            f"FROM @BASE@\nADD @URL@/f.txt /d/\nADD --checksum=sha256:{digest} --chmod=644 --chown=3:4 @URL@/f.txt?q=1 /e\n",
            *("sh", "-c", "cat /d/f.txt /e; stat -c '%a %u:%g %Y' /d/f.txt /e"),
        )
        self.assertEqual(told, f"text\ntext\n600 0:0 {MODIFIED}\n644 3:4 {MODIFIED}\n")

    def test_an_archive_stays_packed_unless_it_is_said(self):
        with tarfile.open(self.web / "a.tar", "w") as tar:
            member = tarfile.TarInfo("inner")
            member.size = 2
            tar.addfile(member, io.BytesIO(b"x\n"))
        told = self.build_and_run(
            "add-archive-url",
            "FROM @BASE@\nADD @URL@/a.tar /kept/\nADD --unpack=true @URL@/a.tar /out/\n",
            *("sh", "-c", "ls /kept; cat /out/inner"),
        )
        self.assertEqual(told, "a.tar\nx\n")

    def test_what_is_wrong_is_said(self):
        (self.web / "f").write_text("text\n")
        self.assertIn("/none", self.fails("FROM @BASE@\nADD @URL@/none /\n"))
        self.assertIn("digest mismatch", self.fails(f"FROM @BASE@\nADD --checksum=sha256:{'0' * 64} @URL@/f /\n"))
        self.assertIn("redirect", self.fails("FROM @BASE@\nADD @URL@/to-a-file /\n"))
        self.assertIn("source can't be a URL for COPY", self.fails("FROM @BASE@\nCOPY @URL@/f /\n"))
        self.assertIn("no branch", self.fails("FROM @BASE@\nADD @URL@/repo.git#--upload-pack=x /\n"))

    def test_it_is_cached_by_what_it_holds(self):
        (self.web / "f").write_text("one\n")
        self.assertEqual(self.build_and_run("add-cached", "FROM @BASE@\nADD @URL@/f /f\n", "cat", "/f"), "one\n")
        os.utime(self.web / "f", (1, 1))
        self.assertIn("Using cache", self.build("-t", "add-cached").stdout)
        (self.web / "f").write_text("two\n")
        self.assertEqual(self.build_and_run("add-cached", "FROM @BASE@\nADD @URL@/f /f\n", "cat", "/f"), "two\n")

    def test_a_repository(self):
        first = self.repository()
        told = self.build_and_run(
            "add-git",
            "FROM @BASE@\nADD @URL@/repo.git /main\nADD @URL@/repo.git#v1:sub /tag/\n"
            f"ADD --keep-git-dir=true --checksum={first} @URL@/repo.git#{first} /commit\n",
            *("sh", "-c", "cat /main/sub/file /tag/file /commit/sub/file; ls -A /main; readlink /main/link; ls -d /commit/.git"),
        )
        self.assertEqual(
            told, "second\nfirst\nfirst\nDockerfile\nlink\nout\nsub\n/etc/passwd\n/commit/.git\n"
        )
        self.assertIn("digest mismatch", self.fails(f"FROM @BASE@\nADD --checksum={first} @URL@/repo.git /\n"))
        for name in ("none", "out"):
            self.assertIn(f"no directory {name}", self.fails(f"FROM @BASE@\nADD @URL@/repo.git#:{name} /\n"))
        self.assertIn("repo.git#nobody", self.fails("FROM @BASE@\nADD @URL@/repo.git#nobody /\n"))

    def build_of(self, name, remote):
        self.node.run(
            ["curl", "-sS", "--fail", "--unix-socket", self.socket, "-X", "POST", "-G", "http://d/build"]
            + ["--data-urlencode", f"remote={remote}", "--data-urlencode", f"t={self.fleeting(name)}"]
        )
        return self.node.berth("run", "--rm", name, "cat", "/x")

    def test_a_context_elsewhere(self):
        self.repository()
        self.assertEqual(self.build_of("of-git", f"{self.url}/repo.git"), "second\n")
        (self.web / "Dockerfile").write_text(f"FROM {self.image}\nRUN echo of a text > /x\n")
        self.assertEqual(self.build_of("of-text", f"{self.url}/Dockerfile"), "of a text\n")
        with tarfile.open(self.web / "c.tgz", "w:gz") as tar:
            tar.add(self.web / "work", ".", filter=lambda m: None if "/.git" in m.name else m)
        self.assertEqual(self.build_of("of-archive", f"{self.url}/c.tgz"), "second\n")

    def test_a_dockerfile_of_here_for_a_context_elsewhere(self):
        self.repository()
        (self.web / "work/.dockerignore").write_text("Dockerfile\n")
        git(self.web / "work", "add", ".")
        git(self.web / "work", "commit", "-qm", "three")
        git(self.web / "work", "push", "-q", self.web / "repo.git", "main")
        git(self.web / "repo.git", "update-server-info")
        for text, code, said in (("COPY sub/file /x", 0, ""), ("COPY Dockerfile /x", 1, "excluded by .dockerignore"), ("COPIE", 1, "unknown instruction")):
            done = subprocess.run(
                [harness.binaries() / "berth", "build", "-f", "-", "-t", self.fleeting("of-both"), f"{self.url}/repo.git"],
                input=f"FROM {self.image}\n{text}\n",
                capture_output=True,
                text=True,
                timeout=harness.COMMAND_S,
                env=self.node.environment(),
            )
            self.assertEqual(done.returncode, code, done.stderr)
            self.assertIn(said, done.stderr)
        self.assertEqual(self.node.berth("run", "--rm", "of-both", "cat", "/x"), "second\n")
        command = ["curl", "-sS", "--unix-socket", self.socket, "-H", "X-Berth-Context: dockerfile", "-d", "FROM x", "http://d/build"]
        self.assertIn("x-berth-context: dockerfile", self.node.run(command).stdout)


del BuildTest

if __name__ == "__main__":
    unittest.main()
