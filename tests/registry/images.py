#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The images that tests pull, made here from what Debian has.

    images.py push HOST:PORT [NAME...] [--user USER:PASSWORD] [--ca FILE]
    images.py list

Prints `reference digest` for each. Quick ones (all of them, where no NAME is given) take a second
and are byte for byte the same each time; debian and nginx are whole Debian roots, made by
debootstrap once and kept in ${BERTH_TEST_CACHE:-/var/cache/berth-tests}.
From Python: `make("busybox")`.
services has nginx and Redis, copied from this machine.
Needs: busybox-static, zstd; debootstrap for debian and nginx; nginx-light and redis-tools for services.
"""

import argparse, sys

import busybox, multilayer, programs, rootfs
from distribution import Pusher
from image import image, index, platform
from layer import Layer

SHELL = {"Cmd": ["sh"]}
USERS = {
    "root": "",
    "uid": "1000",
    "name": "app",
    "uid-gid": "1000:2000",
    "name-group": "app:staff",
    "uid-unknown": "4242",
    "missing": "no-such-user",
    "missing-group": "app:no-such-group",
}


def make_busybox():
    return [image("busybox:latest", [busybox.layer()], SHELL)]


def make_docker():
    """The same in Docker's media types: so the same image id."""
    return [image("docker:latest", [busybox.layer()], SHELL, docker=True)]


def make_multilayer():
    """Every feature of layers; see multilayer.py. Its command checks the result."""
    layers = [multilayer.base(), multilayer.first(), multilayer.second(), multilayer.third()]
    return [image("multilayer:latest", layers, {"Cmd": ["sh", "/check"]})]


def make_config():
    """Every field of a configuration that a container inherits."""
    return [
        image(
            "config:latest",
            [busybox.layer()],
            {
                "Entrypoint": ["/bin/sh", "-c"],
                "Cmd": ["echo $GREETING; pwd; id -u"],
                "WorkingDir": "/made/by/runtime",
                "Env": ["PATH=/bin", "GREETING=hello"],
                "User": "app",
                "StopSignal": "SIGUSR1",
                "Labels": {"berth": "test"},
                "ExposedPorts": {"80/tcp": {}},
                "Volumes": {"/volume": {}},
            },
        )
    ]


def make_users():
    """One image a way to write USER."""
    return [
        image(f"users:{tag}", [busybox.layer()], {**SHELL, "User": user})
        for tag, user in USERS.items()
    ]


def make_platforms():
    """An index of four, one of them ours, one an attestation as buildx adds; /platform tells."""
    children = [
        (platform("amd64", "windows"), "windows"),
        (platform("arm64", variant="v8"), "arm64"),
        (platform("amd64"), "amd64"),
        (platform("unknown", "unknown"), "attestation"),
    ]
    return [
        index(
            "platforms:latest",
            [
                (
                    where,
                    image(
                        "platforms",
                        [busybox.layer(), Layer().file("platform", text.encode()).gzip()],
                        {"Cmd": ["cat", "/platform"]},
                        where["architecture"],
                    ),
                )
                for where, text in children
            ],
        )
    ]


def make_zstd():
    return [image("zstd:latest", [busybox.contents().file("etc/packed", b"zstd\n").zstd()], SHELL)]


def make_uncompressed():
    return [
        image(
            "uncompressed:latest", [busybox.contents().file("etc/packed", b"not\n").plain()], SHELL
        )
    ]


def make_services():
    """A web server and a database of this machine, for compose; the rest is busybox."""
    server = ("/usr/bin/redis-check-rdb", "/usr/bin/redis-server")  # it is what it is called
    servers = programs.layer(("/usr/sbin/nginx", "/usr/sbin/nginx"), server)
    files = Layer().dir("var/log", "var/log/nginx", "var/lib", "var/lib/nginx").gzip()
    return [image("services:latest", [busybox.layer(), servers, files], SHELL)]


def make_many():
    """Sixty layers, one file each: more than an overlay mount's options hold with long paths."""
    layers = [Layer().file(f"layer/{number}", str(number).encode()).gzip() for number in range(60)]
    return [
        image("many:latest", [busybox.layer(), *layers], {"Cmd": ["sh", "-c", "ls /layer | wc -l"]})
    ]


def make_debian():
    return [image("debian:latest", [rootfs.debian()], {"Cmd": ["bash"]})]


def make_nginx():
    """Debian's nginx on port 80; its logs go to the container's."""
    files = (
        Layer()
        .symlink("var/log/nginx/access.log", "/dev/stdout")
        .symlink("var/log/nginx/error.log", "/dev/stderr")
        .file("var/www/html/index.html", b"<h1>nginx runs in a pod</h1>\n")
        .gzip()
    )
    return [
        image(
            "nginx:latest",
            [rootfs.nginx(), files],
            {
                "Cmd": ["nginx", "-g", "daemon off;"],
                "ExposedPorts": {"80/tcp": {}},
                "StopSignal": "SIGQUIT",
            },
        )
    ]


QUICK = {
    "busybox": make_busybox,
    "docker": make_docker,
    "multilayer": make_multilayer,
    "config": make_config,
    "users": make_users,
    "platforms": make_platforms,
    "zstd": make_zstd,
    "uncompressed": make_uncompressed,
    "many": make_many,
}
# Slow, or of more packages: made where they are named.
SLOW = {"debian": make_debian, "nginx": make_nginx, "services": make_services}


def make(name):
    """The images of this name: most often one."""
    return {**QUICK, **SLOW}[name]()


def push(args):
    with Pusher(args.registry, args.user, args.ca) as pusher:
        for name in args.names or QUICK:
            for made in make(name):
                print(f"{args.registry}/{made.reference} {pusher.push(made)}", flush=True)


def show(_):
    for name, maker in {**QUICK, **SLOW}.items():
        print(f"{name:13} {'slow' if name in SLOW else 'quick':6} {(maker.__doc__ or '').strip()}")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True)
    commands.add_parser("list", help="say what there is").set_defaults(run=show)
    command = commands.add_parser("push", help="make images and push them")
    command.set_defaults(run=push)
    command.add_argument("registry", metavar="HOST:PORT")
    command.add_argument("names", metavar="NAME", nargs="*")
    command.add_argument("--user", metavar="USER:PASSWORD")
    command.add_argument("--ca", metavar="FILE", help="push by TLS, trusting this certificate")
    args = parser.parse_args()
    unknown = set(getattr(args, "names", [])) - {*QUICK, *SLOW}
    if unknown:
        sys.exit(f"images.py: no image named {', '.join(sorted(unknown))}: see `images.py list`")
    args.run(args)


if __name__ == "__main__":
    main()
