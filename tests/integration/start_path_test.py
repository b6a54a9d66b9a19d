#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a start does not do: no flush to the disk, no OCI runtime, no mount in the host's table."""

import pathlib, re, subprocess, sys, unittest

sys.dont_write_bytecode = True
sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent)]

from harness import NodeTest, wait_until  # noqa: E402

CALLS = "execve,execveat,fsync,fdatasync,sync,syncfs,sync_file_range,msync"


class StartPathTest(NodeTest):
    def trace(self, *command):
        """The named system calls of the daemon and of all that it starts, while the command runs."""
        output = self.node.directory / "trace"
        self.addCleanup(output.unlink)
        tracer = subprocess.Popen(
            ["strace", "-f", "-qq", "-z", "-e", f"trace={CALLS}", "-o", output, "-p", str(self.node.process.pid)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        status = pathlib.Path(f"/proc/{self.node.process.pid}/status")
        wait_until(lambda: f"TracerPid:\t{tracer.pid}\n" in status.read_text(), 10, "the tracer traces")
        self.node.berth(*command)
        tracer.terminate()
        tracer.wait()
        return output.read_text()

    def test_no_flush_and_no_other_runtime(self):
        calls = self.trace("run", "-d", "--network", "host", "--name", "quick", self.image, "sleep", "1000")
        self.assertNotRegex(calls, r"\b(fsync|fdatasync|sync|syncfs|sync_file_range|msync)\(")
        programs = re.findall(r'execve(?:at)?\([^"]*"([^"]*)"', calls)
        # The shim by the descriptor of its sealed copy, then the container's own program.
        self.assertTrue(programs)
        for program in programs:
            self.assertNotRegex(program, r"runc|crun|pause|conmon|containerd")
        self.assertLessEqual(len(programs), 3, programs)

    def test_the_mount_table_of_the_host_stays(self):
        before = pathlib.Path("/proc/self/mountinfo").read_text()
        self.node.berth("run", "-d", "--name", "mounts", self.image, "sleep", "1000")
        self.assertEqual(pathlib.Path("/proc/self/mountinfo").read_text(), before)


if __name__ == "__main__":
    unittest.main()
