# SPDX-License-Identifier: Apache-2.0
"""Each RPC refuses requests that make no sense: INVALID_ARGUMENT, the field by name, nothing left. What
is looked up by what is no id is NOT_FOUND, as by an id of nothing."""

import itertools, time, unittest

import grpc
from cri import METHODS, container_config, pod_config
from harness import SETTLE_S
from pods import PodsTest

INVALID = grpc.StatusCode.INVALID_ARGUMENT
UNKNOWN_ENUM, HUGE, TOO_HIGH = 77, "x" * (10 << 20), 1 << 31
PATHS = ("/../etc", "/a/../../b", "..")

# Their requests have no field, or none of which a value could be wrong.
NOTHING_TO_REFUSE = {
    "Version",
    "Status",
    "RuntimeConfig",
    "GetContainerEvents",
    "ListMetricDescriptors",
    "ListPodSandboxMetrics",
    "StreamPodSandboxMetrics",
    "ImageFsInfo",
}

# A field's wrong values, by its path in a message; what the text must say, if not the path's last part.
POD = [
    ("metadata", None, "metadata.name"),
    *[("metadata.name", name) for name in ("", "a/b", "..", "a\nb", "a\0b", "x" * 300)],
    *[("metadata.namespace", name) for name in ("", "../x", "x" * 300)],
    *[("metadata.uid", name) for name in ("", "a b", "x" * 300)],
    *[("hostname", name) for name in ("a/b", "a b", "a\nb", "x" * 65)],
    *[("log_directory", path) for path in ("logs", "./logs", *PATHS, "/a\0b", "/" + "x" * 5000)],
    ("labels", {"key": HUGE}),
    ("annotations", {"key": HUGE}),
    ("annotations", {"x" * (1 << 20): ""}),
    ("dns_config", {"searches": [HUGE]}),
    *[("dns_config.servers", [server]) for server in ("", "dns.example", "1.2.3.4\noptions x")],
    *[("dns_config.searches", [word]) for word in ("", "a b", "a\nnameserver 6.6.6.6")],
    ("dns_config.options", ["ndots:5\n"]),
    ("port_mappings", [{"container_port": -1}], "container_port"),
    ("port_mappings", [{"container_port": 65536}], "container_port"),
    ("port_mappings", [{"container_port": 80, "host_port": -1}], "host_port"),
    ("port_mappings", [{"host_port": 80}], "container_port"),
    ("port_mappings", [{"container_port": 80, "protocol": UNKNOWN_ENUM}], "protocol"),
    ("port_mappings", [{"container_port": 80, "host_ip": "; reboot"}], "host_ip"),
    ("port_mappings", [{"container_port": 80}] * 5000),
    *[("linux.cgroup_parent", path) for path in (*PATHS, "/a\0b", "/" + "x" * 300)],
    ("linux.cgroup_parent", "/kubepods.slice"),
    ("linux.sysctls", {"kernel.core_pattern": "|/bin/sh"}, "kernel.core_pattern"),
    ("linux.sysctls", {"kernel.shm_rmid_forced": "1+kernel.core_pattern=|/bin/sh"}, "sysctl"),
    ("linux.sysctls", {"kernel.shm_rmid_forced": "1\nkernel.core_pattern=x"}, "sysctl"),
    ("linux.sysctls", {"net.ipv4.no_such": "1"}, "net/ipv4/no_such"),
    ("linux.sysctls", {"net.ipv4.ip_forward": "many"}, "net/ipv4/ip_forward"),
    ("linux.sysctls", {"net/../kernel/core_pattern": "x"}, "sysctl"),
    ("linux.sysctls", {"net.ipv4.ip_forward": HUGE}, "sysctl"),
    ("linux.resources.cpu_period", -1),
    ("linux.overhead.memory_limit_in_bytes", -2),
    *[(f"linux.security_context.{field}.value", -1, field) for field in ("run_as_user", "run_as_group")],
    ("linux.security_context.run_as_user.value", TOO_HIGH, "run_as_user"),
    ("linux.security_context.supplemental_groups", [-1]),
    ("linux.security_context.supplemental_groups_policy", UNKNOWN_ENUM),
    ("linux.security_context.seccomp.profile_type", UNKNOWN_ENUM, "seccomp"),
    ("linux.security_context.apparmor.profile_type", UNKNOWN_ENUM, "apparmor"),
    *[
        (f"linux.security_context.namespace_options.{field}", mode)
        for field in ("network", "pid", "ipc")
        for mode in (UNKNOWN_ENUM, "TARGET")
    ],
    ("linux.security_context.namespace_options.network", "CONTAINER"),
    *[
        ("linux.security_context.namespace_options.userns_options", options, "user namespace")
        for options in (
            {"mode": UNKNOWN_ENUM},
            {"mode": "POD"},
            {"mode": "NODE", "uids": [{"length": 1}], "gids": [{"length": 1}]},
            {"uids": [{"length": 9}], "gids": [{"length": 8}]},
            {"uids": [{"length": 0}], "gids": [{"length": 0}]},
            {"uids": [{"host_id": 4294967295, "length": 9}], "gids": [{"length": 9}]},
        )
    ],
]

RESOURCES = [
    *[("cpu_period", value) for value in (-1, 1, 2000000)],
    *[("cpu_quota", value) for value in (-2, 1)],
    ("cpu_shares", -1),
    ("memory_limit_in_bytes", -2),
    ("memory_swap_limit_in_bytes", -2),
    ("memory_swap_limit_in_bytes", 1 << 20),
    ("cpuset_cpus", "all"),
    ("cpuset_cpus", "0\n1"),
    ("cpuset_cpus", "7-3", "cpuset.cpus"),
    ("cpuset_cpus", "99999", "cpuset.cpus"),
    ("cpuset_cpus", "123456789012345", "cpuset.cpus"),
    ("cpuset_mems", "99999", "cpuset.mems"),
    *[("hugepage_limits", [{"page_size": size}]) for size in ("", "2", "../2MB", "2MB\n")],
    *[
        ("unified", {file: "1"})
        for file in ("", "memory", "../memory.max", "cgroup.procs", "memory/../cgroup.kill")
    ],
    ("unified", {"memory.high": "\0"}),
    ("unified", {"pids.max": "-1"}),
]

CONTAINER = [
    *[("metadata.name", name) for name in ("", "a/b", "a\nb", "x" * 300)],
    ("image.image", ""),
    *[("image.image", name, "image") for name in ("UPPER", "../x", "a b", "a:", "x" * 5000)],
    *[("image.image", path) for path in ("/../etc", "/a/../../b", "/a\0b", "/" + "x" * 5000)],
    ("image.annotations", {"key": HUGE}),
    ("labels", {"key": HUGE}),
    ("annotations", {"key": HUGE}),
    ("command", ["a\0b"]),
    ("command", ["x" * (1 << 18)]),
    ("command", ["x" * 100000] * 30),
    ("args", ["a\0b"], "command"),
    ("args", ["x" * (1 << 18)]),
    ("working_dir", "/a\0b"),
    *[("envs", [{"key": key}], "environment") for key in ("", "A=B", "A\0B")],
    ("envs", [{"key": "A", "value": "AA=="}], "environment"),
    ("envs", [{"key": "x" * (1 << 18)}]),
    *[("log_path", path) for path in (*PATHS, "../../x", "a\0b", "/", ".", "dir/", "x" * 300)],
    ("stop_signal", UNKNOWN_ENUM),
    *[
        ("mounts", [{"container_path": path, "host_path": "/tmp"}], "container_path")
        for path in ("", "/", *PATHS, "/a\0b")
    ],
    *[
        ("mounts", [{"container_path": "/m", "host_path": path}], "host_path")
        for path in ("", "tmp", *PATHS, "/a\0b")
    ],
    *[
        ("mounts", [{"container_path": "/m", "host_path": "/tmp", **more}], "mount")
        for more in (
            {"propagation": UNKNOWN_ENUM},
            {"mount_options": ["suid"]},
            {"mount_options": ["noexec,bind"]},
            {"recursive_read_only": True},
            {"uidMappings": [{"length": 1}], "gidMappings": [{"length": 1}]},
        )
    ],
    ("mounts", [{"container_path": "/m", "host_path": "/tmp"}] * 2000),
    ("mounts", [{"container_path": "/m", "host_path": "/etc/hosts/below"}], "host"),
    *[
        ("devices", [{"host_path": path}], "device")
        for path in ("", "null", "/dev/../etc", "/etc/passwd", "/no/such")
    ],
    ("devices", [{"host_path": "/dev/null", "permissions": "rwx"}]),
    ("devices", [{"host_path": "/dev/null", "container_path": "/dev/../etc/x"}]),
    ("CDI_devices", [{"name": "no device"}], "CDI"),
    ("linux.resources.oom_score_adj", 1001),
    *[(f"linux.resources.{case[0]}", *case[1:]) for case in RESOURCES],
    *[(f"linux.security_context.run_as_user.value", id, "user") for id in (-1, TOO_HIGH, 1 << 62)],
    ("linux.security_context", {"run_as_user": {"value": 1}, "run_as_group": {"value": -1}}, "group"),
    ("linux.security_context.run_as_group.value", 5, "run_as_group"),
    *[
        ("linux.security_context.run_as_username", name, "user")
        for name in ("nobody-here", "a:b", "\n", "-1")
    ],
    ("linux.security_context.supplemental_groups", [-1], "group"),
    ("linux.security_context.supplemental_groups", list(range(70000)), "group"),
    ("linux.security_context.supplemental_groups_policy", UNKNOWN_ENUM),
    ("linux.security_context.capabilities.add_capabilities", ["SYS_NONE"], "capability"),
    ("linux.security_context.capabilities.drop_capabilities", [""], "capability"),
    ("linux.security_context.capabilities.add_ambient_capabilities", ["1"], "capability"),
    ("linux.security_context.privileged", True),
    ("linux.security_context.seccomp.profile_type", UNKNOWN_ENUM, "seccomp"),
    *[
        (
            "linux.security_context.seccomp",
            {"profile_type": "Localhost", "localhost_ref": ref},
            "seccomp",
        )
        for ref in ("", "profile.json", "/no/such", "/etc/passwd", "/dev/zero", "/proc/self/mem", "/tmp")
    ],
    ("linux.security_context.seccomp_profile_path", "nonsense"),
    ("linux.security_context.apparmor.profile_type", UNKNOWN_ENUM, "apparmor"),
    ("linux.security_context.apparmor.profile_type", "Localhost", "apparmor"),
    ("linux.security_context.apparmor_profile", "nonsense"),
    *[
        (f"linux.security_context.{field}", [path])
        for field in ("masked_paths", "readonly_paths")
        for path in ("", "proc", *PATHS)
    ],
    ("linux.security_context.namespace_options.pid", UNKNOWN_ENUM, "pid"),
    ("linux.security_context.namespace_options", {"pid": "TARGET"}, "target_id"),
    ("linux.security_context.namespace_options", {"pid": "TARGET", "target_id": "0" * 64}, "target_id"),
    ("linux.security_context.namespace_options.userns_options.mode", UNKNOWN_ENUM, "user namespace"),
]

IDS = ("", "../x", "/etc", "g", "a\0b", "x" * 200)  # where the object must be there
NOT_THERE = " not found"
FOREIGN_IDS = ("", "../x", "/etc", "a\0b", "a\nb", "x" * 200)  # where none is as good
COMMANDS = ([], [""], ["a\0b"], ["x" * (1 << 18)], ["x" * 100000] * 30)
REFERENCES = ("", "UPPER", "../x", "a b", "a:", "a@sha256:12", "http://a/b", "a\nb", "x" * 5000)


def of_ids(field, values=FOREIGN_IDS, **more):
    return [({field: value, **more}, field) for value in values]


def of_lookups(field, **more):
    return [({field: value, **more}, NOT_THERE if value else field) for value in IDS]


def of_filters(ids, states=()):
    return [
        *[
            ({"filter": {field: value}}, f"filter.{field}")
            for field in ids
            for value in FOREIGN_IDS
            if value
        ],
        *[({"filter": {"state": {"state": state}}}, "filter.state") for state in states],
        ({"filter": {"label_selector": {"key": HUGE}}}, "filter.label_selector"),
    ]


def of_messages(wrong, message, **more):
    """A request with the message `spoiled`, for each of the wrong values."""
    return [
        ({**more, **message(nested(path, value))}, text[0] if text else path.split(".")[-1])
        for path, value, *text in wrong
    ]


def nested(path, value):
    for part in reversed(path.split(".")):
        value = {part: value}
    return value


def merged(base, change):
    if not isinstance(base, dict) or not isinstance(change, dict):
        return change
    return {**base, **{key: merged(base.get(key), value) for key, value in change.items()}}


NUMBERS = itertools.count()  # so that one that is accepted does not hide the next


def numbered(config):
    config["metadata"]["attempt"] = next(NUMBERS)
    return config


def new_pod(change):
    return {"config": merged(numbered(pod_config("nonsense", log_directory="/tmp")), change)}


# Each of these makes a part of the table: RPC -> [(request, text)].


def of_pods(pod):
    listed = of_filters(("id",), (UNKNOWN_ENUM, -1))
    counted = of_filters(("id",))
    return {
        "RunPodSandbox": [
            ({}, "metadata.name"),
            (new_pod({}) | {"runtime_handler": "no/such"}, "there is no no/such; there are berth"),
            *of_messages(POD, new_pod),
        ],
        "StopPodSandbox": of_ids("pod_sandbox_id"),
        "RemovePodSandbox": of_ids("pod_sandbox_id"),
        "PodSandboxStatus": of_lookups("pod_sandbox_id"),
        "ListPodSandbox": listed,
        "StreamPodSandboxes": listed,
        "PodSandboxStats": of_lookups("pod_sandbox_id"),
        "ListPodSandboxStats": counted,
        "StreamPodSandboxStats": counted,
        "UpdatePodSandboxResources": [
            *of_lookups("pod_sandbox_id"),
            *of_messages(RESOURCES[:8], lambda change: {"overhead": change}, pod_sandbox_id=pod),
            *of_messages(RESOURCES, lambda change: {"resources": change}, pod_sandbox_id=pod),
        ],
        "PortForward": [
            *of_lookups("pod_sandbox_id", port=[80]),
            *[({"pod_sandbox_id": pod, "port": [port]}, "port") for port in (-1, 0, 65536)],
            ({"pod_sandbox_id": pod, "port": [80] * 1000}, "port"),
        ],
        "CheckpointPod": [
            *of_lookups("pod_sandbox_id", container_ids=["a"]),
            ({"pod_sandbox_id": pod}, "container_ids"),
            *[({"pod_sandbox_id": pod, "container_ids": [name]}, "container_ids") for name in IDS],
            ({"pod_sandbox_id": pod, "container_ids": ["a"] * 1000}, "container_ids"),
            ({"pod_sandbox_id": pod, "container_ids": ["a"], "options": {"fast": "1"}}, "options"),
            *[
                ({"pod_sandbox_id": pod, "container_ids": ["a"], "output_path": path}, "output_path")
                for path in ("", "relative", "/nowhere/at/all", "/etc", "/dev/null", *PATHS)
            ],
        ],
        "RestorePod": [
            ({}, "metadata.name"),
            (new_pod({}) | {"options": {"fast": "1"}}, "options"),
            (new_pod({}) | {"container_configs": [{}]}, "container_configs"),
            (new_pod({}) | {"container_configs": [{}] * 1000}, "container_configs: at most"),
            (new_pod({}) | {"container_configs": [container_config("a", "/a.tar")]}, "image"),
            *[
                (new_pod({}) | {"checkpoint_path": path}, "checkpoint_path")
                for path in ("", "relative", "/nowhere/at/all", "/etc", "/dev/null", "/a\0b", *PATHS)
            ],
        ],
        "UpdateRuntimeConfig": [
            ({"runtime_config": nested("network_config.pod_cidr", cidr)}, "pod_cidr")
            for cidr in ("nonsense", "10.0.0.0", "10.0.0.0/33", "10.0.0.0/-1", "fd00::/64,x", "1.2.3/8")
        ],
    }


def of_containers(pod, container, image):
    def new_container(change):
        return {"config": merged(numbered(container_config("nonsense", image, "true")), change)}

    listed = of_filters(("id", "pod_sandbox_id"), (UNKNOWN_ENUM, -1))
    counted = of_filters(("id", "pod_sandbox_id"))
    resources = [(f"linux.{path}", *rest) for path, *rest in RESOURCES]
    return {
        "CreateContainer": [
            ({"pod_sandbox_id": pod}, "metadata.name"),
            *of_lookups("pod_sandbox_id", **new_container({})),
            *of_messages(CONTAINER, new_container, pod_sandbox_id=pod),
        ],
        "StartContainer": of_lookups("container_id"),
        "StopContainer": [
            *of_ids("container_id"),
            ({"container_id": container, "timeout": -1}, "timeout"),
        ],
        "RemoveContainer": of_ids("container_id"),
        "ListContainers": listed,
        "StreamContainers": listed,
        "ContainerStatus": of_lookups("container_id"),
        "ContainerStats": of_lookups("container_id"),
        "ListContainerStats": counted,
        "StreamContainerStats": counted,
        "UpdateContainerResources": [
            *of_lookups("container_id"),
            *of_messages(resources, lambda change: change, container_id=container),
        ],
        "ReopenContainerLog": of_lookups("container_id"),
        "CheckpointContainer": [
            *of_lookups("container_id", location="/tmp/checkpoint.tar"),
            *[
                ({"container_id": container, "location": path}, "location")
                for path in ("", "relative", "/", "/etc/", "/nowhere/a.tar", "/a\0b", *PATHS)
            ],
            *[
                ({"container_id": container, "location": "/tmp/a.tar", "timeout": seconds}, "timeout")
                for seconds in (-1, 1 << 40)
            ],
        ],
    }


def of_streams(container):
    streams = [
        ({"container_id": container}, "stdin"),
        ({"container_id": container, "tty": True, "stdout": True, "stderr": True}, "stderr"),
    ]
    commands = [({"container_id": container, "cmd": command}, "cmd") for command in COMMANDS]
    return {
        "ExecSync": [
            *of_lookups("container_id", cmd=["true"]),
            *commands,
            ({"container_id": container, "cmd": ["true"], "timeout": -1}, "timeout"),
        ],
        "Exec": [
            *of_lookups("container_id", cmd=["true"], stdout=True),
            *[({**request, "stdout": True}, text) for request, text in commands],
            *[({**request, "cmd": ["true"]}, text) for request, text in streams],
        ],
        "Attach": [*of_lookups("container_id", stdout=True), *streams],
    }


def of_images(image):
    named = [({"image": {"image": name}}, "image" if name else "image.image") for name in REFERENCES]
    listed = [({"filter": {"image": {"image": name}}}, "image") for name in REFERENCES if name]
    return {
        "ListImages": listed,
        "StreamImages": listed,
        "ImageStatus": named,
        "PullImage": [
            *named,
            ({"image": {"image": image}, "auth": {"auth": "no base64!"}}, "auth"),
        ],
        "RemoveImage": named,
    }


class NonsenseTest(PodsTest):
    def setUp(self):
        super().setUp()
        self.pod, [self.container] = self.run_pod("subject")
        self.whole = self.seen()

    def seen(self):
        """All that there is, on the machine and by the daemon's account."""
        answers = (
            self.cri.call("ListPodSandbox").items,
            self.cri.call("ListContainers").containers,
            self.cri.call("ListImages").images,
            [self.cri.call("ContainerStatus", container_id=self.container).status],
        )
        return self.node.traces() | {str(one) for answer in answers for one in answer}

    def settled(self, wanted):
        """What there is once it is as wanted, or does not become so: rubbish goes in its own time."""
        deadline = time.monotonic() + SETTLE_S
        while (now := self.seen()) != wanted and time.monotonic() < deadline:
            time.sleep(0.02)  # between two polls
        return now

    def refused(self, name, request, text):
        error = None
        try:
            self.cri.call(name, **request)
        except grpc.RpcError as caught:
            error = caught
        before, self.whole = self.whole, self.settled(self.whole)  # of which the next is no part
        self.assertIsNotNone(error, "it was accepted")
        self.assertEqual(self.whole, before)
        code, said = error.code(), error.details()
        self.assertEqual(code, grpc.StatusCode.NOT_FOUND if text == NOT_THERE else INVALID, said)
        self.assertIn(text, said)

    def test_nonsense_is_refused_by_the_field_s_name_and_leaves_nothing(self):
        cases = {
            **of_pods(self.pod),
            **of_containers(self.pod, self.container, self.image),
            **of_streams(self.container),
            **of_images(self.image),
        }
        self.assertEqual({*cases, *NOTHING_TO_REFUSE}, {*METHODS})
        for name, requests in cases.items():
            for request, text in requests:
                with self.subTest(rpc=name, request=str(request)[:200]):
                    self.refused(name, request, text)

    def test_what_is_no_message_is_refused_too(self):
        for name, method in METHODS.items():
            path = f"/{method.containing_service.full_name}/{name}"
            for garbage in (b"\xff" * 64, b"\x0a\xff\xff\xff\xff\x0f"):
                with self.subTest(rpc=name, garbage=garbage):
                    with self.assertRaises(grpc.RpcError):
                        self.cri.channel.unary_unary(path)(garbage, 10)
        self.assertEqual(self.seen(), self.whole)

    def test_a_name_that_was_refused_is_free(self):
        config = pod_config("again")
        with self.assertRaises(grpc.RpcError):
            self.cri.call("RunPodSandbox", config=config | {"hostname": "a/b"})
        pod = self.cri.call("RunPodSandbox", config=config).pod_sandbox_id
        self.assertNotEqual(pod, self.pod)


if __name__ == "__main__":
    unittest.main()
