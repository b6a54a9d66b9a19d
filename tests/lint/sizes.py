#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fails when a file has more than 500 lines or a function more than 60."""

import ast, re

import tree as trees

MAX_FILE_LINES = 500
MAX_FUNCTION_LINES = 60
EXEMPT = {"proto/runtime/v1/api.proto"}  # the wire's, one file by its nature
COUNTED = (".cc", ".h", ".py", ".sh", ".proto", ".cmake", "CMakeLists.txt")

# What stands before the brace of a body: a parameter list, then maybe qualifiers, a return type or
# member initializers.
NOT_A_BODY = re.compile(r"\b(namespace|class|struct|union|enum|extern|concept)\b[^()]*$|[=,(]\s*$")


def is_script(text):
    return text.startswith("#!")


def cpp_functions(code):
    """(offset of the opening brace, offset of the closing one) of every outermost function body."""
    bodies = []
    open_braces = []  # of each: its offset, and whether it opens a body
    start = 0  # of the declaration before the next brace
    for found in re.finditer(r"[{};]", code):
        offset = found.start()
        if found.group() == "{":
            head = code[start:offset]
            inside = any(is_body for _, is_body in open_braces)
            is_body = not inside and ")" in head and not NOT_A_BODY.search(head)
            open_braces.append((offset, is_body))
        elif found.group() == "}" and open_braces:
            opened, is_body = open_braces.pop()
            if is_body:
                bodies.append((opened, offset))
        start = offset + 1
    return bodies


def long_cpp_functions(tree, path):
    code = re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda m: trees.blank(m.group()),
                  tree.code(path), flags=re.M)  # fmt: skip
    for opened, closed in cpp_functions(code):
        lines = code.count("\n", opened, closed) + 1
        if lines > MAX_FUNCTION_LINES:
            yield trees.line_of(code, opened), lines


def long_python_functions(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            lines = node.end_lineno - node.lineno + 1
            if lines > MAX_FUNCTION_LINES:
                yield node.lineno, lines


def long_functions(tree, path):
    text = tree.text(path)
    if path.endswith((".cc", ".h")):
        return long_cpp_functions(tree, path)
    if path.endswith(".py") or text.startswith("#!/usr/bin/env python3"):
        return long_python_functions(text)
    return []


def check(tree):
    for path, text in tree.files.items():
        if path in EXEMPT or not (path.endswith(COUNTED) or is_script(text)):
            continue
        lines = text.count("\n")
        if lines > MAX_FILE_LINES:
            yield f"{path}:1: {lines} lines, of at most {MAX_FILE_LINES}"
        for line, length in long_functions(tree, path):
            yield f"{path}:{line}: a function of {length} lines, of at most {MAX_FUNCTION_LINES}"


if __name__ == "__main__":
    trees.main(check)
