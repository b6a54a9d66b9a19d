# SPDX-License-Identifier: Apache-2.0
"""Layers made entry by entry, byte for byte the same each time.

    layer = Layer().dir("etc").file("etc/motd", b"hi\n").symlink("bin/sh", "busybox").gzip()
    layer.media_type, layer.diff_id, layer.blob

Entries keep the order they were added in, and nothing is checked: a name may be hostile or come
twice.
"""

import gzip, hashlib, io, subprocess, tarfile

MTIME = 1577836800  # 2020-01-01
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar"
BLOCK = 512


def digest_of(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


class Layer:
    def __init__(self, tar_format=tarfile.PAX_FORMAT):
        self.tar_format, self.out = tar_format, io.BytesIO()
        self.blob = self.diff_id = self.media_type = None

    def entry(
        self,
        name,
        kind,
        mode=0o644,
        data=b"",
        link="",
        owner=(0, 0),
        mtime=MTIME,
        device=(0, 0),
        pax=None,
    ):
        info = tarfile.TarInfo(name)
        info.type, info.mode, info.linkname, info.size, info.mtime = (
            kind,
            mode,
            link,
            len(data),
            mtime,
        )
        info.uid, info.gid = owner
        info.devmajor, info.devminor = device
        info.pax_headers = dict(pax or {})
        self.out.write(info.tobuf(self.tar_format, "utf-8", "surrogateescape"))
        self.out.write(data + b"\0" * (-len(data) % BLOCK))
        return self

    def dir(self, *names, mode=0o755, **more):
        for name in names:
            self.entry(name, tarfile.DIRTYPE, mode, **more)
        return self

    def file(self, name, data=b"", mode=0o644, **more):
        return self.entry(name, tarfile.REGTYPE, mode, data, **more)

    def symlink(self, name, target, **more):
        return self.entry(name, tarfile.SYMTYPE, 0o777, link=target, **more)

    def hardlink(self, name, target, **more):
        return self.entry(name, tarfile.LNKTYPE, link=target, **more)

    def device(self, name, major, minor, mode=0o666, **more):
        return self.entry(name, tarfile.CHRTYPE, mode, device=(major, minor), **more)

    def fifo(self, name, mode=0o644, **more):
        return self.entry(name, tarfile.FIFOTYPE, mode, **more)

    def whiteout(self, name):
        parent, slash, base = name.rpartition("/")
        return self.file(f"{parent}{slash}.wh.{base}")

    def opaque(self, directory):
        return self.file(f"{directory}/.wh..wh..opq")

    def sparse(self, name, size, pieces, mode=0o644):
        """As `tar --sparse --format=pax` writes it; pieces: (offset, data), in order."""
        pieces = [*pieces, (size, b"")]
        numbers = [len(pieces), *(n for offset, data in pieces for n in (offset, len(data)))]
        table = "".join(f"{n}\n" for n in numbers).encode()
        data = table + b"\0" * (-len(table) % BLOCK) + b"".join(data for _, data in pieces)
        pax = {
            "GNU.sparse.major": "1",
            "GNU.sparse.minor": "0",
            "GNU.sparse.name": name,
            "GNU.sparse.realsize": str(size),
        }
        return self.file(f"GNUSparseFile.0/{name}", data, mode, pax=pax)

    def raw(self, data):
        """Bytes that are no entry at all."""
        self.out.write(data)
        return self

    def tar(self):
        """The uncompressed archive so far."""
        return self.out.getvalue() + b"\0" * 2 * BLOCK

    def gzip(self, level=6):
        return self._finish(gzip.compress(self.tar(), level, mtime=0), "+gzip")

    def zstd(self):
        packed = subprocess.run(
            ["zstd", "-q", "-c"], input=self.tar(), capture_output=True, check=True
        ).stdout
        return self._finish(packed, "+zstd")

    def plain(self):
        return self._finish(self.tar(), "")

    def _finish(self, blob, suffix):
        self.blob, self.diff_id, self.media_type = blob, digest_of(self.tar()), OCI_LAYER + suffix
        return self
