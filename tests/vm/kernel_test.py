#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The kernel test programs in a machine with nothing but cgroup v2, and AppArmor."""

import functools, json, pathlib, re, sys, time, unittest

sys.dont_write_bytecode = True
sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent)]

from guest import PATIENCE, REPOSITORY, GuestTest, keep, say  # noqa: E402

PROGRAM_S = 1800


def known_not_to_pass(release):
    """For what the machine lacks; each line has its reason, such as a kernel before Linux x.y."""
    lines = (REPOSITORY / "tests/vm/not_passing.txt").read_text().splitlines()
    known = (line.split(maxsplit=1) for line in lines if line and not line.startswith("#"))
    return {name for name, reason in known if version(release) < version(reason, (1 << 16, 0))}


def version(text, default=None):
    found = re.search(r"(\d+)\.(\d+)", text)
    return (int(found[1]), int(found[2])) if found else default


def outcomes(report):
    """(name, passed, failed or skipped) of each test of a gtest report."""
    for suite in report["testsuites"]:
        for test in suite["testsuite"]:
            name = f"{suite['name']}.{test['name']}"
            skipped = test["result"] == "SKIPPED"
            yield name, "failed" if "failures" in test else "skipped" if skipped else "passed"


class KernelTest(GuestTest):
    def test_the_machine_is_what_it_is_for(self):
        mounts = self.machine.run("grep -c ' cgroup ' /proc/mounts; stat -fc %T /sys/fs/cgroup", 60)
        self.assertEqual(mounts.split(), ["0", "cgroup2fs"])
        self.assertEqual(self.machine.run("cat /sys/module/apparmor/parameters/enabled"), "Y\n")
        self.assertTrue(hasattr(type(self), "test_kernel.runtime.cgroup"), "the programs are built")

    def check(self, program):
        known = known_not_to_pass(self.machine.run("uname -r"))
        start = time.monotonic()
        code, output = self.machine.execute(
            f"rm -f /tmp/report.json; {program} --gtest_color=no --gtest_output=json:/tmp/report.json",
            PROGRAM_S,
            BERTH_TEST_PATIENCE=PATIENCE,
        )
        keep(f"{program.name}.log", output)
        results = dict(outcomes(json.loads(self.machine.run("cat /tmp/report.json"))))
        passed = {name for name, outcome in results.items() if outcome == "passed"}
        say(f"{program.name}: {len(passed)} of {len(results)} passed, {time.monotonic() - start:.0f} s")
        self.assertEqual(set(results) - passed - known, set(), output[-6000:])
        self.assertEqual(passed & known, set(), "not_passing.txt may only shrink")
        self.assertIn(code, (0, 1), output[-6000:])


# test_kernel.runtime.cgroup and the like: `-k runtime.cgroup` chooses.
for each in sorted((REPOSITORY / "build/release/tests").glob("kernel.*")):
    setattr(KernelTest, f"test_{each.name}", functools.partialmethod(KernelTest.check, each))


if __name__ == "__main__":
    unittest.main()
