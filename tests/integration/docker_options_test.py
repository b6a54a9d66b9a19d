# SPDX-License-Identifier: Apache-2.0
"""Options of docker run that change how a container's processes start, and start again."""

import os, pathlib, subprocess, unittest

import harness
from docker_node import DockerContainersTest


class OptionsTest(DockerContainersTest):
    def restart_daemon(self):
        self.node.kill()
        self.node.start()

    def test_without_ipc_there_is_no_shared_memory(self):
        look = "touch /dev/shm/x && echo there"
        self.assertEqual(self.docker("run", "--rm", "--ipc", "shareable", self.image, "sh", "-c", look), "there\n")
        self.docker("run", "--rm", "--ipc", "none", self.image, "sh", "-c", look, code=1)
        self.assertIn("IPC mode", self.docker_error("run", "--rm", "--ipc", "odd", self.image, "true", code=125))

    def test_memory_and_ipc_of_another_container(self):
        space = ["readlink", "/proc/self/ns/ipc"]
        self.docker("run", "-d", "--name", "web", "--ipc", "shareable", self.image, "sleep", "1000")
        self.docker("exec", "web", "sh", "-c", "echo shared > /dev/shm/file")
        self.restart_daemon()  # a shim knows what it shares
        self.docker("run", "-d", "--name", "beside", "--ipc", "container:web", self.image, "sleep", "1000")
        self.assertEqual(self.container("beside")["HostConfig"]["IpcMode"], f"container:{self.container('web')['Id']}")
        self.assertEqual(self.docker("exec", "beside", "cat", "/dev/shm/file"), "shared\n")
        self.assertEqual(self.docker("exec", "beside", *space), self.docker("exec", "web", *space))
        self.docker("rm", "-f", "web")  # whoever is there keeps it, and gives it on
        seen = self.docker("run", "--rm", "--ipc", "container:beside", self.image, "cat", "/dev/shm/file")
        self.assertEqual(seen, "shared\n")
        self.docker("stop", "-t", "0", "beside")
        self.assertIn("No such container", self.docker_error("start", "beside"))

    def test_an_ipc_that_is_not_shared(self):
        self.docker("run", "-d", "--name", "web", self.image, "sleep", "1000")
        self.assertEqual(self.container("web")["HostConfig"]["IpcMode"], "private")
        refused = self.docker_error("run", "--ipc", "container:web", self.image, "true", code=125)
        self.assertIn("non-shareable IPC (hint: use IpcMode:shareable for the donor container)", refused)
        unknown = self.docker_error("run", "--ipc", "container:none", self.image, "true", code=125)
        self.assertIn("No such container: none", unknown)
        self.docker("run", "-d", "--name", "host", "--ipc", "host", self.image, "sleep", "1000")
        node = self.docker("run", "--rm", "--ipc", "container:host", self.image, "readlink", "/proc/self/ns/ipc")
        self.assertEqual(node, os.readlink("/proc/self/ns/ipc") + "\n")
        self.docker("stop", "-t", "0", "host")
        gone = self.docker_error("run", "--ipc", "container:host", self.image, "true", code=125)
        self.assertIn("cannot join IPC of a non running container", gone)

    def test_a_rule_allows_a_device_that_is_not_named(self):
        log = ["sh", "-c", "mknod /log c 1 11 && : > /log && echo opened"]
        self.docker("run", "--rm", self.image, *log, code=1)
        self.assertEqual(self.docker("run", "--rm", "--device-cgroup-rule", "c 1:11 w", self.image, *log), "opened\n")
        self.docker("create", "--device-cgroup-rule", "a *:* rwm", self.image)
        self.assertEqual(self.api("POST", "/containers/create", {"Image": self.image, "HostConfig": {"DeviceCgroupRules": ["x"]}}),
                         (400, {"message": "invalid device cgroup rule format: 'x'"}))

    def test_annotations_are_the_container_s(self):
        self.docker("create", "--name", "web", "--annotation", "a/b=c", "--annotation", "none", self.image)
        self.assertEqual(self.container("web")["HostConfig"]["Annotations"], {"a/b": "c", "none": ""})

    def test_an_init_reaps_and_hands_on_signals(self):
        trap = "trap 'exit 9' TERM; echo ready; while :; do sleep 0.1; done"
        self.docker("run", "-d", "--init", "--name", "web", self.image, "sh", "-c", trap)
        processes = self.docker("exec", "web", "ps", "-o", "pid,args").splitlines()
        self.assertTrue(any(line.split()[:2] == ["1", "/sbin/docker-init"] for line in processes), processes)
        self.docker("exec", "web", "sh", "-c", "(sleep 0.1 &) ; exit 0")
        zombies = lambda: self.docker("exec", "web", "ps", "-o", "stat").count("Z")
        harness.wait_until(lambda: zombies() == 0, harness.SETTLE_S, "no zombie is left")
        self.docker("stop", "web")
        self.assertEqual(self.state("web")["ExitCode"], 9)

    def test_always_is_with_the_daemon_too(self):
        for policy in ("always", "unless-stopped", "no"):
            self.docker("run", "-d", "--restart", policy, "--name", policy, self.image, "sleep", "1000")
            self.docker("stop", "-t", "0", policy)
        self.docker("create", "--restart", "always", "--name", "new", self.image, "sleep", "1000")
        self.restart_daemon()
        harness.wait_until(lambda: self.state("always")["Running"], harness.SETTLE_S, "it starts")
        self.assertFalse(self.state("unless-stopped")["Running"])
        self.assertFalse(self.state("no")["Running"])
        self.assertEqual(self.state("new")["Status"], "created")
        self.docker("stop", "-t", "0", "always")
        self.assertEqual(self.state("always")["Status"], "exited")

    def test_who_is_stopped_while_it_starts_again_stays_stopped(self):
        for i in range(8):
            name = f"web{i}"
            self.docker("run", "-d", "--restart", "always", "--name", name, self.image, "sh", "-c", f"sleep 0.{i}")
            harness.wait_until(lambda: self.container(name)["RestartCount"] > 0, harness.SETTLE_S, "it starts again")
            self.docker("stop", "-t", "0", name)
            self.assertEqual(self.state(name)["Status"], "exited")
        self.assertEqual(self.docker("ps", "-q"), "")

    def test_what_starts_again_and_again_is_removed_by_force(self):
        for number in range(10):
            self.docker("run", "-d", "--restart", "always", "--name", f"again{number}", self.image, "false")
        for number in range(10):
            self.docker("rm", "-f", f"again{number}")
        self.assertEqual(self.docker("ps", "-aq"), "")

    def test_signals_of_the_client_are_the_containers(self):
        command = ["docker", "run", "--rm", self.image, "sh", "-c"]
        command.append("trap 'exit 11' USR1; echo ready; while :; do sleep 0.1; done")
        client = subprocess.Popen(command, stdout=subprocess.PIPE, env=self.environment)
        self.assertEqual(client.stdout.readline(), b"ready\n")
        client.send_signal(subprocess.signal.SIGUSR1)
        self.assertEqual(client.wait(harness.COMMAND_S), 11)
        client.stdout.close()

    def test_groups_by_name_and_number(self):
        self.build("grouped", "RUN echo video:x:44: >> /etc/group")
        said = self.docker("run", "--rm", "--group-add", "video", "--group-add", "77", "grouped", "id", "-G")
        self.assertEqual(set(said.split()), {"0", "44", "77"})
        refused = self.docker_error("run", "--rm", "--group-add", "none", "grouped", "true", code=125)
        self.assertIn("group none", refused)

    def test_the_nodes_user_namespace(self):
        self.docker("run", "--rm", "--userns", "host", self.image, "true")

    def test_names_of_the_host_and_of_a_domain(self):
        ours = pathlib.Path("/proc/sys/kernel/hostname").read_text()
        self.assertEqual(self.docker("run", "--rm", "--uts", "host", self.image, "hostname"), ours)
        where = "readlink /proc/self/ns/uts; readlink /proc/self/ns/net"
        uts, net = self.docker("run", "--rm", "--uts", "host", self.image, "sh", "-c", where).split()
        self.assertEqual(uts, os.readlink("/proc/self/ns/uts"))
        self.assertNotEqual(net, os.readlink("/proc/self/ns/net"))
        refused = self.docker_error("run", "--uts", "host", "--hostname", "x", self.image, "true", code=125)
        self.assertIn("conflicting options: hostname and the UTS mode", refused)
        said = self.docker(
            "run", "--rm", "--hostname", "web", "--domainname", "example.org", self.image,
            "sh", "-c", "hostname -f; cat /proc/sys/kernel/domainname",
        )
        self.assertEqual(said, "web.example.org\nexample.org\n")
        self.assertNotIn("example.org", pathlib.Path("/proc/sys/kernel/domainname").read_text())

    def test_processes_of_another_container(self):
        self.docker("run", "-d", "--name", "web", self.image, "sleep", "1234")
        seen = self.docker("run", "--rm", "--pid", "container:web", self.image, "ps", "-o", "pid,args")
        self.assertIn("1 sleep 1234", [" ".join(line.split()) for line in seen.splitlines()])
        self.docker("run", "-d", "--name", "beside", "--pid", "container:web", self.image, "sleep", "4321")
        self.assertEqual(self.container("beside")["HostConfig"]["PidMode"], f"container:{self.container('web')['Id']}")
        self.docker("kill", "web")
        self.assertEqual(self.docker("wait", "beside"), "137\n")  # its namespace has ended
        refused = self.docker_error("start", "beside")
        self.assertIn("cannot join PID of a non running container", refused)
        unknown = self.docker_error("run", "--pid", "container:none", self.image, "true", code=125)
        self.assertIn("No such container: none", unknown)

    def test_cgroup_namespaces(self):
        space = lambda *options: self.docker("run", "--rm", *options, self.image, "readlink", "/proc/self/ns/cgroup")
        ours = os.readlink("/proc/self/ns/cgroup") + "\n"
        self.assertEqual(space("--cgroupns", "host"), ours)
        for options in ([], ["--privileged"], ["--privileged", "--cgroupns", "private"]):
            self.assertNotEqual(space(*options), ours, options)
        refused = self.api("POST", "/containers/create", {"Image": self.image, "HostConfig": {"CgroupnsMode": "odd"}})
        self.assertEqual(refused, (400, {"message": "invalid cgroup namespace mode: odd"}))

    def test_what_the_node_cannot_give_is_refused(self):
        cpus = os.cpu_count()
        limits = f"range of CPUs is from 0.01 to {cpus}.00, as there are only {cpus} CPUs available"
        self.assertIn(limits, self.docker_error("run", "--cpus", "999", self.image, "true", code=125))
        self.assertIn("--storage-opt size", self.docker_error("run", "--storage-opt", "size=1g", self.image, "true", code=125))
        unknown = self.docker_error("run", "--runtime", "kata", self.image, "true", code=125)
        self.assertIn("unknown or invalid runtime name: kata", unknown)
        self.docker("run", "-d", "--name", "web", "--runtime", "berth", self.image, "sleep", "1000")
        self.assertIn(limits, self.docker_error("update", "--cpus", "999", "web"))
        self.assertEqual(self.docker("ps", "-aq").count("\n"), 1)

    def test_cpus_and_memory_that_are_not_there(self):
        online = pathlib.Path("/sys/devices/system/cpu/online").read_text().strip()
        refused = self.docker_error("run", "--cpuset-cpus", "999", self.image, "true", code=125)
        self.assertIn(f"Requested CPUs are not available - requested 999, available: {online}", refused)
        self.assertIn("Minimum memory limit allowed is 6MB", self.docker_error("run", "-m", "1k", self.image, "true", code=125))
        for options, why in (
            (["--cpu-rt-runtime", "1000"], "CpuRealtimeRuntime is not supported"),
            (["--isolation", "x"], "invalid isolation 'x' on linux"),
            (["--device-read-bps", "/dev/nosuch:1mb"], "stat /dev/nosuch: No such file or directory"),
        ):
            self.assertIn(why, self.docker_error("run", *options, self.image, "true", code=125))
        self.assertIn("invalid scope", self.docker_error("network", "create", "--scope", "swarm", "swarms"))

    @unittest.skipIf(os.path.exists("/sys/fs/cgroup/cgroup.controllers"), "of cgroup v1")
    def test_limits_that_cri_does_not_know(self):
        disks = sorted(pathlib.Path("/sys/block").iterdir(), reverse=True)
        disk = next(
            (each for each in disks if (each / "size").read_text() != "0\n" and pathlib.Path("/dev", each.name).is_block_device()),
            None,
        )
        if disk is None:
            self.skipTest("there is no disk")
        numbers = (disk / "dev").read_text().strip()
        made = self.docker_all(
            "run", "-d", "--name", "web", "--memory-swappiness", "10", "--oom-kill-disable", "-m", "64m",
            "--device-read-bps", f"/dev/{disk.name}:1mb", "--device-write-iops", f"/dev/{disk.name}:7",
            "--blkio-weight", "300", self.image, "sleep", "1000",
        )  # fmt: skip
        groups = dict(
            line.split(":", 2)[1:] for line in pathlib.Path(f"/proc/{self.state('web')['Pid']}/cgroup").read_text().split()
        )
        value = lambda controller, file: pathlib.Path(f"/sys/fs/cgroup/{controller}{groups[controller]}/{file}").read_text()
        self.assertEqual(value("memory", "memory.swappiness"), "10\n")
        self.assertIn("oom_kill_disable 1", value("memory", "memory.oom_control"))
        self.assertEqual(value("blkio", "blkio.throttle.read_bps_device"), f"{numbers} 1048576\n")
        self.assertEqual(value("blkio", "blkio.throttle.write_iops_device"), f"{numbers} 7\n")
        changed = self.docker_all("update", "--blkio-weight", "500", "web")
        self.assertIn("Range of blkio weight", self.docker_error("update", "--blkio-weight", "1", "web"))
        if any("bfq" in (each / "queue/scheduler").read_text() for each in pathlib.Path("/sys/block").iterdir()):
            self.assertEqual(value("blkio", "blkio.bfq.weight"), "500\n")
            self.assertEqual(self.container("web")["HostConfig"]["BlkioWeight"], 500)
        else:
            self.assertIn("Weight discarded", made.stderr)
            self.assertIn("Weight discarded", changed.stderr)

    def test_a_platform_is_the_images_or_refused(self):
        machine = self.inspect(self.image)["Architecture"]
        self.docker("run", "--rm", "--platform", f"linux/{machine}", self.image, "true")
        refused = self.docker_error("run", "--pull", "never", "--platform", "linux/s390x", self.image, "true", code=125)
        self.assertIn("does not provide the specified platform (linux/s390x)", refused)

    def test_attached_clients_leave_by_keys(self):
        self.docker("run", "-dit", "--name", "web", self.image, "sh", "-c", "echo ready; exec sleep 1000")
        terminal = self.terminal("attach", "--detach-keys", "ctrl-x", "web")
        terminal.type(b"\r")
        terminal.expect(b"\r\n")
        terminal.type(b"\x18")
        terminal.wait()
        self.assertTrue(self.state("web")["Running"])


if __name__ == "__main__":
    unittest.main()
