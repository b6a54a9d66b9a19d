# SPDX-License-Identifier: Apache-2.0
"""`berth build --secret` and `--ssh`: a step sees them, and nothing keeps them."""

import os, pathlib, socket, subprocess, unittest

import harness
from docker_build_test import BuildTest

SECRET = "s3cret-that-nobody-keeps-4711"
SHARED_MEMORY = pathlib.Path("/dev/shm")


class SecretTest(BuildTest):
    def build_with(self, name, dockerfile, *options, code=0, **environment):
        self.write("Dockerfile", dockerfile)
        return self.node.run(self.command(name, *options), code, **environment)

    def command(self, name, *options):
        return [harness.binaries() / "berth", "build", "-t", self.fleeting(name), *options, self.context]

    def secret_file(self):
        path = self.context.with_suffix(".secret")
        path.write_text(SECRET)
        self.addCleanup(path.unlink)
        return path

    def nothing_keeps_it(self):
        for top in (self.node.directory, SHARED_MEMORY):
            for directory, _, names in os.walk(top):
                self.assertNotIn("berth-secrets", directory)
                for name in names:
                    path = pathlib.Path(directory, name)
                    if path.is_file() and not path.is_symlink():
                        self.assertNotIn(SECRET.encode(), path.read_bytes(), path)

    def test_a_step_sees_it_and_nothing_keeps_it(self):
        done = self.build_with(
            "with-secret",
            "FROM @BASE@\n"
            "RUN --mount=type=secret,id=one,required stat -c '%a %u:%g' /run/secrets/one > /o; wc -c < /run/secrets/one >> /o\n"
            "RUN --mount=type=secret,id=two,target=/s/t,uid=5,gid=6,mode=0444 stat -c '%a %u:%g' /s/t >> /o\n"
            "USER 7\n"
            "RUN --mount=type=secret,id=one,env=WORD test ${#WORD} = 29 && test ! -e /run/secrets/one\n"
            "USER 0\n"
            "RUN test ! -e /s && test ! -e /run/secrets && test -z \"$WORD\"; echo $? >> /o\n",
            *("--secret", f"id=one,src={self.secret_file()}", "--secret", "id=two,env=TWO"),
            TWO=SECRET,
        )
        self.assertNotIn(SECRET, done.stdout + done.stderr)
        self.assertEqual(self.node.berth("run", "--rm", "with-secret", "cat", "/o"), "400 0:0\n29\n444 5:6\n0\n")
        self.assertNotIn(SECRET, self.docker("history", "--no-trunc", "with-secret"))
        self.nothing_keeps_it()

    def test_another_secret_is_no_other_step(self):
        dockerfile = "FROM @BASE@\nRUN --mount=type=secret,id=one wc -c < /run/secrets/one > /o\n"
        self.build_with("first", dockerfile, "--secret", "id=one,env=ONE", ONE=SECRET)
        done = self.build_with("second", dockerfile, "--secret", "id=one,env=ONE", ONE="other")
        self.assertRegex(done.stdout, r"\n#2 CACHED\n")

    def test_a_killed_daemon_leaves_nothing(self):
        self.write("Dockerfile", "FROM @BASE@\nRUN --mount=type=secret,id=one sleep 1000\n")
        client = subprocess.Popen(
            list(map(str, self.command("killed", "--secret", "id=one,env=ONE"))),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=self.node.environment(ONE=SECRET),
        )
        self.addCleanup(client.wait)
        self.addCleanup(client.kill)
        places = (self.node.directory / "state", SHARED_MEMORY)
        harness.wait_until(
            lambda: any(list(place.glob("berth-secrets-*/*")) for place in places), harness.COMMAND_S, "a step has it"
        )
        self.restart_daemon()
        self.nothing_keeps_it()

    def test_a_failed_build_leaves_nothing(self):
        self.build_with(
            "fails",
            "FROM @BASE@\nRUN --mount=type=secret,id=one exit 3\n",
            *("--secret", "id=one,env=ONE"),
            code=3,
            ONE=SECRET,
        )
        self.nothing_keeps_it()

    def test_an_agent_is_a_socket(self):
        self.write("Dockerfile", "FROM @BASE@\nRUN --mount=type=ssh ls\n")
        for path in ("/etc/passwd", "/etc", "/none"):
            error = self.node.berth_error("build", "--ssh", f"default={path}", self.context)
            self.assertIn(f"agent default: no socket at {path}", error)

    def test_an_agent_is_there(self):
        path = str(self.context.with_suffix(".agent"))
        agent = socket.socket(socket.AF_UNIX)
        self.addCleanup(os.unlink, path)
        self.addCleanup(agent.close)
        agent.bind(path)
        self.build_with(
            "with-agent",
            'FROM @BASE@\nRUN --mount=type=ssh,required test -S "$SSH_AUTH_SOCK" && echo "$SSH_AUTH_SOCK" > /o\n'
            'RUN test -z "$SSH_AUTH_SOCK" && test ! -e /run/buildkit\n',
            *("--ssh", f"default={path}"),
        )
        self.assertEqual(self.node.berth("run", "--rm", "with-agent", "cat", "/o"), "/run/buildkit/ssh_agent.0\n")


del BuildTest

if __name__ == "__main__":
    unittest.main()
