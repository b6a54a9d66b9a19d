#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Pods on a network made by real CNI plugins; a real service in one of them."""

import pathlib, sys, unittest, urllib.request

sys.dont_write_bytecode = True
sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent)]

from harness import NodeTest, free_port, wait_until  # noqa: E402


class NetworkTest(NodeTest):
    images = ("busybox", "nginx", "debian")

    def setUp(self):
        super().setUp()
        self.addCleanup(self.remove_images)

    def remove_images(self):
        self.node.remove_pods()
        for name in ("nginx", "debian"):
            self.node.berth("rmi", "-f", f"{self.registry.address}/{name}:latest", code=None)

    def address(self, pod):
        return self.node.json("inspect", pod, "--type", "pod")[0]["status"]["network"]["ip"]

    def serve(self, name, *options):
        self.node.berth(
            "run", "-d", "--name", name, *options, self.image,
            "sh", "-c", f"mkdir /w; echo {name} > /w/index.html; exec httpd -f -p 80 -h /w",
        )  # fmt: skip
        return self.address(name)

    def fetch_from_pod(self, url):
        return self.node.berth(
            "run", "--rm", self.image, "sh", "-c",
            f"for i in $(seq 50); do wget -q -O - {url} && exit 0; usleep 100000; done; exit 1",
        )  # fmt: skip

    def test_a_pod_reaches_another_by_its_address(self):
        address = self.serve("server")
        self.assertEqual(self.fetch_from_pod(f"http://{address}/"), "server\n")

    def test_two_containers_of_a_pod_talk_over_localhost(self):
        self.serve("pair")
        said = self.node.berth(
            "run", "--rm", "--pod", "pair", "--name", "client", self.image, "sh", "-c",
            "for i in $(seq 50); do wget -q -O - http://127.0.0.1/ && exit 0; usleep 100000; done; exit 1",
        )  # fmt: skip
        self.assertEqual(said, "pair\n")

    def test_a_host_port_leads_into_the_pod_and_goes_with_it(self):
        port = free_port()
        self.serve("published", "-p", f"{port}:80")
        self.assertEqual(fetch(f"http://127.0.0.1:{port}/"), b"published\n")
        self.node.berth("rm", "-f", "--type", "pod", "published")
        with self.assertRaises(OSError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5)

    def test_nginx_of_debian_serves(self):
        port = free_port()
        image = f"{self.registry.address}/nginx:latest"
        self.node.berth("run", "-d", "--name", "nginx", "-p", f"{port}:80", image)
        self.assertIn(b"nginx", fetch(f"http://127.0.0.1:{port}/"))
        self.assertIn("nginx", self.fetch_from_pod(f"http://{self.address('nginx')}/"))

    def test_a_whole_debian_runs(self):
        image = f"{self.registry.address}/debian:latest"
        said = self.node.berth("run", "--rm", image, "sh", "-c", ". /etc/os-release; echo $ID; dpkg -l | wc -l")
        self.assertEqual(said.split()[0], "debian")
        self.assertGreater(int(said.split()[1]), 50)

    def test_an_address_is_free_again_after_a_failed_plugin(self):
        self.append_plugin({"type": "no-such-plugin"})
        error = self.node.berth_error("run", "-d", self.image, "true", code=125)
        self.assertIn("no-such-plugin", error)

    def test_no_configuration_is_reported_and_its_return_seen(self):
        path = self.node.directory / "cni/10-test.conflist"
        good = path.read_text()
        path.unlink()
        self.addCleanup(path.write_text, good)
        info = self.node.berth("info", "--format", "json")
        self.assertIn("NetworkPluginNotReady", info)
        path.write_text(good)
        self.node.berth("run", "--rm", self.image, "true")

    def test_a_pod_is_removed_after_its_configuration_is_gone(self):
        self.serve("left")
        path = self.node.directory / "cni/10-test.conflist"
        good = path.read_text()
        path.unlink()
        self.addCleanup(path.write_text, good)
        self.node.berth("rm", "-f", "--type", "pod", "left")


def fetch(url):
    result = []

    def answers():
        try:
            result.append(urllib.request.urlopen(url, timeout=5).read())
        except OSError:
            return False
        return True

    wait_until(answers, 20, f"{url} answers")
    return result[-1]


if __name__ == "__main__":
    unittest.main()
