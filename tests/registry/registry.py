#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A real registry on loopback: Debian's docker-registry, for as long as a test needs it.

    with Registry() as registry:        # or Registry(auth=True, tls=True, port=5000, directory=D)
        push(registry.address, image)   # "127.0.0.1:PORT"; Registry.USER, Registry.PASSWORD
        registry.requests()             # what clients asked, from its access log

    registry.py serve [--dir D] [--port P] [--auth] [--tls]

The command prints `http://127.0.0.1:PORT` (or https://) once it answers, and serves until SIGTERM
or SIGINT. A directory that is not given is temporary and removed at the end. With TLS, D/ca.crt is
what clients must trust.
The registry dies with the process that started it, even if that is killed.
"""

import argparse, json, os, pathlib, re, shutil, signal, socket, ssl, subprocess, sys, tempfile, time
import urllib.error, urllib.request

DEADLINE_S = 30 * int(os.environ.get("BERTH_TEST_PATIENCE", "1"))  # as tests/support/patience.h
ACCESS = re.compile(r'"([A-Z]+) (\S+) HTTP/[\d.]+" (\d{3}) (\d+)')


class Registry:
    USER, PASSWORD = "berth", "correct horse"
    # bcrypt of PASSWORD: the only hash that docker-registry takes, and one that Python cannot make.
    HTPASSWD = "berth:$2b$04$dyU5y.ISniHfvQP1N8H4ZeQuMw8UgyASTgzC5XVWtGyQCflGanC.i\n"

    def __init__(self, auth=False, tls=False, port=0, directory=None):
        self.auth, self.tls, self.port = auth, tls, port
        self.temporary = directory is None
        self.directory = pathlib.Path(directory or tempfile.mkdtemp(prefix="berth-registry-"))
        self.process = None

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    @property
    def url(self):
        return f"{'https' if self.tls else 'http'}://{self.address}"

    @property
    def ca_file(self):
        return self.directory / "ca.crt"

    @property
    def storage(self):
        return self.directory / "storage"

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        self.directory.mkdir(parents=True, exist_ok=True)
        self.port = self.port or free_port()
        if self.tls and not self.ca_file.exists():
            make_certificate(self.ca_file, self.directory / "tls.key")
        (self.directory / "htpasswd").write_text(self.HTPASSWD)
        # JSON is YAML too.
        (self.directory / "config.yml").write_text(json.dumps(self.config(), indent=1))
        with open(self.directory / "registry.log", "wb") as log:
            self.process = subprocess.Popen(
                [
                    "setpriv",
                    "--pdeathsig",
                    "KILL",
                    "docker-registry",
                    "serve",
                    self.directory / "config.yml",
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self.wait_until_it_answers()

    def config(self):
        http = {"addr": self.address, "secret": "of-a-test"}
        if self.tls:
            http["tls"] = {"certificate": str(self.ca_file), "key": str(self.directory / "tls.key")}
        config = {
            "version": 0.1,
            "log": {"level": "warn"},
            "http": http,
            "storage": {
                "filesystem": {"rootdirectory": str(self.storage)},
                "delete": {"enabled": True},
            },
        }
        if self.auth:
            config["auth"] = {
                "htpasswd": {"realm": "berth", "path": str(self.directory / "htpasswd")}
            }
        return config

    def wait_until_it_answers(self):
        deadline = time.monotonic() + DEADLINE_S
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the registry does not start:\n" + self.log())
            time.sleep(0.02)  # between two polls

    def answers(self):
        context = ssl.create_default_context(cafile=self.ca_file) if self.tls else None
        try:
            urllib.request.build_opener(
                urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
            ).open(f"{self.url}/v2/", timeout=5).close()
        except urllib.error.HTTPError as error:
            return error.code == 401 and self.auth
        except OSError:
            return False
        return not self.auth

    def log(self):
        return (self.directory / "registry.log").read_text(errors="replace")

    def requests(self):
        """(method, path, status, bytes) of each request so far, oldest first."""
        return [
            (m, path, int(status), int(size))
            for m, path, status, size in ACCESS.findall(self.log())
        ]

    def stop(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None
        if self.temporary:
            shutil.rmtree(self.directory, ignore_errors=True)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def make_certificate(certificate, key):
    """A self-signed certificate for loopback, its own CA."""
    subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=localhost",
            "-addext",
            "subjectAltName=DNS:localhost,IP:127.0.0.1",
            "-keyout",
            key,
            "-out",
            certificate,
        ],
        check=True,
        capture_output=True,
    )


def serve(args):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with Registry(args.auth, args.tls, args.port, args.dir) as registry:
        print(registry.url, flush=True)
        try:
            registry.process.wait()
            sys.exit("registry.py: the registry ended:\n" + registry.log())
        except KeyboardInterrupt:
            pass


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    command = parser.add_subparsers(required=True).add_parser(
        "serve", help="serve until a signal ends it"
    )
    command.add_argument(
        "--dir", help="where its blobs, log and certificate live (default: temporary)"
    )
    command.add_argument("--port", type=int, default=0, help="default: a free one")
    command.add_argument("--auth", action="store_true", help="ask for Basic authentication")
    command.add_argument("--tls", action="store_true")
    args = parser.parse_args()
    serve(args)


if __name__ == "__main__":
    main()
