#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fails when code calls or includes what its folder may not.

A line ends with `NOLINT(forbidden-call) why` where a rule has an exception.
"""

import re

import tree as trees

KERNEL = ("base/sys/",)
SHIM = ("runtime/shim/",)
EXCEPTION = re.compile(r"(//|#) NOLINT\(forbidden-call\) \S")


def call_of(*names):
    """A call of a C function with arguments: not of a member, nor of a function of a namespace."""
    return re.compile(r"(?:(?<![\w.:>])|(?<![\w:>])::)(?:" + "|".join(names) + r")\s*\((?!\s*\))")


def include_of(*patterns):
    return re.compile(r"^\s*#\s*include\s*<((?:" + "|".join(patterns) + r"))>", re.M)


# Where the time is shown, stored, or compared with that of files and records.
WALL_CLOCK = (
    "base/clock.h", "base/log.cc", "cri/checkpoint/checkpoints.cc", "cri/cli/client.h", "cri/cli/commands/",
    "cri/engine_api/build/build_routes.cc", "cri/engine_api/containers/container_creation.cc",
    "cri/engine_api/containers/container_event.cc", "cri/engine_api/containers/container_lifecycle.cc",
    "cri/engine_api/containers/container_routes.cc", "cri/engine_api/containers/container_stream_routes.cc",
    "cri/engine_api/event_hub.cc", "cri/engine_api/event_routes.cc", "cri/engine_api/files/container_commit.cc",
    "cri/engine_api/health/health_monitor.cc", "cri/engine_api/images/image_import.cc",
    "cri/engine_api/images/image_prune.cc", "cri/engine_api/images/image_routes.cc", "cri/engine_api/networks/network_registry.h",
    "cri/engine_api/networks/network_routes.cc", "cri/engine_api/stats/stats_routes.cc",
    "cri/engine_api/system_routes.cc", "cri/engine_api/usage/usage_routes.cc", "cri/engine_api/volumes/volume_store.h",
    "imageservice/build/copy_step.cc", "imageservice/build/stage_builder.cc",
    "imageservice/local_image_store.cc", "imageservice/registry/http_error.cc", "imageservice/store_upkeep.cc",
    "runtime/cgroup/stats.cc", "runtime/container_exit.cc", "runtime/container_start.cc", "runtime/creation_clock.h",
    "runtime/network/config_directory.cc",
)  # fmt: skip

# Each rule: where it holds not, what it finds, why.
PRODUCT_RULES = [
    (
        KERNEL + SHIM,
        call_of(
            "unshare", "setns", "f?chdir", "chroot", "pivot_root", "umask", "clone3?", "daemon",
            "set(?:res|re|e|fs)?[ug]id", "setgroups", "initgroups", "system", "popen",
            "posix_spawnp?", "exec(?:v|ve|vp|vpe|l|le|lp)", "fexecve",
        ),
        "is of a process or a thread as a whole; only base/sys and the shim call it",
    ),
    (KERNEL + SHIM, re.compile(r"(?:(?<![\w.:>])|(?<![\w:>])::)v?fork\s*\("), "copies the daemon"),
    (
        KERNEL,
        call_of(
            "open", "openat", "creat", "mount", "umount2?", "mkdir", "mkdirat", "f?chmod",
            "fchmodat", "[fl]?chown", "fchownat", "l?stat", "fstatat", "realpath", "rename",
            "renameat2?", "unlink", "unlinkat", "rmdir", "symlink", "symlinkat", "mknod", "mknodat",
            "opendir", "fdopendir", "readlink", "fopen", "syscall",
        ),
        "works on the raw path; base/sys has a function for it",
    ),
    (
        KERNEL + SHIM,
        include_of(r"sys/mount\.h", r"sched\.h", r"sys/wait\.h", r"linux/.*"),
        "belongs to base/sys",
    ),
    (
        WALL_CLOCK,
        re.compile(r"\babsl::Now\(|\bGetCurrentTimeNanos\(|\bsystem_clock\b|\bSystemClock\b"),
        "is the wall clock, which is set; deadlines, pauses and durations go by SteadyNow()",
    ),
    (
        (),
        re.compile(r"\b\w+WithDeadline\("),
        "takes a time of the wall clock, which is set; AwaitUntil takes one of SteadyNow()",
    ),
    (
        KERNEL,
        include_of("filesystem", "fstream", "iostream"),
        "is not used: base/file and base/log are",
    ),
]  # fmt: skip

# A thread that is named, or a member; and that it is given something to do, here or in the .cc of a header.
THREAD_NAME = re.compile(r"\bstd::j?thread>?\s+(\w+)\s*[;({]")
NEW_THREAD = r"\bstd::j?thread\s*[({{]|\b(?:{names})(?:\.emplace_back)?\s*[({{]\s*\["
THREAD_FREE = ("base/thread.cc", "cri/cli/")  # a command may end for want of a thread

CPP_SLEEP = re.compile(r"\b(sleep|usleep|nanosleep|clock_nanosleep|SleepFor|sleep_for|sleep_until)\s*\(")
PYTHON_SLEEP = re.compile(r"\btime\.sleep\(.*")
BETWEEN_POLLS = "# between two polls"


def line_at(text, offset):
    start = text.rfind("\n", 0, offset) + 1
    end = text.find("\n", offset)
    return text[start:] if end < 0 else text[start:end]


def product_complaints(tree):
    for path in tree.cpp():
        text, code = tree.text(path), tree.code(path)
        for free, pattern, why in PRODUCT_RULES:
            if path.startswith(free):
                continue
            for found in pattern.finditer(code):
                if not EXCEPTION.search(line_at(text, found.start())):
                    name = found.group().strip("( \n")
                    yield f"{path}:{trees.line_of(code, found.start())}: {name} {why}"


def thread_complaints(tree):
    for path in tree.cpp():
        if path.startswith(THREAD_FREE):
            continue
        code, header = tree.code(path), path.removesuffix(".cc") + ".h"
        declared = code + (tree.code(header) if header in tree.files else "")
        names = "|".join(sorted(set(THREAD_NAME.findall(declared)))) or "(?!)"
        for found in re.finditer(NEW_THREAD.format(names=names), code):
            line = trees.line_of(code, found.start())
            yield f"{path}:{line}: std::thread ends the daemon where there is none; base/thread has StartThread"


def test_complaints(tree):
    for path in tree.cpp("tests"):
        if path.startswith("tests/bench/"):
            continue
        for found in CPP_SLEEP.finditer(tree.code(path)):
            yield f"{path}:{trees.line_of(tree.code(path), found.start())}: a test waits for the event, it does not sleep"
    for path, text in tree.files.items():
        if not path.startswith("tests/") or path.startswith("tests/lint/"):
            continue
        for found in PYTHON_SLEEP.finditer(text):
            if BETWEEN_POLLS not in found.group():
                yield f"{path}:{trees.line_of(text, found.start())}: a test waits for the event, it does not sleep"


def check(tree):
    yield from product_complaints(tree)
    yield from thread_complaints(tree)
    yield from test_complaints(tree)


if __name__ == "__main__":
    trees.main(check)
