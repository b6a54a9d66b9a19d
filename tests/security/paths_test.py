#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""R1, R2, R4, R22: links in images, volumes and log directories lead nowhere outside."""

import pathlib, subprocess, unittest

import grpc
from attack import EXIT_S, SECRET, AttackTest
from harness import wait_until

from layer import Layer

ROUNDS = 20


class LinksTest(AttackTest):
    def way_out(self, name):
        """The host's directory as seen from anywhere: more ".." than there are directories."""
        return "/" + "../" * 20 + str(self.host / name).lstrip("/")

    def volume(self, path, source=None, **more):
        (self.host / "volume").mkdir(exist_ok=True)
        return {"container_path": path, "host_path": str(source or self.host / "volume"), **more}

    def test_R1_CVE_2021_30465_mount_destination_is_a_link(self):
        inside = str(self.host)[1:]
        image = self.image_of(
            Layer().symlink("absolute", str(self.host)).symlink("relative", self.way_out("")[1:]),
            Layer().dir("tmp").dir(inside),
        )
        for link in ("absolute", "relative"):
            mounts = [
                {"container_path": f"/{link}/new/place", "host_path": str(self.host / "directory")}
            ]
            said = self.outcome(
                image, "grep", "-o", f"/{inside}/new/place", "/proc/mounts", mounts=mounts
            )
            self.assertEqual(said, f"/{inside}/new/place")  # which is in the container's root

    def test_R1_R2_CVE_2019_19921_CVE_2021_30465_destination_is_exchanged_meanwhile(self):
        """One container exchanges a directory of a volume for a link while others are mounted there."""
        volume = self.host / "volume"
        (volume / "place").mkdir(parents=True)
        (volume / "link").symlink_to(self.way_out("directory"))
        pod = self.pod()
        racer = self.start(
            self.image, "sh", "-c", "while :; do mv -T link x; mv -T place link; mv -T x place;"
            " mv -T place x; mv -T link place; mv -T x link; done",
            pod=pod, mounts=[self.volume("/v")], working_dir="/v",
        )  # fmt: skip
        for _ in range(ROUNDS):
            container = self.create(
                pod, self.image, "true", mounts=[self.volume("/v"), self.volume("/v/place/sub", "/tmp")]
            )
            try:
                self.cri.call("StartContainer", container_id=container)
                self.output(container)
            except grpc.RpcError:
                pass  # the place was away or a link: that is a failure, not a way out
            self.assertEqual(list((self.host / "directory").iterdir()), [])
            self.cri.call("RemoveContainer", container_id=container)
        self.cri.call("RemoveContainer", container_id=racer)
        subprocess.run(["rm", "-r", volume], check=True)

    def test_R1_CVE_2024_21626_working_directory_is_a_descriptor(self):
        pod = self.pod()
        for number in range(3, 10):
            image = self.image_of(WorkingDir=f"/proc/self/fd/{number}")
            for place in ("", self.way_out("")):
                with self.subTest(number=number, place=place):
                    said = self.attempt(
                        image, "sh", "-c", "pwd; cat secret; ls /proc/self/cwd/..",
                        working_dir=f"/proc/self/fd/{number}{place}" if place else "", pod=pod,
                    )  # fmt: skip
                    self.assertNotIn(SECRET.strip(), said)
                    self.assertNotIn("unreachable", said)

    def test_R1_CVE_2026_55686_working_directory_is_a_link(self):
        for target in (str(self.host), self.way_out("")[1:]):
            image = self.image_of(Layer().symlink("out", target), WorkingDir="/out/made/here")
            self.attempt(image, "sh", "-c", "touch file")

    def test_R1_CVE_2022_23648_volume_of_an_image_leaves_it(self):
        (self.host / "secret").chmod(0o644)
        image = self.image_of(Volumes={self.way_out(""): {}, "/../..": {}, "/proc/1/root": {}})
        self.assertNotIn("secret", self.outcome(image, "find", "/", "-xdev", "-name", "secret"))

    def test_R1_CVE_2021_25741_sub_path_of_an_image_volume_is_a_link(self):
        image = self.image_of(
            Layer().symlink("out", str(self.host)).symlink("up", "../../../../../../..")
        )
        for sub_path in ("out", "up", "out/directory", "up/etc"):
            mount = {
                "container_path": "/v", "readonly": True, "image": {"image": image},
                "image_sub_path": sub_path,
            }  # fmt: skip
            with self.subTest(sub_path):
                try:
                    said = self.outcome(self.image, "ls", "-a", "/v", mounts=[mount])
                except grpc.RpcError as refused:
                    self.assertIn("ImageVolumeMountFailed", refused.details())
                else:
                    self.assertNotIn("secret", said)
                    self.assertNotIn("shadow", said)

    def test_R4_CVE_2023_27561_CVE_2025_54867_CVE_2026_41579_system_directories_are_links(self):
        for name in ("dev", "proc", "sys"):
            for target in (str(self.host / "directory"), self.way_out("directory")[1:], "tmp"):
                image = self.image_of(Layer().whiteout(name).symlink(name, target))
                with self.subTest(name=name, target=target):
                    with self.assertRaises(grpc.RpcError) as refused:
                        self.start(image, "true")
                    self.assertIn("root", refused.exception.details())

    def test_R4_CVE_2025_31133_null_device_of_the_image_is_a_link(self):
        image = self.image_of(Layer().symlink("dev/null", "/proc/sysrq-trigger"))
        security = {"masked_paths": ["/proc/kcore", "/etc/passwd"]}
        container = self.start(image, "sleep", "1000", linux={"security_context": security})
        self.assertEqual(
            self.shell(container, "stat -c '%F %t %T' /dev/null"), "character special file 1 3"
        )
        self.assertEqual(self.shell(container, "cat /etc/passwd"), "")
        self.assertIn("Read-only", self.shell(container, "chmod 0 /etc/passwd"))

    def test_R4_CVE_2025_52565_console_of_the_image_is_a_link(self):
        image = self.image_of(
            Layer().symlink("dev/console", "/proc/sysrq-trigger").symlink("dev/pts", "/proc/sys")
        )
        container = self.start(image, "sleep", "1000", tty=True)
        self.assertEqual(self.shell(container, "stat -c %F /dev/console"), "character special file")
        self.assertIn("/dev/console devpts", self.shell(container, "grep console /proc/mounts"))
        self.assertIn("/dev/pts devpts", self.shell(container, "grep ' /dev/pts ' /proc/mounts"))

    def test_R22_CVE_2024_5154_files_of_the_pod_are_links_in_the_image(self):
        before = pathlib.Path("/etc/hosts").read_bytes()
        image = self.image_of(Layer().whiteout("etc").symlink("etc", str(self.host / "directory")))
        self.attempt(image, "touch", "/etc/mtab")
        image = self.image_of(Layer().symlink("etc/hosts", self.way_out("secret")))
        self.attempt(image, "sh", "-c", "echo changed > /etc/hosts")
        self.assertEqual(pathlib.Path("/etc/hosts").read_bytes(), before)

    def test_R22_CVE_2020_8557_hosts_that_grow_are_counted(self):
        pod = self.pod()
        container = self.start(self.image, "sleep", "1000", pod=pod)
        for name in ("hosts", "hostname", "resolv.conf"):
            self.shell(container, f"dd if=/dev/zero of=/etc/{name} bs=1M count=4")
        wait_until(lambda: self.written(container) > 11 << 20, EXIT_S, "all three are counted")
        state = self.node.directory / "state"  # in memory, as /run is
        self.assertEqual([path for path in state.rglob("*") if path.lstat().st_size > 1 << 20], [])
        self.cri.call("StopPodSandbox", pod_sandbox_id=pod)
        self.cri.call("RemovePodSandbox", pod_sandbox_id=pod)
        etc = self.node.directory / "root/pods" / pod
        wait_until(lambda: not etc.exists(), EXIT_S, "they go with the pod")

    def test_R22_files_of_the_pod_are_not_written_to_where_the_root_is_not(self):
        security = {"readonly_rootfs": True}
        container = self.start(self.image, "sleep", "1000", linux={"security_context": security})
        for name in ("hosts", "hostname", "resolv.conf"):
            self.assertIn("Read-only", self.shell(container, f"echo x >> /etc/{name}"))

    def written(self, container):
        """Bytes, of one that is measured; until then none."""
        stats = self.cri.call("ContainerStats", container_id=container).stats
        return stats.writable_layer.used_bytes.value


class LogsTest(AttackTest):
    """A pod that has the logs as a volume can put links among them."""

    def logged_pod(self):
        config = {
            "metadata": {"name": self.next_name(), "uid": "u", "namespace": "test"},
            "log_directory": str(self.host / "logs"),
        }
        (self.host / "logs").mkdir(exist_ok=True)
        return self.cri.call("RunPodSandbox", config=config).pod_sandbox_id

    def container(self, pod, log_path):
        config = {
            "metadata": {"name": self.next_name()}, "image": {"image": self.image},
            "command": ["sh", "-c", "echo overwritten; exec sleep 1000"], "log_path": log_path,
        }  # fmt: skip
        return self.cri.call("CreateContainer", pod_sandbox_id=pod, config=config).container_id

    def clear(self):
        subprocess.run(["rm", "-r", self.host / "logs"], check=True)

    def test_R1_CVE_2025_0750_log_is_a_link(self):
        pod = self.logged_pod()
        (self.host / "logs/0.log").symlink_to(self.host / "secret")
        with self.assertRaises(grpc.RpcError) as refused:
            self.cri.call("StartContainer", container_id=self.container(pod, "0.log"))
        self.assertIn("log", refused.exception.details())
        self.clear()

    def test_R1_CVE_2025_0750_directory_of_the_log_is_exchanged_before_the_start(self):
        pod = self.logged_pod()
        container = self.container(pod, "app/0.log")
        (self.host / "logs/app").symlink_to(self.host / "directory")
        with self.assertRaises(grpc.RpcError) as refused:
            self.cri.call("StartContainer", container_id=container)
        self.assertIn("log", refused.exception.details())
        self.assertEqual(list((self.host / "directory").iterdir()), [])
        self.clear()

    def test_R1_CVE_2025_0750_directory_of_the_log_is_exchanged_before_it_is_reopened(self):
        pod = self.logged_pod()
        container = self.container(pod, "app/0.log")
        self.cri.call("StartContainer", container_id=container)
        (self.host / "logs/app").rename(self.host / "logs/old")
        (self.host / "logs/app").symlink_to(self.host / "directory")
        with self.assertRaises(grpc.RpcError):
            self.cri.call("ReopenContainerLog", container_id=container)
        self.assertEqual(list((self.host / "directory").iterdir()), [])
        self.cri.call("RemoveContainer", container_id=container)
        self.clear()

    def test_R1_CVE_2025_0750_directories_of_a_log_are_made_inside_only(self):
        pod = self.logged_pod()
        (self.host / "logs/app").symlink_to(self.host / "directory")
        with self.assertRaises(grpc.RpcError):
            self.cri.call("StartContainer", container_id=self.container(pod, "app/deep/er/0.log"))
        self.assertEqual(list((self.host / "directory").iterdir()), [])
        self.clear()


if __name__ == "__main__":
    unittest.main()
