#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fails when a unit x.cc has no test, or a test no unit.

The test of folder/x.cc is folder/x_test.cc below tests/unit or tests/kernel; x_<more>_test.cc counts
too. untested_units.txt lists the units that another test covers, each with the path of that test; it
has no line for a unit that has a test of its own or is gone.
"""

import re

import tree as trees

EXCEPTIONS = "tests/lint/untested_units.txt"
KINDS = ("tests/unit/", "tests/kernel/")


def units(tree):
    return [p for p in tree.cpp() if p.endswith(".cc") and not p.endswith("/main.cc")]


def is_tested(tree, unit):
    name = re.escape(unit.removesuffix(".cc"))
    test = re.compile(f"(?:{'|'.join(KINDS)}){name}(?:_[a-z0-9_]+)?_test\\.cc")
    return any(test.fullmatch(path) for path in tree.files)


def has_unit(tree, test):
    """Whether x.h or x.cc exists for x_test.cc or x_<more>_test.cc."""
    path = test.removeprefix(KINDS[0]).removeprefix(KINDS[1]).removesuffix("_test.cc")
    if path.startswith("support/"):
        path = "tests/" + path
    folder, _, name = path.rpartition("/")
    words = name.split("_")
    stems = (f"{folder}/{'_'.join(words[:count])}" for count in range(len(words), 0, -1))
    return any(stem + end in tree.files for stem in stems for end in (".h", ".cc"))


def check(tree):
    excepted = trees.entries(tree.files.get(EXCEPTIONS, ""))
    all_units = units(tree)
    for unit in all_units:
        tested = is_tested(tree, unit)
        if not tested and unit not in excepted:
            yield f"{unit}:1: no test: tests/unit/{unit.removesuffix('.cc')}_test.cc or tests/kernel/…"
        if tested and unit in excepted:
            yield f"{EXCEPTIONS}: {unit} has a test now"
    for path in tree.files:
        if path.startswith(KINDS) and path.endswith("_test.cc") and not has_unit(tree, path):
            yield f"{path}:1: there is no unit of this name to test"
    for unit, reason in excepted.items():
        if unit not in all_units:
            yield f"{EXCEPTIONS}: {unit} does not exist"
        if reason.partition(" ")[0] not in tree.files:
            yield f"{EXCEPTIONS}: {unit} is listed without the path of the test that covers it"


if __name__ == "__main__":
    trees.main(check)
