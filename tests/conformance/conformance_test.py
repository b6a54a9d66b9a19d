#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tests of what surrounds critest here: the verdict, the mirrors, the daemon's start and end."""

import json, pathlib, sys, tempfile, tomllib, unittest

sys.dont_write_bytecode = True
sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent)]

import daemon, leftovers, mirrors, verdict  # noqa: E402


def spec(name, state, kind="It"):
    return {
        "ContainerHierarchyTexts": ["suite"],
        "LeafNodeText": name,
        "LeafNodeType": kind,
        "State": state,
        "Failure": {"Message": "why"},
    }


def keys(table, prefix=""):
    """The dotted names of a TOML table's values."""
    return {
        name
        for key, value in table.items()
        for name in (keys(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key})
    }


class VerdictTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def results(self, *specs):
        (self.folder / "report.json").write_text(json.dumps([{"SpecReports": specs}]))
        return verdict.read_results(self.folder / "report.json")

    def skips(self, text):
        (self.folder / "skips.txt").write_text(text)
        return verdict.read_skips(self.folder / "skips.txt")

    def test_counts_specs_only(self):
        results = self.results(
            spec("a", "passed"),
            spec("b", "skipped"),
            spec("c", "panicked"),
            spec("", "passed", "BeforeSuite"),
        )
        self.assertEqual(results.counts(), "1 passed, 1 failed, 1 skipped")

    def test_a_broken_set_up_is_a_failure(self):
        results = self.results(spec("", "failed", "BeforeSuite"))
        self.assertEqual(len(verdict.complaints(results, {})), 1)

    def test_a_listed_failure_is_good(self):
        self.assertEqual(
            verdict.complaints(self.results(spec("a", "failed")), self.skips("suite a # later\n")),
            [],
        )

    def test_an_unlisted_failure_is_not(self):
        self.assertIn(
            "FAILED  suite a", verdict.complaints(self.results(spec("a", "timedout")), {})[0]
        )

    def test_the_list_may_only_shrink(self):
        found = verdict.complaints(
            self.results(spec("a", "passed")), self.skips("suite a # later\nsuite b # later\n")
        )
        self.assertEqual([line.split(",")[0] for line in found], ["PASSES", "NO SUCH SPEC"])

    def test_part_of_the_suite_says_nothing_of_the_rest(self):
        self.assertEqual(
            verdict.complaints(self.results(), self.skips("suite b # later\n"), whole_suite=False),
            [],
        )

    def test_another_run_counts_under_names_of_its_own(self):
        results = self.results(spec("a", "passed"))
        results.add(self.results(spec("a", "failed"), spec("b", "skipped")), " (again)")
        self.assertEqual(results.counts(), "1 passed, 1 failed, 0 skipped")
        self.assertIn("FAILED  suite a (again)", verdict.complaints(results, {})[0])

    def test_a_skip_needs_its_reason(self):
        with self.assertRaises(ValueError):
            self.skips("# comment\n\nsuite a\n")

    def test_the_list_in_the_tree_is_well_formed(self):
        verdict.read_skips(pathlib.Path(__file__).parent / "skips.txt")

    def test_written_files_are_toml(self):
        mirrors.write(self.folder, "http://127.0.0.1:5000")
        hosts = tomllib.loads((self.folder / "gcr.io/hosts.toml").read_text())
        self.assertEqual(list(hosts["host"]), ["http://127.0.0.1:5000"])


class DaemonTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def daemon(self, script):
        """A stand-in for berthd; `true` stands in for crictl."""
        binary = self.folder / "stand-in"
        binary.write_text("#!/bin/sh\n" + script)
        binary.chmod(0o755)
        return daemon.Daemon(self.folder / "berth", "http://127.0.0.1:5000", "true", binary)

    def test_waits_for_the_socket_and_finds_what_is_left_behind(self):
        path = self.folder / "berth/state/berth.sock"
        listen = f"import socket, signal; s = socket.socket(socket.AF_UNIX); s.bind('{path}')"
        started = self.daemon(f"""tail -f "{self.folder}/berth/berth.toml" >/dev/null &
            exec {sys.executable} -c "{listen}; s.listen(); signal.pause()"\n""")
        with started:
            self.assertTrue(daemon.accepts(started.socket))
        self.assertEqual(
            [what.split(": ")[1] for what in started.left_behind],
            [f"tail -f {self.folder}/berth/berth.toml"],
        )

    def test_configures_by_keys_that_berthd_has(self):
        documented = tomllib.loads((daemon.REPOSITORY / "deploy/config/berth.toml").read_text())
        used = tomllib.loads(daemon.config("/d", "cgroupfs"))
        self.assertLessEqual(keys(used), keys(documented))
        self.assertEqual(used["address"], str(daemon.Daemon("/d", "", "").socket))

    def test_says_why_it_does_not_start(self):
        with self.assertRaisesRegex(RuntimeError, "unknown key"):
            with self.daemon("echo unknown key; exit 1"):
                self.fail("it has not started")

    def test_sees_mounts_by_their_names(self):
        self.assertEqual(leftovers.unescaped("/a\\040b"), "/a b")
        self.assertIn("/proc", leftovers.mounts(""))


if __name__ == "__main__":
    unittest.main()
