#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Labels of processes and files, and what they keep apart: a kernel that enforces selinux.cil."""

import base64, functools, gzip, pathlib, subprocess, sys, tempfile, time, unittest

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE)]

import image  # noqa: E402
from guest import PATIENCE, REPOSITORY, keep, say  # noqa: E402
from installed import IMAGE, IMAGES, REGISTRY, InstalledTest  # noqa: E402

POLICY_VERSION = 33  # of Linux 5.12 and newer
CATEGORIES = 1024
SUITE_S = 1800
BERTH = "BERTH_HOST=unix:///run/berth/berth.sock berth"
RUN = f"{BERTH} run --rm --cgroupns private"  # which CRI has not
PRIVATE = r"s0:c\d+,c\d+"
NODE_FILE = "system_u:object_r:node_file_t:s0"
FILE = "system_u:object_r:container_file_t:"
OTHERS = {"user": "other_u", "role": "other_r", "type": "other_container_t", "level": "s0:c7,c8"}

DOCKERFILE = f"""
FROM {IMAGE}
RUN --mount=type=cache,target=/cache --mount=type=tmpfs,target=/memory --mount=target=/context \\
    --mount=type=secret,id=word \\
    grep :container_t: /proc/self/attr/current && cat /context/file /run/secrets/word && \\
    echo more >> /cache/file && touch /memory/file /file
RUN --mount=from={IMAGE},source=/bin,target=/layer ls /layer
"""


@functools.cache
def policy():
    """As the kernel reads it."""
    names = [f"c{number}" for number in range(CATEGORIES)]
    categories = "".join(f"(category {name})\n" for name in names)
    with tempfile.TemporaryDirectory() as folder:
        source, made = pathlib.Path(folder) / "policy.cil", pathlib.Path(folder) / "policy"
        source.write_text(
            (HERE / "selinux.cil").read_text()
            + f"{categories}(categoryorder ({' '.join(names)}))\n"
        )
        command = ["secilc", "-c", str(POLICY_VERSION), "-f", "/dev/null", "-o", made, source]
        subprocess.run(command, check=True)
        return made.read_bytes()


class SelinuxTest(InstalledTest):
    kernel_line = "security=selinux"

    @classmethod
    def prepare(cls):
        cls.write("/tmp/policy", base64.encodebytes(gzip.compress(policy())).decode())
        # It takes a policy in one write only.
        cls.machine.run(
            "mountpoint -q /sys/fs/selinux || mount -t selinuxfs selinuxfs /sys/fs/selinux\n"
            "base64 -d /tmp/policy | gzip -d | dd of=/sys/fs/selinux/load bs=1M iflag=fullblock"
            " && echo 1 > /sys/fs/selinux/enforce"
        )

    def setUp(self):
        self.addCleanup(self.machine.run, "crictl rmp -a -f")

    # What a test does.

    def start(self, name, security=None, of_pod=None, mounts=(), beside=None):
        """A container, in a pod of its own or with the one that it is `beside`."""
        pod, _ = self.requests(beside or name)
        _, container = self.requests(name)
        pod["linux"]["security_context"] = of_pod or {}
        container["linux"]["security_context"] = security or {}
        container["mounts"] = [
            {"container_path": f"/{pathlib.Path(path).name}", "host_path": path, **more}
            for path, more in mounts
        ]
        if beside:
            self.write_requests(pod, container)
            self.start_in_pod(name, beside)
        else:
            self.start_requested(name, pod, container)

    def make_volume(self, name):
        path = f"/srv/{name}"
        self.machine.run(f"mkdir -p {path}/below && echo data > {path}/below/file")
        self.addCleanup(self.machine.run, f"rm -r {path}")
        return path

    def inside(self, name, command):
        return self.machine.run(f"crictl exec {self.ids[name]} {command}")

    def berth(self, words, command="cat /proc/self/attr/current"):
        return self.machine.run(f"{RUN} {words} {IMAGE} {command}").strip("\0\n")

    # What it looks at.

    def pid(self, name):
        return self.json(f"crictl inspect {self.ids[name]}")["info"]["pid"]

    def label(self, name):
        """Of its first process, and of one that is executed."""
        executed = self.inside(name, "cat /proc/self/attr/current").strip("\0\n")
        first = self.machine.run(f"tr -d '\\0\\n' < /proc/{self.pid(name)}/attr/current")
        self.assertEqual(executed, first)
        return executed

    def level(self, name):
        return self.label(name).split(":", 3)[3]

    def file_label(self, path):
        show = f"import os; print(os.getxattr('{path}', 'security.selinux').decode().strip(chr(0)))"
        return self.machine.run(f'python3 -c "{show}"').strip()

    def assert_denied(self, words):
        code, output = self.machine.execute(words)
        self.assertNotEqual(code, 0, words)
        self.assertIn("Permission denied", output)

    def assert_refused(self, words, *reasons):
        code, output = self.machine.execute(words)
        self.assertNotEqual(code, 0, words)
        for reason in reasons:
            self.assertIn(reason, output)

    # By CRI.

    def test_a_pods_containers_share_a_level_that_no_other_pod_has(self):
        self.start("one")
        self.start("more", beside="one")
        self.start("two")
        labels = [self.label(name) for name in ("one", "more", "two")]
        for label in labels:
            self.assertRegex(label, f"^system_u:system_r:container_t:{PRIVATE}$")
        self.assertEqual(labels[0], labels[1])
        self.assertNotEqual(labels[0], labels[2])

    def test_a_containers_files_have_its_level(self):
        self.start("one")
        label = FILE + self.level("one")
        self.inside("one", "touch /made /dev/shm/made")
        for path in ("/", "/bin", "/made", "/dev", "/dev/shm/made", "/dev/pts", "/etc/hosts"):
            found = self.file_label(f"/proc/{self.pid('one')}/root{path}")
            self.assertEqual(found, label, path)
        for process in ("self", "1"):  # the other one is the pod's
            root = self.inside("one", f"cat /proc/{process}/mountinfo").splitlines()[0]
            self.assertIn(f',context="{label}"', root)
        init = self.inside("one", "cat /proc/1/attr/current").strip("\0\n")
        self.assertEqual(init, self.label("one"))

    def test_options_are_a_containers_before_its_pods(self):
        self.start("one", of_pod={"selinux_options": OTHERS})
        self.assertEqual(self.label("one"), "other_u:other_r:other_container_t:s0:c7,c8")
        of_root = self.file_label(f"/proc/{self.pid('one')}/root/")
        self.assertEqual(of_root, "other_u:object_r:container_file_t:s0:c7,c8")
        own = {"selinux_options": {"type": "container_t"}}
        self.start("own", own, of_pod={"selinux_options": OTHERS}, beside="one")
        self.assertEqual(self.label("own"), "other_u:other_r:container_t:s0:c7,c8")

    def test_what_is_privileged_is_not_confined(self):
        self.start("one", {"privileged": True}, of_pod={"privileged": True})
        self.assertEqual(self.label("one"), "system_u:system_r:spc_t:s0")
        of_root = self.file_label(f"/proc/{self.pid('one')}/root/")
        self.assertRegex(of_root, f"^{FILE}{PRIVATE}$")

    def test_no_new_privileges_and_a_label(self):
        self.start("one", {"no_new_privs": True})
        self.assertRegex(self.label("one"), f"^system_u:system_r:container_t:{PRIVATE}$")

    def test_what_the_policy_does_not_have_is_refused(self):
        for wrong in ({"level": "s0,c4,c5"}, {"level": "s0:c1,c1024"}, {"type": "no_such_t"}):
            with self.subTest(wrong):
                pod, container = self.requests("wrong")
                pod["linux"]["security_context"] = {"selinux_options": wrong}
                self.write_requests(pod, container)
                (value,) = wrong.values()
                reasons = ("selinux_options", value, "no context of the policy")
                self.assert_refused("crictl runp /tmp/pod.json", *reasons)
        self.assertEqual(self.machine.run("crictl pods -q"), "")

    def test_a_volume_is_relabelled_for_its_pod_where_that_is_asked_for(self):
        asked, other = self.make_volume("asked"), self.make_volume("other")
        self.start("one", mounts=[(asked, {"selinux_relabel": True}), (other, {})])
        for path in (asked, f"{asked}/below", f"{asked}/below/file"):
            self.assertEqual(self.file_label(path), FILE + self.level("one"), path)
        self.assertEqual(self.file_label(other), NODE_FILE)
        self.assertEqual(self.inside("one", "cat /asked/below/file"), "data\n")
        self.inside("one", "touch /asked/new")
        self.assertEqual(self.file_label(f"{asked}/new"), FILE + self.level("one"))
        self.assert_denied(f"crictl exec {self.ids['one']} cat /other/below/file")
        self.start("two", mounts=[(asked, {})])
        self.assert_denied(f"crictl exec {self.ids['two']} cat /asked/below/file")

    def test_images_can_be_read_where_they_are_mounted(self):
        images = {name: f"{REGISTRY}/{name}:latest" for name in IMAGES}
        pod, container = self.requests("one")
        container["mounts"] = [
            {"container_path": f"/{name}", "image": {"image": reference}, "readonly": True}
            for name, reference in images.items()
        ]
        for reference in images.values():
            self.machine.run(f"crictl pull {reference}")
        self.start_requested("one", pod, container)
        for name in images:
            self.inside("one", f"ls -R /{name}")

    def test_the_daemons_own_files_are_not_relabelled(self):
        for path in ("/var/lib", "/var/lib/berth/snapshots", "/run/berth"):
            before = self.file_label(path)
            for option in ("z", "Z"):
                words = f"{RUN} -v {path}:/x:{option} {IMAGE} true"
                self.assert_refused(words, f"selinux_relabel: {path} is of the node")
            self.assertEqual(self.file_label(path), before)
        make = "volume create -o type=none -o o=bind -o device=/usr/share of-node"
        self.machine.run(f"{BERTH} {make}")
        self.addCleanup(self.machine.run, f"{BERTH} volume rm of-node || true")
        self.assert_refused(f"{RUN} -v of-node:/x:z {IMAGE} true", "selinux_relabel: ")

    def test_the_nodes_own_files_are_not_relabelled(self):
        pod, container = self.requests("wrong")
        container["mounts"] = [
            {"container_path": "/x", "host_path": "/etc", "selinux_relabel": True}
        ]
        self.write_requests(pod, container)
        self.assert_refused(
            "crictl run /tmp/container.json /tmp/pod.json", "selinux_relabel: /etc is of the node"
        )
        self.assertEqual(self.file_label("/etc"), NODE_FILE)

    # By Docker's API.

    def test_security_options(self):
        self.assertRegex(self.berth(""), f"^system_u:system_r:container_t:{PRIVATE}$")
        words = " ".join(f"--security-opt label={part}:{what}" for part, what in OTHERS.items())
        others = self.berth(words)
        self.assertEqual(others, "other_u:other_r:other_container_t:s0:c7,c8")
        for words in ("--security-opt label=disable", "--privileged", "--pid host", "--ipc host"):
            self.assertEqual(self.berth(words), "system_u:system_r:spc_t:s0", words)
        level = "--security-opt label=level:s0:c3,c4"
        self.assertEqual(self.berth(level, "touch /x /dev/shm/x"), "")
        self.berth(f"{level} --tmpfs /t", "touch /t/x")
        for wrong, reason in (
            ("label=odd", 'bad label option "odd"'),
            ("label=type:no_such_t", "no context of the policy"),
        ):
            self.assert_refused(f"{RUN} --security-opt {wrong} {IMAGE} true", reason)
        self.assertEqual(self.machine.run(f"{BERTH} ps -aq"), "")

    def test_a_bind_is_for_all_or_for_one(self):
        path = self.make_volume("bind")
        read, write = "cat /x/below/file", "touch /x/below/new"
        self.assert_denied(f"{RUN} -v {path}:/x {IMAGE} {read}")
        self.assertEqual(self.berth(f"-v {path}:/x:z", read), "data")
        self.assertEqual(self.file_label(f"{path}/below/file"), f"{FILE}s0")
        self.assertEqual(self.berth(f"-v {path}:/x", read), "data")
        self.berth(f"-v {path}:/x:Z", write)
        self.assertRegex(self.file_label(f"{path}/below/file"), f"^{FILE}{PRIVATE}$")
        self.assert_denied(f"{RUN} -v {path}:/x {IMAGE} {read}")

    def test_a_volume_is_for_all(self):
        self.addCleanup(self.machine.run, f"{BERTH} volume rm shared")
        self.berth("-v shared:/x", "cp /etc/hosts /x/file")
        self.berth("--mount type=volume,src=shared,dst=/x", "cat /x/file")
        self.berth("-v shared:/x:ro", "cat /x/file")

    def test_a_builds_mounts(self):
        self.machine.run("mkdir -p /srv/context && echo data > /srv/context/file")
        self.addCleanup(self.machine.run, "rm -r /srv/context")
        self.write("/srv/context/Dockerfile", DOCKERFILE)
        secret = "--secret id=word,src=/srv/context/file"
        for _ in range(2):  # the second one has the first one's cache
            self.machine.run(f"{BERTH} build --no-cache {secret} /srv/context")

    # As others see it.

    def test_critests_specs(self):
        start = time.monotonic()
        code, output = self.machine.execute(
            f"{REPOSITORY}/tests/conformance/run --skips /dev/null --report /tmp/report"
            " --focus SELinux",
            SUITE_S,
            BERTH_TEST_CACHE=str(image.CLIENTS_CACHE),
            BERTH_TEST_PATIENCE=PATIENCE,
        )
        for name in ("critest.log", "berthd.log"):
            keep(f"selinux-{name}", self.machine.run(f"cat /tmp/report/{name} || true"))
        say(f"critest: {output.splitlines()[-1]}, {time.monotonic() - start:.0f} s")
        self.assertEqual(code, 0, output)
        self.assertRegex(output.splitlines()[-1], "^[1-9][0-9]* passed, 0 failed")


if __name__ == "__main__":
    unittest.main()
