#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`berth` with streams: exec -i and -t, run -i and -t, attach."""

import os, pathlib, subprocess, sys, unittest

sys.dont_write_bytecode = True
sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent)]

from harness import COMMAND_S, NodeTest, binaries  # noqa: E402
from terminal import DETACH, Terminal  # noqa: E402


class CliStreamsTest(NodeTest):
    def terminal(self, *arguments, **options):
        made = Terminal([binaries() / "berth", *arguments], self.node.environment(), **options)
        self.addCleanup(made.close)
        return made

    def piped(self, *arguments, stdin=b"", code=0):
        done = subprocess.run(
            [binaries() / "berth", *arguments],
            input=stdin,
            capture_output=True,
            timeout=COMMAND_S,
            env=self.node.environment(),
        )
        self.assertEqual(done.returncode, code, done)
        return done

    def test_exec_passes_input_and_both_outputs(self):
        self.node.berth("run", "-d", "--name", "web", self.image, "sleep", "1000")
        large = os.urandom(5 << 20)
        self.assertEqual(self.piped("exec", "-i", "web", "cat", stdin=large).stdout, large)
        done = self.piped("exec", "-i", "web", "sh", "-c", "cat; echo err >&2; exit 7",
                          stdin=b"x\n", code=7)  # fmt: skip
        self.assertEqual((done.stdout, done.stderr), (b"x\n", b"err\n"))
        self.piped("exec", "-i", "web", "/no/such", code=127)
        self.piped("exec", "-i", "nobody", "cat", code=125)

    def test_exec_on_a_terminal(self):
        self.node.berth("run", "-d", "--name", "web", self.image, "sleep", "1000")
        shell = self.terminal("exec", "-it", "web", "sh")
        shell.type(b"until stty size | grep '33 121'; do :; done\n")
        shell.expect(b"\n33 121")
        shell.resize(50, 200)
        shell.type(b"until stty size | grep '50 200'; do :; done\n")
        shell.expect(b"\n50 200")
        shell.type(b"echo re''ady; cat\n")
        shell.expect(b"ready")
        shell.type(b"mew\n")
        shell.expect(b"mew")
        shell.expect(b"mew")  # typed, and said by cat
        shell.type(b"\x03")
        shell.expect(b"^C")
        shell.expect(b"# ")  # what is typed before it may be flushed
        shell.type(b"exit 9\n")
        self.assertEqual(shell.wait(), 9)

    def test_run_detach_attach(self):
        shell = self.terminal("run", "-it", "--name", "shell", self.image, "sh")
        shell.type(b"echo he''llo\n")
        shell.expect(b"hello")
        shell.type(DETACH)
        self.assertEqual(shell.wait(), 0)
        self.assertEqual(self.node.json("ps", "--format", "json")[0]["state"], "running")
        shell = self.terminal("attach", "shell", rows=44, columns=99)
        shell.type(b"until stty size | grep '44 99'; do :; done; echo ba''ck\n")
        shell.expect(b"\n44 99")
        shell.expect(b"back")
        shell.type(b"exit 5\n")
        self.assertEqual(shell.wait(), 5)

    def test_run_with_input_shows_all_from_the_first_byte(self):
        done = self.piped("run", "-i", "--rm", self.image, "sh", "-c", "echo first; cat; exit 3",
                          stdin=b"through\n", code=3)  # fmt: skip
        self.assertEqual(done.stdout, b"first\nthrough\n")
        done = self.piped("run", "-i", "--rm", self.image, "echo", "short")
        self.assertEqual(done.stdout, b"short\n")

    def test_run_on_a_terminal_that_ends_at_once(self):
        short = self.terminal("run", "-it", "--rm", self.image, "sh", "-c", "echo short; exit 4")
        short.expect(b"short")  # all that is said from the start on
        self.assertEqual(short.wait(), 4)
        absent = self.terminal("run", "-it", "--rm", self.image, "/no/such")
        self.assertEqual(absent.wait(), 127)
        self.assertEqual(self.node.json("ps", "-a", "--format", "json"), [])


if __name__ == "__main__":
    unittest.main()
