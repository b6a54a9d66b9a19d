# SPDX-License-Identifier: Apache-2.0
"""A client's terminal, and who types on it."""

import fcntl, os, pty, select, struct, subprocess, termios, time

EXPECT_S = 20
DETACH = b"\x10\x11"  # Ctrl-P Ctrl-Q


class Terminal:
    """A command on a terminal of its own."""

    def __init__(self, command, environment, rows=33, columns=121):
        self.master, self.slave = pty.openpty()
        self.resize(rows, columns)
        self.process = subprocess.Popen(
            list(map(str, command)),
            stdin=self.slave,
            stdout=self.slave,
            stderr=self.slave,
            env=environment,
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

    def show(self, screen, until):
        """What is said goes to that screen (screen.py), until it is as wanted."""
        end = time.monotonic() + EXPECT_S
        while not until(screen):
            left = max(end - time.monotonic(), 0)
            if not select.select([self.master], [], [], left)[0]:
                raise AssertionError(f"it is not shown, but\n{screen.text}")
            screen.feed(os.read(self.master, 4096))

    def show_all(self, screen):
        """Until the command has ended; its exit code."""
        end = time.monotonic() + EXPECT_S
        while time.monotonic() < end:
            has_ended = self.process.poll() is not None
            if select.select([self.master], [], [], 0 if has_ended else 0.05)[0]:
                screen.feed(os.read(self.master, 4096))
            elif has_ended:
                return self.wait()
        raise AssertionError(f"it has not ended\n{screen.text}")

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
