# SPDX-License-Identifier: Apache-2.0
"""Whole Debian root filesystems as layers: slow to make, so made once and kept in the cache."""

import fcntl, hashlib, json, os, pathlib, subprocess, tempfile

from image import FileLayer
from layer import MTIME, OCI_LAYER

RELEASE = "bookworm"
CACHE = pathlib.Path(os.environ.get("BERTH_TEST_CACHE", "/var/cache/berth-tests"))


def debian():
    return cached("debian", [])


def nginx():
    return cached("nginx", ["nginx-light"])


def cached(name, packages):
    """The layer of this name; one process makes it, others wait for that."""
    folder = CACHE / f"rootfs-{RELEASE}-{name}"
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(CACHE / ".rootfs.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            make(folder, packages)
    about = json.loads((folder / "layer.json").read_text())
    return FileLayer(
        folder / "layer.tar.gz", about["digest"], about["diff_id"], OCI_LAYER + "+gzip"
    )


def make(folder, packages):
    with tempfile.TemporaryDirectory(dir=CACHE) as work:
        work = pathlib.Path(work)
        bootstrap(work / "root", packages)
        (work / "done").mkdir()
        about = pack(work / "root", work / "done/layer.tar.gz")
        (work / "done/layer.json").write_text(json.dumps(about, indent=1))
        (work / "done").rename(folder)


def bootstrap(root, packages):
    """debootstrap in a mount namespace of its own, so that it leaves no mount behind."""
    include = [f"--include={','.join(packages)}"] if packages else []
    command = [
        "unshare",
        "--mount",
        "nice",
        "debootstrap",
        "--variant=minbase",
        *include,
        RELEASE,
        root,
        mirror(),
    ]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"debootstrap failed:\n{done.stdout[-3000:]}")
    for archive in (root / "var/cache/apt/archives").glob("*.deb"):
        archive.unlink()


def mirror():
    """Where this machine's own apt finds the release."""
    listed = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(CODENAME) $(REPO_URI)", "Created-By: Packages"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for line in listed.splitlines():
        codename, _, uri = line.partition(" ")
        if codename == RELEASE:
            return uri
    raise RuntimeError(f"apt knows no source of Debian {RELEASE}")


def pack(root, target):
    """tar | gzip into the target, hashing both sides in passing."""
    archive = subprocess.Popen(
        [
            "tar",
            "--create",
            "--sort=name",
            "--format=pax",
            "--pax-option=delete=atime,delete=ctime",
            "--numeric-owner",
            f"--mtime=@{MTIME}",
            "--xattrs",
            "--xattrs-include=*",
            "--exclude=./dev/*",
            "--directory",
            root,
            ".",
        ],
        stdout=subprocess.PIPE,
    )
    with open(target, "wb") as out:
        packer = subprocess.Popen(["nice", "gzip", "-n", "-6"], stdin=subprocess.PIPE, stdout=out)
        hashed = hashlib.sha256()
        while chunk := archive.stdout.read(1 << 20):
            hashed.update(chunk)
            packer.stdin.write(chunk)
        packer.stdin.close()
        if archive.wait() or packer.wait():
            raise RuntimeError("cannot pack the root filesystem")
    with open(target, "rb") as packed:
        return {
            "diff_id": "sha256:" + hashed.hexdigest(),
            "digest": "sha256:" + hashlib.file_digest(packed, "sha256").hexdigest(),
        }
