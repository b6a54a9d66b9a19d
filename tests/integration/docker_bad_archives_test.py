# SPDX-License-Identifier: Apache-2.0
"""Archives that are none, or that nobody can unpack: the client is told what is wrong with them, as its own fault."""

import hashlib, http.client, io, json, socket, tarfile, unittest

import harness
from docker_node import DockerTest


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("docker", timeout=harness.COMMAND_S)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def tar(*members, format=tarfile.PAX_FORMAT):
    """Each member: a name and its content, or a name, a type and a target."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=format) as archive:
        for name, *what in members:
            info = tarfile.TarInfo(name)
            if len(what) == 1:
                info.size = len(what[0])
                archive.addfile(info, io.BytesIO(what[0]))
            else:
                info.type, info.linkname = what
                archive.addfile(info)
    return out.getvalue()


WHOLE = tar(("file", b"x" * 4000))
LONG = "n" * 255

# What no directory can be made of, with a part of what is said of it.
TREES = {
    "no archive": (b"this is no archive, " * 100, ""),
    "cut short in a member": (WHOLE[:1000], ""),
    "a packed one, cut short": (b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03garbage that does not unpack" * 40, ""),
    "a bad checksum": (WHOLE[:148] + b"0000000\0" + WHOLE[156:], ""),
    "a file for a directory": (tar(("a", b"x"), ("a/b", b"y")), "not a directory"),
    "a link to nothing": (tar(("link", tarfile.LNKTYPE, "absent")), "no such file or directory"),
    "a link to a directory": (tar(("d", tarfile.DIRTYPE, ""), ("link", tarfile.LNKTYPE, "d")), "operation not permitted"),
    "a symlink to nothing at all": (tar(("link", tarfile.SYMTYPE, "")), ""),
    "a loop on the way": (tar(("loop", tarfile.SYMTYPE, "loop"), ("loop/file", b"x")), ""),
    "a way out": (tar(("../../out", b"x")), ""),
    "a name that is too long": (tar((LONG + "n", b"x")), ""),
    "a symlink that is too long": (tar(("link", tarfile.SYMTYPE, "/".join([LONG] * 17))), ""),
    "no name": (tar(("", b"x")), ""),
}


def layout(index=None, manifest=None, config=None, layers=(b"",), extra=()):
    """An image as an archive, whose documents are what they should not be."""
    blobs = {}

    def keep(data):
        digest = hashlib.sha256(data).hexdigest()
        blobs[f"blobs/sha256/{digest}"] = data
        return {"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": f"sha256:{digest}", "size": len(data)}

    layer_type = {"mediaType": "application/vnd.oci.image.layer.v1.tar"}
    kept = [{**keep(layer), **layer_type} for layer in layers]
    diff_ids = [each["digest"] for each in kept]
    if config is None:
        config = json.dumps({"os": "linux", "architecture": "amd64", "rootfs": {"type": "layers", "diff_ids": diff_ids}}).encode()
    config_entry = {**keep(config), "mediaType": "application/vnd.oci.image.config.v1+json"}
    if manifest is None:
        manifest = json.dumps({"schemaVersion": 2, "config": config_entry, "layers": kept}).encode()
    if index is None:
        index = json.dumps({"schemaVersion": 2, "manifests": [keep(manifest)]}).encode()
    files = {"oci-layout": b'{"imageLayoutVersion": "1.0.0"}', "index.json": index, **blobs, **dict(extra)}
    return tar(*files.items())


IMAGES = {
    "no image": tar(("file", b"x")),
    "an index that is no JSON": layout(index=b"{"),
    "an index of something else": layout(index=b'{"manifests": 7}'),
    "an index of what is not there": layout(
        index=json.dumps({"manifests": [{"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": "sha256:" + "0" * 64, "size": 2}]}).encode()
    ),
    "a manifest that is no JSON": layout(manifest=b"{"),
    "a manifest of nothing": layout(manifest=b"{}"),
    "a config that is no JSON": layout(config=b"{"),
    "a config without layers": layout(config=b"{}"),
    "a large config": layout(config=b" " * (9 << 20)),
    "layers that are no archives": layout(layers=(b"no archive " * 100,)),
    "a list that is none": tar(("manifest.json", b"{}")),
    "a list that is no JSON": tar(("manifest.json", b"[")),
    "a list of nonsense": tar(("manifest.json", b'[{"Config": 7}]')),
    "a list of what is not there": tar(("manifest.json", b'[{"Config": "c.json", "RepoTags": [], "Layers": []}]')),
    "a list with a name that is none": tar(
        ("c.json", b'{"os": "linux", "architecture": "amd64", "rootfs": {"type": "layers", "diff_ids": []}}'),
        ("manifest.json", b'[{"Config": "c.json", "RepoTags": ["A B"], "Layers": []}]'),
    ),
    "a file twice": tar(("a", b"x"), ("a", b"y")),
    "a device": tar(("a", tarfile.CHRTYPE, "")),
    **{f"a layer with {name}": layout(layers=(archive,)) for name, (archive, _) in TREES.items() if not name.startswith("a packed")},
}


class BadArchivesTest(DockerTest):
    images = ("busybox",)

    def send(self, method, path, body):
        connection = UnixConnection(self.socket)
        try:
            connection.request(method, path, body, {"Content-Type": "application/x-tar"})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def expect_refused(self, name, method, path, body, words=""):
        code, said = self.send(method, path, body)
        with self.subTest(archive=name, path=path, said=said):
            self.assertEqual(code, 400)
            message = json.loads(said)["message"]
            self.assertIn(words, message)
            for call in ("openat", "linkat", "symlinkat", "mkdirat", "mknodat"):
                self.assertNotIn(call, message)

    def test_copies_into_a_container(self):
        self.docker("create", "--name", "into", self.image, "true")
        self.addCleanup(self.docker, "rm", "-f", "into")
        for name, (archive, words) in TREES.items():
            self.expect_refused(name, "PUT", "/containers/into/archive?path=/tmp", archive, words)
        self.assertEqual(self.send("PUT", "/containers/into/archive?path=/tmp", WHOLE)[0], 200)

    def test_imports(self):
        before = self.docker("images", "-aq")
        for name, (archive, _) in TREES.items():
            self.expect_refused(name, "POST", "/images/create?fromSrc=-&repo=made&tag=1", archive)
        self.assertEqual(self.docker("images", "-aq"), before)

    def test_loads(self):
        before = self.docker("images", "-aq")
        for name, (archive, _) in TREES.items():
            self.expect_refused(name, "POST", "/images/load", archive)
        for name, archive in IMAGES.items():
            self.expect_refused(name, "POST", "/images/load", archive)
        self.assertEqual(self.docker("images", "-aq"), before)


if __name__ == "__main__":
    unittest.main()
