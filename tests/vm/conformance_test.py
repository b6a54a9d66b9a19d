#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""critest, whole, where the kernel has AppArmor and nothing but cgroup v2."""

import json, pathlib, sys, time, unittest

sys.dont_write_bytecode = True
sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent)]

import image  # noqa: E402
from guest import PATIENCE, REPOSITORY, GuestTest, keep, say  # noqa: E402

SUITE_S = 7200
# Of the specs that are skipped: what is measured, not judged, and what needs Linux 6.15 of us.
SKIPPED = ("benchmark", "UserNamespaces")


class ConformanceTest(GuestTest):
    def test_every_spec(self):
        start = time.monotonic()
        code, output = self.machine.execute(
            f"apparmor_parser --replace {REPOSITORY}/deploy/apparmor/berth-default && "
            # Not one of its specs may fail here.
            f"{REPOSITORY}/tests/conformance/run --skips /dev/null --report /tmp/report",
            SUITE_S,
            BERTH_TEST_CACHE=str(image.CLIENTS_CACHE),
            BERTH_TEST_PATIENCE=PATIENCE,
        )
        for name in ("critest.log", "websocket/critest.log", "berthd.log"):
            keep(name.replace("/", "-"), self.machine.run(f"cat /tmp/report/{name} || true"))
        say(f"critest: {output.splitlines()[-1]}, {time.monotonic() - start:.0f} s")
        self.assertEqual(code, 0, output)
        (report,) = json.loads(self.machine.run("cat /tmp/report/critest.json"))
        skipped = [
            " ".join([*spec["ContainerHierarchyTexts"], spec["LeafNodeText"]])
            for spec in report["SpecReports"]
            if spec["LeafNodeType"] == "It" and spec["State"] == "skipped"
        ]
        self.assertEqual([name for name in skipped if not any(s in name for s in SKIPPED)], [])


if __name__ == "__main__":
    unittest.main()
