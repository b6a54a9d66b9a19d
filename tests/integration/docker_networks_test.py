#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Docker's own client and networks."""

import json, os, pathlib, socket, struct, subprocess, sys, unittest, urllib.request

sys.dont_write_bytecode = True
sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent)]

import docker_node, harness  # noqa: E402


def answers(place):
    """What a web server there says; nothing when it does not yet."""
    try:
        with urllib.request.urlopen(f"http://{place}/", timeout=2) as answer:
            return answer.read().decode()
    except OSError:
        return None


# In a container's network: a frame from its interface. Arguments: to which hardware address; the packet.
SEND_FRAME = """
import socket, sys
with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as line:
    line.bind(("eth0", 0))
    line.send(bytes.fromhex(sys.argv[1]) + line.getsockname()[4] + b"\\x08\\0" + bytes.fromhex(sys.argv[2]))
"""


def dns_packet(source, target, name):
    """IPv4 and UDP: the question for a name's address."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    question = struct.pack(">6H", 1, 0x100, 1, 0, 0, 0) + labels + struct.pack(">B2H", 0, 1, 1)
    datagram = struct.pack(">4H", 5353, 53, 8 + len(question), 0) + question
    ends = socket.inet_aton(source) + socket.inet_aton(target)
    header = lambda sum: struct.pack(">2B3H2BH", 0x45, 0, 20 + len(datagram), 1, 0, 64, 17, sum) + ends
    return header(0xFFFF - sum(struct.unpack(">10H", header(0))) % 0xFFFF) + datagram


class NetworksTest(docker_node.DockerContainersTest):

    def setUp(self):
        super().setUp()
        self.addCleanup(self.docker, "network", "prune", "-f")
        self.addCleanup(self.remove_all)

    def test_a_port_is_a_pods_or_a_containers(self):
        port = f"127.0.0.1:{harness.free_port()}"
        self.addCleanup(self.node.remove_pods)
        self.docker("run", "-d", "--name", "first", "-p", f"{port}:80", self.image, "sleep", "1000")
        refused = self.node.berth_error("run", "-d", "--name", "pod", "-p", f"{port}:80", self.image, "sleep", "1000", code=125)
        self.assertIn("is taken by the container first", refused)
        self.docker("stop", "-t", "0", "first")
        self.node.berth("run", "-d", "--name", "pod", "-p", f"{port}:80", self.image, "sleep", "1000")
        self.assertIn("port is already allocated", self.docker_error("start", "first"))
        self.node.berth("rm", "-f", "pod")
        self.docker("start", "first")

    def test_a_plugin_that_fails_at_the_end_keeps_nobody_from_the_next_start(self):
        plugin, fails = self.node.directory / "plugins/bridge", self.node.directory / "fails"
        plugin.parent.mkdir(exist_ok=True)
        plugin.write_text(
            f"""#!/bin/sh
[ "$CNI_COMMAND" = DEL ] && [ -e {fails} ] && echo '{{"code": 11, "msg": "try again"}}' && exit 1
exec /usr/lib/cni/bridge
"""
        )
        plugin.chmod(0o755)
        self.addCleanup(plugin.unlink)
        self.addCleanup(fails.unlink, missing_ok=True)
        self.docker("run", "-d", "--name", "killed", self.image, "sleep", "1000")
        self.docker("run", "-d", "--name", "gone", self.image, "sleep", "1000")
        self.docker("run", "-d", "--name", "crashes", "--restart", "always", self.image, "sh", "-c", "sleep 1; exit 1")
        fails.touch()
        restarts = lambda: int(self.docker("inspect", "-f", "{{.RestartCount}}", "crashes"))
        harness.wait_until(lambda: restarts() >= 2, harness.SETTLE_S, "a container is restarted")
        self.docker("kill", "killed")
        self.docker("start", "killed")
        self.docker("rm", "-f", "gone")
        self.assertEqual(self.docker("exec", "killed", "echo", "there"), "there\n")
        fails.unlink()  # and what the plugin has refused is done later

    def test_the_default_network_follows_its_options(self):
        before = self.network("bridge")
        config = self.node.directory / "berth.toml"
        text = config.read_text()
        other = self.node.docker_bridge[:-1] + "x"

        def restart_with(bridge):
            self.node.kill()
            config.write_text(text.replace(f'bridge = "{self.node.docker_bridge}"', f'bridge = "{bridge}"'))
            self.node.start()

        self.addCleanup(restart_with, self.node.docker_bridge)
        self.docker("run", "-d", "--name", "web", self.image, "sleep", "1000")
        restart_with(other)
        self.assertEqual(self.network("bridge")["Options"], before["Options"])
        self.docker("rm", "-f", "web")
        restart_with(other)
        self.assertEqual(self.network("bridge")["Options"]["com.docker.network.bridge.name"], other)
        self.assertEqual(self.network("bridge")["Id"], before["Id"])
        self.docker("run", "--rm", self.image, "true")

    def network(self, name):
        return json.loads(self.docker("network", "inspect", name))[0]

    def names(self, *arguments):
        return self.docker("network", "ls", "--format", "{{.Name}}", *arguments).split()

    def test_there_are_three_at_first(self):
        self.assertEqual(sorted(self.names()), ["bridge", "host", "none"])
        bridge = self.network("bridge")
        self.assertEqual(bridge["Driver"], "bridge")
        self.assertEqual(bridge["Options"]["com.docker.network.bridge.name"], self.node.docker_bridge)
        self.assertIn("pre-defined network", self.docker_error("network", "rm", "bridge"))
        self.assertIn("predefined", self.docker_error("network", "create", "host"))

    def test_a_network_comes_and_goes(self):
        made = self.docker("network", "create", "--label", "a=b", "--subnet", "10.212.7.0/24", "front").strip()
        self.assertRegex(made, "^[0-9a-f]{64}$")
        told = self.network("front")
        self.assertEqual(told["Id"], made)
        self.assertEqual(told["IPAM"]["Config"], [{"Subnet": "10.212.7.0/24", "Gateway": "10.212.7.1"}])
        self.assertEqual(told["Labels"], {"a": "b"})
        self.restart_daemon()
        self.assertEqual(self.network(made[:12])["Name"], "front")
        self.assertIn("already exists", self.docker_error("network", "create", "front"))
        self.assertIn("overlaps", self.docker_error("network", "create", "--subnet", "10.212.0.0/16", "other"))
        self.assertEqual(self.names("--filter", "label=a"), ["front"])
        self.assertEqual(self.docker("network", "rm", "front"), "front\n")
        self.assertIn("network front not found", self.docker_error("network", "inspect", "front"))

    def serve(self, name, *options, text="hello"):
        """A container whose web server on port 80 says the text."""
        serving = f"mkdir /w; echo {text} > /w/index.html; exec httpd -f -p 80 -h /w"
        self.docker("run", "-d", "--name", name, *options, self.image, "sh", "-c", serving)

    def fetch(self, client, host):
        """From inside a container of that network, once the server is up."""
        patient = f"for i in $(seq 50); do wget -q -O - http://{host}/ && exit; usleep 100000; done; exit 1"
        return self.docker("run", "--rm", "--network", client, self.image, "sh", "-c", patient)

    def published(self, name, port="80/tcp"):
        """What the host gets at each of the places where the container's port is published."""
        said = set()
        for place in self.docker("port", name, port).split():
            host = place.replace("0.0.0.0", "127.0.0.1")
            harness.wait_until(lambda host=host: answers(host), harness.SETTLE_S, f"{host} answers")
            said.add(answers(host))
        return said

    def places(self, name, port="80/tcp"):
        return [place.rsplit(":", 1) for place in self.docker("port", name, port).split()]

    def addresses(self, name):
        settings = self.container(name)["NetworkSettings"]["Networks"]
        return {network: told["IPAddress"] for network, told in settings.items()}

    def test_containers_of_a_network_know_each_other(self):
        self.docker("network", "create", "mine")
        self.serve("web", "--network", "mine", "--network-alias", "www", "--hostname", "host-of-web")
        for name in ("web", "www", "host-of-web", self.container("web")["Id"][:12]):
            self.assertEqual(self.fetch("mine", name), "hello\n", name)
        linked = ("run", "--rm", "--network", "mine", "--link", "web:other", self.image)
        self.assertEqual(self.docker(*linked, "wget", "-q", "-O", "-", "http://other/"), "hello\n")
        self.docker("run", "--rm", "--network", "mine", self.image, "nslookup", "other", code=1)
        self.docker("rename", "web", "site")
        self.assertEqual(self.fetch("mine", "site"), "hello\n")
        self.docker("run", "--rm", self.image, "nslookup", "site", code=1)  # the default network knows no names
        self.assertEqual(self.docker("ps", "-q", "--filter", "network=mine").split(), [self.container("site")["Id"][:12]])
        self.assertIn("has active endpoints", self.docker_error("network", "rm", "mine"))
        self.docker("stop", "-t", "0", "site")
        self.docker("network", "rm", "mine")
        self.assertIn("not found", self.docker_error("start", "site"))

    def test_ports_are_published(self):
        self.serve("any", "-p", "80", "-p", "127.0.0.1::80")
        self.assertEqual(self.published("any"), {"hello\n"})
        self.assertEqual(len({port for _, port in self.places("any")}), 2)
        taken = self.places("any")[0][1]
        self.assertIn("port is already allocated", self.docker_error("run", "-p", f"{taken}:80", self.image, code=125))
        self.docker("rm", "-f", "any")
        first = harness.free_port()
        for name in ("one", "two"):
            self.serve(name, "-p", f"127.0.0.1:{first}-{first + 9}:80", text=name)
            self.assertEqual(self.published(name), {name + "\n"})
        ports = {self.places(name)[0][1] for name in ("one", "two")}
        self.assertEqual(len(ports), 2)
        self.assertTrue(all(first <= int(port) <= first + 9 for port in ports), ports)
        self.serve("all", "-P", "--expose", "80")
        self.assertEqual(self.published("all"), {"hello\n"})
        self.assertRegex(self.docker("ps", "--filter", "name=all"), r"0\.0\.0\.0:\d+->80/tcp")

    def test_ports_are_of_the_versions_of_ip_that_they_are_asked_for(self):
        self.docker("network", "create", "--ipv6", "--subnet", "fd00:beaf::/64", "both")
        ports = [harness.free_port() for _ in range(3)]
        places = {"all": f"{ports[0]}:80", "six": f"[::]:{ports[1]}:80", "four": f"0.0.0.0:{ports[2]}:80", "other": f"[::]:{ports[2]}:80"}
        for name, place in places.items():
            self.serve(name, "--network", "both", "-p", place, text=name)
        told = lambda name: self.docker("port", name, "80/tcp").split()
        self.assertEqual(told("all"), [f"0.0.0.0:{ports[0]}", f"[::]:{ports[0]}"])
        self.assertIn(f"0.0.0.0:{ports[0]}->80/tcp, [::]:{ports[0]}->80/tcp", self.docker("ps"))
        self.assertEqual([told(name) for name in ("six", "four")], [[f"[::]:{ports[1]}"], [f"0.0.0.0:{ports[2]}"]])
        for host, names in (("127.0.0.1", ("all", "four")), ("[fd00:beaf::1]", ("all", "six", "other"))):
            for name in names:
                place = f"{host}:{told(name)[0].rsplit(':', 1)[1]}"
                harness.wait_until(lambda place=place: answers(place), harness.SETTLE_S, f"{place} answers")
                self.assertEqual(answers(place), name + "\n")
        self.assertIsNone(answers(f"127.0.0.1:{ports[1]}"))
        refused = self.docker_error("run", "-p", f"[::]:{harness.free_port()}:80", self.image, code=125)
        self.assertIn("a port of [::] cannot be published: the container has no address of IPv6", refused)

    def test_a_killed_daemon_takes_nothing_along(self):
        self.docker("network", "create", "mine")
        self.serve("web", "--network", "mine", "-p", "127.0.0.1::80")
        before = (self.addresses("web"), self.places("web"))
        self.restart_daemon()
        self.assertEqual((self.addresses("web"), self.places("web")), before)
        self.assertEqual(self.fetch("mine", "web"), "hello\n")
        self.assertEqual(self.published("web"), {"hello\n"})
        self.assertNotIn("mine", self.docker("network", "prune", "-f"))
        port = before[1][0][1]
        self.assertIn("port is already allocated", self.docker_error("run", "-p", f"{port}:80", self.image, code=125))
        self.docker("restart", "-t", "0", "web")
        self.assertEqual(self.fetch("mine", "web"), "hello\n")

    def test_networks_are_changed_while_a_container_runs(self):
        self.docker("network", "create", "front")
        self.docker("network", "create", "back")
        self.serve("web", "--network", "front")
        self.docker("network", "connect", "--alias", "db", "back", "web")
        self.assertEqual(self.fetch("back", "db"), "hello\n")
        self.assertEqual(sorted(self.addresses("web")), ["back", "front"])
        self.docker("network", "disconnect", "back", "web")
        self.assertEqual(sorted(self.addresses("web")), ["front"])
        self.docker("run", "--rm", "--network", "back", self.image, "nslookup", "web", code=1)
        self.docker("network", "disconnect", "front", "web")
        self.docker("restart", "-t", "0", "web")
        self.assertEqual(self.addresses("web"), {})

    def at_once(self, *all_arguments):
        """Clients side by side: the exit code and the error of each."""
        clients = [
            subprocess.Popen(
                ["docker", *arguments],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
                env=self.environment,
            )
            for arguments in all_arguments
        ]
        errors = [client.communicate(timeout=harness.COMMAND_S)[1] for client in clients]
        return [client.returncode for client in clients], errors

    def test_changes_of_a_container_take_turns(self):
        for name in ("one", "two", "three"):
            self.docker("network", "create", name)
        self.docker("create", "--name", "web", self.image, "sleep", "1000")
        codes, errors = self.at_once(("start", "web"), *(("network", "connect", name, "web") for name in ("one", "two")))
        self.assertEqual(codes, [0, 0, 0], errors)
        self.assertEqual(sorted(self.addresses("web")), ["bridge", "one", "two"])
        self.assertEqual(len({address for address in self.addresses("web").values() if address}), 3)
        codes, errors = self.at_once(*[("network", "connect", "three", "web")] * 2)
        self.assertEqual(sorted(codes), [0, 1])
        self.assertIn("already exists in network three", "".join(errors))
        self.assertEqual(self.docker("exec", "web", "ls", "/sys/class/net").split(), ["eth0", "eth1", "eth2", "eth3", "lo"])

    def test_the_way_out_moves_to_another_network(self):
        self.docker("network", "create", "--internal", "inside")
        for name in ("one", "two"):
            self.docker("network", "create", name)
        self.serve("web", "--network", "inside", "-p", "127.0.0.1::80")
        self.docker("exec", "web", "ping", "-c", "1", "-W", "1", self.gateway("one"), code=1)
        self.assertEqual(self.docker("ps", "--format", "{{.Ports}}", "--filter", "name=web"), "\n")
        for name in ("one", "two"):
            self.docker("network", "connect", name, "web")
        self.docker("network", "disconnect", "inside", "web")
        self.assertEqual(self.published("web"), {"hello\n"})
        self.assertIn(f"default via {self.gateway('one')}", self.docker("exec", "web", "ip", "route"))
        before = self.addresses("web")["two"]
        self.docker("network", "disconnect", "one", "web")
        self.assertIn(f"default via {self.gateway('two')}", self.docker("exec", "web", "ip", "route"))
        self.assertEqual(self.addresses("web"), {"two": before})
        self.assertEqual(self.published("web"), {"hello\n"})
        self.docker("network", "connect", "inside", "web")
        self.docker("restart", "-t", "0", "web")
        self.assertEqual(self.published("web"), {"hello\n"})

    def test_who_has_no_way_out_has_none_by_the_name_server(self):
        """CVE-2024-29018: what the name server passes on would lead out of an internal network."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as elsewhere:
            elsewhere.bind((f"127.{os.getpid() % 200 + 20}.{os.getpid() // 200 % 200}.1", 53))
            self.docker("network", "create", "--internal", "inside")
            self.serve("web", "--network", "inside", "--dns", elsewhere.getsockname()[0])
            ask = ("exec", "web", "nslookup", "secret.example")
            self.docker(*ask, code=1)
            self.assertIn("Name:", self.docker("exec", "web", "nslookup", "web"))
            with self.assertRaises(BlockingIOError):
                elsewhere.recv(1, socket.MSG_DONTWAIT)
            self.docker("network", "create", "outside")
            self.docker("network", "connect", "outside", "web")
            self.docker(*ask, code=1)
            self.assertIn(b"secret", elsewhere.recv(512, socket.MSG_DONTWAIT))

    def send_frame(self, name, network, packet):
        """From a container that has CAP_NET_RAW to the bridge of its network."""
        bridge = pathlib.Path(f"/sys/class/net/br-{self.network(network)['Id'][:12]}")
        pathlib.Path(f"/proc/sys/net/ipv4/conf/{bridge.name}/rp_filter").write_text("0")
        hardware = (bridge / "address").read_text().strip().replace(":", "")
        inside = ["nsenter", "-t", str(self.container(name)["State"]["Pid"]), "-n"]
        send = [sys.executable, "-c", SEND_FRAME, hardware, packet.hex()]
        subprocess.run([*inside, *send], check=True, timeout=harness.COMMAND_S)

    def test_who_has_no_way_out_has_none_in_anothers_name(self):
        """CVE-2024-29018 once more: a container may put any address into a packet that it sends to its bridge."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as elsewhere:
            elsewhere.settimeout(harness.SETTLE_S)
            elsewhere.bind((f"127.{os.getpid() % 200 + 20}.{os.getpid() // 200 % 200}.2", 53))
            self.docker("network", "create", "--internal", "inside")
            self.docker("network", "create", "outside")
            self.docker("run", "-d", "--name", "in", "--network", "inside", self.image, "sleep", "1000")
            server = elsewhere.getsockname()[0]
            self.docker("run", "-d", "--name", "out", "--network", "outside", "--dns", server, self.image, "sleep", "1000")
            asks = (self.addresses("out")["outside"], self.gateway("outside"))
            self.send_frame("in", "inside", dns_packet(*asks, "secret.example"))
            self.send_frame("out", "outside", dns_packet(*asks, "allowed.example"))
            self.assertIn(b"allowed", elsewhere.recv(512))
            elsewhere.setblocking(False)
            with self.assertRaises(BlockingIOError):
                elsewhere.recv(1)

    def test_a_published_port_is_for_other_networks_too(self):
        self.docker("network", "create", "front")
        self.serve("web", "--network", "front", "-p", "80")
        port = self.docker("port", "web", "80").strip().rsplit(":", 1)[1]
        self.docker("network", "create", "later")  # whose rules come first
        for network in ("later", "bridge"):
            place = f"http://{self.gateway(network)}:{port}/"
            fetch = f"for i in $(seq 50); do timeout 2 wget -q -O - {place} && exit; usleep 100000; done; exit 1"
            self.assertEqual(self.docker("run", "--rm", "--network", network, self.image, "sh", "-c", fetch), "hello\n")
        address = next(iter(self.network("front")["Containers"].values()))["IPv4Address"].split("/")[0]
        direct = ["timeout", "2", "wget", "-q", "-O", "-", f"http://{address}/"]
        self.docker("run", "-d", "--name", "asks", "--network", "later", self.image, "sleep", "1000")
        self.assertEqual(self.docker("exec", "asks", *direct, code=None), "", "it is apart")

    def test_who_has_no_ipv6_gets_no_address_of_it(self):
        self.docker("network", "create", "--ipv6", "--subnet", "fd00:bead::/64", "both")
        self.docker("network", "create", "--ipv6", "--subnet", "fd00:beae::/64", "other")
        without = ("--sysctl", "net.ipv6.conf.all.disable_ipv6=1", "--network", "both")
        self.docker("run", "-d", "--name", "usual", "--network", "both", self.image, "sleep", "1000")
        self.docker("run", "-d", "--name", "old", *without, self.image, "sleep", "1000")
        self.docker("network", "connect", "other", "old")
        told = lambda name: {each["GlobalIPv6Address"] for each in self.container(name)["NetworkSettings"]["Networks"].values()}
        self.assertTrue(all(told("usual")))
        self.assertEqual(told("old"), {""})
        self.assertEqual(len(self.addresses("old")), 2)
        self.assertIn("inet6", self.docker("exec", "usual", "ip", "addr"))
        self.assertNotIn("inet6", self.docker("exec", "old", "ip", "addr"))

    def gateway(self, name):
        return self.network(name)["IPAM"]["Config"][0]["Gateway"]

    def test_other_kinds_of_network(self):
        self.serve("web", "--hostname", "of-web")
        guest = ("run", "--rm", "--network", "container:web", self.image)
        self.assertEqual(self.docker(*guest, "hostname"), "of-web\n")
        self.assertIn("of-web", self.docker(*guest, "cat", "/etc/hosts"))
        self.docker(*guest, "sh", "-c", "for i in $(seq 50); do wget -q -O - http://localhost/ && exit; usleep 100000; done")
        self.docker("stop", "-t", "0", "web")
        self.assertIn("non running container", self.docker_error(*guest, "hostname", code=125))
        self.assertNotIn("eth0", self.docker("run", "--rm", "--network", "none", self.image, "ip", "link"))
        nodes = ["run", "--rm", "--network", "host"]
        self.assertIn(self.node.docker_bridge, self.docker(*nodes, self.image, "ip", "link"))
        self.assertEqual(self.docker(*nodes, self.image, "hostname"), os.uname().nodename + "\n")
        self.assertEqual(self.docker(*nodes, "--hostname", "web", self.image, "hostname"), "web\n")
        self.assertNotEqual(os.uname().nodename, "web")

    def test_addresses_and_hosts(self):
        self.docker("network", "create", "--subnet", f"{self.node.docker_subnet}.240/28", "mine")
        fixed = f"{self.node.docker_subnet}.245"
        said = self.docker(
            "run", "--rm", "--network", "mine", "--ip", fixed, "--hostname", "me",
            "--add-host", "node:host-gateway", "--add-host", "db:192.0.2.7", self.image, "cat", "/etc/hosts"
        ).splitlines()  # fmt: skip
        self.assertIn(f"{fixed}\tme", said)
        self.assertIn("ff02::1\tip6-allnodes", said)
        self.assertIn(f"{self.node.docker_subnet}.241\tnode", said)
        self.assertIn("192.0.2.7\tdb", said)
        self.assertIn("no configured subnet", self.docker_error("create", "--network", "mine", "--ip", "192.0.2.1", self.image))
        self.assertIn("user defined networks only", self.docker_error("create", "--ip", fixed, self.image))
        self.docker("run", "-d", "--name", "has", "--network", "mine", "--ip", fixed, self.image, "sleep", "1000")
        refused = self.docker_error("run", "--network", "mine", "--ip", fixed, self.image, "true", code=125)
        self.assertIn("Address already in use", refused)
        self.docker("run", "-d", "--name", "wants", self.image, "sleep", "1000")
        self.assertIn("Address already in use", self.docker_error("network", "connect", "--ip", fixed, "mine", "wants"))

    def ask(self, name, host):
        """From inside that container, once the server is up."""
        patient = f"for i in $(seq 50); do wget -q -O - http://{host}/ && exit; usleep 100000; done; exit 1"
        return self.docker("exec", name, "sh", "-c", patient)

    def test_a_network_that_keeps_its_containers_apart(self):
        self.docker("network", "create", "-o", "com.docker.network.bridge.enable_icc=false", "apart")
        self.docker("network", "create", "together")
        self.serve("web", "--network", "apart", "--network", "together", "-p", "127.0.0.1::80")
        self.docker("run", "-d", "--name", "ask", "--network", "together", self.image, "sleep", "1000")
        self.docker("network", "connect", "apart", "ask")
        addresses = {name: each["IPAddress"] for name, each in self.container("web")["NetworkSettings"]["Networks"].items()}
        self.assertEqual(self.ask("ask", addresses["together"]), "hello\n")
        self.assertEqual(self.docker("exec", "ask", "timeout", "2", "wget", "-q", "-O", "-", f"http://{addresses['apart']}/", code=None), "")
        port = self.docker("port", "web", "80").strip().rsplit(":", 1)[1]
        self.assertEqual(answers(f"127.0.0.1:{port}"), "hello\n")
        self.assertEqual(self.network("apart")["Options"]["com.docker.network.bridge.enable_icc"], "false")
        self.restart_daemon()
        self.assertEqual(self.docker("exec", "ask", "timeout", "2", "wget", "-q", "-O", "-", f"http://{addresses['apart']}/", code=None), "")

    def test_links_in_the_default_network(self):
        self.serve("db", "--expose", "80", "-e", "VERSION=15")
        self.docker("run", "-d", "--name", "web", "--link", "db:store", "--link", "db", self.image, "sleep", "1000")
        for name in ("store", "db"):
            self.assertEqual(self.ask("web", name), "hello\n")
        told = self.docker("exec", "web", "env")
        address = self.container("db")["NetworkSettings"]["IPAddress"]
        self.assertIn(f"STORE_PORT_80_TCP=tcp://{address}:80\n", told)
        self.assertIn("STORE_NAME=/web/store\n", told)
        self.assertIn("DB_ENV_VERSION=15\n", told)
        self.assertIn("could not get container for none", self.docker_error("create", "--link", "none", self.image))
        self.docker("stop", "-t", "0", "db", "web")
        self.assertIn("Cannot link to a non running container: /db AS /web/store", self.docker_error("start", "web"))
        self.docker("start", "db", "web")
        self.assertEqual(self.ask("web", "store"), "hello\n")

    def test_a_full_network_says_so(self):
        self.docker("network", "create", "--subnet", "10.77.9.0/30", "tiny")
        self.docker("run", "-d", "--name", "one", "--network", "tiny", self.image, "sleep", "1000")
        refused = self.docker_error("run", "--name", "two", "--network", "tiny", self.image, "true", code=125)
        words = r"no available IPv4 addresses on this network's address pools: tiny \([0-9a-f]{64}\)"
        self.assertRegex(refused, words)
        self.docker("run", "-d", "--name", "three", self.image, "sleep", "1000")
        self.assertRegex(self.docker_error("network", "connect", "tiny", "three"), words)

    def test_what_is_not_there_is_said(self):
        self.assertIn("could not find plugin", self.docker_error("network", "create", "-d", "overlay", "x"))
        self.assertIn("network nowhere not found", self.docker_error("network", "rm", "nowhere"))
        self.assertIn("No such container", self.docker_error("network", "connect", "bridge", "nobody"))

    def test_prune_leaves_the_predefined(self):
        self.docker("network", "create", "front")
        self.assertIn("front", self.docker("network", "prune", "-f"))
        self.assertEqual(sorted(self.names()), ["bridge", "host", "none"])


if __name__ == "__main__":
    unittest.main()
