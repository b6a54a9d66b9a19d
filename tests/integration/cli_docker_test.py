# SPDX-License-Identifier: Apache-2.0
"""What `berth` does as docker's command line: networks, volumes, events, create, update, filters, and the door a run takes."""

import json, signal, subprocess, unittest

import harness
from docker_node import DockerContainersTest


class CliDockerTest(DockerContainersTest):
    def berth(self, *arguments):
        return self.node.berth(*arguments)

    def details(self, name):
        return json.loads(self.docker("inspect", name))[0]

    def in_pods(self):
        return self.berth("pods", "-q")

    def test_networks(self):
        made = self.berth("network", "create", "--subnet", "10.77.5.0/24", "--label", "a=b", "shop").strip()
        self.addCleanup(self.docker_all, "network", "rm", "-f", "shop")
        self.assertEqual(self.berth("network", "ls", "-q", "--no-trunc", "-f", "name=shop"), made + "\n")
        self.assertEqual(self.berth("network", "ls", "-f", "label=a=b", "--format", "{{.Name}} {{.Driver}}"), "shop bridge\n")
        self.assertEqual(
            self.berth("network", "inspect", "-f", "{{(index .IPAM.Config 0).Subnet}}", "shop"), "10.77.5.0/24\n"
        )
        self.assertEqual(self.berth("run", "--rm", "--network", "shop", "--name", "one", self.image, "hostname", "-i"), "10.77.5.2\n")
        self.berth("run", "-d", "--name", "two", "--network", "none", self.image, "sleep", "1000")
        self.berth("rm", "-f", "two")
        self.berth("run", "-d", "--name", "two", "--network", "bridge", self.image, "sleep", "1000")
        self.berth("network", "connect", "--alias", "second", "--ip", "10.77.5.9", "shop", "two")
        self.assertIn("10.77.5.9", self.berth("run", "--rm", "--network", "shop", self.image, "sh", "-c", "nslookup second || true"))
        self.assertIn("has active endpoints", self.node.berth_error("network", "rm", "shop"))
        self.berth("network", "disconnect", "shop", "two")
        self.assertEqual(self.berth("network", "rm", "shop"), "shop\n")
        self.assertEqual(self.berth("network", "rm", "-f", "shop"), "")
        self.assertIn("shop not found", self.node.berth_error("network", "inspect", "shop"))
        self.assertIn("command is missing", self.node.berth_error("network", code=125))

    def test_volumes(self):
        self.assertEqual(self.berth("volume", "create", "--label", "a=b", "data"), "data\n")
        self.addCleanup(self.docker_all, "volume", "rm", "-f", "data")
        self.berth("run", "--rm", "-v", "data:/d", self.image, "sh", "-c", "echo 1 > /d/a")
        self.assertEqual(self.berth("run", "--rm", "--mount", "src=data,dst=/e,readonly", self.image, "cat", "/e/a"), "1\n")
        self.assertIn("local     data\n", self.berth("volume", "ls"))
        self.assertEqual(self.berth("volume", "ls", "-q", "-f", "label=a"), "data\n")
        self.assertIn("/data", self.berth("volume", "inspect", "-f", "{{.Mountpoint}}", "data"))
        self.assertEqual(self.berth("volume", "rm", "data"), "data\n")
        self.assertIn("no such volume", self.node.berth_error("volume", "rm", "data"))
        self.berth("volume", "create", "left")
        self.assertIn("left", self.berth("volume", "prune", "-af"))

    def test_create_start_update(self):
        made = self.berth("create", "--name", "web", "--restart", "on-failure:3", "-p", "80", self.image, "sleep", "1000").strip()
        self.assertEqual(self.details("web")["Id"], made)
        self.assertEqual(self.details("web")["State"]["Status"], "created")
        self.assertIn("in use", self.node.berth_error("create", "--name", "web", self.image))
        self.berth("start", "web")
        self.assertRegex(self.berth("port", "web"), r"80/tcp -> 0.0.0.0:\d+\n")
        self.assertEqual(self.berth("update", "--memory", "64m", "--restart", "no", "web"), "web\n")
        host = self.details("web")["HostConfig"]
        self.assertEqual((host["Memory"], host["RestartPolicy"]["Name"]), (64 << 20, "no"))
        self.berth("run", "-d", "--name", "mine", self.image, "sleep", "1000")
        self.addCleanup(self.node.berth, "rm", "-f", "mine")
        self.assertEqual(self.berth("update", "-m", "48m", "mine"), "mine\n")
        self.assertIn("container of a pod", self.node.berth_error("update", "--restart", "always", "mine"))

    def test_docker_s_other_options_of_a_run(self):
        mac = "02:42:0a:4d:06:09"
        limits = ("--memory-reservation", "32m", "--cpu-period", "50000", "--cpu-quota", "25000", "--blkio-weight", "0")
        network = ("--net", "bridge", "--dns-opt", "ndots:2", "--mac-address", mac)
        shell = "cat /sys/class/net/eth0/address; grep ndots /etc/resolv.conf"
        shown = self.berth("run", "--name", "odd", *limits, *network, self.image, "sh", "-c", shell)
        self.assertEqual(shown, f"{mac}\noptions ndots:2\n")
        host = self.details("odd")["HostConfig"]
        self.assertEqual((host["MemoryReservation"], host["CpuPeriod"], host["CpuQuota"]), (32 << 20, 50000, 25000))
        self.assertIn("/no-disk", self.node.berth_error("create", "--device-read-bps", "/no-disk:1m", self.image))

    def test_options_of_a_run_that_say_what_is_ours(self):
        shell = ("sh", "-c", "echo out; echo err >&2; exit 4")
        for stream, shown in (("stdout", ("out\n", "")), ("STDERR", ("", "err\n"))):
            done = self.run_code(4, "--rm", "-a", stream, self.image, *shell)
            self.assertEqual((done.stdout, done.stderr), shown)
        self.assertIn("both --attach and --detach", self.node.berth_error("run", "-d", "-a", "stdout", self.image, code=125))
        self.assertRegex(self.berth("run", "--rm", "-i", "-a", "stdin", self.image, "true"), r"^[0-9a-f]{64}\n$")
        self.berth("create", "--name", "odd", "--annotation", "a/b=c", "--device-cgroup-rule", "c 1:11 w", self.image)
        host = self.details("odd")["HostConfig"]
        self.assertEqual((host["Annotations"], host["DeviceCgroupRules"]), ({"a/b": "c"}, ["c 1:11 w"]))

    def test_a_run_in_several_networks(self):
        for name, subnet in (("shop", "10.77.5.0/24"), ("back", "10.77.6.0/24")):
            self.berth("network", "create", "--subnet", subnet, name)
            self.addCleanup(self.docker_all, "network", "rm", "-f", name)
        shown = self.berth("run", "--rm", "--network", "name=shop,ip=10.77.5.9", "--network", "back", self.image, "ip", "-o", "-4", "addr")
        self.assertIn("10.77.5.9/24", shown)
        self.assertIn("10.77.6.2/24", shown)

    def test_signals_end_us_alone_where_they_are_told_to(self):
        words = ["run", "--name", "on", "--sig-proxy=false", self.image, "sh", "-c", "echo up; exec sleep 1000"]
        run = self.node.start_berth(*words)
        self.addCleanup(run.communicate)
        self.assertEqual(run.stdout.readline(), "up\n")
        run.send_signal(signal.SIGINT)
        self.assertEqual(run.wait(30), -signal.SIGINT)
        self.assertTrue(self.state("on")["Running"])

    def test_signals_of_an_attached_are_the_container_s(self):
        trap = "trap 'echo poked' USR1; trap 'exit 6' INT; echo up; while :; do sleep 0.1; done"
        self.berth("create", "--name", "poked", self.image, "sh", "-c", trap)
        self.berth("start", "poked")
        harness.wait_until(lambda: "up" in self.berth("logs", "poked"), 30, "it listens")
        attached = self.attached("poked")
        attached.send_signal(signal.SIGUSR1)
        harness.wait_until(lambda: "poked" in self.berth("logs", "poked"), 30, "the container got it")
        attached.send_signal(signal.SIGINT)
        self.assertEqual(attached.wait(30), 6)

    def test_signals_go_to_a_container_that_has_closed_its_output(self):
        silent = "trap 'exit 7' INT; echo up; exec >&- 2>&-; while :; do sleep 0.1; done"
        self.berth("create", "--name", "silent", self.image, "sh", "-c", silent)
        self.berth("start", "silent")
        harness.wait_until(lambda: "up" in self.berth("logs", "silent"), 30, "it listens")
        attached = self.attached("silent")
        polled = lambda: open(f"/proc/{attached.pid}/syscall").read().split()[2:3]
        harness.wait_until(lambda: polled() == ["0x2"], 30, "its streams have ended: it waits for the end and for signals")
        attached.send_signal(signal.SIGINT)
        self.assertEqual(attached.wait(30), 7)

    def attached(self, container):
        """`berth attach`, once it hands signals on."""
        client = self.node.start_berth("attach", container)
        self.addCleanup(client.communicate)
        mask = lambda: int([line for line in open(f"/proc/{client.pid}/status") if line.startswith("SigCgt")][0].split()[1], 16)
        harness.wait_until(lambda: mask() >> (signal.SIGUSR1 - 1) & 1, 30, "it hands signals on")
        return client

    def test_a_stop_by_another_signal(self):
        self.berth("run", "-d", "--init", "--name", "stops", self.image, "sh", "-c", "trap 'exit 8' USR2; while :; do sleep 0.1; done")
        harness.wait_until(lambda: "trap" in self.berth("top", "stops"), 30, "it listens")
        self.berth("stop", "-s", "USR2", "stops")
        self.assertEqual(self.state("stops")["ExitCode"], 8)

    def test_a_start_may_be_followed_to_its_end(self):
        self.berth("create", "-i", "--restart", "no", "--tmpfs", "/t", "--name", "again", self.image, "sh", "-c", "cat; exit 3")
        for said in ("one\n", "two\n"):
            command = [harness.binaries() / "berth", "start", "-ai", "again"]
            done = subprocess.run(command, input=said, capture_output=True, text=True, timeout=60, env=self.node.environment())
            self.assertEqual((done.stdout, done.returncode), (said, 3), done.stderr)
        self.berth("create", "--rm", "--tmpfs", "/t", "--name", "fleeting", self.image, "echo", "gone")
        self.assertEqual(self.berth("start", "-a", "fleeting"), "gone\n")
        self.assertNotIn("fleeting", self.berth("ps", "-a"))
        self.assertIn("only one container", self.node.berth_error("start", "-a", "again", "again"))

    def test_a_run_takes_the_door_that_its_options_need(self):
        pods = self.in_pods()
        shown = self.berth("run", "--rm", "--tmpfs", "/t:size=1m", self.image, "sh", "-c", "df -k /t | tail -1; exit 0")
        self.assertIn("1024", shown)
        self.assertEqual(self.docker("ps", "-aq"), "")
        self.berth("run", "-d", "--name", "again", "--restart", "always", self.image, "sleep", "1000")
        self.assertEqual(self.details("again")["HostConfig"]["RestartPolicy"]["Name"], "always")
        self.assertEqual(self.in_pods(), pods)
        self.assertIn("not together with --pod", self.node.berth_error("run", "--pod", "x", "--init", self.image, code=125))

    def run_code(self, code, *arguments):
        return self.node.run([harness.binaries() / "berth", "run", "--stop-timeout", "5", *arguments], code)

    def test_a_run_of_docker_ends_as_one_of_a_pod(self):
        self.assertEqual(self.run_code(7, "--rm", self.image, "sh", "-c", "echo out; echo err >&2; exit 7").stderr, "err\n")
        self.assertIn("berth: ", self.run_code(127, self.image, "/no/such").stderr)
        self.run_code(126, self.image, "/etc")
        self.assertEqual(self.docker("ps", "-aq"), "")
        self.run_code(0, "--name", "stays", self.image, "true")
        self.assertEqual(self.docker("ps", "-a", "--format", "{{.Names}}"), "stays\n")

    def test_an_interrupt_stops_it(self):
        words = [harness.binaries() / "berth", "run", "--rm", "--stop-timeout", "5", self.image, "sh", "-c", "trap 'exit 5' TERM; echo up; while :; do sleep 0.1; done"]
        run = subprocess.Popen(words, env=self.node.environment(), stdout=subprocess.PIPE, text=True)
        self.addCleanup(run.stdout.close)
        self.assertEqual(run.stdout.readline(), "up\n")
        run.send_signal(signal.SIGINT)
        self.assertEqual(run.wait(30), 5)
        self.assertEqual(self.docker("ps", "-aq"), "")

    def test_its_input_is_ours(self):
        done = subprocess.run(
            [harness.binaries() / "berth", "run", "-i", "--rm", "--init", self.image, "cat"],
            env=self.node.environment(), input="typed\n", capture_output=True, text=True, timeout=60,
        )
        self.assertEqual((done.returncode, done.stdout), (0, "typed\n"))

    def test_an_attach_ends_with_the_code_of_what_is_removed_or_runs_again(self):
        for life in (("--rm", "--init"), ("--restart", "always")):
            self.berth("run", "-di", "--name", "asks", *life, self.image, "sh", "-c", "read code; exit $code")
            attached = [harness.binaries() / "berth", "attach", "asks"]
            done = subprocess.run(attached, env=self.node.environment(), input="7\n", text=True, timeout=60)
            self.assertEqual(done.returncode, 7, life)
            self.docker_all("rm", "-f", "asks", code=None)
        self.berth("create", "--name", "idle", self.image, "true")
        self.assertIn("cannot attach to a stopped container", self.node.berth_error("attach", "idle"))

    def test_the_image_of_a_platform_is_pulled(self):
        self.assertIn("no.such.example.com", self.node.berth_error("run", "--platform", "linux/amd64", "no.such.example.com/x", code=125))
        self.assertIn("No such image", self.node.berth_error("run", "--platform", "linux/amd64", "--pull", "never", "no.such.example.com/x", code=125))

    def test_health(self):
        self.berth("run", "-d", "--name", "ill", "--health-cmd", "false", "--health-interval", "100ms", "--health-retries", "1", self.image, "sleep", "1000")
        harness.wait_until(lambda: "unhealthy" in self.berth("inspect", "-f", "{{.State.Health.Status}}", "ill"), 30, "it is found ill")
        self.assertIn("(unhealthy)", self.berth("ps", "--format", "{{.Status}}", "-f", "name=ill"))

    def test_ps_filters(self):
        self.berth("run", "-d", "--name", "mine", "-l", "app=a", self.image, "sleep", "1000")
        self.addCleanup(self.node.berth, "rm", "-f", "mine")
        self.berth("run", "-d", "--name", "theirs", "--init", "-l", "app=b", self.image, "sleep", "1000")
        names = lambda *filters: sorted(self.berth("ps", "--format", "{{.Names}}", *sum((["-f", f] for f in filters), [])).split())
        self.assertEqual(names("label=app"), ["mine", "theirs"])
        self.assertEqual(names("label=app=a"), ["mine"])
        self.assertEqual(names("name=^th"), ["theirs"])
        self.assertEqual(names("pod=mine"), ["mine"])
        self.assertEqual(names("network=bridge"), ["theirs"])
        self.assertEqual(names("status=exited"), [])
        self.assertEqual(self.berth("ps", "-l", "--format", "{{.Names}} {{.State}}"), "theirs running\n")
        self.assertIn("invalid filter 'odd'", self.node.berth_error("ps", "-f", "odd=1"))
        self.assertIn("no NAME=VALUE", self.node.berth_error("ps", "-f", "odd"))

    def test_images_filters(self):
        one = self.fleeting("one:1")
        self.berth("tag", self.image, one)
        self.assertEqual(self.berth("images", "-f", "reference=one", "--format", "{{.Repository}}:{{.Tag}}"), "one:1\n")
        self.assertEqual(self.berth("image", "ls", "-q", "-f", "label=none"), "")
        two = self.fleeting("one:2")
        self.berth("tag", self.image, two)
        rows = lambda name: sorted(self.berth("images", "--format", "{{.Repository}}:{{.Tag}}", name).split())
        self.assertEqual((rows("one"), rows("one:2"), rows("one:3")), (["one:1", "one:2"], ["one:2"], []))
        self.assertEqual((rows("on?"), rows("o*:2"), rows("n*")), (["one:1", "one:2"], ["one:2"], []))
        self.assertIn("invalid filter", self.node.berth_error("images", "-f", "odd=1"))

    def test_events(self):
        self.berth("volume", "create", "told")
        self.addCleanup(self.docker_all, "volume", "rm", "-f", "told")
        words = ("events", "--since", "10m", "--until", "0s", "-f", "type=volume", "-f", "volume=told")
        self.assertRegex(self.berth(*words), r"(?m)^\S+ volume create told \(driver=local\)$")
        self.assertEqual(self.berth(*words, "--format", "{{.Type}} {{.Action}} {{.Actor.ID}}"), "volume create told\n")
        self.assertEqual(json.loads(self.berth(*words, "--format", "json"))["Action"], "create")

    def test_lists_are_docker_s_to_the_byte(self):
        self.berth("network", "create", "--label", "x=y", "shop")
        self.addCleanup(self.docker_all, "network", "rm", "-f", "shop")
        self.berth("volume", "create", "--label", "x=y", "data")
        self.addCleanup(self.docker_all, "volume", "rm", "-f", "data")
        self.berth("run", "-d", "--name", "web", "-p", "127.0.0.1::80", "-v", "data:/d", "-l", "a=1", "-l", "b=2", "--network", "shop", self.image, "sleep", "1000")
        self.berth("create", "--name", "fresh", self.image)
        self.addCleanup(self.docker_all, "rm", "-f", "web", "fresh")
        ps = ("ps", "-a", "--format")
        verbs = 'printf "%-6s|%q|%x|%d|%o|%X|%f|%5.1f|%t|%v|%z" .Names .Names .Names 7 8 255 1.5 2.25 true .State 1'
        for line in (
            (*ps, "{{.ID}} {{.Image}} {{.Command}} {{.CreatedAt}} {{.State}} {{.Ports}} {{.Names}} {{.Labels}} {{.Size}}"),
            (*ps, '{{.Label "a"}} {{.Mounts}} {{.Networks}} {{.LocalVolumes}}'),
            (*ps, 'table {{.Names}}\t{{json .Image}}\t{{truncate .ID 4}}\t{{.Label "a"}}'),
            (*ps, "{{%s}}" % verbs),
            (*ps, '{{join (split .Image "/") "+"}} {{upper .Names}} {{pad .Names 1 2}}{{println .State}}{{html .Command}}'),
            ("images",), ("images", "-q"), ("images", "--no-trunc"), ("images", "-a"),
            ("images", "--format", "{{.ID}} {{.Repository}} {{.Tag}} {{.CreatedAt}} {{.CreatedSince}} {{.Size}} {{.VirtualSize}} {{.Containers}}"),
            ("network", "ls"), ("network", "ls", "--format", '{{json .}} {{.Label "x"}}'),
            ("volume", "ls"), ("volume", "ls", "--format", '{{json .}} {{.Label "x"}}'),
            ("history", self.image), ("history", "--human=false", self.image), ("history", "--format", "{{json .}}", self.image),
            ("system", "df"), ("system", "df", "--format", "{{json .}}"),
            ("top", "web"), ("port", "web"), ("inspect", "web"), ("inspect", "-f", "{{json .Config.Env}} {{.State.Status}}", "web"),
            ("image", "inspect", self.image), ("network", "inspect", "shop"), ("volume", "inspect", "data"),
        ):
            self.assertEqual(self.berth(*line), self.docker(*line), line)

    def test_templates(self):
        self.berth("run", "-d", "--name", "web", "--init", "-p", "127.0.0.1::80", "-e", "A=1", self.image, "sleep", "1000")
        show = lambda template: self.berth("inspect", "-f", template, "web")
        self.assertEqual(show("{{range .Config.Env}}{{if eq . \"A=1\"}}{{upper .}}{{end}}{{end}}"), "A=1\n")
        self.assertEqual(show('{{(index (index .NetworkSettings.Ports "80/tcp") 0).HostIp}}'), "127.0.0.1\n")
        self.assertEqual(show("{{range $k, $v := .NetworkSettings.Networks}}{{$k}}{{end}}"), "bridge\n")
        self.assertEqual(show("{{if .State.Health}}x{{else}}none{{end}} {{len .Config.Env | printf \"%3d\"}}")[:5], "none ")
        self.assertIn("is not closed", self.node.berth_error("inspect", "-f", "{{range .A}}", "web"))


class EngineAddressTest(harness.NodeTest):
    """`berth` of a daemon whose Engine API is not where it usually is."""

    def restart(self, address, *sockets):
        self.node.terminate()
        served = lambda path: harness.listener(path) == self.node.process.pid
        self.node.serves = lambda: all(map(served, (self.node.socket, *sockets)))
        self.node.write_config(f'address = "{address}"')
        self.node.start()

    def test_the_daemon_itself_says_where_it_is(self):
        elsewhere = self.node.directory / "else.sock"
        self.restart(elsewhere, elsewhere)
        self.addCleanup(self.restart, "", self.node.directory / "state/docker.sock")
        self.node.berth("create", "--name", "odd", self.image)
        berth = [harness.binaries() / "berth"]
        shown = self.node.run([*berth, "ps", "-a", "--format", "{{.Names}}"], DOCKER_HOST="unix:///run/another.sock")
        self.assertEqual((shown.stdout, shown.stderr), ("odd\n", ""))
        self.assertIn("is it docker's?", self.node.berth_error("-H", elsewhere, "ps"))
        self.node.berth("rm", "odd")
        self.restart("off")
        shown = self.node.run([*berth, "ps", "-a", "-q"])
        self.assertEqual((shown.stdout, shown.stderr), ("", ""))
        self.assertIn('its key docker.address is "off"', self.node.berth_error("create", self.image))


if __name__ == "__main__":
    unittest.main()
