# SPDX-License-Identifier: Apache-2.0
"""Hostile layers: archives that leave their root, fool the unpacker, or fill the machine."""

import gzip, struct, tarfile

from hostile import BAIT, ESCAPED, HARMLESS, REFUSED, case
from image import image
from layer import OCI_LAYER, Layer

UP = "../" * 12
GIB = 1 << 30


# Out by the name of an entry.


@case(HARMLESS)
def name_with_dotdot():
    return Layer().file(UP + ESCAPED[1:], b"x")


@case(HARMLESS)
def name_with_dotdot_inside():
    return Layer().dir("a").file("a/../../../../../../.." + ESCAPED, b"x")


@case(HARMLESS)
def name_absolute():
    return Layer().file(ESCAPED, b"x")


@case(HARMLESS)
def name_with_newline():
    return Layer().file("a\nb\x1b[2J", b"x")


@case(REFUSED)
def name_too_long():
    return Layer().file("n" * 256, b"x")


@case(HARMLESS)  # libarchive lets a path end at its NUL, and shows nothing of what is behind it
def name_with_nul():
    return Layer().file("a", b"x", pax={"path": "a\0b"})


@case(HARMLESS)
def path_very_deep():
    return Layer().file("d/" * 2500 + "file", b"x")


@case(HARMLESS)
def root_is_a_link():
    return Layer().symlink("./", "/tmp").file(ESCAPED.rpartition("/")[2], b"x")


@case(HARMLESS)
def root_is_a_file():
    return Layer().file("./", b"x")


# Out through a link.


@case(HARMLESS)
def link_absolute_then_file():
    return Layer().symlink("out", "/tmp").file("out" + ESCAPED.removeprefix("/tmp"), b"x")


@case(HARMLESS)
def link_relative_then_file():
    return Layer().symlink("out", UP + "tmp").file("out" + ESCAPED.removeprefix("/tmp"), b"x")


@case(HARMLESS)
def link_below_then_file():
    return [
        Layer().symlink("out", "/tmp"),
        Layer().file("out" + ESCAPED.removeprefix("/tmp"), b"x"),
    ]


@case(HARMLESS)
def link_as_the_file():
    return Layer().symlink("x", ESCAPED).file("x", b"x")


@case(HARMLESS)
def link_then_directory():
    return Layer().symlink("out", "/tmp").dir("out", mode=0o700, owner=(4242, 4242))


@case(HARMLESS)
def link_then_whiteout():
    return [Layer().symlink("out", "/tmp"), Layer().whiteout("out" + BAIT.removeprefix("/tmp"))]


@case(HARMLESS)
def link_then_opaque():
    return [Layer().symlink("out", "/tmp"), Layer().opaque("out")]


@case(HARMLESS)
def link_chain():
    return (
        Layer()
        .symlink("a", "b")
        .symlink("b", "c")
        .symlink("c", UP + "tmp")
        .file("a/berth-escaped", b"x")
    )


@case(HARMLESS)
def link_loop():
    return Layer().symlink("a", "b").symlink("b", "a").file("a/x", b"x")


@case(HARMLESS)
def link_through_proc():
    return (
        Layer()
        .symlink("out", "/proc/self/root/tmp")
        .file("out" + ESCAPED.removeprefix("/tmp"), b"x")
    )


@case(REFUSED)
def hardlink_out():
    return Layer().hardlink("stolen", UP + BAIT[1:])


@case(REFUSED)
def hardlink_absolute():
    return Layer().hardlink("stolen", BAIT)


@case(REFUSED)
def hardlink_through_link():
    return Layer().symlink("out", "/tmp").hardlink("stolen", "out" + BAIT.removeprefix("/tmp"))


@case(HARMLESS)
def hardlink_to_link_then_file():
    return Layer().symlink("s", BAIT).hardlink("h", "s").file("h", b"overwritten")


@case(REFUSED)
def hardlink_to_directory():
    return Layer().dir("d").hardlink("h", "d")


@case(REFUSED)
def hardlink_to_itself():
    return Layer().hardlink("h", "h")


# Whiteouts and the overlay's own signs.


@case(REFUSED)
def whiteout_of_dot():
    return Layer().dir("d").file("d/.wh..", b"")


@case(REFUSED)
def whiteout_of_dotdot():
    return Layer().dir("d").file("d/.wh...", b"")


@case(REFUSED)
def whiteout_of_nothing():
    return Layer().file(".wh.", b"")


@case(HARMLESS)
def whiteout_after_its_file():
    """No attack, but containerd 1.6 fails on it. A whiteout speaks of the layers below only."""
    return Layer().file("file", b"x").whiteout("file")


@case(HARMLESS)
def whiteout_reserved():
    return Layer().dir(".wh..wh.plnk").file(".wh..wh.plnk/1.2", b"x").file(".wh..wh.aufs", b"")


@case(HARMLESS)
def whiteout_as_device():
    return Layer().device("etc", 0, 0)


@case(HARMLESS)
def overlay_attributes():
    return Layer().dir(
        "d",
        pax={
            "SCHILY.xattr.trusted.overlay.redirect": "/etc",
            "SCHILY.xattr.trusted.overlay.opaque": "y",
            "SCHILY.xattr.user.overlay.opaque": "y",
        },
    )


# Devices and entries that come twice.


@case(HARMLESS)
def device_of_disk():
    return Layer().entry("disk", tarfile.BLKTYPE, 0o666, device=(254, 0)).device("memory", 1, 1)


@case(HARMLESS)
def device_through_link():
    return Layer().symlink("out", "/tmp").device("out" + ESCAPED.removeprefix("/tmp"), 1, 3)


@case(HARMLESS)
def dev_is_a_link():
    return Layer().whiteout("dev").whiteout("proc"), Layer().symlink("dev", "/tmp").symlink(
        "proc", "/tmp"
    )


@case(HARMLESS)
def twice_a_file():
    return Layer().file("f", b"first").file("f", b"second").file("./f", b"third")


@case(HARMLESS)
def twice_directory_then_link():
    return Layer().dir("d").symlink("d", "/tmp").file("d" + ESCAPED.removeprefix("/tmp"), b"x")


@case(HARMLESS)
def twice_link_to_setuid():
    return (
        Layer()
        .file("bin/su2", b"x", 0o4755)
        .hardlink("bin/su3", "bin/su2")
        .file("bin/su2", b"y", 0o755)
    )


# Archives that are broken, or larger than they look.


@case(REFUSED)
def archive_cut_off():
    layer = Layer().file("f", b"x" * 4096)
    return layer_of(layer.tar()[:2048])


@case(REFUSED)
def archive_is_noise():
    return layer_of(bytes(range(256)) * 8)


@case(REFUSED)
def archive_bad_checksum():
    tar = bytearray(Layer().file("f", b"x").tar())
    tar[148:156] = b"0000000\0"
    return layer_of(bytes(tar))


@case(REFUSED)
def archive_negative_size():
    header = bytearray(Layer().file("f").tar()[:512])
    header[124:136] = b"\xff" * 12  # base 256, minus one
    header[148:156] = b"        "
    header[148:156] = b"%06o\0 " % sum(header)
    return layer_of(bytes(header) + bytes(1024))


@case(REFUSED)
def archive_compressed_cut_off():
    layer = Layer().file("f", bytes(range(256)) * 512).gzip()
    layer.blob = layer.blob[:-20]
    return layer


@case(REFUSED)
def pax_header_huge():
    """Two megabytes of one record, where one is the most."""
    return Layer().file("f", pax={"comment": "c" * (2 << 20)})


@case(REFUSED)
def sparse_past_its_end():
    return Layer().sparse("f", 10, [(1 << 20, b"data")])


@case(REFUSED)
def sparse_overlapping():
    return Layer().sparse("f", 4096, [(1024, b"a" * 512), (1200, b"b" * 512)])


@case(REFUSED)
def sparse_huge_map():
    table = b"1000000000\n".ljust(512, b"\0")
    return Layer().file(
        "GNUSparseFile.0/f",
        table,
        pax={
            "GNU.sparse.major": "1",
            "GNU.sparse.minor": "0",
            "GNU.sparse.name": "f",
            "GNU.sparse.realsize": "1",
        },
    )


@case(REFUSED)
def bomb_gzip():
    """4 GiB of zeros in 4 MB, for a daemon whose limit of a layer is below that."""
    size, piece = 4 * GIB, 16 << 20
    header = file_header(size)
    zeros = gzip.compress(bytes(piece), 9, mtime=0)  # a gzip file may be several, one after another
    return bomb(gzip.compress(header, mtime=0) + zeros * (size // piece), "+gzip")


@case(REFUSED)
def bomb_zstd():
    """1 TiB of zeros in 32 MB: more than the disk holds, and the archive says so at once."""
    size, block = 1024 * GIB, 128 << 10
    frame = struct.pack("<IBB", 0xFD2FB528, 0, 7 << 3)  # no checksum, window of 128 KiB
    first = struct.pack("<I", 512 << 3)[:3] + file_header(size)
    zeros = struct.pack("<I", 1 << 1 | block << 3)[:3] + b"\0"  # the same byte over and over
    last = struct.pack("<I", 1)[:3]
    return bomb(frame + first + zeros * (size // block) + last, "+zstd")


def file_header(size):
    info = tarfile.TarInfo("zeros")
    info.size = size
    return info.tobuf(tarfile.GNU_FORMAT)


def layer_of(tar):
    """A layer of these bytes, with a true diff id."""
    layer = Layer()
    layer.tar = lambda: tar
    return layer.gzip()


def bomb(blob, suffix):
    layer = Layer()
    layer.blob, layer.media_type, layer.diff_id = blob, OCI_LAYER + suffix, "sha256:" + "0" * 64
    return image("", [layer], {"Cmd": ["/zeros"]})
