# SPDX-License-Identifier: Apache-2.0
"""docker events: told as they happen, and again to who asks later."""

import json, subprocess, time, unittest

import harness
from docker_node import DockerContainersTest


class EventsTest(DockerContainersTest):
    images = ("busybox", "multilayer")

    def setUp(self):
        super().setUp()
        self.since = f"{time.time():.9f}"

    def events(self, *filters):
        """What has happened in this test, by now."""
        arguments = ["--since", self.since, "--until", f"{time.time():.9f}", "--format", "json"]
        for each in filters:
            arguments += ["--filter", each]
        return [json.loads(line) for line in self.docker("events", *arguments).splitlines()]

    def actions(self, *filters):
        return [each["Action"] for each in self.events(*filters)]

    def test_a_containers_life(self):
        self.docker("run", "--name", "web", "--label", "tier=front", self.image, "sh", "-c", "exit 3", code=3)
        self.docker("rm", "web")
        self.docker("run", "--name", "other", self.image, "true")
        web = self.events("container=web")
        self.assertEqual([each["Action"] for each in web], ["create", "attach", "start", "die", "destroy"])
        self.assertEqual(web[3]["Actor"]["Attributes"]["exitCode"], "3")
        self.assertIn(web[3]["Actor"]["Attributes"]["execDuration"], [str(seconds) for seconds in range(harness.SETTLE_S)])
        self.assertEqual(web[3]["Actor"]["Attributes"]["tier"], "front")
        self.assertEqual(web[0]["from"], self.image)
        self.assertEqual(self.actions("container=web", "event=die"), ["die"])
        self.assertEqual(self.actions("label=tier=front", "event=start"), ["start"])
        self.assertEqual(self.actions("type=image", "container=web"), [])

    def test_a_stop_and_who_looks_on(self):
        self.docker("run", "-d", "--name", "web", self.image, "sleep", "1000")
        self.docker("top", "web")
        self.docker("stop", "-t", "0", "web")
        self.assertEqual(self.actions("container=web"), ["create", "start", "top", "kill", "die", "stop"])
        self.assertEqual(self.events("event=kill")[0]["Actor"]["Attributes"]["signal"], "15")

    def test_execs(self):
        self.docker("run", "-d", "--name", "web", self.image, "sleep", "1000")
        self.docker("exec", "web", "sh", "-c", "exit 4", code=4)
        execs = self.events("event=exec_create", "event=exec_start", "event=exec_die")
        self.assertEqual(
            [each["Action"] for each in execs], ["exec_create: sh -c exit 4", "exec_start: sh -c exit 4", "exec_die"]
        )
        self.assertEqual(execs[2]["Actor"]["Attributes"]["exitCode"], "4")

    def test_images_volumes_and_networks(self):
        self.docker("pull", self.image)
        self.docker("tag", self.image, "ours:1")
        self.docker("rmi", "ours:1")
        self.docker("save", "-o", self.node.directory / "saved.tar", self.image)
        self.docker("load", "-i", self.node.directory / "saved.tar")
        self.docker("volume", "create", "files")
        self.docker("volume", "rm", "files")
        self.docker("network", "create", "back")
        self.docker("network", "rm", "back")
        self.assertEqual(self.actions("type=image"), ["pull", "tag", "untag", "save", "load"])
        self.assertEqual(self.actions("type=volume", "volume=files"), ["create", "destroy"])
        self.assertEqual(self.actions("network=back"), ["create", "destroy"])
        pull = self.events("event=pull")[0]
        self.assertEqual(pull["Actor"]["ID"], self.image)

    def test_images_are_told_of_whoever_changes_them(self):
        other = self.image.replace("busybox", "multilayer")
        command = ["docker", "events", "--since", self.since, "--filter", "type=image", "--format", "{{.Action}} {{.Actor.ID}} {{.Actor.Attributes.name}}"]
        listener = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=self.environment)
        try:
            told = lambda: listener.stdout.readline().split()
            self.node.berth("pull", other)  # by CRI, as the kubelet does
            self.assertEqual(told(), ["pull", other, other.rpartition(":")[0]])
            id = json.loads(self.docker("image", "inspect", other))[0]["Id"]
            self.build("built:1", "LABEL made=here")
            built = json.loads(self.docker("image", "inspect", "built:1"))[0]["Id"]
            self.assertEqual(told(), ["tag", built, "built:1"])
            self.node.berth("rmi", other)
            gone = [told() for _ in range(3)]
            self.assertEqual([each[:2] for each in gone], [["untag", id], ["untag", id], ["delete", id]])
            self.assertEqual({each[2].rpartition("/")[2].partition("@")[0] for each in gone[:2]}, {"multilayer:latest", "multilayer"})
        finally:
            listener.kill()
            listener.wait()
            listener.stdout.close()

    def test_what_a_container_uses(self):
        self.addCleanup(self.docker, "volume", "prune", "-af")
        self.addCleanup(self.remove_all)
        self.docker("run", "--rm", "-v", "data:/d", "-v", "/anonymous", self.image, "true")
        told = [each["Action"] for each in self.events("type=volume", "type=network")]
        self.assertEqual(told, ["create", "create", "mount", "mount", "connect", "disconnect", "unmount", "unmount", "destroy"])
        self.assertEqual(self.actions("volume=data"), ["create", "mount", "unmount"])
        mount = self.events("volume=data", "event=mount")[0]["Actor"]["Attributes"]
        self.assertEqual((mount["destination"], mount["read/write"]), ("/d", "true"))

    def test_who_listens_hears_at_once(self):
        command = ["docker", "events", "--since", self.since, "--format", "{{.Action}}", "--filter", "container=web"]
        listener = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=self.environment)
        try:
            self.docker("run", "-d", "--name", "web", self.image, "sleep", "1000")
            self.assertEqual([listener.stdout.readline().strip() for _ in range(2)], ["create", "start"])
            self.docker("kill", "web")  # it is connected by now
            self.assertEqual([listener.stdout.readline().strip() for _ in range(2)], ["kill", "die"])
        finally:
            listener.kill()
            listener.wait()
            listener.stdout.close()

    def test_nonsense_is_refused(self):
        self.assertIn("invalid filter 'colour'", self.docker_error("events", "--filter", "colour=red"))
        self.assertEqual(self.api("GET", "/events?since=2&until=1")[0], 400)


if __name__ == "__main__":
    unittest.main()
