#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The metrics, as promtool checks them and a real Prometheus scrapes them."""

import json, pathlib, re, subprocess, sys, tempfile, unittest, urllib.parse, urllib.request

sys.dont_write_bytecode = True
sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent)]

from harness import REPOSITORY, NodeTest, free_port, wait_until  # noqa: E402


class MetricsTest(NodeTest):
    metrics = True
    maxDiff = None

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

    def test_a_real_scrape_has_what_is_documented(self):
        self.node.berth("exec", "busy", "true")
        self.lose_a_container_to_the_memory_killer()
        self.assertEqual(rows_of(self.scrape()), documented_rows())

    def test_the_memory_killer_is_counted(self):
        before = figure(self.scrape(), "berth_container_oom_kills_total")
        self.lose_a_container_to_the_memory_killer()
        self.assertEqual(figure(self.scrape(), "berth_container_oom_kills_total"), before + 1)

    def test_a_pods_network_figures_grow(self):
        names = [f"berth_pod_network_{way}_{what}_total" for way in ("receive", "transmit")
                 for what in ("packets", "bytes")]  # fmt: skip
        of_pod = '{namespace="default",pod="busy"}'
        before = self.scrape()
        self.node.berth("exec", "busy", "ping", "-c", "3", f"{self.node.subnet}.1")
        after = self.scrape()
        for name in names:
            grown = figure(after, name + of_pod) - figure(before, name + of_pod)
            self.assertGreaterEqual(grown, 3 if "packets" in name else 3 * 64, name)

    def lose_a_container_to_the_memory_killer(self):
        self.node.berth("run", "--rm", "-m", "16m", self.image, "tail", "/dev/zero", code=137)

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


class RulesTest(unittest.TestCase):
    """What deploy/monitoring gives to Prometheus."""

    directory = REPOSITORY / "deploy/monitoring"

    def promtool(self, *arguments):
        done = subprocess.run(["promtool", "check", *arguments], cwd=self.directory, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_prometheus_takes_it(self):
        self.promtool("config", "prometheus.yml")
        self.promtool("rules", "alerts.yml")
        panels = json.loads((self.directory / "dashboard.json").read_text())["panels"]
        rules = [
            {"record": "x", "expr": target["expr"]} for panel in panels for target in panel["targets"]
        ]
        with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:  # JSON is YAML
            json.dump({"groups": [{"name": "x", "rules": rules}]}, file)
            file.flush()
            self.promtool("rules", "--lint=none", file.name)

    def test_it_asks_for_what_there_is(self):
        known = documented_rows()
        series = {*known, *(f"{name}_bucket" for name, (kind, _) in known.items() if kind == "histogram")}
        for name in ("alerts.yml", "dashboard.json"):
            named = set(re.findall(r"\b(?:berth|process)_\w+", (self.directory / name).read_text()))
            self.assertGreater(len(named), 5)
            self.assertLessEqual(named, series, name)


def documented_rows():
    """Name -> (type, labels), of the tables in docs/METRICS.md."""
    text = (REPOSITORY / "docs/METRICS.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| ([\w, ]*?) *\|", text, re.M)
    return {name: (kind, frozenset(filter(None, labels.split(", ")))) for name, kind, labels in rows}


def rows_of(page):
    """The same of a scrape. `le` is not a label of a histogram but of its buckets."""
    kinds = dict(re.findall(r"^# TYPE (\w+) (\w+)", page, re.M))
    rows = {}
    for series, labels in re.findall(r"^(\w+)(?:\{(.*)\})? ", page, re.M):
        name = series if series in kinds else re.sub("_(bucket|sum|count)$", "", series)
        keys = frozenset(re.findall(r'(\w+)="', labels)) - {"le"}
        rows[name] = (kinds[name], keys | rows.get(name, (None, frozenset()))[1])
    return rows


def figure(page, series):
    [value] = re.findall(rf"^{re.escape(series)} (\S+)$", page, re.M)
    return float(value)


def query(port, expression):
    url = f"http://127.0.0.1:{port}/api/v1/query?" + urllib.parse.urlencode({"query": expression})
    try:
        answer = json.load(urllib.request.urlopen(url, timeout=5))
    except OSError:
        return []
    return [row["value"][1] for row in answer["data"]["result"]]


if __name__ == "__main__":
    unittest.main()
