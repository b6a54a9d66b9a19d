#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The metrics, as promtool checks them and a real Prometheus scrapes them."""

import json, pathlib, subprocess, sys, unittest, urllib.parse, urllib.request

sys.dont_write_bytecode = True
sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent)]

from harness import NodeTest, free_port, wait_until  # noqa: E402


class MetricsTest(NodeTest):
    metrics = True

    def setUp(self):
        super().setUp()
        self.node.berth("run", "-d", "--name", "busy", self.image, "sleep", "1000")

    def scrape(self):
        return urllib.request.urlopen(f"http://{self.node.metrics}/metrics", timeout=10).read().decode()

    def test_promtool_finds_nothing_to_say(self):
        done = subprocess.run(
            ["promtool", "check", "metrics"], input=self.scrape(), capture_output=True, text=True
        )
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))

    def test_the_figures_are_those_of_the_node(self):
        page = self.scrape()
        for line in (
            'berth_pods{state="ready"} 1',
            'berth_containers{state="running"} 1',
            "berth_shims 1",
            'berth_rpcs_total{code="OK",method="RunPodSandbox"} ',
            "berth_image_pulled_bytes_total ",
            'container="busy"',
        ):
            self.assertIn(line, page)

    def test_prometheus_scrapes_it(self):
        port, directory = free_port(), self.node.directory / "prometheus"
        directory.mkdir()
        self.addCleanup(subprocess.run, ["rm", "-rf", directory])
        (directory / "p.yml").write_text(
            "global: {scrape_interval: 1s}\nscrape_configs:\n- job_name: berth\n"
            f"  static_configs: [{{targets: ['{self.node.metrics}']}}]\n"
        )
        server = subprocess.Popen(
            ["prometheus", f"--config.file={directory}/p.yml", f"--storage.tsdb.path={directory}/data",
             f"--web.listen-address=127.0.0.1:{port}"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.addCleanup(server.wait)
        self.addCleanup(server.terminate)
        wait_until(lambda: query(port, "berth_shims") == ["1"], 60, "Prometheus knows the shims")
        self.assertEqual(query(port, 'up{job="berth"}'), ["1"])


def query(port, expression):
    url = f"http://127.0.0.1:{port}/api/v1/query?" + urllib.parse.urlencode({"query": expression})
    try:
        answer = json.load(urllib.request.urlopen(url, timeout=5))
    except OSError:
        return []
    return [row["value"][1] for row in answer["data"]["result"]]


if __name__ == "__main__":
    unittest.main()
