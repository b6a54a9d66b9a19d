#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""critest, whole, with each cgroup driver, where there is AppArmor and nothing but cgroup v2."""

import json, pathlib, sys, time, unittest

sys.dont_write_bytecode = True
sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent)]

import image  # noqa: E402
from guest import PATIENCE, REPOSITORY, GuestTest, keep, say  # noqa: E402

SUITE_S = 7200
MEASURED = "benchmark"  # not judged: of the specs that are skipped


class ConformanceTest(GuestTest):
    def test_every_spec_with_cgroupfs(self):
        self.check("cgroupfs")

    def test_every_spec_with_systemd(self):
        self.check("systemd")

    def check(self, driver):
        start = time.monotonic()
        code, output = self.machine.execute(
            f"apparmor_parser --replace {REPOSITORY}/deploy/apparmor/berth-default && "
            # Not one of its specs may fail here.
            f"{REPOSITORY}/tests/conformance/run --skips /dev/null --report /tmp/report"
            f" --cgroup-driver {driver}",
            SUITE_S,
            BERTH_TEST_CACHE=str(image.CLIENTS_CACHE),
            BERTH_TEST_PATIENCE=PATIENCE,
        )
        for name in ("critest.log", "websocket/critest.log", "berthd.log"):
            said = self.machine.run(f"cat /tmp/report/{name} || true")
            keep(f"{driver}-{name.replace('/', '-')}", said)
        say(f"critest, {driver}: {output.splitlines()[-1]}, {time.monotonic() - start:.0f} s")
        self.assertEqual(code, 0, output)
        (report,) = json.loads(self.machine.run("cat /tmp/report/critest.json"))
        skipped = [
            " ".join([*spec["ContainerHierarchyTexts"], spec["LeafNodeText"]])
            for spec in report["SpecReports"]
            if spec["LeafNodeType"] == "It" and spec["State"] == "skipped"
        ]
        known = [MEASURED] if user_namespaces_work(self.machine) else [MEASURED, "UserNamespaces"]
        self.assertEqual([name for name in skipped if not any(k in name for k in known)], [])


def user_namespaces_work(machine):
    major, minor = machine.run("uname -r").split(".")[:2]
    return (int(major), int(minor)) >= (6, 7)


if __name__ == "__main__":
    unittest.main()
