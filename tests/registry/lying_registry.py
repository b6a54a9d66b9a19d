#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A registry that serves what it is told, true or not: what a real registry refuses to give.

    with LyingRegistry(hostile.all_images()) as registry: ... registry.address ...
    lying_registry.py serve [--port P] [--fault F]

The command serves all of hostile.py, and prints its URL, a line `reference verdict` for each case,
and an empty line.

What a fault does to the answers for blobs, each for the whole life of the server (Faults):
    cut        the connection ends in the middle of each blob, the first time; Range is honoured
    no_range   the same, but Range is ignored
    slow       a byte a second
    flaky      every request's first answer is 503
    throttle   every request's first answer is 429 with Retry-After: 1
"""

import argparse, collections, enum, http.server, pathlib, signal, sys, threading

import hostile


class Fault(enum.Enum):
    NONE, CUT, NO_RANGE, SLOW, FLAKY, THROTTLE = (
        "none",
        "cut",
        "no_range",
        "slow",
        "flaky",
        "throttle",
    )


class LyingRegistry:
    def __init__(self, images, port=0, fault=Fault.NONE):
        self.images, self.fault = images, fault
        self.seen = collections.Counter()  # (method, path) -> how often it was asked
        self.stopping = threading.Event()
        self.server = Server(("127.0.0.1", port), Answer)
        self.server.registry = self

    @property
    def address(self):
        return f"127.0.0.1:{self.server.server_port}"

    @property
    def url(self):
        return f"http://{self.address}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.server.shutdown()
        self.server.server_close()

    def manifest(self, name, reference):
        """(digest, (media type, bytes)), or None."""
        for image in self.images:
            if image.name == name:
                digest = image.top["digest"] if reference == image.tag else reference
                if digest in image.manifests:
                    return digest, image.manifests[digest]
        return None

    def blob(self, name, digest):
        for image in self.images:
            if image.name == name and digest in image.blobs:
                data = image.blobs[digest]
                return data.read_bytes() if isinstance(data, pathlib.Path) else data
        return None


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass  # clients may end a connection as they like


class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        registry = self.server.registry
        registry.seen[self.command, self.path] += 1
        first = registry.seen[self.command, self.path] == 1
        if first and registry.fault in (Fault.FLAKY, Fault.THROTTLE):
            return self.refuse(503 if registry.fault is Fault.FLAKY else 429)
        name, kind, reference = self.parts()
        if kind == "manifests" and (found := registry.manifest(name, reference)):
            return self.whole(*found[1], Docker_Content_Digest=found[0])
        if kind == "blobs" and (data := registry.blob(name, reference)) is not None:
            return self.blob(data, first)
        return self.whole("application/json", b"{}") if self.path == "/v2/" else self.refuse(404)

    do_HEAD = do_GET

    def parts(self):
        pieces = self.path.split("?")[0].removeprefix("/v2/").rsplit("/", 2)
        return pieces if len(pieces) == 3 else ("", "", "")

    def refuse(self, status):
        self.send_response(status)
        self.send_header("Content-Length", "0")
        if status == 429:
            self.send_header("Retry-After", "1")
        self.end_headers()

    def whole(self, media_type, data, **headers):
        self.head(200, media_type, len(data), **headers)
        self.send(data)

    def head(self, status, media_type, length, **headers):
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(length))
        for key, value in headers.items():
            self.send_header(key.replace("_", "-"), value)
        self.end_headers()

    def blob(self, data, first):
        fault, start = self.server.registry.fault, self.range_start()
        if start and fault is not Fault.NO_RANGE:
            self.head(
                206,
                "application/octet-stream",
                len(data) - start,
                Content_Range=f"bytes {start}-{len(data) - 1}/{len(data)}",
            )
            return self.send(data[start:])
        self.head(200, "application/octet-stream", len(data))
        if fault in (Fault.CUT, Fault.NO_RANGE) and first:
            self.send(data[: len(data) // 2])
            self.close_connection = True
        elif fault is Fault.SLOW:
            self.drip(data)
        else:
            self.send(data)

    def range_start(self):
        value = self.headers.get("Range", "")
        return int(value[6:].split("-")[0] or 0) if value.startswith("bytes=") else 0

    def drip(self, data):
        for position in range(len(data)):
            self.send(data[position : position + 1])
            if self.server.registry.stopping.wait(1):
                break
        self.close_connection = True

    def send(self, data):
        if self.command != "HEAD":
            try:
                self.wfile.write(data)
            except OSError:
                self.close_connection = True  # the client has seen enough

    def log_message(self, *_):
        pass


def serve(args):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with LyingRegistry(hostile.all_images(), args.port, Fault(args.fault)) as registry:
        print(registry.url)
        for case in hostile.CASES:
            print(f"{registry.address}/hostile/{case.name}:latest {case.verdict.value}")
        print(flush=True)
        try:
            registry.stopping.wait()
        except KeyboardInterrupt:
            pass


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    command = parser.add_subparsers(required=True).add_parser(
        "serve", help="serve until a signal ends it"
    )
    command.add_argument("--port", type=int, default=0, help="default: a free one")
    command.add_argument("--fault", default="none", choices=[fault.value for fault in Fault])
    serve(parser.parse_args())


if __name__ == "__main__":
    main()
