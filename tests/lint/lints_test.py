#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tests of the lints: each finds what it forbids and leaves the rest alone."""

import pathlib, sys, unittest

sys.dont_write_bytecode = True
sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent)]

import forbidden_calls, headers_alone, layers, sizes, text, untested_units  # noqa: E402
from tree import Tree, code_only  # noqa: E402

LICENSE = "// SPDX-License-Identifier: Apache-2.0\n"


class Case(unittest.TestCase):
    def complaints(self, lint, **files):
        tree = Tree({name.replace("__", "/").replace("_dot_", "."): t for name, t in files.items()})
        return list(lint.check(tree))

    def check(self, lint, files):
        return list(lint.check(Tree(files)))


class CodeOnly(Case):
    def test_blanks_comments_and_strings(self):
        code = code_only("a(); // fork()\nb(\"fork()\"); /* fork(\n) */ c('\\'');")
        self.assertEqual(code, 'a();          \nb("      ");         \n     c(\'  \');')

    def test_knows_raw_strings_and_separators(self):
        self.assertNotIn("fork", code_only('x = R"(fork()")";'))
        self.assertIn("fork", code_only("int n = 1'000; fork(); int m = 2'000;"))


class Layers(Case):
    RULES = "base/sys : linux\nbase : base/sys absl\nruntime/shim : base/sys\nruntime : base absl\n"

    def found(self, path, include):
        return self.check(layers, {layers.RULES: self.RULES, path: f"#include {include}\n"})

    def test_allows_what_is_listed(self):
        for path, include in (
            ("base/a.cc", '"base/sys/fd.h"'),
            ("base/a.cc", "<vector>"),
            ("base/a.cc", "<sys/stat.h>"),
            ("base/sys/a.cc", "<linux/bpf.h>"),
            ("runtime/a.cc", '"runtime/b.h"'),
            ("runtime/a.cc", '"absl/time/time.h"'),
        ):
            self.assertEqual(self.found(path, include), [], (path, include))

    def test_lets_a_folder_be_entered_by_its_door_only(self):
        rules = {layers.RULES: "runtime : base\ncri : runtime/door.h\n"}
        for header, complaints in (("door", 0), ("pod", 1)):
            code = {"cri/a.cc": f'#include "runtime/{header}.h"\n'}
            self.assertEqual(len(self.check(layers, {**rules, **code})), complaints, header)

    def test_refuses_the_rest(self):
        for path, include in (
            ("base/sys/a.cc", '"absl/time/time.h"'),
            ("base/sys/a.cc", '"base/log.h"'),
            ("base/a.cc", "<linux/bpf.h>"),
            ("base/a.cc", "<sqlite3.h>"),
            ("base/a.cc", '"tests/support/temp_dir.h"'),
            ("runtime/shim/a.cc", '"runtime/pod.h"'),
            ("runtime/a.cc", '"runtime/shim/loop.h"'),
            ("runtime/a.cc", '"pod.h"'),
            ("imageservice/a.cc", '"base/log.h"'),
        ):
            self.assertEqual(len(self.found(path, include)), 1, (path, include))


class Sizes(Case):
    def test_counts_functions(self):
        body = "x();\n" * 58
        for head in ("void F() {", "A::A(int b)\n    : b_(b) {", "TEST(A, B) {", "auto F() -> int {"):
            self.assertEqual(self.check(sizes, {"base/a.cc": f"{head}\n{body}}}\n"}), [], head)
            long = self.check(sizes, {"base/a.cc": f"{head}\n{body}y();\n}}\n"})
            self.assertEqual(len(long), 1, head)

    def test_counts_no_namespaces_types_or_tables(self):
        body = "int x();\n" * 70
        for head in ("namespace a {", "class A : public B {", "constexpr T kT[] = {", "enum class E {"):
            self.assertEqual(self.check(sizes, {"base/a.cc": f"{head}\n{body}}};\n"}), [], head)

    def test_counts_a_function_inside_a_class(self):
        text_ = "namespace a {\nclass A {\n void F() {\n" + "x();\n" * 70 + "}\n};\n}\n"
        self.assertEqual(len(self.check(sizes, {"base/a.h": text_})), 1)

    def test_counts_files_and_python(self):
        self.assertEqual(len(self.check(sizes, {"base/a.h": "\n" * 501})), 1)
        self.assertEqual(self.check(sizes, {"docs/a.md": "\n" * 501}), [])
        self.assertEqual(len(self.check(sizes, {"tests/a.py": "def f():\n" + " x()\n" * 60})), 1)


class ForbiddenCalls(Case):
    def found(self, path, code):
        return self.check(forbidden_calls, {path: code})

    def test_finds_calls_and_includes(self):
        for path, code in (
            ("runtime/a.cc", "if (fork() == 0) {"),
            ("runtime/a.cc", "::unshare(flags);"),
            ("cri/a.cc", "setuid(0);"),
            ("cri/a.cc", "system(command);"),
            ("base/a.cc", "int fd = open(path, 0);"),
            ("runtime/shim/a.cc", "mount(a, b, c, 0, d);"),
            ("runtime/a.cc", "#include <sys/mount.h>\n"),
            ("runtime/a.cc", "#include <linux/bpf.h>\n"),
            ("cri/a.cc", "#include <fstream>\n"),
            ("cri/a.cc", "const absl::Time end = absl::Now() + grace;"),
            ("cri/a.cc", "absl::FromUnixNanos(absl::GetCurrentTimeNanos()) + grace"),
            ("imageservice/a.h", "const SystemClock clock_;"),
            ("cri/a.cc", "mutex_.AwaitWithDeadline(condition, end);"),
            ("tests/unit/a_test.cc", "absl::SleepFor(x);"),
            ("tests/integration/a.py", "time.sleep(1)"),
        ):
            self.assertEqual(len(self.found(path, code)), 1, (path, code))

    def test_leaves_the_rest_alone(self):
        for path, code in (
            ("base/sys/a.cc", "#include <sched.h>\nunshare(0); open(path, 0);"),
            ("runtime/shim/a.cc", "setns(fd, 0);"),
            ("base/a.cc", "file.open(path); Reopen(path); sys::mount(x); stream->open(x);"),
            ("base/a.cc", "struct stat info; bool open() const; // fork()"),
            ("base/a.cc", "open(path, 0);  // NOLINT(forbidden-call) the reason"),
            ("tests/kernel/a_test.cc", "fork(); open(path, 0);"),
            ("base/log.cc", "absl::Now()"),
            ("cri/a.cc", "const SteadyClock clock_;"),
            ("tests/integration/a.py", "time.sleep(0.02)  # between two polls"),
        ):
            self.assertEqual(self.found(path, code), [], (path, code))


    def test_threads_come_from_one_place(self):
        for code in (
            "thread_ = std::thread([this] { Run(); });",
            "std::thread worker([] {});",
            "std::vector<std::thread> all;\nall.emplace_back([] {});",
        ):
            self.assertEqual(len(self.found("cri/a.cc", code)), 1, code)
            self.assertEqual(self.found("base/thread.cc", code), [])
        member = {"cri/a.h": "std::thread work_;", "cri/a.cc": "A::A() : work_([this] { Run(); }) {}"}
        self.assertEqual(len(self.check(forbidden_calls, member)), 1)
        for code in (
            "for (std::thread& thread : threads_) {\n  thread.join();\n}",
            "absl::StatusOr<std::thread> thread = StartThread(name, [] {});",
            "std::thread work_ = StartLastingThread(name, [] {});",
        ):
            self.assertEqual(self.found("cri/a.cc", code), [], code)


class UntestedUnits(Case):
    def test_wants_a_test_for_each_unit(self):
        files = {"base/a.cc": "", "base/b.cc": "", "base/c.cc": "", "cri/main.cc": "", "base/d.h": ""}
        tests = {"tests/unit/base/a_test.cc": "", "tests/kernel/base/b_more_test.cc": ""}
        found = self.check(untested_units, {**files, **tests})
        self.assertEqual([c.split(":")[0] for c in found], ["base/c.cc"])

    def test_wants_a_unit_for_each_test(self):
        units = {"base/a.h": "", "base/b_c.cc": "", "tests/support/e.h": ""}
        tests = ("unit/base/a", "kernel/base/b_c_more", "kernel/support/e", "unit/base/b", "unit/cri/a")
        files = {**units, **{f"tests/{test}_test.cc": "" for test in tests}, "tests/unit/base/b_c_test.cc": ""}
        found = self.check(untested_units, files)
        self.assertEqual([c.split(":")[0] for c in found], ["tests/unit/base/b_test.cc", "tests/unit/cri/a_test.cc"])

    def test_keeps_the_exceptions_true(self):
        listed = "".join(f"base/{unit}.cc tests/unit/base/b_test.cc\n" for unit in "abc") + "base/d.cc\n"
        files = {"base/a.cc": "", "base/b.cc": "", "base/d.cc": "", "tests/unit/base/b_test.cc": ""}
        found = self.check(untested_units, {untested_units.EXCEPTIONS: listed, **files})
        self.assertEqual(len(found), 3)  # b has a test, c does not exist, d names no test


class HeadersAlone(Case):
    def test_takes_a_source_that_includes_it_first_for_proof(self):
        complaints, alone = headers_alone.split(
            Tree(
                {
                    "base/a.h": "",
                    "base/a.cc": '#include "base/a.h"\n',
                    "base/b.h": "",
                    "base/b.cc": '#include <vector>\n#include "base/b.h"\n',
                    "base/c.h": "",
                }
            )
        )
        self.assertEqual(len(complaints), 1)
        self.assertEqual(alone, ["base/c.h"])


class Text(Case):
    def found(self, path, content):
        return self.check(text, {path: content})

    def test_finds(self):
        for path, content in (
            ("base/a.cc", "int a;\n"),
            ("tests/run", "#!/bin/bash\n"),
            ("base/a.cc", LICENSE + "// TO" + "DO: more\n"),
            ("docs/a.md", "FIX" + "ME\n"),
            ("base/a.cc", LICENSE + "class PodManager {};\n"),
            ("base/string_util.h", LICENSE),
            ("base/a.cc", LICENSE + "int a; \n"),
            ("base/a.cc", LICENSE + "int a;"),
            ("base/a.cc", LICENSE + "<" * 7 + " HEAD\n"),
        ):
            self.assertEqual(len(self.found(path, content)), 1, (path, content))

    def test_leaves_the_rest_alone(self):
        for path, content in (
            ("base/a.cc", LICENSE + "class Pod {};\n"),
            ("base/database.h", LICENSE + "struct Database {};\nenum class Kind { kData };\n"),
            ("runtime/a.cc", LICENSE + "// class PodManager\n"),
            ("docs/a.md", "a line  \n"),
        ):
            self.assertEqual(self.found(path, content), [], (path, content))


if __name__ == "__main__":
    unittest.main()
