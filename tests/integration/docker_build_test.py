# SPDX-License-Identifier: Apache-2.0
"""`docker build`, unmodified. tests/testdata/build has Dockerfiles, their contexts, and what comes of them:

    === case NAME           === Dockerfile           === file NAME [MODE]
    === symlink NAME TARGET === archive NAME         (lines: NAME MODE UID:GID CONTENT)
    === build OPTIONS       === code N               === error          (contained in what fails)
    === says                (lines of the output)    === run COMMAND    (its output)
    === config KEY          (as JSON)                === image KEY      (as JSON)
    === history             (the newest entries, oldest first)

@BASE@ is the busybox of the test's registry, @REPOSITORY@ its repository, @CONTEXT@ the context's directory."""

import io, json, os, pathlib, re, shlex, shutil, signal, subprocess, tarfile, tempfile, unittest

import harness
from docker_node import DockerTest

TABLE = harness.REPOSITORY / "tests/testdata/build"


def sections(text):
    for part in ("\n" + text).split("\n=== ")[1:]:
        head, _, body = part.partition("\n")
        kind, _, argument = head.partition(" ")
        yield kind, argument, body if body.endswith("\n") or not body else body + "\n"


def cases():
    """Name and sections of each."""
    for path in sorted(TABLE.glob("*.txt")):
        case = None
        for section in sections(path.read_text()):
            if section[0] == "case":
                case = (section[1], [])
                yield case
            else:
                case[1].append(section)


def archive(path, body):
    packing = {".tar": "", ".bz2": "bz2", ".xz": "xz"}.get(path.suffix, "gz")
    with tarfile.open(path, f"w:{packing}") as tar:
        for line in body.splitlines():
            name, mode, owner, content = line.split(" ", 3)
            member = tarfile.TarInfo(name)
            member.mode, member.size = int(mode, 8), len(content)
            member.uid, member.gid = map(int, owner.split(":"))
            tar.addfile(member, io.BytesIO(content.encode()))


class BuildTest(DockerTest):
    images = ("busybox",)

    def setUp(self):
        super().setUp()
        self.context = pathlib.Path(tempfile.mkdtemp(prefix="berth-build-"))
        self.addCleanup(shutil.rmtree, self.context)
        self.addCleanup(self.forget_builds)

    def write(self, name, body, mode=0o644):
        path = self.context / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(body.replace("@BASE@", self.image).replace("@REPOSITORY@", self.image.rsplit(":", 1)[0]))
        path.chmod(mode)

    def build(self, *options, code=0):
        return self.node.run(
            ["docker", "build", *options, self.context], code, DOCKER_HOST=f"unix://{self.socket}", DOCKER_BUILDKIT="0"
        )


class TableTest(BuildTest):
    def check(self, name, parts):
        options, code, checks = [], None, []
        for kind, argument, body in parts:
            if kind == "Dockerfile":
                self.write("Dockerfile", body)
            elif kind == "file":
                path, mode = re.fullmatch(r"(.*?)(?: (\d{3,4}))?", argument).groups()
                self.write(path, body, int(mode or "644", 8))
            elif kind == "symlink":
                name, target = argument.split(" ")
                (self.context / name).symlink_to(target)
            elif kind == "archive":
                archive(self.context / argument, body)
            elif kind == "build":
                options = shlex.split(argument.replace("@CONTEXT@", str(self.context)))
            elif kind == "code":
                code = int(argument)
            else:
                checks.append((kind, argument, body))
        fails = any(kind == "error" for kind, _, _ in checks)
        image = self.fleeting(f"case-{name}")
        done = self.build("-t", image, *options, code=(code or 1) if fails else 0)
        for kind, argument, body in checks:
            self.check_one(kind, argument, body, image, done)

    def check_one(self, kind, argument, body, image, done):
        if kind == "error":
            self.assertIn(body.strip(), done.stderr)
        elif kind == "says":
            for line in body.splitlines():
                self.assertIn(line, done.stdout.splitlines())
        elif kind == "run":
            self.assertEqual(self.node.berth("run", "--rm", image, *shlex.split(argument)), body)
        elif kind == "config":
            self.assertEqual(self.inspect(image)["Config"].get(argument), json.loads(body))
        elif kind == "image":
            self.assertEqual(self.inspect(image).get(argument), json.loads(body))
        elif kind == "history":
            lines = self.docker("history", "--no-trunc", "--format", "{{.CreatedBy}}", image).splitlines()
            wanted = body.splitlines()
            self.assertEqual(lines[: len(wanted)][::-1], wanted)
        else:
            self.fail(f"no such section: {kind}")


def add_case(name, parts):
    def test(self):
        self.check(name, parts)

    setattr(TableTest, f"test_{name.replace('-', '_')}", test)


for case in list(cases()):
    add_case(*case)


class CacheTest(BuildTest):
    def steps(self, done):
        """Whether each step but FROM came out of the cache."""
        return ["Using cache" in part for part in re.split(r"\nStep (?!1/)", done.stdout)[1:]]

    def write_four(self, name):
        self.write(
            "Dockerfile",
            f"FROM @BASE@\nRUN echo {name} && date +%N > /stamp\nCOPY a /a\nRUN cat /a /stamp > /both\nLABEL x=y\n",
        )
        self.write("a", "one\n")

    def test_what_has_not_changed_is_not_done_again(self):
        self.write_four("cached")
        self.assertEqual(self.steps(self.build("-t", self.fleeting("cached"))), [False] * 4)
        image = self.inspect("cached")["Id"]
        os.utime(self.context / "a", (1, 1))  # times do not count
        self.node.kill()
        self.node.start()
        self.assertEqual(self.steps(self.build("-t", "cached")), [True] * 4)
        self.assertEqual(self.inspect("cached")["Id"], image)
        self.write("a", "two\n")
        self.assertEqual(self.steps(self.build("-t", "cached")), [True, False, False, False])
        self.assertNotEqual(self.inspect("cached")["Id"], image)
        self.assertEqual(self.steps(self.build("-t", "cached", "--no-cache")), [False] * 4)

    def test_prune_forgets(self):
        self.write_four("pruned")
        self.build("-t", self.fleeting("pruned"))
        self.docker("builder", "prune", "-af")
        self.assertEqual(self.steps(self.build("-t", "pruned")), [False] * 4)

    def test_directories_of_cache_mounts_are_counted_and_pruned(self):
        self.docker("builder", "prune", "-af")
        self.write("Dockerfile", "FROM @BASE@\nRUN --mount=type=cache,target=/c dd if=/dev/zero of=/c/x bs=1M count=3\n")
        self.build("-t", self.fleeting("mounted"))
        pieces = lambda: json.loads(self.docker("system", "df", "-v", "--format", "{{json .BuildCache}}"))
        mounts = lambda: [each for each in pieces() if each["CacheType"] == "exec.cachemount"]
        [mount] = mounts()
        self.assertEqual(mount["InUse"], "false")
        self.assertRegex(mount["Size"], r"^3\.\d+MB$")
        self.docker("builder", "prune", "-f", "--filter", "until=24h")
        self.docker("builder", "prune", "-f", "--keep-storage", "4mb")
        self.assertEqual([each["ID"] for each in mounts()], [mount["ID"]])
        self.assertIn("Total reclaimed space: 3.", self.docker("builder", "prune", "-f", "--keep-storage", "2mb"))
        self.assertEqual(mounts(), [])

    def link(self, what, link="--link"):
        self.write("Dockerfile", f"FROM @BASE@\nRUN echo {what} > /below && ln -s /below /to\nCOPY {link} a /to/deep/\n")
        steps = self.steps(self.build("-t", self.fleeting(f"linked-{what}")))
        layers = self.inspect(f"linked-{what}")["RootFS"]["Layers"]
        return steps, layers[-1]

    def test_a_linked_layer_outlives_a_change_below(self):
        """Its bytes are the same on anything, as nothing below is looked at: a symlink is replaced."""
        self.write("a", "one\n")
        first, layer = self.link("one")
        second, same = self.link("two")
        self.assertEqual((first, second, same), ([False, False], [False, True], layer))
        self.assertEqual(self.link("one"), ([True, True], layer))
        show = "cat /below /to/deep/a; test -L /to || echo replaced"
        for what in ("one", "two"):
            self.assertEqual(self.node.berth("run", "--rm", f"linked-{what}", "sh", "-c", show), f"{what}\none\nreplaced\n")
        self.write("a", "two\n")
        self.assertEqual(self.link("one")[0], [True, False])
        self.assertIn("not a directory", self.build_error_of("one"))

    def build_error_of(self, what):
        self.write("Dockerfile", f"FROM @BASE@\nRUN echo {what} > /below && ln -s /below /to\nCOPY a /to/deep/\n")
        return self.build(code=1).stderr

    def test_who_a_linked_layer_belongs_to_is_known_below(self):
        self.write("a", "")
        for uid in (7, 8):
            user = f"echo 'linked:x:{uid}:{uid}::/:/bin/sh' >> /etc/passwd"
            self.write("Dockerfile", f"FROM @BASE@\nRUN {user}\nCOPY --link --chown=linked a /new/a\n")
            self.build("-t", self.fleeting("owned"))
            shown = self.node.berth("run", "--rm", "owned", "stat", "-c", "%u", "/new", "/new/a")
            self.assertEqual(shown.split(), [str(uid)] * 2)

    def test_source_date_epoch_makes_the_same_image_again(self):
        self.write(
            "Dockerfile",
            "FROM @BASE@\nARG SOURCE_DATE_EPOCH\nRUN mkdir /d && echo x > /d/f\nCOPY a /new/a\nWORKDIR /w\nENV A=b\n",
        )
        self.write("a", "one\n")
        ids = []
        for _ in range(2):
            self.build("-t", self.fleeting("repeated"), "--no-cache", "--build-arg", "SOURCE_DATE_EPOCH=1600000000")
            ids.append(self.inspect("repeated")["Id"])
            os.utime(self.context / "a")
        self.assertEqual(ids[0], ids[1])
        self.assertEqual(self.inspect("repeated")["Created"], "2020-09-13T12:26:40Z")


class SmallCacheTest(BuildTest):
    def test_what_was_unused_for_longest_goes(self):
        self.node.kill()
        self.node.write_config('build_cache = "300KiB"\n')
        self.node.start()
        random = "head -c 128000 /dev/urandom"
        for name in ("one", "two", "three"):
            self.write("Dockerfile", f"FROM @BASE@\nRUN echo {name} && {random} > /f\n")
            self.assertNotIn("Using cache", self.build("-t", self.fleeting(name)).stdout)
            self.assertIn("Using cache", self.build("-t", name).stdout)
        self.write("Dockerfile", f"FROM @BASE@\nRUN echo one && {random} > /f\n")
        self.assertNotIn("Using cache", self.build("-t", "one").stdout)


class EndingTest(BuildTest):
    def start_build(self):
        self.write("Dockerfile", "FROM @BASE@\nRUN echo it runs && sleep 1000\n")
        client = subprocess.Popen(
            ["docker", "build", "--no-cache", self.context],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=self.node.environment(DOCKER_HOST=f"unix://{self.socket}", DOCKER_BUILDKIT="0"),
        )
        self.addCleanup(client.stdout.close)
        self.addCleanup(client.wait)
        self.addCleanup(client.kill)
        for line in client.stdout:
            if line == "it runs\n":
                return client
        self.fail("the build has ended")

    def nothing_is_left(self):
        """What its pod leaves is looked for after each test."""
        return not os.listdir(self.node.directory / "root/build/work")

    def test_a_build_ends_with_its_client(self):
        client = self.start_build()
        client.send_signal(signal.SIGKILL)
        harness.wait_until(self.nothing_is_left, harness.SETTLE_S, "the build is gone")

    def test_a_killed_daemon_leaves_nothing(self):
        self.start_build()
        self.node.kill()
        self.node.start()
        harness.wait_until(self.nothing_is_left, harness.SETTLE_S, "the build is gone")
        self.write("Dockerfile", "FROM @BASE@\nRUN echo again\n")
        self.assertIn("again\n", self.build("-t", self.fleeting("again")).stdout)

    def test_a_base_of_another_platform_is_told(self):
        self.write("Dockerfile", "FROM @BASE@\nLABEL other=1\n")
        said = self.build("--platform", "linux/s390x", "-t", self.fleeting("other")).stdout
        self.assertRegex(said, r"\[Warning\] \S+ is of linux/\w+, not of linux/s390x: so is what is built on it")

    def test_steps_have_the_limits_that_are_said(self):
        self.write("Dockerfile", "FROM @BASE@\nRUN echo $(ulimit -n) $(ulimit -Hn) > /x\n")
        self.build("--ulimit", "nofile=77:88", "-t", self.fleeting("limited"))
        self.assertEqual(self.node.berth("run", "--rm", "limited", "cat", "/x"), "77 88\n")
        again = self.node.berth("build", "-q", "--ulimit", "nofile=1:2", "--cache-from", "none:1", "--compress", self.context)
        self.assertEqual(again, self.inspect("limited")["Id"] + "\n", "out of the cache")
        self.assertIn("invalid ulimit type", self.node.berth_error("build", "--ulimit", "odd=1", self.context))

    def test_quiet_says_the_id_only(self):
        self.write("Dockerfile", "FROM @BASE@\nLABEL quiet=1\n")
        image = self.build("-q").stdout
        self.assertRegex(image, r"^sha256:[0-9a-f]{64}\n$")
        self.docker("rmi", "-f", image.strip())


if __name__ == "__main__":
    unittest.main()
