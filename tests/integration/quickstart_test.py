#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""deploy/quickstart on the usual places: it works, twice, and --clean leaves nothing.

Skipped where something has these places.
"""

import os, pathlib, subprocess, sys, unittest

sys.dont_write_bytecode = True
sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent)]

import traces  # noqa: E402
from harness import COMMAND_S, REPOSITORY, binaries  # noqa: E402

QUICKSTART = REPOSITORY / "deploy/quickstart"
PLACES = [pathlib.Path(path) for path in ("/var/lib/berth", "/run/berth", "/var/log/berth")]
BRIDGE, SUBNET, CGROUP = "berth0", "10.93.0", "berth"


def machine():
    """What --clean must bring back."""
    saved = subprocess.run("iptables-save; ip6tables-save", shell=True, capture_output=True, text=True)
    return {
        "places": [str(path) for path in PLACES if path.exists()],
        "mounts": [point for path in PLACES for point in traces.mounts(path)],
        "processes": [p for path in PLACES for p in traces.processes(path, CGROUP).values()],
        "cgroups": traces.cgroups(CGROUP),
        "links": pathlib.Path(f"/sys/class/net/{BRIDGE}").exists(),
        "rules": [
            line
            for line in saved.stdout.splitlines()
            if f"{SUBNET}." in line or 'name: "berth"' in line or line.startswith(":CNI-")
        ],
        "work": (REPOSITORY / "build/quickstart").exists(),
    }


def quickstart(*arguments):
    done = subprocess.run(
        [QUICKSTART, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=5 * COMMAND_S,
        env={**os.environ, "BERTH_BIN": str(binaries())},
    )
    if done.returncode != 0:
        raise AssertionError(f"quickstart {arguments}: {done.returncode}\n{done.stdout}")
    return done.stdout


class QuickstartTest(unittest.TestCase):
    def setUp(self):
        if os.geteuid() != 0:
            self.skipTest("needs root")
        self.before = machine()
        if any(path.exists() and any(path.iterdir()) for path in PLACES) or self.before["links"]:
            self.skipTest("another berthd has the usual places")

    def tearDown(self):
        quickstart("--clean")

    def test_runs_twice_and_leaves_nothing(self):
        for _ in range(2):
            out = quickstart()
            self.assertIn("hello from pod web", out)
            self.assertRegex(out, r"web +default +Ready +2/2")
            self.assertRegex(out, r"visitor +default +Ready +1/1")
            self.assertIn("berth_pods", out)
        self.assertTrue(pathlib.Path("/run/berth/berth.sock").is_socket())
        quickstart("--clean")
        self.assertEqual(machine(), self.before)
        self.assertIn("nothing to clean", quickstart("--clean"))

    def test_refuses_places_of_others(self):
        foreign = PLACES[0] / "images"
        foreign.mkdir(parents=True)
        try:
            with self.assertRaisesRegex(AssertionError, "in use by another berthd"):
                quickstart()
            self.assertTrue(foreign.exists())
        finally:
            foreign.rmdir()
            PLACES[0].rmdir()


if __name__ == "__main__":
    unittest.main()
