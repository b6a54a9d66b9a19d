# SPDX-License-Identifier: Apache-2.0
"""The disks of the virtual machine, made from Debian packages and this checkout; nothing is mounted.

Its kernel is Debian 12's, or with BERTH_VM_KERNEL=bookworm-backports a newer one. The system is made
once for each and kept in ${BERTH_TEST_CACHE:-/var/cache/berth-tests}; the checkout with
its programs and tests (build/release), crictl and critest is a second disk, made for each run.
Needs mmdebstrap, e2fsprogs, binutils.
"""

import dataclasses, fcntl, hashlib, os, pathlib, shutil, subprocess, tempfile

HERE = pathlib.Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
CACHE = pathlib.Path(os.environ.get("BERTH_TEST_CACHE", "/var/cache/berth-tests"))
RELEASE = "bookworm"
KERNEL, KERNEL_FROM = "linux-image-cloud-amd64", os.environ.get("BERTH_VM_KERNEL", RELEASE)
MIRROR, SECURITY = "http://deb.debian.org/debian", "http://deb.debian.org/debian-security"
SYSTEM_SIZE, CHECKOUT_SIZE = "6G", "2G"  # sparse
MODULES = ("virtio_pci", "virtio_blk", "ext4")  # what the initrd needs to find the system's disk
# Nothing of the checkout beside its programs: what a test may read.
SOURCES = ("deploy", "docs", "proto", "tests")

SET_UP = """
mkdir -p "$1/etc/initramfs-tools/conf.d"
echo MODULES=list > "$1/etc/initramfs-tools/conf.d/vm"
printf '%s\\n' {modules} > "$1/etc/initramfs-tools/modules"
"""
FINISH = """
echo vm > "$1/etc/hostname"
echo '127.0.0.1 localhost vm' > "$1/etc/hosts"
rm -f "$1/etc/resolv.conf" "$1"/var/lib/dpkg/*-old
# Debian's own work by the clock, and services that only tests start.
for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer \\
    fstrim.timer docker-registry.service nginx.service; do
  ln -sf /dev/null "$1/etc/systemd/system/$unit"
done
"""


@dataclasses.dataclass
class System:
    kernel: pathlib.Path
    initrd: pathlib.Path
    disk: pathlib.Path


def system():
    """One process makes it, others wait for that."""
    recipe = (HERE / "packages.txt").read_bytes() + pathlib.Path(__file__).read_bytes()
    folder = CACHE / f"vm-{KERNEL_FROM}-{hashlib.sha256(recipe).hexdigest()[:12]}"
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(CACHE / ".vm.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            for old in CACHE.glob(f"vm-{KERNEL_FROM}-{'[0-9a-f]' * 12}"):
                shutil.rmtree(old)
            with tempfile.TemporaryDirectory(dir=CACHE) as work:
                make_system(pathlib.Path(work) / "root", pathlib.Path(work) / "done")
                (pathlib.Path(work) / "done").rename(folder)
    return System(folder / "vmlinuz", folder / "initrd.img", folder / "system.ext4")


def packages():
    lines = [line.partition("#")[0].strip() for line in (HERE / "packages.txt").read_text().splitlines()]
    return [line for line in lines if line]


def sources():
    suites = dict.fromkeys((RELEASE, f"{RELEASE}-updates", KERNEL_FROM))
    yield from (f"deb {MIRROR} {suite} main" for suite in suites)
    yield f"deb {SECURITY} {RELEASE}-security main"


def make_system(root, out):
    out.mkdir()
    excluded = ("doc", "info", "locale", "man")
    command = [
        "mmdebstrap",
        "--quiet",
        "--mode=root",
        "--variant=minbase",
        "--format=directory",
        "--aptopt=APT::Install-Recommends false",
        f"--include={','.join([*packages(), f'{KERNEL}/{KERNEL_FROM}'])}",
        f"--setup-hook={SET_UP.format(modules=' '.join(MODULES))}",
        f"--customize-hook={FINISH}",
        *(f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in excluded),
        RELEASE,
        root,
        *sources(),
    ]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"mmdebstrap failed:\n{done.stdout[-3000:]}")
    for name in ("vmlinuz", "initrd.img"):
        (found,) = (root / "boot").glob(f"{name}-*")
        shutil.move(found, out / name)
    make_filesystem(root, out / "system.ext4", SYSTEM_SIZE)


def make_filesystem(root, path, size):
    subprocess.run(
        ["mke2fs", "-q", "-t", "ext4", "-E", "root_owner=0:0", "-d", root, path, size], check=True
    )


def make_checkout(path):
    """The disk to be mounted in the guest where the checkout is here, for its programs know that."""
    with tempfile.TemporaryDirectory(dir=path.parent) as work:
        stage = pathlib.Path(work)
        for name in SOURCES:
            shutil.copytree(REPOSITORY / name, stage / name, symlinks=True)
        built = REPOSITORY / "build/release"
        programs = [*built.glob("bin/*"), *built.glob("tests/kernel.*")]
        for program in programs:
            stripped = stage / program.relative_to(REPOSITORY)
            stripped.parent.mkdir(parents=True, exist_ok=True)
            subprocess.run(["strip", "-o", stripped, program], check=True)
        clients = subprocess.run(
            [REPOSITORY / "tests/clients/build"], check=True, stdout=subprocess.PIPE, text=True
        ).stdout.split()
        for client in map(pathlib.Path, clients):
            there = stage / "build/clients" / client.parent.name
            there.mkdir(parents=True, exist_ok=True)
            shutil.copy(client, there)
        make_filesystem(stage, path, CHECKOUT_SIZE)
    return path


CLIENTS_CACHE = REPOSITORY / "build/clients"  # of the guest: its BERTH_TEST_CACHE
