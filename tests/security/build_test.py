#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""R24, with R1, R10 and R21 where they meet builds: what a Dockerfile, its context and its bases get of the node."""

import io, os, pathlib, re, shutil, socket, subprocess, tarfile, tempfile, unittest

from attack import SECRET, AttackTest
from harness import COMMAND_S, binaries

from layer import Layer


class BuildTest(AttackTest):
    def setUp(self):
        super().setUp()
        self.context = pathlib.Path(tempfile.mkdtemp(prefix="berth-context-"))
        self.addCleanup(shutil.rmtree, self.context)
        self.addCleanup(self.node.berth, "builder", "prune", "-a", "-f")

    def dockerfile(self, *lines, base=None):
        text = "\n".join([f"FROM {base or self.image}", *lines, ""])
        (self.context / "Dockerfile").write_text(text)
        return text

    def build(self, *options, context=None, stdin=None):
        """All that it said, be it built or not; self.built is the image, or nothing."""
        name = f"{self.next_name()}:1"
        done = subprocess.run(
            [binaries() / "berth", "build", "-t", name, *options, context or self.context],
            input=stdin, stdin=None if stdin else subprocess.DEVNULL, capture_output=True,
            timeout=COMMAND_S, env=self.node.environment(),
        )  # fmt: skip
        self.built = name if done.returncode == 0 else None
        if self.built:
            self.addCleanup(self.node.berth, "rmi", "-f", name)
        said = (done.stdout + done.stderr).decode(errors="replace")
        self.assertNotIn(SECRET.strip(), said)
        return said

    def build_lines(self, *lines, base=None):
        self.dockerfile(*lines, base=base)
        return self.build()

    def show(self, script):
        return self.node.berth("run", "--rm", self.built, "sh", "-c", script)

    def links(self):
        """Ways from an image or a context to the host's directory."""
        return {"absolute": str(self.host), "up": "../" * 12 + str(self.host)[1:], "root": "/"}

    def test_R24_CVE_2024_1753_the_source_of_a_mount_is_a_link(self):
        evil = self.image_of(*(Layer().symlink(*link) for link in self.links().items()))
        for source in self.links():
            for access in ("rw", "ro"):
                self.build_lines(
                    f"RUN --mount=type=bind,from={evil},source=/{source},{access},target=/m "
                    f"cat /m/secret /m{self.host}/secret; touch /m/made /m{self.host}/made; true"
                )
                self.assertEqual(self.built is not None, source == "root", "its own root, or nothing")

    def test_R24_CVE_2024_9675_the_id_of_a_cache_is_no_path(self):
        caches = self.node.directory / "root/build/mounts"
        for name in (f"../../../..{self.host}", str(self.host), "..", ".", "a/../../b"):
            self.build_lines(f"RUN --mount=type=cache,id={name},target=/c echo {name} > /c/made")
            self.assertTrue(self.built)
        made = sorted((self.node.directory / "root").rglob("made"))
        self.assertEqual({path.parent.parent for path in made}, {caches})
        self.assertEqual(len(made), 5, "each id has a directory of its own")

    def test_R24_CVE_2024_23652_who_takes_a_mount_point_away_follows_no_link(self):
        for target in ("/a/directory", "/a/secret"):
            self.build_lines(
                f"RUN --mount=type=tmpfs,target={target} mv /a /moved && ln -s {self.host} /a"
            )
            self.assertTrue(self.built)

    def test_R24_CVE_2019_13139_CVE_2026_33748_an_address_is_no_option_and_no_way_out(self):
        touch = f"touch${{IFS}}{self.host}/made"
        for address in (
            f"https://127.0.0.1:1/x.git#--upload-pack={touch}",
            f"https://127.0.0.1:1/x.git#-c{touch}",
            "https://127.0.0.1:1/x.git#main:../../..",
            f"git@-oProxyCommand={touch}:x",
            f"ssh://-oProxyCommand={touch}/x",
            f"ssh://git@127.0.0.1:1/--upload-pack={touch}",
        ):
            said = self.build(context=address)
            self.assertRegex(said, "no branch|leads out|a repository by ssh is|needs an agent", address)
            said = self.build_lines(f"ADD {address} /x")
            self.assertIsNone(self.built, address)
        for helper in (f"ext::sh -c {touch}", f"file://{self.host}"):
            self.build(context=helper)
            self.assertIsNone(self.built, helper)

    def test_R24_CVE_2022_4122_files_that_say_what_to_do_are_links(self):
        text = self.dockerfile("COPY . /in")
        for name in (".dockerignore", "Dockerfile"):
            for target in (f"{self.host}/secret", "../" * 12 + f"{self.host}/secret"[1:], "/proc/self/environ"):
                path = self.context / name
                path.unlink(missing_ok=True)
                path.symlink_to(target)
                self.build()
                packed = io.BytesIO()
                with tarfile.open(fileobj=packed, mode="w") as tar:
                    tar.add(self.context, arcname=".")
                self.build(context="-", stdin=packed.getvalue())
            path.unlink()
            (self.context / "Dockerfile").write_text(text)

    def test_R24_CVE_2026_44517_an_archive_writes_through_no_link(self):
        for target in self.links().values():
            hostile = Layer().symlink("d", target).file("d/made", b"x").file(f"d{self.host}/made", b"x")
            in_a_context = hostile.file("Dockerfile", self.dockerfile("COPY d /in").encode()).tar()
            self.build(context="-", stdin=in_a_context)
            (self.context / "hostile.tar").write_bytes(hostile.tar())
            self.build_lines("ADD hostile.tar /")
            self.assertTrue(self.built)
            self.assertEqual(self.show("find / -xdev -name made | wc -l"), "2\n", "inside of it")

    def test_R1_CVE_2026_55686_links_of_the_base_are_inside_of_it(self):
        (self.context / "made").write_text("x")
        for target in self.links().values():
            base = self.image_of(Layer().symlink("d", target))
            for line in (
                "WORKDIR /d/made", f"WORKDIR /d{self.host}/made", "COPY made /d/", f"ADD made /d{self.host}/",
                "COPY --chown=1:1 made /d/secret", "RUN --mount=type=tmpfs,target=/d/directory true",
            ):  # fmt: skip
                self.build_lines(line, base=base)
                self.assertTrue(self.built, line)

    def test_R24_CVE_2021_3602_CVE_2020_14370_a_step_sees_its_own_environment_alone(self):
        self.node.terminate()
        self.node.daemon_environment = {"DAEMONS_TOKEN": "of-the-daemon"}
        self.addCleanup(self.node.daemon_environment.clear)
        self.node.start()
        self.connect()
        self.dockerfile("ARG TOKEN", "RUN test $TOKEN = of-another-build")
        self.build("--build-arg", "TOKEN=of-another-build")
        self.assertTrue(self.built)
        said = self.build_lines("RUN env; cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline | tr '\\0' '\\n'; echo end")
        self.assertRegex(said, r"(?m)^#\d+ \S+ end$")
        self.assertNotRegex(said, "of-the-daemon|of-another-build")

    def test_R24_CVE_2025_4953_what_a_step_writes_into_a_mount_is_gone(self):
        self.build_lines("RUN --mount=type=bind,rw,target=/m touch /m/made && ls /m")
        self.assertTrue(self.built)
        self.assertEqual(os.listdir(self.context), ["Dockerfile"])
        said = self.build_lines("RUN --mount=type=bind,target=/m ls /m && echo end")
        self.assertRegex(said, r"(?m)^#\d+ \S+ end$")
        self.assertNotRegex(said, r"(?m)^#\d+ \S+ made$")
        self.assertEqual(os.listdir(self.node.directory / "root/build/work"), [])

    def test_R21_CVE_2024_23653_GHSA_7236_3392_c5c6_a_step_gives_itself_no_rights(self):
        self.dockerfile("RUN --security=insecure id")
        self.assertIn("security.insecure is not allowed", self.build())
        with socket.create_server(("127.0.0.1", 0)) as front_end:
            front_end.settimeout(0)
            address = f"127.0.0.1:{front_end.getsockname()[1]}"
            lines = ("RUN grep -E '^(Seccomp|CapEff):' /proc/self/status", "RUN ! mount -t tmpfs x /mnt")
            (self.context / "Dockerfile").write_text(
                f"# syntax={address}/evil/frontend:1\n" + self.dockerfile(*lines)
            )
            said = self.build()
            with self.assertRaises(BlockingIOError, msg="nobody asks for a front end"):
                front_end.accept()
        self.assertTrue(self.built, said)
        self.assertRegex(said, r"Seccomp:\s*2")
        [capabilities] = re.findall(r"CapEff:\s*([0-9a-f]+)", said)
        self.assertFalse(int(capabilities, 16) & 1 << 21, "CAP_SYS_ADMIN")

    def test_R10_GHSA_72x6_4j93_7w86_accounts_that_never_end(self):
        huge = b"x" * (32 << 20)
        before = self.memory()
        for layer in (
            Layer().file("etc/group", huge),
            Layer().file("etc/passwd", huge),
            Layer().fifo("etc/passwd").fifo("etc/group"),
            Layer().symlink("etc/passwd", "/dev/zero"),
            Layer().device("etc/passwd", 1, 5),
        ):
            base = self.image_of(layer)
            for lines in (("COPY --chown=app:staff Dockerfile /x",), ("USER app:staff", "RUN true")):
                self.build_lines(*lines, base=base)
                self.assertIsNone(self.built, lines)
        self.assertLess(self.memory() - before, 64 << 20)


if __name__ == "__main__":
    unittest.main()
