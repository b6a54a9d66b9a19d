#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A reboot and power cuts: what was promised is there, and nothing of the last boot else."""

import pathlib, sys, unittest

sys.dont_write_bytecode = True
sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent)]

from guest import say  # noqa: E402
from installed import IMAGE, REGISTRY, InstalledTest  # noqa: E402

LAYERS = f"{REGISTRY}/multilayer:latest"
# Seconds after pulls and starts began: in the middle of first ones and of later ones.
CUTS_S = (2, 5, 9)
# Of host-local, which syncs nothing: a power cut may leave a file empty, whose pod nobody knows, and
# its address stays taken.
LEASES = "find /var/lib/cni/networks/berth -name '10.*' -size +0 | wc -l"
DATABASES = """
import glob, sqlite3
for path in sorted(glob.glob("/var/lib/berth/*.db")):
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        print(path.rpartition("/")[2], *database.execute("PRAGMA integrity_check").fetchone())
"""


class RebootTest(InstalledTest):
    def test_a_reboot(self):
        self.start_container("before")
        boot = self.machine.run("cat /proc/sys/kernel/random/boot_id")
        self.assertEqual(self.machine.run(LEASES), "1\n")
        self.machine.shut_down()
        self.boot_again()
        self.assertNotEqual(self.machine.run("cat /proc/sys/kernel/random/boot_id"), boot)
        self.assertEqual(self.machine.run(LEASES), "0\n", "addresses are free")
        self.assertIn("busybox", self.machine.run("crictl images"))
        state = self.json(f"crictl inspect {self.ids['before']}")["status"]["state"]
        self.assertEqual(state, "CONTAINER_EXITED")
        self.assertEqual(
            self.json(f"crictl inspectp {self.pods['before']}")["status"]["state"],
            "SANDBOX_NOTREADY",
        )
        self.machine.run("crictl rmp -a -f")
        self.start_container("after")
        self.assertEqual(self.machine.run(f"crictl exec {self.ids['after']} echo hi"), "hi\n")


class PowerCutTest(InstalledTest):
    def test_power_cuts_in_the_middle_of_pulls_and_starts(self):
        for seconds in CUTS_S:
            with self.subTest(seconds=seconds):
                self.write_requests(*self.requests("cut"))
                # Pulls, removals and starts without an end, each beside the others.
                self.machine.start(
                    f"while true; do crictl pull {LAYERS};"
                    f" crictl rmi {LAYERS}; done >/dev/null 2>&1"
                )
                self.machine.start(
                    "while true; do crictl rmp -a -f; crictl run /tmp/container.json /tmp/pod.json;"
                    " done >/dev/null 2>&1"
                )
                self.machine.run(f"sleep {seconds}")  # for so long they work
                self.machine.cut_power()
                self.boot_again()
                self.check_store()

    def check_store(self):
        """Blobs are what their names say, and what the store lists can be run."""
        wrong = self.machine.run(
            "cd /var/lib/berth/content/blobs/sha256 && for blob in *; do"
            ' echo "$blob  $blob"; done | sha256sum --check --quiet'
        )
        self.assertEqual(wrong, "")
        healths = self.machine.run(f"python3 - <<'END'\n{DATABASES}\nEND").splitlines()
        self.assertGreaterEqual(len(healths), 2)
        self.assertEqual([health for health in healths if not health.endswith(" ok")], [])
        say(f"{self.machine.run('crictl images -q | wc -l').strip()} images after the cut")
        # That one was there long before.
        self.assertIn("busybox", self.machine.run("crictl images"))
        self.machine.run("crictl rmp -a -f")
        self.assertEqual(self.machine.run(LEASES), "0\n")
        self.machine.run(f"crictl pull {IMAGE} && crictl pull {LAYERS}")
        self.start_container("after")
        # Both images as they are in the registry; this one looks at every file of its own.
        self.machine.run(f"BERTH_HOST=unix:///run/berth/berth.sock berth run --rm {LAYERS}")
        self.assertEqual(
            self.machine.run(f"crictl exec {self.ids['after']} sha256sum /bin/busybox").split()[0],
            self.machine.run("sha256sum /bin/busybox").split()[0],
        )
        self.machine.run("crictl rmp -a -f")


if __name__ == "__main__":
    unittest.main()
