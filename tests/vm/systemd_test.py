#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""deploy/install under systemd as PID 1: the unit, and the systemd cgroup driver."""

import pathlib, sys, unittest

sys.dont_write_bytecode = True
sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent)]

from installed import SERVICE_S, InstalledTest, wait_until  # noqa: E402

SLICE = "kubepods-burstable-podf00.slice"
SLICES = f"kubepods.slice/kubepods-burstable.slice/{SLICE}"


class UnitTest(InstalledTest):
    def setUp(self):
        self.start_container("steady")
        self.addCleanup(self.machine.run, "crictl rmp -a -f")
        self.pid = self.inspect()["info"]["pid"]

    def inspect(self):
        return self.json(f"crictl inspect {self.ids['steady']}")

    def assert_it_runs_as_before(self):
        told = self.inspect()
        self.assertEqual(told["status"]["state"], "CONTAINER_RUNNING")
        self.assertEqual(told["info"]["pid"], self.pid)
        self.assertEqual(self.machine.run(f"crictl exec {self.ids['steady']} echo hi"), "hi\n")

    def wait_until_it_answers(self):
        wait_until(
            lambda: self.machine.execute("crictl -t 5s version")[0] == 0, SERVICE_S, "it answers"
        )

    def test_a_restart_leaves_pods_alone(self):
        self.machine.run("systemctl restart berthd")
        self.assert_it_runs_as_before()

    def test_a_stop_leaves_pods_alone(self):
        self.machine.run("systemctl stop berthd")
        self.assertEqual(
            self.machine.execute("systemctl is-active berthd"), (3, "inactive\n"), "not failed"
        )
        self.machine.run(f"kill -0 {self.pid}")
        self.machine.run("systemctl start berthd")
        self.assert_it_runs_as_before()

    def test_a_daemon_that_was_killed_comes_back(self):
        self.machine.run("systemctl kill -s KILL --kill-whom=main berthd")
        self.wait_until_it_answers()
        self.assert_it_runs_as_before()

    def test_a_reload_is_taken(self):
        self.machine.run("systemctl reload berthd")
        self.assertEqual(self.machine.run("systemctl is-active berthd"), "active\n")
        self.assert_it_runs_as_before()

    def test_the_journal_has_its_log(self):
        lines = self.machine.run("journalctl --no-pager -o cat -u berthd")
        self.assertRegex(lines, rf"pod started.*{self.pods['steady']}")

    def test_a_grace_is_no_longer_when_the_clock_goes_back(self):
        """What takes no TERM is killed after three seconds, whatever the time is."""
        def set_clock(by):
            self.machine.run(f"date -s @$(($(date +%s) {by}))")

        self.machine.run(f"kill -STOP {self.pid}")
        stop = f"crictl stop -t 3 {self.ids['steady']}; touch /tmp/stopped"
        self.machine.run(f"rm -f /tmp/stopped; ({stop}) > /dev/null 2>&1 & sleep 1")
        set_clock("- 3600")
        self.addCleanup(set_clock, "+ 3600")
        wait_until(
            lambda: self.machine.execute("test -e /tmp/stopped")[0] == 0, SERVICE_S, "it stops"
        )
        self.assertEqual(self.inspect()["status"]["exitCode"], 137)

    def test_containers_are_confined_by_the_default_profile(self):
        label = self.machine.run(f"cat /proc/{self.pid}/attr/current")
        self.assertEqual(label.strip(), "berth-default (enforce)")


class SystemdDriverTest(InstalledTest):
    config = '[cgroup]\ndriver = "systemd"\n'

    def scope(self, parents):
        return f"/sys/fs/cgroup/{parents}/berth-{self.pods['one']}.scope"

    def memory_limit(self, scope):
        return self.machine.run(f"cat {scope}/{self.ids['one']}/memory.max").strip()

    def test_a_pod_is_a_scope_of_its_own(self):
        self.assertIn("systemd", self.machine.run("crictl runtime-config").lower())
        for parent, below in (("", "berth.slice"), (SLICE, SLICES), (f"/{SLICES}", SLICES)):
            with self.subTest(parent=parent):
                self.start_container("one", cgroup_parent=parent)
                scope, unit = self.scope(below), f"berth-{self.pods['one']}.scope"
                shown = self.machine.run(
                    f"systemctl show -p ActiveState,Delegate,Slice,TasksMax {unit}"
                )
                self.assertEqual(
                    sorted(shown.split()),
                    [
                        "ActiveState=active",
                        "Delegate=yes",
                        f"Slice={below.rpartition('/')[2]}",
                        "TasksMax=infinity",
                    ],
                )
                self.assertEqual(self.machine.run(f"cat {scope}/cgroup.procs"), "")
                self.assertNotEqual(self.machine.run(f"cat {scope}/shim/cgroup.procs"), "")
                self.assertEqual(self.memory_limit(scope), str(64 << 20))
                self.machine.run("crictl rmp -a -f")
                self.machine.run(f"test ! -e {scope}")
                wait_until(
                    lambda: unit not in self.machine.run("systemctl list-units --all --no-legend"),
                    SERVICE_S,
                    "systemd forgets the scope",
                )

    def test_a_scope_outlives_reloads_and_restarts(self):
        self.start_container("one")
        scope = self.scope("berth.slice")
        # systemd lets go of nothing that is ours when it looks at all its units anew.
        self.machine.run("systemctl daemon-reload && systemctl daemon-reexec")
        self.assertEqual(self.memory_limit(scope), str(64 << 20))
        self.machine.run("systemctl restart berthd")
        self.assertEqual(self.machine.run(f"crictl exec {self.ids['one']} echo hi"), "hi\n")
        self.machine.run("crictl rmp -a -f")
        self.machine.run(f"test ! -e {scope}")

    def test_a_path_is_refused(self):
        error = self.refusal(cgroup_parent="/kubepods/burstable")
        self.assertIn("cgroup_parent", error)
        self.assertIn("no systemd slice", error)


if __name__ == "__main__":
    unittest.main()
