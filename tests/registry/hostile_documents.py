# SPDX-License-Identifier: Apache-2.0
"""Hostile documents: manifests, indexes and configurations that lie, or are too large or deep."""

import itertools, json

import busybox
from hostile import HARMLESS, REFUSED, case
from image import (
    OCI_CONFIG,
    OCI_INDEX,
    OCI_MANIFEST,
    add_layer,
    config_of,
    encode,
    image,
    index,
    named,
    platform,
)
from layer import Layer, digest_of

DEEP = b'{"x":' * 100_000 + b"1" + b"}" * 100_000
ZERO = "sha256:" + "0" * 64
NUMBERS = itertools.count()


def own_layer():
    """A layer that no other image has: who has it already need not look at it again."""
    return Layer().file("hostile", str(next(NUMBERS)).encode()).gzip()


def manifest_of(result, layers, config=None):
    """A truthful manifest's document, for a case to spoil; its blobs are in the result."""
    described = result.add_blob(OCI_CONFIG, encode(config or config_of(layers, {"Cmd": ["sh"]})))
    return {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": described,
        "layers": [add_layer(result, layer) for layer in layers],
    }


def spoiled(change):
    """An image whose manifest is changed by change(document), most often in its last layer."""
    result = named("")
    document = manifest_of(result, [busybox.layer(), own_layer()])
    change(document)
    result.add_manifest(OCI_MANIFEST, document)
    return result


def with_config(data):
    """An image whose configuration is these bytes."""
    result = named("")
    document = manifest_of(result, [busybox.layer()])
    document["config"] = result.add_blob(OCI_CONFIG, data)
    result.add_manifest(OCI_MANIFEST, document)
    return result


def container_config(**config):
    return image("", [busybox.layer()], {"Cmd": ["sh"], **config})


# Bytes that are not what their digest says.


@case(REFUSED)
def digest_of_layer_lies():
    layer = own_layer()
    result = image("", [busybox.layer(), layer])
    result.blobs[digest_of(layer.blob)] = layer.blob.replace(b"\0\0", b"\0\1", 1)
    return result


@case(REFUSED)
def digest_of_config_lies():
    result = image("", [busybox.layer()], {"User": "1000"})
    digest = json.loads(result.manifests[result.top["digest"]][1])["config"]["digest"]
    result.blobs[digest] = result.blobs[digest].replace(b'"1000"', b'"0000"')
    return result


@case(REFUSED)
def digest_of_child_lies():
    result = index("", [(platform("amd64"), image("", [busybox.layer(), own_layer()]))])
    child, other = next(iter(result.manifests)), image("", [busybox.layer()], {"Cmd": ["evil"]})
    result.manifests[child] = other.manifests[other.top["digest"]]
    result.blobs.update(other.blobs)
    return result


@case(REFUSED)
def digest_in_header_lies():
    result = named("")
    result.add_manifest(
        OCI_MANIFEST, manifest_of(result, [busybox.layer()]), digest="sha256:" + "1" * 64
    )
    return result


@case(REFUSED)
def diff_id_lies():
    result, layer = named(""), own_layer()
    config = config_of([layer], {}, diff_ids=["sha256:" + "2" * 64])
    result.add_manifest(OCI_MANIFEST, manifest_of(result, [layer], config))
    return result


@case(REFUSED)
def diff_ids_too_few():
    result, layers = named(""), [busybox.layer(), own_layer()]
    config = config_of(layers, {}, diff_ids=[layers[0].diff_id])
    result.add_manifest(OCI_MANIFEST, manifest_of(result, layers, config))
    return result


@case(REFUSED)
def size_too_small():
    return spoiled(lambda document: document["layers"][-1].update(size=100))


@case(REFUSED)
def size_too_large():
    return spoiled(
        lambda document: document["layers"][-1].update(size=document["layers"][-1]["size"] + 1)
    )


@case(REFUSED)
def size_negative():
    return spoiled(lambda document: document["layers"][-1].update(size=-1))


@case(REFUSED)
def layer_is_missing():
    return spoiled(lambda document: document["layers"][-1].update(digest=ZERO))


# Digests that are none.


@case(REFUSED)
def digest_is_a_path():
    return spoiled(
        lambda document: document["layers"][-1].update(
            digest="sha256:../../../../../../tmp/berth-escaped"
        )
    )


@case(REFUSED)
def digest_too_short():
    return spoiled(lambda document: document["layers"][-1].update(digest="sha256:abcd"))


@case(REFUSED)
def digest_of_unknown_kind():
    return spoiled(
        lambda document: document["layers"][-1].update(
            digest="md5:d41d8cd98f00b204e9800998ecf8427e"
        )
    )


# Documents of two meanings, or none.


@case(REFUSED)
def manifest_and_index():
    child = {"mediaType": OCI_MANIFEST, "digest": ZERO, "size": 2, "platform": platform("amd64")}
    return spoiled(lambda document: document.update(manifests=[child]))


@case(REFUSED)
def media_type_lies():
    return spoiled(lambda document: document.update(mediaType=OCI_INDEX))


@case(REFUSED)
def manifest_is_no_json():
    return raw_manifest(b"<html>not found</html>")


@case(REFUSED)
def manifest_is_a_list():
    return raw_manifest(b"[]")


@case(REFUSED)
def manifest_of_wrong_types():
    return raw_manifest(b'{"schemaVersion":"2","config":[],"layers":{"digest":1}}')


@case(REFUSED)
def manifest_of_schema_1():
    return raw_manifest(b'{"schemaVersion":1,"name":"x","tag":"latest","fsLayers":[],"history":[]}')


@case(REFUSED)
def config_is_no_json():
    return with_config(b"\xff\xfe{}")


@case(REFUSED)
def config_of_wrong_types():
    return with_config(b'{"architecture":1,"os":[],"rootfs":"x","config":[1]}')


@case(REFUSED)
def index_without_our_platform():
    return index("", [(platform("s390x"), image("", [busybox.layer()], {}, "s390x"))])


# Too large, too deep, too many.


@case(REFUSED)
def manifest_huge():
    return spoiled(lambda document: document.update(annotations={"padding": "x" * (5 << 20)}))


@case(REFUSED)
def config_huge():
    return with_config(encode({**config_of([busybox.layer()], {}), "padding": "x" * (9 << 20)}))


@case(REFUSED)
def manifest_deep():
    return raw_manifest(
        encode(manifest_of(named(""), [busybox.layer()]))[:-1] + b',"x":' + DEEP + b"}"
    )


@case(REFUSED)
def config_deep():
    return with_config(encode(config_of([busybox.layer()], {}))[:-1] + b',"x":' + DEEP + b"}")


@case(REFUSED)
def layers_too_many():
    return [Layer().file(f"layer/{number}").gzip(1) for number in range(600)]


@case(REFUSED)
def index_in_index():
    result = image("", [busybox.layer()])
    for _ in range(40):
        result = index("", [(platform("amd64"), result)])
    return result


# Configurations that a container inherits.


@case(HARMLESS)
def user_out_of_range():
    return container_config(User="4294967296")


@case(HARMLESS)
def user_is_a_name_of_digits():
    passwd = b"1234:x:0:0::/root:/bin/sh\nroot:x:0:0::/root:/bin/sh\n"
    return image("", [busybox.layer(), Layer().file("etc/passwd", passwd).gzip()], {"User": "1234"})


@case(HARMLESS)
def passwd_huge():
    return image(
        "", [busybox.layer(), Layer().file("etc/passwd", b"x" * (32 << 20)).gzip()], {"User": "app"}
    )


@case(HARMLESS)
def passwd_is_a_link():
    layers = [
        busybox.layer(),
        Layer().symlink("etc/passwd", "/proc/1/environ").symlink("etc/group", "/dev/zero").gzip(),
    ]
    return image("", layers, {"User": "app"})


@case(HARMLESS)
def passwd_is_a_fifo():
    return image(
        "",
        [busybox.layer(), Layer().fifo("etc/passwd").fifo("etc/group").gzip()],
        {"User": "app:staff"},
    )


@case(HARMLESS)
def working_directory_leaves():
    return container_config(WorkingDir="/proc/self/fd/7/../../../../../../tmp")


@case(HARMLESS)
def volume_leaves():
    return container_config(Volumes={"/../../../../tmp": {}, "": {}, "/proc": {}})


@case(HARMLESS)
def environment_malformed():
    return container_config(
        Env=["NOEQUALS", "=x", "A=1\nB=2", "A=again", "LD_PRELOAD=/evil.so", ""]
    )


@case(HARMLESS)
def config_of_nulls():
    return image(
        "",
        [busybox.layer()],
        {"Env": None, "Cmd": None, "Entrypoint": None, "Labels": None, "Volumes": None},
    )


@case(HARMLESS)
def labels_like_ours():
    return container_config(
        Labels={"io.kubernetes.pod.uid": "other", "io.cri-containerd.pinned": "pinned", "a\nb": "c"}
    )


def raw_manifest(data):
    result = named("")
    manifest_of(result, [busybox.layer()])
    result.add_manifest(OCI_MANIFEST, data)
    return result
