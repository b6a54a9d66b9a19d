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
        self.assertRegex(screen.lines[1], r"^ => \[(one|two) 1/2\] FROM .* \d+\.\ds$")
        for step in ("[one 2/2] RUN echo one > /one", "[two 2/2] RUN echo two > /two", "[stage-2 3/3] COPY --from=two /two /"):
            line = screen.find(re.escape(step))
            self.assertRegex(line, r"  \d+\.\ds$")
            self.assertEqual(len(line), 120)
        self.assertIsNotNone(screen.find("^ => => naming to docker.io/library/progress:1$"))
        self.assertEqual((screen.row, screen.column), (len(screen.lines) - 1, 0))
        self.assertIn("34", screen.colours)
        again = self.built(NO_COLOR="1")
        self.assertIsNotNone(again.find(r"^ => CACHED \[one 2/2\] RUN echo one > /one "))
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
            self.assertEqual(screen.lines[0], f"#1 [1/2] FROM {self.image}")
            self.assertIsNotNone(screen.find("^#3 naming to docker.io/library/progress:1 done$"))
            self.assertEqual(screen.colours, set())
        for options in (("-q",), ("--progress=quiet",)):
            self.assertRegex(self.built(*options).text, r"^sha256:[0-9a-f]{64}\n$")
        built = self.node.berth("build", "-t", self.fleeting("progress:1"), self.context)
        id = self.inspect("progress:1")["Id"]
        self.assertRegex(built, rf"#2 \[2/2\] RUN echo said\n#2 CACHED\n\n#3 exporting to image\n#3 writing image {id} done\n#3 naming to")
        for options, why in {
            ("--progress=tty",): "no terminal",
            ("--progress=rawjson",): "rawjson",
            ("--progress=fancy",): "fancy",
            ("--progress=plain", "-q"): "cannot be used together",
        }.items():
            self.assertIn(why, self.node.berth_error("build", *options, self.context))

    def test_plain_lines_of_stages(self):
        (self.context / "Dockerfile").write_text(STAGES.format(image=self.image).replace("echo one", r"printf 'a\033[31mb\033]0;t\007c\001\n'; echo one"))
        lines = self.node.berth("build", "-t", self.fleeting("progress:1"), self.context).splitlines()
        step = next(line for line in lines if "[one 2/2] RUN" in line).split()[0]
        said = [line for line in lines if line.startswith(f"{step} ") and not line.endswith("...") and "[one" not in line]
        self.assertRegex("\n".join(said), rf"^{step} \d\.\d\d\d abc\?\n{step} DONE \d+\.\ds$")
        named = [re.search(r"\[([^]]*)\]", line)[1] for line in lines if re.match(r"#\d+ \[", line)]
        self.assertLessEqual({"one 1/2", "two 1/2", "two 2/2", "stage-2 1/3", "stage-2 3/3"}, set(named))
        self.assertNotIn("\x1b", "".join(lines))
        self.assertRegex(lines[-1], r"^#8 DONE \d+\.\ds$")

    def test_a_failure_in_plain_lines(self):
        self.dockerfile("RUN seq 1 50; echo 'no way'; exit 9")
        done = self.node.run([harness.binaries() / "berth", "build", self.context], 9)
        step, _, end = done.stdout.partition("#2 ERROR: ")
        self.assertEqual(len(re.findall(r"^#2 \d+\.\d\d\d (\d+|no way)$", step, re.MULTILINE)), 51)
        lines = end.splitlines()
        self.assertIn("returned a non-zero code: 9", lines[0])
        self.assertEqual(lines[1], "------")
        self.assertRegex(lines[2], r"^ > \[2/2\] RUN seq 1 50.*:$")
        self.assertEqual([line.split(" ", 1)[1] for line in lines[3:13]], [*map(str, range(42, 51)), "no way"])
        self.assertEqual(lines[13], "------")
        self.assertIn("2 | >>> RUN seq", end)
        self.assertIn("returned a non-zero code: 9", done.stderr)

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
