#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fails for a file without its license line, unfinished work, names that say nothing, stray blanks."""

import re

import tree as trees

LICENSE_LINE = "SPDX-License-Identifier: Apache-2.0"
LICENSED = (".h", ".cc", ".py", ".sh", ".proto", ".cc.in")
OURS = ("base/", "cmake/", "cri/", "deploy/", "docs/", "imageservice/", "metrics/", "proto/", "runtime/", "tests/")
SELF = "tests/lint/"  # speaks of what it forbids

UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|(?i:\b(not implemented yet|work in progress|for the time being)\b)")
MERGE_MARKER = re.compile(r"^(<{7}|>{7}|={7})( |$)", re.M)
TRAILING = re.compile(r"[ \t\r]+$", re.M)
EMPTY_NAME = r"\w*(?:Manager|Helper|Helpers|Util|Utils|Common|Impl|Handler|Data|Info|Base)"
TYPE = re.compile(r"\b(?:class|struct|union|enum|enum class|concept)\s+(" + EMPTY_NAME + r")\b(?!\s*\()")
FILE = re.compile(r"(?:^|_)(manager|helpers?|utils?|common|impl|handler|data|info|base)\.(?:h|cc|py)$")
# Words of the field, not of ours: a CRI call, a command's name, Docker's credential helpers. And what
# all sets of cmake/precompiled have in common.
GOOD_FILES = {"image_fs_info.cc", "info.cc", "credential_helper.h", "credential_helper.cc", "common.h"}


def is_ours(path):
    return (path.startswith(OURS) or "/" not in path) and not path.startswith("tests/testdata/")


def license_complaints(path, text):
    if path.endswith(LICENSED) or text.startswith("#!"):
        if not any(LICENSE_LINE in line for line in text.splitlines()[:3]):
            yield f"{path}:1: no line {LICENSE_LINE}"


def name_complaints(tree, path):
    name = path.rsplit("/", 1)[-1]
    if FILE.search(name) and name.replace("_test.cc", ".cc") not in GOOD_FILES:
        yield f"{path}:1: the file's name says nothing: find the noun"
    if path.endswith((".h", ".cc")):
        for found in TYPE.finditer(tree.code(path)):
            yield f"{path}:{trees.line_of(tree.code(path), found.start())}: {found[1]} says nothing: find the noun"


def layout_complaints(path, text):
    patterns = [(MERGE_MARKER, "a merge marker")]
    if not path.endswith((".md", ".txt", ".patch")):
        patterns.append((TRAILING, "blanks at the end of a line"))
    for pattern, what in patterns:
        for found in pattern.finditer(text):
            yield f"{path}:{trees.line_of(text, found.start())}: {what}"
    if text and not text.endswith("\n"):
        yield f"{path}: no newline at the end"


def check(tree):
    for path, text in tree.files.items():
        if not is_ours(path):
            continue
        yield from license_complaints(path, text)
        yield from layout_complaints(path, text)
        if path.startswith(SELF):
            continue
        yield from name_complaints(tree, path)
        for found in UNFINISHED.finditer(text):
            yield f"{path}:{trees.line_of(text, found.start())}: {found.group()}: finish it, or file it"


if __name__ == "__main__":
    trees.main(check)
