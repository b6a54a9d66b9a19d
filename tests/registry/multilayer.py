# SPDX-License-Identifier: Apache-2.0
"""An image whose three layers use every feature that a layer may have, and which checks itself.

Its command, `sh /check`, looks at the merged root filesystem, prints what is wrong, and ends with 0
only when nothing is. What busybox cannot look at, a test must: data/xattr has user.berth=value,
data/sparse takes few blocks, data/fraction was modified at 1577836800.123456789.
"""

import struct

import busybox
from layer import MTIME, Layer

LONG = "n" * 255  # the longest name that Linux has
DEEP = "data/" + "/".join(["directory-with-a-name"] * 20)  # longer than ustar's 256 bytes
UNICODE = "data/größe-文件-\U0001f41f"
CAPABILITY = struct.pack("<5I", 0x02000001, 1 << 10, 0, 0, 0).decode(
    "latin-1"
)  # cap_net_bind_service=ep, xattr format 2
TAIL = 8 << 20

CHECK = f"""
bad=0
is() {{ [ "$2" = "$3" ] || {{ echo "$1: expected '$2', found '$3'"; bad=1; }}; }}
has() {{ is "$1" "$2" "$(cat "/data/$1" 2>&1)"; }}
gone() {{ [ ! -e "/data/$1" ] && [ ! -L "/data/$1" ] || {{ echo "$1 should be gone"; bad=1; }}; }}
stats() {{ is "$1" "$2" "$(stat -c '%f %u:%g' "/data/$1" 2>&1)"; }}

has keep kept; has replaced second; has dir/b b; has recreated third; has implied/deep/file implied
gone gone; gone dir/a; gone tree; gone never
is opaque new "$(ls /data/opaque)"
is emptied "" "$(ls -A /data/emptied)"
is names 0 "$(find /data -name '.wh.*' | wc -l)"
[ -d /data/file-to-dir ] && [ -f /data/dir-to-file ] || {{ echo "types have not changed"; bad=1; }}
has file-to-dir/inside inside; has dir-to-file file; has link-to-dir/inside real
[ ! -L /data/link-to-dir ] || {{ echo "link-to-dir is still a link"; bad=1; }}

is hardlinks "$(stat -c %i /data/hard/1)" "$(stat -c %i /data/hard/2)"
is "hardlink count" 2 "$(stat -c %h /data/hard/1)"
has hard/2 linked
is symlink keep "$(readlink /data/sym)"; is dangling /no/such/file "$(readlink /data/dangling)"
has '{LONG}' long; is deep deep "$(cat '/{DEEP}/file')"; is unicode unicode "$(cat '/{UNICODE}')"

stats setuid '8de8 0:2000'; stats sticky '43ff 0:0'
stats owned '81a4 1234:2345'; stats far '81a4 3000000:3000001'
stats private '4140 1000:1000'; stats implied '41ed 0:0'
stats kept-parent '41c9 1000:2000'; stats fifo '11b6 0:0'
is null 'character special file 1 3' "$(stat -c '%F %t %T' /data/null)"
is mtime {MTIME - 86400} "$(stat -c %Y /data/old)"
is "directory's mtime" {MTIME - 86400} "$(stat -c %Y /data/hard)"
is "sparse size" {TAIL + 4} "$(stat -c %s /data/sparse)"
is "sparse tail" tail "$(tail -c 4 /data/sparse)"; is "sparse head" head "$(head -c 4 /data/sparse)"
is capability 0000000000000400 "$(setpriv_app)"
[ $bad = 0 ] && echo "multilayer: all as it should be"
exit $bad
"""
# With no_new_privs the kernel ignores the file capability, and nothing can be said.
CHECK = """setpriv_app() {
  grep -q 'NoNewPrivs:.1' /proc/self/status && echo 0000000000000400 && return
  su app -c "/bin/busybox-cap grep CapEff /proc/self/status" | cut -f 2
}
""" + CHECK


def base():
    return busybox.contents().file("check", CHECK.encode(), 0o755).gzip()


def first():
    layer = (
        Layer()
        .dir("data", "data/dir", "data/tree", "data/tree/sub", "data/opaque", "data/emptied")
        .dir("data/hard", mtime=MTIME - 86400)
        .dir("data/kept-parent", mode=0o711, owner=(1000, 2000))
        .file(
            "bin/busybox-cap",
            busybox.binary(),
            0o755,
            pax={"SCHILY.xattr.security.capability": CAPABILITY},
        )
        .file("data/xattr", b"xattr", pax={"SCHILY.xattr.user.berth": "value"})
        .file("data/hard/1", b"linked")
        .hardlink("data/hard/2", "data/hard/1")
        .symlink("data/sym", "keep")
        .symlink("data/dangling", "/no/such/file")
        .symlink("data/link-to-dir", "dir")
        .file("./data/implied/deep/file", b"implied")  # its directories have no entries
        .file(f"data/{LONG}", b"long")
        .file(f"{DEEP}/file", b"deep")
        .file(UNICODE, b"unicode")
        .file("data/setuid", b"", 0o6750, owner=(0, 2000))
        .dir("data/sticky/", mode=0o1777)
        .file("data/owned", owner=(1234, 2345))
        .file("data/far", owner=(3000000, 3000001))
        .dir("data/private", mode=0o500, owner=(1000, 1000))
        .fifo("data/fifo", 0o666)
        .device("data/null", 1, 3)
        .file("data/old", mtime=MTIME - 86400)
        .file("data/fraction", pax={"mtime": f"{MTIME}.123456789"})
        .sparse("data/sparse", TAIL + 4, [(0, b"head"), (TAIL, b"tail")])
        .dir("data/dir-to-file")
        .file("data/dir-to-file/x", b"x")
        .file("data/file-to-dir", b"file")
    )
    for name, text in (
        ("keep", b"kept"),
        ("gone", b"gone"),
        ("replaced", b"first"),
        ("recreated", b"first"),
        ("dir/a", b"a"),
        ("dir/b", b"b"),
        ("tree/sub/x", b"x"),
        ("opaque/old", b"old"),
        ("emptied/old", b"old"),
    ):
        layer.file(f"data/{name}", text)
    return layer.gzip()


def second():
    return (
        Layer()
        .whiteout("data/gone")
        .whiteout("data/dir/a")
        .whiteout("data/tree")
        .whiteout("data/never")
        .file("data/opaque/new", b"new")
        .opaque("data/opaque")
        .opaque("data/emptied")
        .file("data/kept-parent/new", b"")  # its directory has an entry in the layer below only
        .file("data/replaced", b"second")
        .file("data/dir-to-file", b"file")
        .dir("data/file-to-dir")
        .file("data/file-to-dir/inside", b"inside")
        .dir("data/link-to-dir")
        .file("data/link-to-dir/inside", b"real")
        .gzip()
    )


def third():
    """A whiteout beside what it names speaks of the layers below only."""
    return Layer().whiteout("data/recreated").file("data/recreated", b"third").zstd()
