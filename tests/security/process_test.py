#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""R3, R5 to R9, R12, R20, R21: what a container's process gets of ours, and what it can do with it."""

import hashlib, os, pathlib, re, unittest

import grpc
from attack import AttackTest
from harness import binaries, wait_until

from layer import Layer

ALL = 0x1FFFFFFFFFF
DESCRIPTORS = "ls -l /proc/self/fd"  # and the directory that it lists
OWN_PIDS = {"namespace_options": {"pid": "CONTAINER"}}
WRITER = """while :; do for exe in /proc/[0-9]*/exe; do
  case $(readlink $exe) in /bin/*) ;; *) echo overwritten 2>/dev/null > $exe && echo $exe >> /hit;; esac
done; done"""


def digest(path):
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()


class DescriptorsTest(AttackTest):
    def check(self, listing):
        found = dict(re.findall(r" (\d+) -> (\S+)", listing))
        kept = [target for target in found.values() if not re.match(r"/proc/\d+/fd$", target)]
        self.assertEqual(len(kept), 3, listing)
        for target in kept:
            self.assertRegex(target, r"^(/dev/null|/dev/pts/\d+|pipe:.*)$")

    def test_R5_CVE_2024_21626_no_start_leaks_a_descriptor(self):
        for more in ({}, {"tty": True}, {"stdin": True}):
            for pids in ("POD", "CONTAINER", "NODE"):
                options = {"namespace_options": {"pid": pids}}
                with self.subTest(pids=pids, **more):
                    pod = self.pod(linux={"security_context": options})
                    self.check(
                        self.outcome(
                            self.image, "sh", "-c", DESCRIPTORS, pod=pod,
                            linux={"security_context": options}, **more,
                        ).replace("\r", "")
                    )  # fmt: skip

    def test_R5_CVE_2024_21626_no_exec_leaks_a_descriptor(self):
        container = self.start(self.image, "sleep", "1000")
        self.check(self.shell(container, DESCRIPTORS))

    def test_R5_an_exec_without_a_terminal_has_none_to_type_into(self):
        """TIOCSTI needs a controlling terminal."""
        for tty in (False, True):
            container = self.start(self.image, "sleep", "1000", tty=tty)
            self.assertIn("/dev/tty", self.shell(container, "exec < /dev/tty"))


class ProgramTest(AttackTest):
    def test_R6_CVE_2019_5736_the_program_that_enters_cannot_be_overwritten(self):
        shim = binaries() / "berth-shim"
        before = digest(shim)
        script = Layer().file("attack", b"#!/proc/self/exe\n", 0o755)
        image = self.image_of(script.symlink("exe", "/proc/self/exe"))
        pod = self.pod()
        writer = self.start(image, "sh", "-c", WRITER, pod=pod)
        sealed = digest(f"/proc/{self.shim_of(writer)}/exe")
        for _ in range(20):
            for program in ("/attack", "/exe", "true"):
                try:
                    self.exec(writer, program)
                except grpc.RpcError:
                    pass  # it is no program to be run
        self.assertEqual(
            self.shell(writer, "cat /hit"), "cat: can't open '/hit': No such file or directory"
        )
        self.assertEqual(digest(shim), before)
        self.assertEqual(digest(f"/proc/{self.shim_of(writer)}/exe"), sealed)
        for program in ("/attack", "/exe"):
            self.attempt(image, program)
        self.assertEqual(self.outcome(self.image, "echo", "well"), "well")

    def test_R7_CVE_2019_14271_nothing_of_the_image_runs_as_ours(self):
        image = self.image_of(
            Layer()
            .file("etc/ld.so.preload", b"/evil.so\n")
            .file("etc/nsswitch.conf", b"passwd: evil\n")
            .file("lib/libnss_evil.so.2", b"#!/bin/sh\necho ran > /ran\n", 0o755)
            .file("evil.so", b"\x7fELF", 0o755),
            Env=["LD_PRELOAD=/evil.so", "LD_LIBRARY_PATH=/", "LD_AUDIT=/evil.so", "GCONV_PATH=/"],
            User="app",
        )
        self.assertEqual(self.outcome(image, "id", "-u"), "1000")
        environment = pathlib.Path(f"/proc/{self.node.process.pid}/environ").read_bytes()
        self.assertNotIn(b"evil", environment)

    def test_R3_CVE_2019_16884_CVE_2025_52881_proc_is_replaced(self):
        """What the launch writes to /proc does not land in files of the attacker."""
        fake = self.host / "proc"
        for name in ("self/attr/exec", "self/oom_score_adj", "sys/net/ipv4/ip_forward", "sysrq-trigger"):
            (fake / name).parent.mkdir(parents=True, exist_ok=True)
            (fake / name).write_text("untouched")
        for mount in ("/proc", "/proc/self/attr", "/proc/sys"):
            mounts = [{"container_path": mount, "host_path": str(fake)}]
            linux = {"resources": {"oom_score_adj": 500}, "security_context": {"no_new_privs": True}}
            self.attempt(self.image, "true", mounts=mounts, linux=linux)
        written = {path.read_text() for path in fake.rglob("*") if path.is_file()}
        self.assertEqual(written, {"untouched"})
        for path in sorted(fake.rglob("*"), reverse=True):
            path.unlink() if path.is_file() else path.rmdir()
        fake.rmdir()

    def test_R20_CVE_2025_47291_CVE_2023_25809_the_cgroup_is_its_own_and_not_to_be_written(self):
        linux = {"resources": {"memory_limit_in_bytes": 64 << 20}}
        container = self.start(self.image, "sleep", "1000", linux=linux)
        script = "echo 0 > $(find /sys/fs/cgroup/ -name cgroup.procs | head -n 1)"
        self.assertIn("Read-only", self.shell(container, script))
        self.assertNotIn("..", self.shell(container, "cat /proc/self/cgroup"))
        [pid] = self.host_pids(container)
        self.assertIn(container, pathlib.Path(f"/proc/{pid}/cgroup").read_text())

    def host_pids(self, container):
        listed = []
        for folder in pathlib.Path("/proc").iterdir():
            try:
                if folder.name.isdecimal() and container in (folder / "cgroup").read_text():
                    listed.append(folder.name)
            except OSError:
                pass  # it has ended
        return listed

    def test_R20_CVE_2019_14891_the_shim_outlives_its_pods_memory(self):
        pod = self.pod()
        self.cri.call(
            "UpdatePodSandboxResources", pod_sandbox_id=pod,
            resources={"memory_limit_in_bytes": 32 << 20, "memory_swap_limit_in_bytes": 32 << 20},
        )  # fmt: skip
        quiet = self.start(self.image, "sleep", "1000", pod=pod)
        shim = self.shim_of(quiet)
        eater = self.start(self.image, "sh", "-c", "x=aaaaaaaa; while :; do x=$x$x; done", pod=pod)
        wait_until(lambda: self.status(eater).state == 2, 60, "memory runs out")
        self.assertEqual(self.status(eater).exit_code, 137)
        self.assertEqual(self.shim_of(quiet), shim)


class IdentityTest(AttackTest):
    STATUS = "grep -E '^(Cap|Uid|Gid|Groups|NoNewPrivs|Seccomp:)' /proc/self/status"

    def read(self, text):
        return dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)

    def test_R8_CVE_2022_24769_CVE_2022_29162_nothing_is_inherited(self):
        everything = {"capabilities": {"add_capabilities": ["ALL"]}}
        for security in ({}, everything, {**everything, "run_as_user": {"value": 1000}}):
            container = self.start(
                self.image, "sh", "-c", f"{self.STATUS} > /tmp/status; exec sleep 1000",
                linux={"security_context": security},
            )  # fmt: skip
            wait_until(lambda: "Cap" in self.shell(container, "cat /tmp/status"), 30, "it runs")
            started = self.read(self.shell(container, "cat /tmp/status"))
            executed = self.read(self.shell(container, self.STATUS))
            for status in (started, executed):
                self.assertEqual(int(status["CapInh"], 16), 0)
                self.assertEqual(int(status["CapAmb"], 16), 0)
            self.assertEqual(executed, started, "an exec has what the container has")
            if "run_as_user" in security:
                self.assertEqual(int(started["CapEff"], 16), 0)

    def test_R9_CVE_2026_46680_CVE_2026_30892_a_number_is_no_name(self):
        passwd = b"1234:x:0:0::/root:/bin/sh\nroot:x:0:0::/root:/bin/sh\n"
        image = self.image_of(Layer().file("etc/passwd", passwd), User="1234")
        container = self.start(image, "sleep", "1000")
        self.assertEqual(self.shell(container, "id -u"), "1234")

    def test_R9_CVE_2024_40635_ids_do_not_wrap(self):
        for user in (
            "4294967296",
            "2147483648",
            "-1",
            "4294967295",
            "0x0",
            "1000:4294967296",
            "99999999999999999999",
        ):
            with self.subTest(user):
                with self.assertRaises(grpc.RpcError) as refused:
                    self.start(self.image_of(User=user), "true")
                self.assertEqual(refused.exception.code(), grpc.StatusCode.INVALID_ARGUMENT)

    def test_R9_CVE_2022_36109_CVE_2023_25173_groups_are_those_of_the_user_only(self):
        for user, groups in (
            ("app", "1000 3000"),
            ("app:staff", "2000 3000"),
            ("1000:2000", "2000 3000"),
            ("4321", "0"),
        ):
            with self.subTest(user):
                container = self.start(self.image_of(User=user), "sleep", "1000")
                self.assertEqual(self.shell(container, "id -G").split(), groups.split())

    def test_R10_CVE_2024_9676_CVE_2025_4437_CVE_2026_47262_accounts_that_never_end(self):
        huge = b"x" * (32 << 20)
        before = self.memory()
        for layer in (
            Layer().file("etc/passwd", huge),
            Layer().file("etc/group", huge),
            Layer().fifo("etc/passwd").fifo("etc/group"),
            Layer().symlink("etc/passwd", "/dev/zero"),
            Layer().symlink("etc/group", "/proc/kmsg"),
            Layer().dir("etc/passwd2").whiteout("etc/passwd").symlink("etc/passwd", "passwd2"),
            Layer().device("etc/passwd", 1, 5),
        ):
            image = self.image_of(layer, User="app:staff")
            with self.assertRaises(grpc.RpcError) as refused:
                self.create(self.pod(), image, "true")
            self.assertIn("/etc/", refused.exception.details())
        self.assertLess(self.memory() - before, 64 << 20)

    def test_R22_CVE_2022_4318_home_with_a_newline(self):
        passwd = b"app:x:1000:1000::/home\r:/bin/sh\n"
        image = self.image_of(Layer().file("etc/passwd", passwd), User="app")
        container = self.start(
            image, "sleep", "1000", envs=[{"key": "HOME", "value": "L3gKZXZpbDp4OjA6MDo6LzovYmluL3No"}]
        )
        self.assertNotIn("evil", self.shell(container, "cat /etc/passwd"))
        container = self.start(image, "sleep", "1000", linux={"security_context": OWN_PIDS})
        self.assertEqual(
            self.shell(container, "cat /proc/1/environ | tr '\\0' '\\n' | grep HOME"), "HOME=/"
        )

    def test_R21_what_cannot_be_confined_as_asked_is_refused(self):
        for security in (
            {"seccomp": {"profile_type": "Localhost"}},
            {"seccomp": {"profile_type": "Localhost", "localhost_ref": str(self.host / "absent")}},
            {"seccomp": {"profile_type": "Localhost", "localhost_ref": str(self.host / "secret")}},
            {"apparmor": {"profile_type": "Localhost"}},
            {"apparmor": {"profile_type": "Localhost", "localhost_ref": "no-such-profile"}},
        ):
            with self.subTest(security):
                with self.assertRaises(grpc.RpcError):
                    self.start(self.image, "true", linux={"security_context": security})

    def test_R21_the_default_filter_holds_in_start_and_exec(self):
        security = {"seccomp": {"profile_type": "RuntimeDefault"}, "no_new_privs": True, **OWN_PIDS}
        container = self.start(self.image, "sleep", "1000", linux={"security_context": security})
        for text in (
            self.shell(container, "cat /proc/1/status"),
            self.shell(container, "cat /proc/self/status"),
        ):
            self.assertIn("Seccomp:\t2", text)
            self.assertIn("NoNewPrivs:\t1", text)
        self.assertIn("not permitted", self.shell(container, "unshare -r true"))
        self.assertIn("denied", self.shell(container, "mount -t tmpfs x /tmp"))


class DataTest(AttackTest):
    def test_R12_CVE_2026_53488_data_of_an_image_is_no_command(self):
        run = f"binary://{self.host}/run?x"
        (self.host / "run").write_text(f"#!/bin/sh\ntouch {self.host}/ran\n")
        os.chmod(self.host / "run", 0o755)
        labels = {
            "containerd.io/restart.loguri": run, "containerd.io/restart.status": "running",
            "io.containerd.image.unpack": run, "org.opencontainers.image.source": run,
        }  # fmt: skip
        image = self.image_of(
            Labels=labels, StopSignal="; reboot", Healthcheck={"Test": ["CMD", str(self.host / "run")]},
            Volumes={run: {}}, OnBuild=[f"RUN {run}"], Shell=[run],
        )  # fmt: skip
        self.assertEqual(self.outcome(image, "echo", "inert"), "inert")
        self.assertFalse((self.host / "ran").exists())
        (self.host / "run").unlink()

    def test_R12_CVE_2021_21334_environments_of_one_image_do_not_mix(self):
        image = self.image_of(Env=["SHARED=image"])
        pod = self.pod()
        first = self.create(pod, image, "env", envs=[{"key": "MINE", "value": "Zmlyc3Q="}])
        second = self.create(pod, image, "env", envs=[{"key": "MINE", "value": "c2Vjb25k"}])
        for container, own in ((first, "first"), (second, "second")):
            self.cri.call("StartContainer", container_id=container)
            self.assertIn(f"MINE={own}\n", self.output(container) + "\n")

    def test_R13_CVE_2024_3154_CVE_2022_0811_annotations_configure_nothing(self):
        annotations = {
            "org.systemd.property.ExecStartPre": f"['{self.host}/run']",
            "io.kubernetes.cri-o.Devices": "/dev/mem:/dev/mem:rwm",
            "io.kubernetes.cri-o.userns-mode": "private",
            "io.kubernetes.cri-o.TrySkipVolumeSELinuxLabel": "true",
            "run.oci.hooks.stdout": str(self.host / "hook"),
            "run.oci.seccomp.plugins": str(self.host / "secret"),
            "io.kubernetes.cri.untrusted-workload": "true",
            "seccomp.security.alpha.kubernetes.io/pod": "unconfined",
        }
        pod = self.pod(annotations=annotations)
        container = self.start(self.image, "sleep", "1000", pod=pod, annotations=annotations)
        self.assertIn("can't", self.shell(container, "cat /dev/mem"))


if __name__ == "__main__":
    unittest.main()
