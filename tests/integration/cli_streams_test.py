#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`berth` with streams: exec -i and -t, run -i and -t, attach."""

import fcntl, os, pathlib, pty, select, struct, subprocess, sys, termios, time, unittest

sys.dont_write_bytecode = True
sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent)]

from harness import COMMAND_S, NodeTest, binaries  # noqa: E402

EXPECT_S = 20
DETACH = b"\x10\x11"  # Ctrl-P Ctrl-Q


class Terminal:
    """A command on a terminal of its own."""

    def __init__(self, node, *arguments, rows=33, columns=121):
        self.master, self.slave = pty.openpty()
        self.resize(rows, columns)
        self.process = subprocess.Popen(
            [binaries() / "berth", *map(str, arguments)],
            stdin=self.slave,
            stdout=self.slave,
            stderr=self.slave,
            env=node.environment(),
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        self.said = b""

    def resize(self, rows, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, keys):
        os.write(self.master, keys)

    def expect(self, text):
        end = time.monotonic() + EXPECT_S
        while text not in self.said:
            left = max(end - time.monotonic(), 0)
            if not select.select([self.master], [], [], left)[0]:
                raise AssertionError(f"{text} was not said, but {self.said}")
            self.said += os.read(self.master, 4096)
        self.said = self.said[self.said.index(text) + len(text) :]

    def wait(self):
        """The exit code; the terminal is as it was."""
        code = self.process.wait(EXPECT_S)
        flags = termios.tcgetattr(self.slave)[3]
        assert flags & termios.ICANON and flags & termios.ECHO
        return code

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.master)
        os.close(self.slave)


class CliStreamsTest(NodeTest):
    def terminal(self, *arguments, **options):
        made = Terminal(self.node, *arguments, **options)
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
        self.assertEqual(short.wait(), 4)


if __name__ == "__main__":
    unittest.main()
