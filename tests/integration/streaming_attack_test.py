#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What clients and pods do to the streaming server that they should not, and that others notice nothing."""

import contextlib, pathlib, struct, subprocess, sys, time, unittest, zlib

sys.dont_write_bytecode = True
sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent)]

from harness import wait_until  # noqa: E402
from pods import PodsTest  # noqa: E402
from streams import SETTINGS, SYN_STREAM, WINDOW_UPDATE, Spdy, WebSocket, connect  # noqa: E402
from streams import control, data, message, ping, upgrade  # noqa: E402

PROMPT_S = 8  # in which what is quick is done, however busy the machine
SESSIONS_OF_CONTAINER, ATTACHMENTS_OF_CONTAINER = 192, 8
MIB = 1 << 20


class AttackTest(PodsTest):
    def setUp(self):
        super().setUp()
        self.stack = contextlib.ExitStack()
        self.addCleanup(self.stack.close)

    def url(self, container, *command):
        return self.cri.call("Exec", container_id=container, cmd=list(command), stdout=True).url

    def attach_url(self, container):
        return self.cri.call("Attach", container_id=container, stdout=True).url

    def begin(self, url, **options):
        """A client whose command or attachment has been asked for."""
        client = self.stack.enter_context(Spdy(url, **options))
        self.assertEqual(client.status, 101)
        client.error, client.output = client.open_command("error", "stdout")
        return client

    def say(self, container, *command):
        """What the command says, or why it was not run."""
        client = self.begin(self.url(container, *command))
        said = client.read_all()
        return said.get(client.output) or said[client.error]

    def assert_serves(self, container):
        begun = time.monotonic()
        self.assertEqual(self.say(container, "echo", "served"), b"served\n")
        self.assertLess(time.monotonic() - begun, PROMPT_S)

    def commands(self, container, needle):
        """How many processes of the container have that in their command line."""
        listed = self.cri.call("ExecSync", container_id=container, cmd=["ps", "-o", "args"]).stdout
        return listed.count(needle.encode())


class SlowPodTest(AttackTest):
    def test_a_shim_that_hangs_holds_up_no_other_pod_nor_the_daemons_end(self):
        pod, containers = self.run_pod("stuck", containers=4)
        _, [other] = self.run_pod("other")
        self.stop_shim(pod)
        for i in range(64):
            self.begin(self.url(containers[i % 4], "true"))
        self.assert_serves(other)
        begun = time.monotonic()
        self.assertEqual(self.node.terminate(), 0)
        self.assertLess(time.monotonic() - begun, PROMPT_S)
        self.node.start()


class ClientTest(AttackTest):
    def setUp(self):
        super().setUp()
        _, [self.container] = self.run_pod("victim")

    def tearDown(self):
        self.assert_serves(self.container)

    def assert_ends(self, client, needle):
        """Its session is over, though it reads nothing."""
        wait_until(lambda: not self.commands(self.container, needle), PROMPT_S, "its command is gone")
        self.assertTrue(client.is_dropped(PROMPT_S))

    def test_who_is_answered_and_reads_nothing_is_dropped(self):
        client = self.begin(self.url(self.container, "sleep", "7001"), receive_buffer=4096)
        with contextlib.suppress(ConnectionError):
            for _ in range(20):
                client.send(ping(1) * (MIB // 12))
        self.assert_ends(client, "sleep 7001")

    def test_who_breaks_the_protocol_and_reads_nothing_is_dropped(self):
        client = self.begin(self.url(self.container, "sleep", "7002"), receive_buffer=4096)
        client.send(ping(1) * (8 * MIB // 12))
        client.send(b"\xff" * 16)
        self.assert_ends(client, "sleep 7002")

    def test_a_token_is_used_up_by_whatever_comes_with_it(self):
        for wrong in (
            dict(path="/attach/"),
            dict(headers={"X_Stream_Protocol_Version": "v9"}),
            dict(headers={"Upgrade": "h2c"}),
        ):
            with self.subTest(wrong):
                url = self.url(self.container, "true")
                headers = {
                    "Connection": "Upgrade", "Upgrade": "SPDY/3.1",
                    "X_Stream_Protocol_Version": "v4.channel.k8s.io", **wrong.get("headers", {}),
                }  # fmt: skip
                with contextlib.closing(connect(url)) as connection:
                    asked = url.replace("/exec/", wrong.get("path", "/exec/"))
                    self.assertIn(upgrade(connection, asked, **headers)[0], (400, 403, 404))
                with Spdy(url) as client:
                    self.assertEqual(client.status, 404)

    def test_silent_connections_keep_nobody_out(self):
        url = self.url(self.container, "true")
        for _ in range(400):
            silent = self.stack.enter_context(contextlib.closing(connect(url)))
            silent.sendall(b"POST /exec/")
        self.assert_serves(self.container)

    def test_hostile_spdy_is_dropped_or_does_nothing(self):
        bomb = zlib.compressobj()
        bomb = bomb.compress(struct.pack(">II", 1, 1) + bytes(32 * MIB)) + bomb.flush(zlib.Z_SYNC_FLUSH)
        streams = struct.pack(">IIBB", 5, 0, 0, 0)
        dropped = {
            "a header block that unpacks to 32 MiB": control(SYN_STREAM, streams + bomb[: 60 << 10]),
            "a control frame of 16 MiB": control(SYN_STREAM, b"")[:4] + b"\0\xff\xff\xff",
            "a stream of ours": control(SYN_STREAM, struct.pack(">IIBB", 4, 0, 0, 0)),
            "data of stream 0": data(0, b"x"),
        }
        for title, frames in dropped.items():
            with self.subTest(title):
                client = self.begin(self.url(self.container, "sleep", "7003"))
                client.send(frames)
                self.assertTrue(client.is_dropped(PROMPT_S))
        harmless = {
            "settings": control(SETTINGS, struct.pack(">I", 0)) * 100_000,
            "windows that overflow": control(WINDOW_UPDATE, struct.pack(">II", 3, 0x7FFFFFFF)) * 1000,
            "data of streams that are not open": data(4711, b"x" * 1000) * 1000,
        }
        for title, frames in harmless.items():
            with self.subTest(title):
                client = self.begin(self.url(self.container, "sh", "-c", "usleep 300000; echo end"))
                client.send(frames)
                self.assertIn(b"end\n", client.read_all()[client.output])

    def test_hostile_websockets_are_dropped_or_do_nothing(self):
        dropped = {
            "a message of 2^63 bytes": message(2, b"", size=1 << 63),
            "a message of 2^63 - 1 bytes": message(2, b"x", size=(1 << 63) - 1),
            "fragments without end": message(2, b"\0", final=False) + message(0, bytes(60_000), final=False) * 20,
            "a continuation of nothing": message(0, b"\0x"),
            "an opcode that is none": message(3, b"\0x"),
            "a large ping": message(9, bytes(126)),
            "a frame without a mask": b"\x82\x02\0x",
        }
        for title, frames in dropped.items():
            with self.subTest(title):
                client = self.stack.enter_context(WebSocket(self.url(self.container, "sleep", "7004")))
                self.assertEqual(client.status, 101)
                client.send(frames)
                self.assertTrue(client.is_dropped(PROMPT_S))
        # Though none of them closes its end.
        wait_until(lambda: not self.commands(self.container, "sleep 7004"), 2 * PROMPT_S, "no command is left")
        client = self.stack.enter_context(WebSocket(self.url(self.container, "sleep", "7005")))
        client.connection.settimeout(1)
        with contextlib.suppress(TimeoutError):  # nobody reads the answers
            client.send(message(9, b"x" * 100) * 200_000)
        self.assert_serves(self.container)

    def test_without_descriptors_nobody_new_is_served_until_some_come_free(self):
        daemon = self.node.process.pid
        limit = subprocess.check_output(["prlimit", f"--pid={daemon}", "--nofile", "--raw", "--noheadings",
                                         "-o", "SOFT"], text=True).strip()  # fmt: skip
        used = max(int(fd.name) for fd in pathlib.Path(f"/proc/{daemon}/fd").iterdir())
        url = self.url(self.container, "true")
        subprocess.run(["prlimit", f"--pid={daemon}", f"--nofile={used + 20}:{limit}"], check=True)
        try:
            for _ in range(60):
                self.stack.enter_context(contextlib.closing(connect(url)))
            self.assertIsNone(self.node.process.poll())
        finally:
            self.stack.close()
            subprocess.run(["prlimit", f"--pid={daemon}", f"--nofile={limit}:{limit}"], check=True)


class ShareTest(AttackTest):
    def test_sessions_of_one_container_leave_room_for_all_else(self):
        pod, [greedy, other] = self.run_pod("pair", containers=2)
        for _ in range(SESSIONS_OF_CONTAINER):
            self.begin(self.url(greedy, "sleep", "7006"))
        wait_until(lambda: self.shims_commands(pod, b"sleep\x007006\0") == SESSIONS_OF_CONTAINER, PROMPT_S,
                   "all commands run")  # fmt: skip
        self.assertIn(b"serves too many others", self.say(greedy, "true"))
        self.assert_serves(other)
        self.cri.call("ExecSync", container_id=other, cmd=["true"], deadline=PROMPT_S)
        self.cri.call("ReopenContainerLog", container_id=greedy, deadline=PROMPT_S)

    def shims_commands(self, pod, command):
        """How many of its processes have become that."""
        shim, found = self.shim_of(pod), 0
        for child in pathlib.Path(f"/proc/{shim}/task/{shim}/children").read_text().split():
            with contextlib.suppress(OSError):  # it has ended
                found += pathlib.Path(f"/proc/{child}/cmdline").read_bytes() == command
        return found

    def test_attachments_of_one_container_leave_room_for_those_of_another(self):
        _, [greedy, other] = self.run_pod("pair", "sh", "-c", "while :; do echo x; usleep 10000; done",
                                          containers=2)  # fmt: skip
        attached = [self.begin(self.attach_url(greedy)) for _ in range(ATTACHMENTS_OF_CONTAINER)]
        for client in attached:
            self.assertTrue(self.hears(client))
        refused = self.begin(self.attach_url(greedy))
        self.assertIn(b"serves too many others", refused.read_all()[refused.error])
        self.assertTrue(self.hears(self.begin(self.attach_url(other))))

    def hears(self, client):
        return any(kind == "data" and payload[1] == b"x\n" for kind, _, payload in client.frames())


class CrashTest(AttackTest):
    def test_a_hundred_sessions_end_with_the_daemon(self):
        containers = [self.run_pod(f"p{i}")[1][0] for i in range(4)]
        for i in range(100):
            self.begin(self.url(containers[i % 4], "sleep", "7007"))
        wait_until(lambda: all(self.commands(each, "sleep 7007") == 25 for each in containers), PROMPT_S,
                   "all commands run")  # fmt: skip
        self.crash()
        wait_until(lambda: not any(self.commands(each, "sleep 7007") for each in containers), PROMPT_S,
                   "no command is left")  # fmt: skip
        for container in containers:
            self.assert_serves(container)


if __name__ == "__main__":
    unittest.main()
