# SPDX-License-Identifier: Apache-2.0
"""The layer most test images begin with: Debian's static busybox, its applets, a few accounts."""

import functools, pathlib, subprocess

from layer import Layer

BUSYBOX = pathlib.Path("/bin/busybox")  # package busybox-static
PASSWD = """root:x:0:0:root:/root:/bin/sh
www-data:x:33:33:www-data:/var/www:/bin/false
app:x:1000:1000:app:/home/app:/bin/sh
nobody:x:65534:65534:nobody:/nonexistent:/bin/false
"""
GROUP = """root:x:0:
www-data:x:33:
app:x:1000:
staff:x:2000:
extra:x:3000:app
nogroup:x:65534:
"""


@functools.cache
def binary():
    return BUSYBOX.read_bytes()


@functools.cache
def applets():
    listed = subprocess.run(
        [BUSYBOX, "--list"], check=True, capture_output=True, text=True
    ).stdout.split()
    return sorted(set(listed) - {"busybox"})


@functools.cache
def layer():
    return contents().gzip()


def contents():
    result = (
        Layer()
        .dir("bin", "dev", "etc", "home", "proc", "run", "sys", "usr", "var", "var/www")
        .dir("root", mode=0o700)
        .dir("tmp", mode=0o1777)
        .dir("home/app", owner=(1000, 1000))
        .file("bin/busybox", binary(), 0o755)
        .file("etc/passwd", PASSWD.encode())
        .file("etc/group", GROUP.encode())
        .file("var/www/index.html", b"<h1>It works</h1>\n")
    )
    for applet in applets():
        result.symlink(f"bin/{applet}", "busybox")
    return result
