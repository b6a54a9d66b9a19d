#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Images from real registries, and from one that lies."""

import base64, concurrent.futures, json, pathlib, sys, unittest

sys.dont_write_bytecode = True
sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent)]

from harness import NodeTest, Registry, binaries, make, push  # noqa: E402

import hostile  # noqa: E402
from distribution import Pusher  # noqa: E402
from lying_registry import Fault, LyingRegistry  # noqa: E402

MANY_PULLS = 20


class ImageTest(NodeTest):
    images = ("busybox", "multilayer", "users", "platforms", "zstd", "uncompressed", "many")

    def setUp(self):
        super().setUp()
        self.addCleanup(self.remove_images)

    def remove_images(self):
        kept = self.node.json("images", self.image, "--format", "json")[0]["id"]
        for image in self.node.json("images", "--format", "json"):
            if image["id"] != kept:
                self.node.berth("rmi", "-f", image["id"])

    def name(self, image, tag="latest"):
        return f"{self.registry.address}/{image}:{tag}"

    def test_layers_of_every_kind_make_the_right_root(self):
        for image in ("multilayer", "many"):
            with self.subTest(image):
                self.node.berth("run", "--rm", self.name(image))  # checks itself

    def test_compressions_and_platforms(self):
        for image in ("zstd", "uncompressed", "platforms"):
            with self.subTest(image):
                self.node.berth("run", "--rm", self.name(image), "true")

    def test_an_image_of_another_platform_only_is_refused_clearly(self):
        error = self.node.berth_error("pull", self.name("busybox", "no-such-tag"))
        self.assertIn("no-such-tag", error)

    def test_removal_by_one_name_removes_all(self):
        self.node.berth("pull", self.name("zstd"))
        image = self.node.json("images", self.name("zstd"), "--format", "json")[0]["id"]
        self.node.berth("rmi", self.name("zstd"))
        self.assertNotIn(image, self.node.berth("images", "-q", "--no-trunc"))

    def test_basic_auth_and_tls(self):
        with Registry(auth=True, tls=True) as private:
            with Pusher(private.address, f"{private.USER}:{private.PASSWORD}", private.ca_file) as to:
                for image in make("busybox"):
                    to.push(image)
            self.write_hosts(private)
            reference = f"{private.address}/busybox:latest"
            self.assertRegex(self.node.berth_error("pull", reference), "wants a user name and a password")
            self.login(private)
            self.node.berth("pull", reference)
            self.node.berth("run", "--rm", "--pull", "never", reference, "true")

    def write_hosts(self, registry):
        directory = self.node.directory / "certs.d" / registry.address
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "hosts.toml").write_text(
            f'server = "{registry.url}"\n[host."{registry.url}"]\nca = "{registry.ca_file}"\n'
        )

    def login(self, registry):
        auth = base64.b64encode(f"{registry.USER}:{registry.PASSWORD}".encode()).decode()
        docker = self.node.directory / "docker"
        docker.mkdir(exist_ok=True)
        (docker / "config.json").write_text(json.dumps({"auths": {registry.address: {"auth": auth}}}))
        environment = self.node.environment
        self.node.environment = lambda **more: environment(DOCKER_CONFIG=str(docker), **more)
        self.addCleanup(setattr, self.node, "environment", environment)

    def test_a_mirror_is_asked_instead_of_the_host(self):
        directory = self.node.directory / "certs.d/registry.example"
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "hosts.toml").write_text(
            f'server = "https://registry.example"\n[host."{self.registry.url}"]\n'
            'capabilities = ["pull", "resolve"]\n'
        )
        self.node.berth("run", "--rm", "registry.example/zstd:latest", "true")

    def test_many_pulls_of_one_image_share_one_download(self):
        with Registry() as registry:
            push(registry.address, *make("many"))
            before = len(registry.requests())
            with concurrent.futures.ThreadPoolExecutor(MANY_PULLS) as pool:
                list(pool.map(lambda _: self.node.berth("pull", f"{registry.address}/many"), range(MANY_PULLS)))
            blobs = [path for verb, path, *_ in registry.requests()[before:] if verb == "GET" and "/blobs/" in path]
            self.assertEqual(sorted(blobs), sorted(set(blobs)), "each blob is fetched once")

    def test_pulling_an_unchanged_tag_fetches_nothing(self):
        with Registry() as registry:
            push(registry.address, *make("busybox"))
            self.node.berth("pull", f"{registry.address}/busybox:latest")
            before = len(registry.requests())
            self.node.berth("pull", f"{registry.address}/busybox:latest")
            asked = [(verb, path) for verb, path, *_ in registry.requests()[before:] if path != "/v2/"]
            self.assertEqual(asked, [("HEAD", "/v2/busybox/manifests/latest")])

    def test_broken_transfers_are_resumed(self):
        for fault in (Fault.CUT, Fault.NO_RANGE, Fault.FLAKY, Fault.THROTTLE):
            with self.subTest(fault.value):
                with LyingRegistry(make("multilayer"), fault=fault) as registry:
                    reference = f"{registry.address}/{make('multilayer')[0].reference}"
                    self.node.berth("pull", reference)
                    self.node.berth("rmi", "-f", reference)

    def test_hostile_images_are_refused_or_harmless(self):
        before = hostile_marks()
        cases = [case for case in hostile.CASES if not case.name.startswith("bomb")]
        images = {case.name: case.make() for case in cases}
        with LyingRegistry(list(images.values())) as registry:
            for case in cases:
                with self.subTest(case.name):
                    self.check_hostile(registry, images[case.name], case.verdict)
        self.assertEqual(hostile_marks(), before, "nothing outside was touched")

    def check_hostile(self, registry, image, verdict):
        reference = f"{registry.address}/{image.reference}"
        done = self.node.run([binaries() / "berth", "pull", "-q", reference], code=None)
        if verdict is hostile.Verdict.REFUSED:
            self.assertNotEqual(done.returncode, 0, "it was pulled")
        elif done.returncode == 0:
            self.node.berth("rmi", "-f", reference)

def hostile_marks():
    """What the hostile images aim at, as it stands on the host."""
    marks = []
    for path in (hostile.ESCAPED, hostile.BAIT):
        file = pathlib.Path(path)
        marks.append((path, file.exists(), file.read_bytes() if file.is_file() else b""))
    return marks


if __name__ == "__main__":
    unittest.main()
