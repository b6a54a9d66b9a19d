# SPDX-License-Identifier: Apache-2.0
"""What the lints share: the files of the repository as text, and C++ without comments.

A lint is a module with `check(tree)`, which yields complaints `path:line: what`. It is run by
`main(check)`, with the repository's root as its argument, and tested with a Tree of literals.
"""

import functools, os, pathlib, re, sys

PRODUCT = ("base", "cri", "imageservice", "metrics", "runtime")
SKIPPED_FOLDERS = {".git", "__pycache__", ".cache"}
BUILD_FOLDER = "build"  # at the top; imageservice has one of that name, too
MAX_FILE_BYTES = 4 << 20

TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/'  # comments
    r'|R"(?P<tag>[^(\s]*)\(.*?\)(?P=tag)"'  # raw strings
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'",  # not the separator of digits
    re.S,
)


def blank(text):
    """Spaces in the place of everything but newlines."""
    return re.sub(r"[^\n]", " ", text)


def code_only(text):
    """C++ with comments and the insides of strings blanked; lines and columns stay."""

    def replace(match):
        found = match.group()
        return found[0] + blank(found[1:-1]) + found[-1] if found[0] in "\"'" else blank(found)

    return TOKEN.sub(replace, text)


class Tree:
    """The repository's text files by path."""

    def __init__(self, files):
        self.files = files

    @classmethod
    def load(cls, root):
        files = {}
        for folder, folders, names in os.walk(root):
            skipped = SKIPPED_FOLDERS | ({BUILD_FOLDER} if folder == str(root) else set())
            folders[:] = sorted(set(folders) - skipped)
            for name in sorted(names):
                path = pathlib.Path(folder, name)
                if path.is_symlink() or path.stat().st_size > MAX_FILE_BYTES:
                    continue
                try:
                    files[path.relative_to(root).as_posix()] = path.read_text(encoding="utf-8")
                except UnicodeDecodeError:
                    continue
        return cls(files)

    def cpp(self, *folders):
        """Paths of C++ files, in the folders (the product's when none is given)."""
        inside = tuple(f + "/" for f in folders or PRODUCT)
        return [p for p in self.files if p.endswith((".h", ".cc")) and p.startswith(inside)]

    @functools.lru_cache(maxsize=None)
    def code(self, path):
        return code_only(self.files[path])

    def text(self, path):
        return self.files[path]


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def entries(text):
    """The lines of a list: `name reason`, with # for comments."""
    lines = (line.split("#")[0].strip() for line in text.splitlines())
    return {line.split()[0]: line.partition(" ")[2].strip() for line in lines if line}


def main(check):
    root = sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2]
    complaints = list(check(Tree.load(root)))
    for complaint in complaints:
        print(complaint)
    sys.exit(1 if complaints else 0)
