# SPDX-License-Identifier: Apache-2.0
"""`berth build DIRECTORY` hands over the directory itself, over whose descriptor the daemon reads it."""

import array, hashlib, io, os, pathlib, shutil, signal, socket, subprocess, tarfile, tempfile, threading, unittest

import harness
from docker_node import DockerTest


class ContextTest(DockerTest):
    images = ("busybox",)

    def setUp(self):
        super().setUp()
        self.context = self.temporary_directory("berth-context-")
        self.addCleanup(self.forget_builds)

    def write(self, name, text):
        path = self.context / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def dockerfile(self, *lines):
        self.write("Dockerfile", "\n".join([f"FROM {self.image}", *lines, ""]))

    def build(self, *options, image="context:1"):
        return self.node.berth("build", "-t", self.fleeting(image), *options, self.context)

    def build_error(self, *options):
        return self.node.berth_error("build", *options, self.context)

    def ran(self, script, image="context:1"):
        return self.node.berth("run", "--rm", image, "sh", "-c", script)

    def test_it_is_the_same_as_an_archive(self):
        """Docker's client sends one: everything comes out of the cache."""
        self.dockerfile("COPY . /in", "COPY d/*.txt /texts/")
        self.write("d/a.txt", "a\n").chmod(0o640)
        self.write("d/left-out.txt", "")
        self.write("d/b/c", "c\n")
        os.chown(self.context / "d/a.txt", 1000, 1000)
        (self.context / "d/link").symlink_to("a.txt")
        self.write(".dockerignore", "**/left-out*\n")
        self.build()
        shown = "cd /in/d; stat -c '%a %u' a.txt; ls -A . /texts; readlink link"
        self.assertEqual(self.ran(shown).split(), "640 0 .: a.txt b link /texts: a.txt a.txt".split())
        options = ("build", "-q", self.context)
        again = self.node.run(["docker", *options], DOCKER_HOST=f"unix://{self.socket}", DOCKER_BUILDKIT="0").stdout
        self.assertEqual(again.strip(), self.inspect("context:1")["Id"])

    def test_no_link_leads_out_or_to_what_is_left_out(self):
        secret = pathlib.Path(tempfile.mkdtemp(prefix="berth-outside-"))
        self.addCleanup(os.rmdir, secret)
        self.addCleanup((secret / "passwd").unlink)
        (secret / "passwd").write_text("of the host\n")
        self.write("kept/ignored", "left out\n")
        self.write(".dockerignore", "kept/ignored\nall-ignored\n")
        self.write("all-ignored/file", "left out\n")
        for name, target in {
            "absolute": secret / "passwd", "up": f"../{secret.name}/passwd", "directory": secret,
            "ignored": "kept/ignored", "ignored-directory": "all-ignored", "magic": "/proc/self/root/etc/passwd",
        }.items():  # fmt: skip
            (self.context / name).symlink_to(target)
        for word in ("absolute", "up", "directory/passwd", "ignored", "ignored-directory/file", "magic", "kept/../ignored"):
            for line in (f"COPY {word} /x", f"RUN --mount=type=bind,source={word},target=/m cat /m"):
                self.dockerfile(line)
                self.assertRegex(self.build_error(), "does not exist|not found", line)

    def test_a_step_sees_the_directory_without_what_is_left_out(self):
        self.dockerfile("RUN --mount=target=/m ls -A /m /m/d > /list && cat /m/d/a >> /list; stat -c %u /m /m/d/a >> /list")
        self.write("d/a", "a\n")
        os.chown(self.context / "d/a", 1000, 1000)
        self.write("d/secret", "")
        self.write(".dockerignore", "d/secret\n")
        self.build()
        self.assertEqual(self.ran("cat /list").split(), "/m: .dockerignore Dockerfile d /m/d: a a 0 0".split())
        self.assertRegex(self.build(), r"\n#2 CACHED\n")
        self.write("d/a", "b\n")
        self.assertRegex(self.build(), r"\n#2 DONE ")

    def test_what_changes_while_it_is_copied_is_not_cached(self):
        """A file that never stays the same. It is found out, or each digest is that of what was copied."""
        self.dockerfile("COPY d /d")
        path = self.write("d/a", "0" * (4 << 20))
        done = threading.Event()

        def change():
            count = 0
            with open(path, "r+b", buffering=0) as file:
                while not done.is_set():
                    count += 1
                    os.pwrite(file.fileno(), str(count).encode(), count % (4 << 20))

        changer = threading.Thread(target=change)
        changer.start()
        try:
            self.assertIn("have changed while they were copied", self.build_error())
        finally:
            done.set()
            changer.join()
        self.build()
        self.assertEqual(self.ran("cat /d/a"), path.read_text())

    def build_stdin(self, data, code=0, options=(), context="-"):
        command = [harness.binaries() / "berth", "build", "-t", self.fleeting("context:1"), *options, context]
        done = subprocess.run(command, input=data, capture_output=True, env=self.node.environment(), timeout=harness.COMMAND_S)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stderr.decode()

    def test_an_archive_or_a_dockerfile_comes_from_standard_input(self):
        self.dockerfile("COPY random /random")
        random = os.urandom(5 << 20)
        (self.context / "random").write_bytes(random)
        for packing in ("", "gz"):
            packed = io.BytesIO()
            with tarfile.open(fileobj=packed, mode=f"w:{packing}") as tar:
                tar.add(self.context, arcname=".")
            self.build_stdin(packed.getvalue())
            self.assertEqual(self.ran("sha256sum /random").split()[0], hashlib.sha256(random).hexdigest())
        comment = "#" * 1000 + "\n"
        self.build_stdin(f"{comment}FROM {self.image}\nRUN echo 1 > /from\n".encode())
        self.assertEqual(self.ran("cat /from"), "1\n")
        self.assertIn("the Dockerfile of standard input", self.build_stdin(comment.encode() * 5000, 1))
        self.assertIn("no instructions", self.build_stdin(b"", 1))

    def test_a_dockerfile_that_is_not_in_the_directory(self):
        """Nothing that is copied is it."""
        self.dockerfile("RUN false")
        self.write("a", "")
        elsewhere = pathlib.Path(tempfile.mkdtemp(prefix="berth-elsewhere-"))
        self.addCleanup(shutil.rmtree, elsewhere)
        (elsewhere / "Dockerfile").write_text(f"FROM {self.image}\nCOPY . /in\n")
        self.build("--progress=plain", "-f", elsewhere / "Dockerfile")
        self.assertEqual(self.ran("ls -A /in").split(), ["Dockerfile", "a"])
        (elsewhere / "Dockerfile.dockerignore").write_text("Dockerfile\n")
        self.build("-f", elsewhere / "Dockerfile")
        self.assertEqual(self.ran("ls -A /in").split(), ["a"])
        self.write("b", "")
        text = (elsewhere / "Dockerfile").read_bytes()
        self.build_stdin(text, options=("-f", "-"), context=self.context)
        self.assertEqual(self.ran("ls -A /in").split(), ["Dockerfile", "a", "b"])
        self.assertIn("both build context and dockerfile", self.build_stdin(text, 1, ("-f", "-")))
        self.assertIn("Cannot locate specified Dockerfile", self.build_error("-f", elsewhere / "none"))

    def test_an_output_that_is_interrupted_leaves_nothing(self):
        self.dockerfile("RUN dd if=/dev/zero of=/zeros bs=1M count=8")
        self.build()
        for signal_number in (signal.SIGINT, signal.SIGTERM):
            with subprocess.Popen(
                [harness.binaries() / "berth", "build", "-o", "-", self.context],
                stdout=subprocess.PIPE,
                env=self.node.environment(),
            ) as client:
                self.assertEqual(len(client.stdout.read(512)), 512)  # then the pipe is full
                client.send_signal(signal_number)
                client.stdout.read()
            self.assertEqual(client.returncode, -signal_number)
            self.assertEqual(self.docker("ps", "-aq"), "")

    def test_fifos_and_sockets_hold_nobody_up(self):
        self.dockerfile("COPY . /in", "RUN ls /in > /list")
        os.mkfifo(self.context / "fifo")
        with socket.socket(socket.AF_UNIX) as bound:
            bound.bind(str(self.context / "socket"))
            self.build()
        self.assertEqual(self.ran("cat /list; test -p /in/fifo && echo fifo").split(), ["Dockerfile", "fifo", "fifo"])
        (self.context / "Dockerfile").unlink()
        os.mkfifo(self.context / "Dockerfile")
        self.assertIn("not a file", self.build_error())

    def test_where_no_descriptor_comes_through_an_archive_does(self):
        """Somebody passes the daemon's socket on, byte by byte."""
        place = pathlib.Path(tempfile.mkdtemp(prefix="berth-proxy-"))
        proxy = Proxy(place / "docker.sock", self.socket)
        self.addCleanup(os.rmdir, place)
        self.addCleanup(proxy.close)
        self.dockerfile("COPY a /a")
        self.write("a", "sent\n")
        self.fleeting("context:1")
        done = self.node.run(
            [harness.binaries() / "berth", "--host", f"unix://{place}/berth.sock", "build", "-t", "context:1", self.context]
        )
        self.assertIn("naming to docker.io/library/context:1 done", done.stdout)
        self.assertEqual(self.ran("cat /a"), "sent\n")

    def test_what_is_no_directory_is_refused(self):
        for descriptor, words in (
            (os.open(self.write("file", ""), os.O_RDONLY), b"is no directory"),
            (os.open(self.context, os.O_PATH), b"is no directory that is open for reading"),
            (None, b"has not come with the request"),
        ):
            self.assertIn(words, self.ask(descriptor))
            if descriptor is not None:
                os.close(descriptor)

    def ask(self, descriptor):
        head = "POST /build HTTP/1.1\r\nHost: x\r\nX-Berth-Context: directory\r\nContent-Length: 1\r\nConnection: close\r\n\r\n"
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(self.socket))
            client.sendall(head.encode())
            rights = [] if descriptor is None else [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [descriptor]))]
            client.sendmsg([b" "], rights)
            answer = b""
            while piece := client.recv(1 << 16):
                answer += piece
            return answer


class Proxy:
    """Passes bytes on between its own socket and another."""

    def __init__(self, path, target):
        self.path, self.target = path, str(target)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen()
        self.threads = []
        self.start(self.accept)

    def start(self, function, *arguments):
        thread = threading.Thread(target=function, args=arguments, daemon=True)
        self.threads.append(thread)
        thread.start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            server.connect(self.target)
            self.start(self.pass_on, client, server)
            self.start(self.pass_on, server, client)

    @staticmethod
    def pass_on(source, target):
        try:
            while piece := source.recv(1 << 16):
                target.sendall(piece)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.path.unlink()


if __name__ == "__main__":
    unittest.main()
