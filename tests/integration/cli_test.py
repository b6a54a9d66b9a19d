#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every verb of `berth` against the real daemon."""

import json, pathlib, re, signal, socket, sys, time, unittest, urllib.request

sys.dont_write_bytecode = True
sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent)]

from harness import NodeTest, free_port, wait_until  # noqa: E402

SERVE = "mkdir -p /www && echo it works >/www/index.html && exec httpd -f -p 80 -h /www"


class CliTest(NodeTest):
    def run_detached(self, *arguments):
        return self.node.berth("run", "-d", *arguments).strip()

    def names(self, *arguments):
        return [c["name"] for c in self.node.json("ps", "--format", "json", *arguments)]

    # run

    def test_run_shows_output_and_ends_with_the_exit_code(self):
        done = self.node.run(
            [*self.berth_run(), "--rm", self.image, "sh", "-c", "echo out; echo err >&2; exit 7"], 7
        )
        self.assertEqual((done.stdout, done.stderr), ("out\n", "err\n"))
        self.assertEqual(self.names("-a"), [])

    def berth_run(self):
        from harness import binaries

        return [binaries() / "berth", "run"]

    def test_run_without_rm_keeps_the_container_but_not_its_network(self):
        self.node.berth("run", "--name", "once", self.image, "true")
        [container] = self.node.json("ps", "-a", "--format", "json")
        self.assertEqual((container["name"], container["state"]), ("once", "exited"))
        [pod] = self.node.json("pods", "--format", "json")
        self.assertEqual(pod["state"], "notready")
        self.node.berth("rm", "once")
        self.assertEqual(self.node.json("pods", "--format", "json"), [])

    def test_run_detached_prints_the_id(self):
        container = self.run_detached("--name", "web", self.image, "sleep", "1000")
        self.assertRegex(container, "^[0-9a-f]{64}$")
        self.assertEqual(self.node.berth("ps", "-q").strip(), container[:12])

    def test_the_id_is_in_a_file(self):
        path = self.node.directory / "cid"
        container = self.run_detached("--name", "web", "--cidfile", path, self.image, "sleep", "1000")
        self.assertEqual(path.read_text(), container)
        refused = self.node.berth_error("run", "--cidfile", path, self.image, "true", code=125)
        self.assertIn("the file is there", refused)
        self.assertEqual(path.read_text(), container)
        path.unlink()
        self.node.berth_error("run", "--cidfile", path, self.image, "/no/such", code=127)
        self.assertFalse(path.exists())
        self.node.berth("run", "--rm", "--cidfile", path, self.image, "true")
        self.assertRegex(path.read_text(), "^[0-9a-f]{64}$")
        self.assertEqual(self.names("-a"), ["web"])
        path.unlink()

    def test_run_detached_with_rm_removes_at_the_end(self):
        self.run_detached("--rm", "--name", "brief", self.image, "sleep", "1")
        self.assertEqual(self.names(), ["brief"])
        wait_until(lambda: self.names("-a") == [], 60, "the container is removed")
        wait_until(lambda: self.node.json("pods", "--format", "json") == [], 5, "so is its pod")

    def test_run_passes_options_on(self):
        shared = self.node.directory / "shared"
        shared.mkdir(exist_ok=True)
        self.addCleanup(lambda: __import__("shutil").rmtree(shared))
        (shared / "given").write_text("from the host\n")
        out = self.node.berth(
            *("run", "--rm", "-e", "GREETING=hello there", "-w", "/tmp", "-u", "1000:2000"),
            *("-v", f"{shared}:/shared:ro", "--hostname", "boat", "--memory", "64m"),
            *("--cpus", "0.5", self.image, "sh", "-c"),
            "echo $GREETING; pwd; id -u; id -g; cat /shared/given; hostname; touch /shared/x || true",
        )
        self.assertEqual(
            out.splitlines(), ["hello there", "/tmp", "1000", "2000", "from the host", "boat"]
        )
        self.assertFalse((shared / "x").exists())

    def test_run_with_entrypoint_ignores_the_images(self):
        out = self.node.berth("run", "--rm", "--entrypoint", "echo", self.image, "hello")
        self.assertEqual(out, "hello\n")

    def test_run_limits_memory(self):
        limit = "cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null"
        out = self.node.berth("run", "--rm", "-m", "64m", self.image, "sh", "-c", f"{limit}; true")
        self.assertEqual(out.split(), [str(64 << 20)])

    def test_run_says_why_it_failed_with_dockers_codes(self):
        error = self.node.berth_error("run", "--rm", self.image, "/no/such", code=127)
        self.assertIn("/no/such", error)
        self.node.berth_error("run", "--rm", self.image, "/etc/passwd", code=126)
        self.assertIn("x/y:z", self.node.berth_error("run", "127.0.0.1:1/x/y:z", code=125))
        self.node.berth_error("run", "--memory", "much", self.image, code=125)
        self.assertEqual(self.node.json("pods", "--format", "json"), [])

    def test_run_refuses_a_name_in_use(self):
        self.run_detached("--name", "web", self.image, "sleep", "1000")
        error = self.node.berth_error("run", "--name", "web", self.image, "true", code=125)
        self.assertIn("in use", error)

    def test_interrupting_run_stops_the_container(self):
        run = self.node.start_berth(
            "run", "--rm", "--name", "fg", self.image, "sh", "-c",
            "trap 'echo bye; exit 3' TERM; echo ready; while true; do sleep 0.1; done",
        )  # fmt: skip
        self.assertEqual(run.stdout.readline(), "ready\n")
        run.send_signal(signal.SIGINT)
        out, err = run.communicate(timeout=30)
        self.assertEqual((run.returncode, out, err), (3, "bye\n", ""))
        self.assertEqual(self.names("-a"), [])

    def test_interrupting_twice_kills(self):
        run = self.node.start_berth(
            "run", "--rm", "--name", "deaf", self.image, "sh", "-c", "trap '' TERM; echo ready; sleep 1000"
        )  # fmt: skip
        self.assertEqual(run.stdout.readline(), "ready\n")
        run.send_signal(signal.SIGTERM)
        run.send_signal(signal.SIGINT)
        self.assertEqual(run.communicate(timeout=30), ("", ""))
        self.assertEqual(run.returncode, 128 + signal.SIGKILL)

    def test_a_closed_terminal_or_reader_stops_the_container(self):
        loop = "trap 'exit 3' TERM; echo ready; while true; do sleep 0.1; echo more; done"
        run = self.node.start_berth("run", "--rm", self.image, "sh", "-c", loop)
        self.assertEqual(run.stdout.readline(), "ready\n")
        run.send_signal(signal.SIGHUP)
        run.communicate(timeout=30)
        self.assertEqual((run.returncode, self.names("-a")), (3, []))
        run = self.node.start_berth("run", "--rm", self.image, "sh", "-c", loop)
        self.assertEqual(run.stdout.readline(), "ready\n")
        run.stdout.close()
        self.assertEqual((run.wait(timeout=30), self.names("-a")), (3, []))
        run.stderr.close()

    def test_containers_of_a_pod_stop_side_by_side(self):
        deaf = ("sh", "-c", "trap '' TERM; echo ready; sleep 1000")
        self.run_detached("--name", "a", self.image, *deaf)
        for name in "bc":
            self.run_detached("--pod", "a", "--name", name, self.image, *deaf)
        for name in ("a/a", "a/b", "a/c"):
            wait_until(lambda: self.node.berth("logs", name) == "ready\n", 10, f"{name} is deaf")
        begin = time.monotonic()
        self.node.berth("stop", "-t", "2", "a/a", "a/b", "a/c")
        self.assertLess(time.monotonic() - begin, 5)
        [pod] = self.node.json("pods", "--format", "json")
        self.assertEqual(pod["state"], "notready")

    def test_a_port_that_is_taken_is_an_error(self):
        port = free_port()
        self.run_detached("--name", "web", "-p", f"{port}:80", self.image, "sleep", "1000")
        error = self.node.berth_error("run", "-p", f"{port}:80", self.image, "true", code=125)
        self.assertIn("is taken by the pod default/web", error)
        with socket.create_server(("127.0.0.1", 0)) as server:
            taken = f"{server.getsockname()[1]}:80"
            error = self.node.berth_error("run", "-p", taken, self.image, "true", code=125)
        self.assertIn("taken by a program", error)

    def test_ports_of_the_host_lead_into_the_pod(self):
        port = free_port()
        self.run_detached("--name", "web", "-p", f"{port}:80", self.image, "sh", "-c", SERVE)
        [container] = self.node.json("ps", "--format", "json")
        self.assertEqual(container["ports"][0]["hostPort"], port)
        self.assertIn(f"0.0.0.0:{port}->80/tcp", self.node.berth("ps"))
        wait_until(lambda: self.get(f"http://127.0.0.1:{port}/") == "it works\n", 10, "it answers")

    @staticmethod
    def get(url):
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            return opener.open(url, timeout=2).read().decode()
        except OSError:
            return None

    def test_containers_share_a_pod(self):
        self.run_detached("--name", "web", self.image, "sh", "-c", SERVE)
        ask = "until wget -q -O - http://localhost/; do sleep 0.1; done"
        out = self.node.berth(
            "run", "--rm", "--pod", "web", "--name", "ask", self.image, "sh", "-c", ask
        )
        self.assertEqual(out, "it works\n")
        [pod] = self.node.json("pods", "--format", "json")
        self.assertEqual((pod["name"], pod["containersRunning"]), ("web", 1))

    def test_a_pod_reaches_another_by_its_address(self):
        self.run_detached("--name", "web", self.image, "sh", "-c", SERVE)
        [pod] = self.node.json("pods", "--format", "json")
        ask = f"until wget -q -O - http://{pod['ips'][0]}/; do sleep 0.1; done"
        self.assertEqual(
            self.node.berth("run", "--rm", self.image, "sh", "-c", ask), "it works\n"
        )

    def test_host_network_is_the_hosts(self):
        out = self.node.berth("run", "--rm", "--network", "host", self.image, "ip", "link")
        self.assertIn(f"{self.node.name}:", self.node.run(["ip", "link"]).stdout)
        self.assertIn(f"{self.node.name}:", out)

    # ps, pods

    def test_ps_has_dockers_columns(self):
        self.run_detached("--name", "web", self.image, "sleep", "1000")
        header, row = self.node.berth("ps").splitlines()
        self.assertEqual(
            re.split(r"\s{3,}", header),
            ["CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "PORTS", "NAMES"],
        )
        self.assertRegex(row, r'^[0-9a-f]{12}   \S+/busybox:latest   "sleep 1000"   .* ago   Up .*web$')
        self.node.berth("stop", "-t", "0", "web")
        self.assertEqual(len(self.node.berth("ps").splitlines()), 1)
        self.assertRegex(self.node.berth("ps", "-a"), r"Exited \(137\) .* ago .* web")

    def test_pods_shows_addresses(self):
        self.run_detached("--name", "web", self.image, "sleep", "1000")
        [_, row] = self.node.berth("pods").splitlines()
        self.assertRegex(row, rf"web +default +Ready +1/1 +{self.node.subnet}\.\d+ ")
        shown = self.node.berth("pods", "--format", "{{.IP}} {{.CreatedAt}}")
        self.assertRegex(shown, rf"^{self.node.subnet}\.\d+ \d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d ")

    # logs, exec, stats, inspect

    def test_logs_tail_and_timestamps(self):
        self.run_detached("--name", "talk", self.image, "sh", "-c", "seq 1 5; echo err >&2")
        self.wait_for_exit("talk")
        done = self.node.run([*self.berth("logs", "talk")])
        self.assertEqual((done.stdout, done.stderr), ("1\n2\n3\n4\n5\n", "err\n"))
        self.assertEqual(self.node.run(self.berth("logs", "--tail", "3", "talk")).stdout, "4\n5\n")
        self.assertRegex(
            self.node.berth("logs", "-t", "--tail", "2", "talk"), r"^\d{4}-\d\d-\d\dT\S+ 5\n$"
        )

    def berth(self, *arguments):
        from harness import binaries

        return [binaries() / "berth", *arguments]

    def wait_for_exit(self, name):
        def exited():
            return any(
                c["name"] == name and c["state"] == "exited"
                for c in self.node.json("ps", "-a", "--format", "json")
            )

        wait_until(exited, 10, f"{name} ends")

    def test_logs_follow_ends_with_the_container(self):
        self.run_detached("--name", "talk", self.image, "sh", "-c", "echo one; sleep 1; echo two")
        self.assertEqual(self.node.berth("logs", "-f", "talk"), "one\ntwo\n")

    def test_logs_follow_ends_with_what_is_said_later(self):
        self.run_detached("--name", "talk", self.image, "sh", "-c", "while echo y; do sleep 0.1; done")
        wait_until(lambda: self.node.berth("logs", "talk") != "", 10, "it talks")
        first, _, _ = self.node.berth("logs", "-t", "talk").partition(" ")
        self.assertEqual(self.node.berth("logs", "-f", "--until", first, "talk"), "y\n")

    def test_exec_runs_in_the_container(self):
        self.run_detached("--name", "web", self.image, "sleep", "1000")
        done = self.node.run(
            self.berth("exec", "web", "sh", "-c", "echo out; echo err >&2; exit 5"), 5
        )
        self.assertEqual((done.stdout, done.stderr), ("out\n", "err\n"))
        self.node.berth_error("exec", "web", "/no/such", code=127)
        self.node.berth_error("exec", "nobody", "true", code=125)
        self.assertIn("no terminal", self.node.berth_error("exec", "-it", "web", "sh", code=125))

    def test_stats_show_use_and_limits(self):
        self.run_detached("--name", "web", "-m", "64m", self.image, "sh", "-c", "while :; do :; done")
        [usage] = self.node.json("stats", "--format", "json")
        self.assertEqual(usage["name"], "web")
        self.assertGreater(usage["cpuPercent"], 0)
        self.assertEqual(usage["memoryLimitBytes"], 64 << 20)
        self.assertRegex(self.node.berth("stats", "web"), r"web +\d+\.\d+% +\S+ / 64MiB")

    def test_inspect_finds_containers_pods_and_images(self):
        container = self.run_detached("--name", "web", self.image, "sleep", "1000")
        [found] = self.node.json("inspect", "web")
        self.assertEqual(found["status"]["id"], container)
        self.assertGreater(found["info"]["pid"], 1)
        [pod] = self.node.json("inspect", "--type", "pod", "web")
        self.assertEqual(pod["status"]["metadata"]["name"], "web")
        [image] = self.node.json("inspect", self.image)
        self.assertEqual(image["Id"], found["status"]["imageId"])
        self.assertIn("No such", self.node.berth_error("inspect", "nobody"))

    # stop, rm

    def test_rm_needs_force_for_what_runs(self):
        self.run_detached("--name", "web", self.image, "sleep", "1000")
        self.assertIn("is running", self.node.berth_error("rm", "web"))
        self.assertEqual(self.node.berth("rm", "-f", "web"), "web\n")
        self.assertEqual(self.node.json("pods", "--format", "json"), [])

    def test_things_are_named_by_the_beginning_of_an_id(self):
        container = self.run_detached(self.image, "sleep", "1000")
        self.node.berth("stop", "-t", "0", container[:8])
        self.node.berth("rm", container[:12])
        self.assertIn("No such", self.node.berth_error("rm", container))

    # images

    def test_images_and_rmi(self):
        name = f"{self.registry.address}/zstd:latest"
        from distribution import push
        from images import make

        push(self.registry.address, *make("zstd"))
        out = self.node.berth("pull", name)
        self.assertRegex(
            out, rf"^Digest: sha256:\S+\nStatus: Downloaded newer image for {name}\nsha256:\w+\n$"
        )
        self.assertIn("up to date", self.node.berth("pull", name))
        rows = [re.split(r"\s{3,}", row) for row in self.node.berth("images").splitlines()]
        self.assertEqual(rows[0], ["REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE"])
        self.assertIn([name.removesuffix(":latest"), "latest"], [row[:2] for row in rows[1:]])
        image_id = self.node.berth("pull", "-q", name).strip()
        self.assertIn(f"Deleted: {image_id}", self.node.berth("rmi", name))
        self.assertIn("No such image", self.node.berth_error("rmi", name))

    def test_rmi_refuses_an_image_in_use(self):
        self.run_detached("--name", "web", self.image, "sleep", "1000")
        self.assertIn("is using its referenced image", self.node.berth_error("rmi", self.image))

    def test_pull_says_what_is_wrong(self):
        missing = f"{self.registry.address}/no-such:latest"
        self.assertIn("no-such", self.node.berth_error("pull", missing))
        self.node.berth_error("pull", "UPPER")

    # version, info, and the command itself

    def test_version_and_info(self):
        version = self.node.json("version", "--format", "json")
        self.assertEqual(version["server"]["runtimeName"], "berth")
        info = self.node.json("info", "--format", "json")
        self.assertTrue(all(c["status"] for c in info["conditions"]), info["conditions"])
        self.assertIn("RuntimeReady: yes", self.node.berth("info"))
        engine = self.node.berth("version", "--format", "{{.Server.Version}} {{.Server.APIVersion}}").split()
        self.assertEqual(self.node.berth("info", "--format", "{{.ServerVersion}}").split(), engine[:1])
        self.assertEqual(len(engine), 2)

    def test_mistakes_get_a_hint(self):
        self.assertIn("did you mean images?", self.node.berth_error("imges", code=125))
        self.assertIn("unknown option --foo", self.node.berth_error("ps", "--foo", code=125))
        self.assertIn("did you mean --all?", self.node.berth_error("ps", "--al", code=125))
        self.assertIn("no terminal", self.node.berth_error("run", "-it", self.image, code=125))
        self.run_detached("--name", "web", self.image, "sleep", "1000")
        self.assertIn("did you mean web?", self.node.berth_error("logs", "wbe"))
        self.assertEqual(self.node.berth("help", "rm"), self.node.berth("rm", "--help"))
        error = self.node.run(self.berth("--host", "unix:///nowhere", "ps"), 1).stderr
        self.assertIn("cannot reach berthd at /nowhere", error)

    def test_json_is_an_array_even_of_nothing(self):
        for verb in ("ps", "pods", "stats"):
            self.assertEqual(json.loads(self.node.berth(verb, "--format", "json")), [])


if __name__ == "__main__":
    unittest.main()
