#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fails for a header that does not compile by itself.

    headers_alone.py <repository> <build directory>

Where x.cc includes x.h before all else, compiling x.cc without precompiled headers, as the presets of clang
do, proves it, so only that order is checked.
The other headers are compiled alone, by the compiler and flags of compile_commands.json; one that
compiled is not compiled again until it or something it includes changes.
"""

import concurrent.futures, hashlib, json, os, pathlib, re, shlex, subprocess, sys

import tree as trees

INCLUDE = re.compile(r"^\s*#\s*include\s+[\"<]([^\">]+)[\">]", re.M)
FOLDERS = (*trees.PRODUCT, "tests/support", "tests/fakes")


def first_include(tree, path):
    found = INCLUDE.search(tree.text(path))
    return found[1] if found else None


def split(tree):
    """(complaints about the order of includes, headers that no source includes first)."""
    complaints, alone = [], []
    for header in (p for p in tree.cpp(*FOLDERS) if p.endswith(".h")):
        source = header.removesuffix(".h") + ".cc"
        if source not in tree.files:
            alone.append(header)
        elif first_include(tree, source) != header:
            complaints.append(f"{source}:1: does not include {header} first")
    return complaints, alone


def compiler_flags(build):
    """The flags that compile a source of ours, without its names."""
    commands = json.loads((build / "compile_commands.json").read_text())
    candidates = [
        c for c in commands if re.search(r"/cri/.*[.]cc$", c["file"]) and "/cri/cli/" not in c["file"]
    ]
    words = shlex.split((candidates or commands)[0]["command"])
    words = words[1:] if words[0].endswith("ccache") else words
    return without_precompiled(words[: words.index("-o")])


def without_precompiled(words):
    """The same for who reads all of its headers."""
    if "-include" in words:
        place = words.index("-include")
        words = words[:place] + words[place + 2 :]
    return [word for word in words if word not in ("-Winvalid-pch", "-fpch-preprocess")]


def fingerprint(flags, files):
    """Changes when the flags or the content of a file do."""
    total = hashlib.sha256(repr(flags).encode())
    for name in files:
        try:
            total.update(hashlib.sha256(pathlib.Path(name).read_bytes()).digest())
        except OSError:
            return None
    return total.hexdigest()


def dependencies(make_rule):
    return shlex.split(make_rule.replace("\\\n", " ").partition(":")[2])


class Compiler:
    def __init__(self, root, build):
        self.root, self.flags = root, compiler_flags(build)
        self.cache = build / "lint/headers"
        self.cache.mkdir(parents=True, exist_ok=True)

    def complaint(self, header):
        """None, or what the compiler says."""
        note = self.cache / (header.replace("/", ".") + ".json")
        if note.exists():
            known = json.loads(note.read_text())
            if known["fingerprint"] == fingerprint(self.flags, known["files"]):
                return None
        return self.compile(header, note)

    def compile(self, header, note):
        rule = note.with_suffix(".d")
        done = subprocess.run(
            [*self.flags, "-fsyntax-only", "-MD", "-MF", rule, "-x", "c++", "-"],
            cwd=self.root,
            input=f'#include "{header}"\n',
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            note.unlink(missing_ok=True)
            return f"{header}:1: does not compile alone:\n{done.stderr}"
        files = [os.path.join(self.root, f) for f in dependencies(rule.read_text())]
        files = [f for f in files if f.startswith(f"{self.root}/")]  # the system's do not change
        note.write_text(json.dumps({"fingerprint": fingerprint(self.flags, files), "files": files}))
        return None


def main(root, build):
    complaints, alone = split(trees.Tree.load(root))
    compiler = Compiler(root, build)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        complaints += filter(None, pool.map(compiler.complaint, alone))
    for complaint in complaints:
        print(complaint)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()))
