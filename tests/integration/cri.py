# SPDX-License-Identifier: Apache-2.0
"""CRI's calls as a kubelet makes them, for what no command line asks for.

    cri = Cri(node.endpoint)
    cri.call("RunPodSandbox", config={"metadata": {...}})            # the response
    cri.call("PullImage", deadline=0.1, image={"image": reference})   # raises grpc.RpcError
    cri.send("ListContainers")                                       # a future

Needs python3-grpcio, python3-protobuf, protobuf-compiler.
"""

import os, pathlib, subprocess, sys, tempfile

# A fork by subprocess is followed by an exec: gRPC need not be prepared for it.
os.environ["GRPC_ENABLE_FORK_SUPPORT"] = "0"
sys.path.append("/usr/lib/python3/dist-packages")  # of Debian, for a Python that is not

import grpc  # noqa: E402
from google.protobuf import json_format, message_factory  # noqa: E402

PROTO = pathlib.Path(__file__).resolve().parents[2] / "proto/runtime/v1"
CALL_S = 120


def load_messages():
    """The module that protoc makes of api.proto."""
    with tempfile.TemporaryDirectory(prefix="berth-proto-") as directory:
        subprocess.run(["protoc", "-I", PROTO, f"--python_out={directory}", "api.proto"], check=True)
        sys.path.insert(0, directory)
        try:
            import api_pb2
        finally:
            sys.path.remove(directory)
    return api_pb2


API = load_messages()
METHODS = {
    method.name: method
    for service in API.DESCRIPTOR.services_by_name.values()
    for method in service.methods
}
MESSAGES = message_factory.MessageFactory()


class Cri:
    """One client with a connection of its own."""

    def __init__(self, endpoint):
        own = [("grpc.use_local_subchannel_pool", 1), ("grpc.max_reconnect_backoff_ms", 500)]
        self.channel = grpc.insecure_channel(endpoint, own)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.channel.close()

    def send(self, name, deadline=CALL_S, **fields):
        method = METHODS[name]
        request = MESSAGES.GetPrototype(method.input_type)
        response = MESSAGES.GetPrototype(method.output_type)
        stub = self.channel.unary_unary(
            f"/{method.containing_service.full_name}/{name}",
            request.SerializeToString,
            response.FromString,
        )
        return stub.future(json_format.ParseDict(fields, request()), deadline)

    def call(self, name, deadline=CALL_S, **fields):
        return self.send(name, deadline, **fields).result()


def pod_config(name, **more):
    metadata = {"name": name, "uid": name, "namespace": "test"}
    return {"metadata": metadata, "linux": {}, **more}


def container_config(name, image, *command, **more):
    return {
        "metadata": {"name": name},
        "image": {"image": image},
        "command": list(command),
        "linux": {},
        **more,
    }
