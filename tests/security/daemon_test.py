#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""R10, R11, R13, R15, R16, R19, R23: what a container, a registry or a neighbour gets of the daemon."""

import base64, http.server, json, os, pathlib, re, stat, subprocess, threading, unittest

import grpc
from attack import AttackTest
from harness import wait_until

MIB, NOBODY = 1 << 20, "65534"
PASSWORD = "correct-horse-battery"


def as_nobody(*command):
    return subprocess.run(
        ["setpriv", "--reuid", NOBODY, "--regid", NOBODY, "--clear-groups", *map(str, command)],
        capture_output=True, text=True,
    )  # fmt: skip


def memory(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) << 10


class BoundsTest(AttackTest):
    def test_R10_CVE_2022_31030_output_of_an_exec_is_not_kept_without_bound(self):
        container = self.start(self.image, "sleep", "1000")
        before = memory(self.node.process.pid)
        for script in ("head -c 200M /dev/zero", "head -c 200M /dev/zero >&2", "yes | head -c 200M"):
            try:
                self.cri.call("ExecSync", container_id=container, cmd=["sh", "-c", script], timeout=60)
            except grpc.RpcError as refused:  # over what a client takes in one message
                self.assertEqual(refused.code(), grpc.StatusCode.RESOURCE_EXHAUSTED)
        self.assertLess(memory(self.node.process.pid) - before, 96 * MIB)

    def test_R10_a_line_without_an_end_is_not_kept(self):
        pod = self.pod()
        container = self.start(self.image, "sleep", "1000", pod=pod)
        shim = self.shim_of(container)
        before = memory(shim)
        self.start(self.image, "sh", "-c", "head -c 64M /dev/zero | tr '\\0' x", pod=pod)
        wait_until(lambda: not self.running(pod, container), 60, "all is written")
        self.assertLess(memory(shim) - before, 2 * MIB)

    def running(self, pod, but):
        listed = self.cri.call("ListContainers", filter={"pod_sandbox_id": pod, "state": {"state": 1}})
        return [one.id for one in listed.containers if one.id != but]

    def test_R11_GHSA_7jxh_36q5_gcqv_what_an_exec_leaves_in_the_background_holds_nothing_up(self):
        container = self.start(self.image, "sleep", "1000")
        self.shell(container, "true")  # makes what stays
        before = self.figures()
        for _ in range(20):
            self.assertEqual(self.shell(container, "sleep 1000 & echo done"), "done")
        # gRPC's own come and go; of the execs there would be one each.
        wait_until(
            lambda: self.figures() < before + 5, 30, lambda: f"{self.figures()} is {before} again"
        )

    def figures(self):
        process = pathlib.Path(f"/proc/{self.node.process.pid}")
        return len(list((process / "fd").iterdir()))

    def test_R11_CVE_2025_64329_clients_that_never_come_leave_nothing(self):
        container = self.start(self.image, "sleep", "1000")
        self.cri.call("Exec", container_id=container, cmd=["cat"], stdin=True, stdout=True)
        before = self.figures(), memory(self.node.process.pid)
        refused = 0
        for _ in range(3000):
            try:
                self.cri.call("Attach", container_id=container, stdout=True)
            except grpc.RpcError as error:
                self.assertEqual(error.code(), grpc.StatusCode.RESOURCE_EXHAUSTED)
                refused += 1
        self.assertGreater(refused, 0, "tokens that nobody takes have a bound")
        self.assertLess(self.figures(), before[0] + 5)
        self.assertLess(memory(self.node.process.pid) - before[1], 16 * MIB)


class SurfaceTest(AttackTest):
    def test_R15_CVE_2020_15257_no_socket_is_open_to_others(self):
        container = self.start(self.image, "sleep", "1000")
        ours = (self.node.process.pid, self.shim_of(container))
        for pid in ours:
            for line in pathlib.Path(f"/proc/{pid}/net/unix").read_text().splitlines()[1:]:
                path = line.split()[7:]
                if path and path[0].startswith("@"):
                    self.assertNotIn("berth", path[0])
        for socket in self.node.directory.rglob("*.sock"):
            mode = stat.S_IMODE(socket.stat().st_mode)
            self.assertEqual(mode & 0o007, 0, socket)
            done = as_nobody("python3", "-c", f"import socket; socket.socket(1).connect('{socket}')")
            self.assertIn("Permission", done.stderr, socket)

    def test_R15_the_streaming_server_is_on_loopback_and_wants_a_token(self):
        container = self.start(self.image, "sleep", "1000")
        url = self.cri.call("Exec", container_id=container, cmd=["id"], stdout=True).url
        self.assertRegex(url, r"^http://127\.0\.0\.1:\d+/\w+/[\w-]{22,}$")
        listening = subprocess.run(["ss", "-Hltnp"], capture_output=True, text=True, check=True).stdout
        for line in listening.splitlines():
            if f"pid={self.node.process.pid}," in line:
                self.assertRegex(line.split()[3], r"^127\.")

    def test_R19_CVE_2021_41091_CVE_2024_25621_data_of_containers_is_out_of_reach(self):
        container = self.start(
            self.image, "sh", "-c", "cp /bin/busybox /su; chmod 4755 /su; exec sleep 1000"
        )
        wait_until(lambda: "su" in self.shell(container, "ls /su"), 30, "it is there")
        found = [path for path in (self.node.directory / "root").rglob("su") if path.is_file()]
        self.assertTrue(found)
        for path in found:
            done = as_nobody(path, "id")
            self.assertNotEqual(done.returncode, 0)
        for place in ("root", "state/pods"):
            self.assertIn("Permission", as_nobody("ls", self.node.directory / place).stderr)
        self.assertEqual(stat.S_IMODE((self.node.directory / "root").stat().st_mode), 0o700)

    def test_R13_CVE_2026_24834_names_add_no_argument_to_plugins(self):
        for name in ("a;IP=10.9.9.9", "a=b", "a;K8S_POD_NAMESPACE=kube-system"):
            with self.assertRaises(grpc.RpcError) as refused:
                self.cri.call(
                    "RunPodSandbox", config={"metadata": {"name": name, "uid": "u", "namespace": "n"}}
                )
            self.assertEqual(refused.exception.code(), grpc.StatusCode.INVALID_ARGUMENT)

    def test_R7_CVE_2025_23266_plugins_get_the_daemon_s_environment_only(self):
        seen = self.host / "environment"
        plugins = self.node.directory / "plugins"
        plugins.mkdir(exist_ok=True)
        plugin = plugins / "tattler"
        plugin.write_text(f'#!/bin/sh\n[ "$CNI_COMMAND" = ADD ] || exit 0\nenv > {seen}\nexit 7\n')
        plugin.chmod(0o755)
        network = {"cniVersion": "1.0.0", "name": "tattler", "plugins": [{"type": "tattler"}]}
        (self.node.directory / "cni/05-tattler.conflist").write_text(json.dumps(network))
        self.addCleanup((self.node.directory / "cni/05-tattler.conflist").unlink)
        self.addCleanup(seen.unlink, missing_ok=True)
        with self.assertRaises(grpc.RpcError):
            self.pod(
                annotations={"LD_PRELOAD": "/evil.so", "CNI_PATH": "/evil", "x": "\n\0LD_PRELOAD=/evil"}
            )
        self.assertIn("CNI_COMMAND=ADD", seen.read_text())
        self.assertNotRegex(seen.read_text(), r"(?m)^(LD_PRELOAD|CNI_PATH)=.*evil")

    def test_R23_CVE_2020_10749_a_pod_forwards_and_announces_nothing_to_the_host(self):
        container = self.start(self.image, "sleep", "1000")
        for name in (
            "net/ipv4/conf/all/forwarding",
            "net/ipv6/conf/all/accept_ra",
            "net/ipv4/ip_forward",
        ):
            self.assertIn("Read-only", self.shell(container, f"echo 1 > /proc/sys/{name}"))


class CredentialsTest(AttackTest):
    """A registry that would have the credentials go to another place."""

    def setUp(self):
        super().setUp()
        self.heard = []
        self.stranger = self.serve(self.strange)
        self.registry_server = self.serve(self.lie)

    def serve(self, answer):
        test = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                status, headers = answer(self.path, self.headers, body)
                self.send_response(status)
                for name, value in {"Content-Length": "0", **headers}.items():
                    self.send_header(name, value)
                self.end_headers()

            do_HEAD = do_POST = do_GET

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return server.server_address[1]

    def strange(self, path, headers, body):
        self.heard.append(f"{path} {headers} {body}")
        return 404, {}

    def lie(self, path, headers, _):
        if path.startswith("/v2/realm"):
            realm = f"http://localhost.example.test:{self.stranger}/token"
            return 401, {"WWW-Authenticate": f'Bearer realm="{realm}",service="x"'}
        if not headers.get("Authorization", "").startswith("Basic"):
            return 401, {"WWW-Authenticate": 'Basic realm="x"'}
        return 307, {"Location": f"http://127.0.0.1:{self.stranger}{path}"}

    def pull(self, name):
        with self.assertRaises(grpc.RpcError):
            self.cri.call(
                "PullImage", image={"image": f"127.0.0.1:{self.registry_server}/{name}:latest"},
                auth={"username": "berth", "password": PASSWORD},
            )  # fmt: skip

    def check(self):
        encoded = base64.b64encode(f"berth:{PASSWORD}".encode()).decode()
        for text in (*self.heard, self.node.log):
            self.assertNotIn(PASSWORD, text)
            self.assertNotIn(encoded, text)
            self.assertNotIn("Authorization", text)

    def test_R16_CVE_2020_15157_a_redirect_takes_no_credentials_along(self):
        self.pull("redirect")
        self.assertTrue(self.heard, "it was followed")
        self.check()

    def test_R16_CVE_2026_33540_CVE_2019_10214_a_stranger_s_token_server_gets_none(self):
        self.pull("realm")
        self.check()


if __name__ == "__main__":
    unittest.main()
