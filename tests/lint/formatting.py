#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fails for a C++ file that clang-format would change."""

import concurrent.futures, os, pathlib, shutil, subprocess, sys

import tree as trees

FORMATTER = shutil.which("clang-format-14") or shutil.which("clang-format")
BATCH = 40  # files a process


def complaints_about(root, paths):
    done = subprocess.run(
        [FORMATTER, "--dry-run", "--ferror-limit=1", *paths], cwd=root, capture_output=True, text=True
    )
    return [line for line in done.stderr.splitlines() if ": warning:" in line or ": error:" in line]


def main(root):
    if FORMATTER is None:
        print("clang-format is missing")
        return 1
    paths = trees.Tree.load(root).cpp(*trees.PRODUCT, "tests")
    batches = [paths[i : i + BATCH] for i in range(0, len(paths), BATCH)]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        complaints = sum(pool.map(lambda batch: complaints_about(root, batch), batches), [])
    for complaint in complaints:
        print(complaint)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve()))
