#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fails when a file includes what its folder may not by layers.txt."""

import re

import tree as trees

RULES = "tests/lint/layers.txt"
INCLUDE = re.compile(r'^\s*#\s*include\s*(?P<open>[<"])(?P<header>[^">]+)[">]', re.M)
FREE = ("arpa/", "bits/", "net/", "netinet/", "sys/")  # of libc
LIBRARIES = {
    "archive.h", "archive_entry.h", "libdeflate.h", "seccomp.h", "sqlite3.h", "zlib.h", "zstd.h",
}  # fmt: skip


def parse(text):
    lines = (line.split("#")[0].strip() for line in text.splitlines())
    pairs = (line.split(":") for line in lines if line)
    return {folder.strip(): allowed.split() for folder, allowed in pairs}


def owner(path, folders):
    """The longest of the folders that holds the path."""
    inside = [f for f in folders if path.startswith(f + "/")]
    return max(inside, key=len, default=None)


def target(header, folders):
    """The name under which layers.txt allows a header; None for what is free."""
    if header.startswith(FREE) or ("/" not in header and header not in LIBRARIES):
        return None
    return owner(header, folders) or header.split("/")[0]


def check(tree):
    rules = parse(tree.text(RULES))
    for path in tree.cpp():
        folder = owner(path, rules)
        if folder is None:
            yield f"{path}:1: no line of {RULES} says what this folder may include"
            continue
        for found in INCLUDE.finditer(tree.text(path)):
            header = found["header"]
            where = f"{path}:{trees.line_of(tree.text(path), found.start())}"
            wanted = target(header, rules)
            if found["open"] == '"' and "/" not in header and wanted is None:
                yield f"{where}: {header} is named without its folder"
            elif header not in rules[folder] and wanted not in (None, folder, *rules[folder]):
                yield f"{where}: {folder} may not include {header}"


if __name__ == "__main__":
    trees.main(check)
