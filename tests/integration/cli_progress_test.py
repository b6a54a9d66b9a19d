# SPDX-License-Identifier: Apache-2.0
"""How `berth` shows on a terminal what goes on: builds as BuildKit's clients do, pulls and pushes with bars."""

import re, signal, unittest

import harness
from docker_node import DockerTest
from screen import Screen
from terminal import Terminal

STAGES = """FROM {image} AS one
RUN echo one > /one
FROM {image} AS two
RUN echo two > /two
FROM {image}
COPY --from=one /one /
COPY --from=two /two /
"""


class CliProgressTest(DockerTest):
    images = ("busybox",)

    def setUp(self):
        super().setUp()
        self.context = self.temporary_directory("berth-context-")
        self.addCleanup(self.forget_builds)

    def dockerfile(self, *lines):
        (self.context / "Dockerfile").write_text("\n".join([f"FROM {self.image}", *lines, ""]))

    def terminal(self, *arguments, rows=33, columns=121, **environment):
        environment = {**self.node.environment(), "TERM": "xterm", **environment}
        made = Terminal([harness.binaries() / "berth", *arguments], environment, rows, columns)
        self.addCleanup(made.close)
        return made, Screen(rows, columns)

    def build(self, *options, **terminal):
        return self.terminal("build", *options, "-t", self.fleeting("progress:1"), self.context, **terminal)

    def built(self, *options, code=0, **terminal):
        client, screen = self.build(*options, **terminal)
        self.assertEqual(client.show_all(screen), code, screen.text)
        return screen

    def test_a_build(self):
        (self.context / "Dockerfile").write_text(STAGES.format(image=self.image))
        screen = self.built()
        self.assertRegex(screen.lines[0], r"^\[\+\] Building \d+\.\ds \(8/8\) FINISHED$")
        self.assertRegex(screen.lines[1], r"^ => \[[13]/7\] FROM .* \d+\.\ds$")
        for step in ("[2/7] RUN echo one > /one", "[4/7] RUN echo two > /two", "[7/7] COPY --from=two /two /"):
            line = screen.find(re.escape(step))
            self.assertRegex(line, r"  \d+\.\ds$")
            self.assertEqual(len(line), 120)
        self.assertIsNotNone(screen.find("^ => => naming to progress:1$"))
        self.assertEqual((screen.row, screen.column), (len(screen.lines) - 1, 0))
        self.assertIn("34", screen.colours)
        again = self.built(NO_COLOR="1")
        self.assertIsNotNone(again.find(r"^ => CACHED \[2/7\] RUN echo one > /one "))
        self.assertEqual(again.colours, set())

    def test_what_runs_is_seen_until_it_is_broken_off(self):
        self.dockerfile(r"RUN printf 'a\033[2Jb\033]0;t\007c \033[31mred\033[0m\n\rend'; while :; do sleep 1; done")
        client, screen = self.build()
        client.show(screen, lambda shown: shown.find("^ => => # end$"))
        self.assertIsNotNone(screen.find("^ => => # abc red$"))
        seconds = set()
        client.show(screen, lambda shown: (seconds.add(shown.find(r"\[2/2\] RUN")), len(seconds) > 2)[1])
        client.resize(20, 60)
        client.show(screen, lambda shown: len(shown.find(r"\[2/2\] RUN")) == 59)
        client.type(b"\x03")
        self.assertEqual(client.show_all(screen), -signal.SIGINT)
        self.assertEqual(screen.row, len(screen.lines) - 1)

    def test_a_failure_shows_all_that_its_step_has_said(self):
        self.dockerfile("RUN seq 1 50; echo 'no \033[31mway'; exit 9")
        screen = self.built(code=9, rows=10)
        self.assertIsNotNone(screen.find(r"^ => ERROR \[2/2\] RUN seq 1 50"))
        start = screen.lines.index("------")
        self.assertRegex(screen.lines[start + 1], r"^ > \[2/2\] RUN seq 1 50.*:$")
        self.assertEqual([re.sub(r"^\d+\.\d+ ", "", line) for line in screen.lines[start + 2 : start + 52]], [str(i) for i in range(1, 51)])
        self.assertRegex(screen.lines[start + 52], r"^\d+\.\d+ no way$")
        self.assertEqual(screen.lines[start + 53], "------")
        self.assertIsNotNone(screen.find("2 | >>> RUN seq"))
        self.assertIn("non-zero code: 9", screen.text)

    def test_a_small_terminal(self):
        self.dockerfile(*[f"ENV A{i}={'x' * 50}" for i in range(20)], r"RUN seq 1 9; echo ready; while :; do sleep 1; done")
        client, screen = self.build(rows=8, columns=40)
        client.show(screen, lambda shown: shown.find("^ => => # ready$"))
        shown = [line for line in screen.lines if line]
        self.assertLessEqual(len(shown), 7)
        self.assertLess(max(map(len, shown)), 40)
        client.type(b"\x03")
        client.show_all(screen)

    def test_plain_lines(self):
        self.dockerfile("RUN echo said")
        for options, environment in ((("--progress=plain",), {}), ((), {"TERM": "dumb"}), ((), {"BUILDKIT_PROGRESS": "plain"})):
            screen = self.built(*options, **environment)
            self.assertRegex(screen.lines[0], f"^Step 1/2 : FROM {re.escape(self.image)}$")
            self.assertIsNotNone(screen.find("^Successfully tagged progress:1$"))
            self.assertEqual(screen.colours, set())
        for options in (("-q",), ("--progress=quiet",)):
            self.assertRegex(self.built(*options).text, r"^sha256:[0-9a-f]{64}\n$")
        built = self.node.berth("build", "-t", self.fleeting("progress:1"), self.context)
        self.assertIn("Successfully tagged", built)
        self.assertNotIn("\x1b", built)
        for options, why in {
            ("--progress=tty",): "no terminal",
            ("--progress=rawjson",): "rawjson",
            ("--progress=fancy",): "fancy",
            ("--progress=plain", "-q"): "cannot be used together",
        }.items():
            self.assertIn(why, self.node.berth_error("build", *options, self.context))

    def test_a_refusal_shows_nothing_else(self):
        (self.context / "Dockerfile").write_text("NONSENSE\n")
        screen = self.built(code=1)
        self.assertIsNone(screen.find("Building"), screen.text)
        self.assertIn("NONSENSE", screen.text)

    def test_push_and_pull(self):
        """With more layers than the terminal has rows, in less than their lines are long."""
        name = self.fleeting(f"{self.registry.address}/progress:1")
        self.dockerfile(*[f"RUN head -c 200000 /dev/urandom > /{i}" for i in range(8)])
        self.node.berth("build", "-q", "-t", name, self.context)
        pushed = self.layers("push", name, "Pushed|Mounted from .*|Layer already exists")
        self.assertEqual(len(pushed), 9)
        self.assertEqual(self.layers("push", name, "Layer already exists"), pushed)
        self.docker("rmi", "-f", name)
        self.forget_builds()
        self.layers("pull", name, "Pull complete")  # of those that had gone by then

    def layers(self, verb, name, outcome):
        client, screen = self.terminal(verb, name, rows=6, columns=40)
        self.assertEqual(client.show_all(screen), 0, screen.text)
        self.assertIsNotNone(screen.find("[dD]igest: sha256:"), screen.text)
        layers = [line for line in screen.lines if re.match("[0-9a-f]{12}: ", line)]
        for line in layers:
            self.assertRegex(line, f"^[0-9a-f]{{12}}: ({outcome})$")
        self.assertEqual(len({line[:12] for line in layers}), len(layers), screen.text)
        return {line[:12] for line in layers}



if __name__ == "__main__":
    unittest.main()
