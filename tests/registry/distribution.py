# SPDX-License-Identifier: Apache-2.0
"""Pushes images to a registry: the little of the distribution protocol that it takes.

push("127.0.0.1:5000", image, ...)
with Pusher(address, user="berth:password", ca_file="ca.crt") as pusher:   # TLS when there is a CA
    pusher.push(image)
"""

import base64, http.client, pathlib, ssl
from urllib.parse import urlsplit

TIMEOUT_S = 120


def push(address, *images):
    with Pusher(address) as pusher:
        return [pusher.push(image) for image in images]


class Pusher:
    def __init__(self, address, user=None, ca_file=None):
        self.headers = {}
        if user:
            self.headers["Authorization"] = "Basic " + base64.b64encode(user.encode()).decode()
        if ca_file:
            context = ssl.create_default_context(cafile=ca_file)
            self.connection = http.client.HTTPSConnection(
                address, timeout=TIMEOUT_S, context=context
            )
        else:
            self.connection = http.client.HTTPConnection(address, timeout=TIMEOUT_S)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    def push(self, image):
        """Blobs first, then manifests, children before their index; returns the tag's digest."""
        for digest, data in image.blobs.items():
            self._blob(image.name, digest, data)
        for digest, (media_type, data) in image.manifests.items():
            self._manifest(image.name, digest, media_type, data)
        self._manifest(image.name, image.tag, *image.manifests[image.top["digest"]])
        return image.top["digest"]

    def _blob(self, name, digest, data):
        if self._call("HEAD", f"/v2/{name}/blobs/{digest}", (200, 404)).status == 200:
            return
        where = urlsplit(
            self._call("POST", f"/v2/{name}/blobs/uploads/", (202,), b"").getheader("Location")
        )
        target = (
            f"{where.path}?{where.query}&digest={digest}"
            if where.query
            else f"{where.path}?digest={digest}"
        )
        if isinstance(data, pathlib.Path):
            with open(data, "rb") as body:
                self._call(
                    "PUT", target, (201,), body, {"Content-Length": str(data.stat().st_size)}
                )
        else:
            self._call("PUT", target, (201,), data)

    def _manifest(self, name, reference, media_type, data):
        self._call(
            "PUT", f"/v2/{name}/manifests/{reference}", (201,), data, {"Content-Type": media_type}
        )

    def _call(self, method, path, wanted, body=None, headers=None):
        headers = {"Content-Type": "application/octet-stream", **self.headers, **(headers or {})}
        self.connection.request(method, path, body=body, headers=headers)
        response = self.connection.getresponse()
        text = response.read()
        if response.status not in wanted:
            raise RuntimeError(
                f"{method} {path}: {response.status} {text[:300].decode(errors='replace')}"
            )
        return response
