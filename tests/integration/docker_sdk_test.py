# SPDX-License-Identifier: Apache-2.0
"""The usual calls of Docker's library for Python (Debian's python3-docker)."""

import io, tarfile, unittest

import docker

import harness
from docker_node import DockerContainersTest


class SdkTest(DockerContainersTest):
    def setUp(self):
        super().setUp()
        self.client = docker.DockerClient(base_url=f"unix://{self.socket}", timeout=harness.COMMAND_S)
        self.addCleanup(self.client.close)

    def run_detached(self, *command, **options):
        return self.client.containers.run(self.image, list(command), detach=True, **options)

    def test_system(self):
        self.assertTrue(self.client.ping())
        self.assertIn("ApiVersion", self.client.version())
        self.assertEqual(self.client.info()["OSType"], "linux")

    def test_run(self):
        self.assertEqual(self.client.containers.run(self.image, ["echo", "hi"], remove=True), b"hi\n")
        with self.assertRaises(docker.errors.ContainerError) as failed:
            self.client.containers.run(self.image, ["sh", "-c", "echo why >&2; exit 3"], remove=True)
        self.assertEqual(failed.exception.exit_status, 3)
        with self.assertRaises(docker.errors.ImageNotFound):
            self.client.api.create_container("none:1", "true")
        with self.assertRaises(docker.errors.NotFound):
            self.client.containers.get("none")

    def test_a_containers_life(self):
        container = self.run_detached("sh", "-c", "echo out; exec sleep 1000", name="web", labels={"a": "b"})
        self.assertEqual([each.name for each in self.client.containers.list(filters={"label": "a=b"})], ["web"])
        self.assertEqual(next(container.logs(stream=True, follow=True)), b"out\n")
        container.pause()
        container.unpause()
        container.rename("site")
        container.stop(timeout=0)
        container.reload()
        self.assertEqual((container.name, container.status), ("site", "exited"))
        container.restart(timeout=0)
        self.assertEqual(container.top()["Processes"][0][-1], "sleep 1000")
        container.kill()
        self.assertEqual(container.wait()["StatusCode"], 137)
        container.remove()
        self.assertEqual(self.client.containers.list(all=True), [])

    def test_exec(self):
        container = self.run_detached("sleep", "1000")
        code, output = container.exec_run(["sh", "-c", "echo out; echo err >&2; exit 4"], demux=True)
        self.assertEqual((code, output), (4, (b"out\n", b"err\n")))
        self.assertEqual(container.exec_run("id -u", user="7").output, b"7\n")
        self.assertEqual(container.exec_run("pwd", workdir="/tmp", tty=True).output, b"/tmp\r\n")
        _, stream = container.exec_run("echo hi", stream=True)
        self.assertEqual(b"".join(stream), b"hi\n")
        _, sock = container.exec_run("cat", stdin=True, socket=True)
        sock._sock.sendall(b"typed\n")
        self.assertTrue(sock.read(14).endswith(b"typed\n"))
        sock.close()

    def test_stats_and_events(self):
        events = self.client.events(decode=True, filters={"type": "container"})
        container = self.run_detached("sleep", "1000")
        self.assertEqual([next(events)["Action"] for _ in range(2)], ["create", "start"])
        events.close()
        once = container.stats(stream=False)
        self.assertGreater(once["memory_stats"]["usage"], 0)
        stream = container.stats(stream=True, decode=True)
        self.assertEqual(next(stream)["id"], container.id)

    def test_images(self):
        image = self.client.images.pull(self.image)
        self.assertIn(self.image, image.tags)
        self.assertTrue(image.tag("ours", "1"))
        archive = b"".join(self.client.images.get("ours:1").save(named="ours:1"))
        self.client.images.remove("ours:1")
        self.assertEqual(self.client.images.load(archive)[0].id, image.id)
        self.client.images.remove("ours:1")
        context = io.BytesIO()
        with tarfile.open(fileobj=context, mode="w") as tar:
            text = f"FROM {self.image}\nENV BUILT=yes\n".encode()
            entry = tarfile.TarInfo("Dockerfile")
            entry.size = len(text)
            tar.addfile(entry, io.BytesIO(text))
        context.seek(0)
        built, _ = self.client.images.build(fileobj=context, custom_context=True, tag="built:1")
        self.assertIn("BUILT=yes", built.attrs["Config"]["Env"])
        self.client.images.remove("built:1")

    def test_volumes_and_networks(self):
        volume = self.client.volumes.create("files", labels={"a": "b"})
        self.assertEqual([each.name for each in self.client.volumes.list()], ["files"])
        volume.remove()
        network = self.client.networks.create("back")
        container = self.run_detached("sleep", "1000", network="back")
        network.reload()
        self.assertEqual([each.id for each in network.containers], [container.id])
        container.remove(force=True)
        network.remove()
        with self.assertRaises(docker.errors.NotFound):
            self.client.networks.get("back")


if __name__ == "__main__":
    unittest.main()
