# SPDX-License-Identifier: Apache-2.0
"""Builds, images and containers beside Debian's buildah and podman, in the same run.

Each has a store of its own on the same filesystem. A round is one of Berth's and one of theirs after the
other, so that what else the machine does meets both; the median of the rounds is shown."""

import os, pathlib, shutil, statistics, subprocess, sys, tempfile, time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "integration")]

import harness  # noqa: E402

ROUNDS, CONTAINERS = 5, 20
LIMITS = ("--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024")  # for a node that allows no more
BIG_CONTEXT = 1 << 30  # bytes
BUILDAH = ("build", "--layers", "-q", "--tls-verify=false")
CHANGED = "middle.txt"
# Twenty instructions; the file of the eleventh changes.
DOCKERFILE = f"""FROM {{base}}
ARG WHO=world
ENV GREETING=hello PATH=/usr/local/bin:/usr/bin:/bin
LABEL org.opencontainers.image.title=figures
WORKDIR /work
COPY first /work/first
RUN mkdir -p /work/out && echo one >/work/out/1
RUN for i in 1 2 3 4 5 6 7 8; do dd if=/dev/zero of=/work/out/$i.bin bs=64k count=16 2>/dev/null; done
COPY second.txt /work/
RUN cat /work/first/*.txt >/work/out/all
COPY {CHANGED} /work/
RUN cat /work/{CHANGED} >>/work/out/all
RUN adduser -D -u 1000 app || echo 'app:x:1000:1000::/:/bin/sh' >>/etc/passwd
COPY --chown=1000:1000 third /work/third
RUN chmod -R go-w /work/out
RUN echo "$GREETING $WHO" >/work/out/greeting
EXPOSE 8080
USER 1000
ENTRYPOINT ["/bin/sh", "-c"]
CMD ["cat /work/out/greeting"]
"""


class Theirs:
    """Podman's and buildah's commands, on a store of their own."""

    def __init__(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="berth-theirs-"))
        self.place = ["--root", self.directory / "root", "--runroot", self.directory / "run"]
        self.place += ["--storage-driver", "overlay"]

    def podman(self, *arguments):
        # Debian's crun takes no node with both cgroup hierarchies.
        return ["podman", *self.place, "--events-backend", "none", "--runtime", "runc", *arguments]

    def buildah(self, *arguments):
        return ["buildah", *self.place, *arguments]

    def close(self):
        subprocess.run(self.podman("system", "reset", "--force"), capture_output=True)
        shutil.rmtree(self.directory, ignore_errors=True)


class Both:
    """Each with the registry's images."""

    def __init__(self, registry, push):
        self.registry, self.push = registry, push
        self.node, self.theirs = harness.Node(), Theirs()

    def __enter__(self):
        self.node.write_config()
        path = self.node.directory / "berth.toml"
        path.write_text(path.read_text().replace('"debug"', '"info"').replace('gc_interval = "1s"\n', ""))
        self.node.start()
        socket = self.node.directory / "state/docker.sock"
        harness.wait_until(lambda: harness.listener(socket), harness.START_S, "the Engine API serves")
        self.docker = {"DOCKER_HOST": f"unix://{socket}"}
        return self

    def __exit__(self, *_):
        self.node.remove_pods()
        self.theirs.close()
        self.node.close()

    def pull(self, name):
        """Its reference, by which both have it."""
        self.push(self.registry, name)
        reference = f"{self.registry.address}/{name}"
        run(self.ours("pull", reference))
        run(self.theirs.podman("pull", "--tls-verify=false", reference))
        return reference

    def ours(self, *arguments):
        return [harness.binaries() / "berth", "--host", self.node.endpoint, *arguments]


def run(command, **environment):
    """Seconds that it took."""
    begin = time.monotonic()
    done = subprocess.run(
        list(map(str, command)), stdin=subprocess.DEVNULL, capture_output=True, env={**os.environ, **environment}
    )
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}: {done.stderr.decode(errors='replace')[-2000:]}")
    return time.monotonic() - begin


def show(title, ours, theirs):
    a, b = statistics.median(ours), statistics.median(theirs)
    print(f"{title:40} Berth {a:8.3f} s  theirs {b:8.3f} s  {b / a:6.2f} times as fast", flush=True)


def rounds(title, count, ours, theirs):
    """Runs both, which are told the round and say how long it took."""
    times = [(ours(i), theirs(i)) for i in range(count)]
    show(title, *zip(*times))


# -- builds


def context(directory, base):
    for name in ("first", "third"):
        (directory / name).mkdir(parents=True)
        for i in range(50):
            (directory / name / f"{i}.txt").write_text(f"{name} {i}\n" * 200)
    (directory / "second.txt").write_text("second\n")
    (directory / CHANGED).write_text("0\n")
    (directory / "Dockerfile").write_text(DOCKERFILE.format(base=base))


def build(both):
    print("\n== build, 20 instructions, beside buildah build --layers")
    base = both.pull("busybox")
    with tempfile.TemporaryDirectory(prefix="berth-context-") as directory:
        directory = pathlib.Path(directory)
        context(directory, base)

        def ours(_=0):
            return run(both.ours("build", "-q", "-t", "figures:1", directory))

        def theirs(_=0, isolation=("--runtime", "runc")):
            return run(both.theirs.buildah(*BUILDAH, *isolation, "-t", "figures:1", directory))

        def theirs_cold(*isolation):
            forget_theirs(both, base)
            return theirs(0, isolation)

        def ours_cold(_):
            forget(both)
            return ours()

        rounds("cold", ROUNDS, ours_cold, lambda _: theirs_cold("--runtime", "runc"))
        rounds("cold, theirs by chroot alone", ROUNDS, ours_cold, lambda _: theirs_cold("--isolation", "chroot"))
        ours(), theirs()
        rounds("warm", ROUNDS, ours, theirs)

        def change(i):
            (directory / CHANGED).write_text(f"changed {i}\n")
            return ours()

        rounds("a file changed in the middle", ROUNDS, change, theirs)
        big_context(both, directory, base)


def forget(both):
    for command in (["rmi", "-f", "figures:1"], ["builder", "prune", "-af"]):
        subprocess.run(["docker", *command], capture_output=True, env={**os.environ, **both.docker})


def forget_theirs(both, base):
    """All images but the base: they are its cache."""
    keep = subprocess.check_output(both.theirs.podman("image", "inspect", "-f", "{{.Id}}", base), text=True).strip()
    images = subprocess.check_output(both.theirs.podman("images", "-aq", "--no-trunc"), text=True).split()
    others = [each for each in set(images) if each.removeprefix("sha256:") != keep]
    subprocess.run(both.theirs.podman("rmi", "-f", *others), capture_output=True)


def big_context(both, directory, base):
    """Of which the Dockerfile takes one small file."""
    with open(directory / "big", "wb") as file:
        block = os.urandom(1 << 20)
        for _ in range(BIG_CONTEXT >> 20):
            file.write(block)
    (directory / "Dockerfile").write_text(f"FROM {base}\nCOPY {CHANGED} /\n")
    rounds(
        f"a context of {BIG_CONTEXT >> 20} MiB, warm",
        3,
        lambda _: run(both.ours("build", "-q", directory)),
        lambda _: run(both.theirs.buildah(*BUILDAH, directory)),
    )


# -- images and containers


def images(both):
    print("\n== push and save a Debian root, beside podman")
    reference = both.pull("debian")
    other = both.registry.address

    def push_ours(i):
        run(both.ours("tag", reference, f"{other}/ours-{i}"))
        return run(both.ours("push", f"{other}/ours-{i}"))

    def push_theirs(i):
        return run(both.theirs.podman("push", "--tls-verify=false", reference, f"{other}/theirs-{i}"))

    rounds("push, the registry has the layers", ROUNDS, push_ours, push_theirs)
    with new_registry() as empty:
        other = empty.address

        def wipe_then(push, i):
            shutil.rmtree(empty.storage, ignore_errors=True)
            return push(i)

        rounds("push, the registry is empty", 3, lambda i: wipe_then(push_ours, i), lambda i: wipe_then(push_theirs, i))
    with tempfile.TemporaryDirectory(prefix="berth-save-") as directory:
        save = ("save", "-q", "--format", "oci-archive")
        rounds(
            "save",
            ROUNDS,
            lambda i: run(both.ours("save", "-o", f"{directory}/ours-{i}.tar", reference)),
            lambda i: run(both.theirs.podman(*save, "-o", f"{directory}/theirs-{i}.tar", reference)),
        )


def new_registry():
    from registry import Registry

    return Registry()


def containers(both):
    print("\n== run --rm true, beside podman run --rm")
    base = both.pull("busybox")
    for network in ("default", "none", "host"):
        options = [] if network == "default" else ["--network", network]
        rounds(
            f"network {network}",
            CONTAINERS,
            lambda _, options=options: run(["docker", "run", "--rm", *options, base, "true"], **both.docker),
            lambda _, options=options: run(both.theirs.podman("run", *LIMITS, "--rm", *options, base, "true")),
        )


PARTS = {"build": build, "images": images, "containers": containers}


def measure(parts, registry, push):
    """Those of PARTS that are named. `push` brings an image of tests/registry to the registry."""
    with Both(registry, push) as both:
        for name, part in PARTS.items():
            if name in parts:
                part(both)
