# SPDX-License-Identifier: Apache-2.0
"""Images as plain data: a name, a tag, and the documents and blobs they lead to.

busybox = image("busybox:latest", [layer], {"Cmd": ["sh"]})
both = index("platforms:latest", [(platform("amd64"), busybox), (platform("arm64"), other)])
"""

import dataclasses, json, pathlib, typing

from layer import digest_of

CREATED = "2020-01-01T00:00:00Z"
PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"
DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"

Bytes = typing.Union[bytes, pathlib.Path]  # what is large stays in its file


class FileLayer(typing.NamedTuple):
    """A finished layer that lies in a file."""

    blob: pathlib.Path
    digest: str
    diff_id: str
    media_type: str


@dataclasses.dataclass
class Image:
    name: str
    tag: str
    top: dict = None  # the descriptor that the tag names
    manifests: dict = dataclasses.field(
        default_factory=dict
    )  # digest -> (media type, bytes), children first
    blobs: dict = dataclasses.field(default_factory=dict)  # digest -> Bytes

    @property
    def reference(self):
        return f"{self.name}:{self.tag}"

    def add_blob(self, media_type, data: Bytes, digest=None, **more):
        digest = digest or digest_of(data)
        self.blobs[digest] = data
        size = len(data) if isinstance(data, bytes) else data.stat().st_size
        return {"mediaType": media_type, "digest": digest, "size": size, **more}

    def add_manifest(self, media_type, document, digest=None):
        """Makes this document the one that the tag names."""
        data = document if isinstance(document, bytes) else encode(document)
        digest = digest or digest_of(data)
        self.manifests[digest] = (media_type, data)
        self.top = {"mediaType": media_type, "digest": digest, "size": len(data)}
        return self.top


def encode(document):
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()


def named(reference):
    name, _, tag = reference.partition(":")
    return Image(name, tag or "latest")


def config_of(layers, config, architecture="amd64", diff_ids=None):
    """An image's configuration document."""
    return {
        "created": CREATED,
        "architecture": architecture,
        "os": "linux",
        "config": {"Env": [PATH], **config},
        "rootfs": {"type": "layers", "diff_ids": diff_ids or [layer.diff_id for layer in layers]},
        "history": [{"created": CREATED, "created_by": "berth tests"} for _ in layers],
    }


def add_layer(result, layer, docker=False):
    media_type = DOCKER_LAYER if docker else layer.media_type
    return result.add_blob(media_type, layer.blob, getattr(layer, "digest", None))


def image(reference, layers, config=None, architecture="amd64", docker=False):
    result = named(reference)
    types = (DOCKER_MANIFEST, DOCKER_CONFIG) if docker else (OCI_MANIFEST, OCI_CONFIG)
    described = result.add_blob(types[1], encode(config_of(layers, config or {}, architecture)))
    result.add_manifest(
        types[0],
        {
            "schemaVersion": 2,
            "mediaType": types[0],
            "config": described,
            "layers": [add_layer(result, layer, docker) for layer in layers],
        },
    )
    return result


def platform(architecture, os="linux", **more):
    return {"architecture": architecture, "os": os, **more}


def index(reference, children):
    """One image for several platforms; children: (platform, Image)."""
    result, entries = named(reference), []
    for where, child in children:
        result.blobs.update(child.blobs)
        result.manifests.update(child.manifests)
        entries.append({**child.top, "platform": where})
    result.add_manifest(
        OCI_INDEX, {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": entries}
    )
    return result
