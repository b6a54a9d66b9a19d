#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tests of the registries and images that other tests rely on; takes a few seconds."""

import http.client, pathlib, sys, unittest

sys.dont_write_bytecode = True
sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent)]

import hostile, images  # noqa: E402
from distribution import Pusher, push  # noqa: E402
from layer import Layer, digest_of  # noqa: E402
from lying_registry import Fault, LyingRegistry  # noqa: E402
from image import image  # noqa: E402
from registry import Registry  # noqa: E402


class ImagesTest(unittest.TestCase):
    def test_a_real_registry_takes_every_image(self):
        with Registry() as registry:
            for name in images.QUICK:
                made = images.make(name)
                self.assertEqual(
                    push(registry.address, *made), [each.top["digest"] for each in made]
                )
            self.assertIn(
                ("PUT", 201), {(method, status) for method, _, status, _ in registry.requests()}
            )

    def test_they_are_the_same_each_time(self):
        for name, make in images.QUICK.items():
            self.assertEqual([made.top for made in make()], [made.top for made in make()], name)


class RegistryTest(unittest.TestCase):
    def test_asks_for_a_password_over_tls(self):
        made = images.make("zstd")[0]
        with Registry(auth=True, tls=True) as registry:
            with Pusher(
                registry.address, f"{registry.USER}:{registry.PASSWORD}", registry.ca_file
            ) as pusher:
                pusher.push(made)
            with Pusher(registry.address, "berth:wrong", registry.ca_file) as pusher:
                with self.assertRaisesRegex(RuntimeError, "401"):
                    pusher.push(made)

    def test_leaves_nothing(self):
        with Registry() as registry:
            process, directory = registry.process, registry.directory
        self.assertIsNotNone(process.returncode)
        self.assertFalse(directory.exists())


class LyingRegistryTest(unittest.TestCase):
    def setUp(self):
        self.layer = Layer().file("f", bytes(range(256)) * 64).gzip()
        self.image = image("victim:latest", [self.layer])

    def get(self, registry, **headers):
        connection = http.client.HTTPConnection(registry.address, timeout=10)
        self.addCleanup(connection.close)
        connection.request("GET", f"/v2/victim/blobs/{digest_of(self.layer.blob)}", headers=headers)
        return connection.getresponse()

    def test_cuts_once_and_resumes(self):
        with LyingRegistry([self.image], fault=Fault.CUT) as registry:
            with self.assertRaises(http.client.IncompleteRead) as cut:
                self.get(registry).read()
            got = len(cut.exception.partial)
            rest = self.get(registry, Range=f"bytes={got}-")
            self.assertEqual(
                (rest.status, cut.exception.partial + rest.read()), (206, self.layer.blob)
            )

    def test_refuses_once(self):
        for fault, status in ((Fault.FLAKY, 503), (Fault.THROTTLE, 429)):
            with LyingRegistry([self.image], fault=fault) as registry:
                self.assertEqual([self.get(registry).status for _ in range(2)], [status, 200])

    def test_every_hostile_image_is_served_under_its_own_name(self):
        made = hostile.all_images()
        self.assertEqual(len({each.name for each in made}), len(hostile.CASES))
        with LyingRegistry(made) as registry:
            for each in made:
                self.assertIsNotNone(registry.manifest(each.name, "latest"), each.name)


if __name__ == "__main__":
    unittest.main()
