# SPDX-License-Identifier: Apache-2.0
"""What a daemon has on the machine, found by the directory and the names that are its alone.

of(directory, name, subnets)      # a set of lines, one a thing
clear(directory, name, subnets)   # ends and removes all, so that the directory can go; what there was
"""

import os, pathlib, re, signal, subprocess

CGROUPS = pathlib.Path("/sys/fs/cgroup")
# Files that change while nothing is made or removed.
VOLATILE = re.compile(r"(-wal|-shm|-journal|/last_reserved_ip\..*|/lock|\.log)$")


def of(directory, name, subnets):
    return {
        *(f"process {command}" for command in processes(directory, name).values()),
        *(f"mount {point}" for point in mounts(directory)),
        *(f"interface {link}" for link in (*links(name), *links(f"{name}-d"), *bridges(subnets))),
        *(f"address {address}" for address in addresses(directory)),
        *(f"rule {rule}" for rule in rules(name, subnets)),
        *(f"cgroup {group}" for group in cgroups(name)),
        *(f"file {path}" for path in files(directory)),
    }


def processes(directory, name):
    """pid -> command line, of each process with the directory in an argument, or in our cgroups."""
    found, needle = {}, os.fsencode(f"{directory}/")
    for folder in pathlib.Path("/proc").iterdir():
        if not folder.name.isdecimal() or int(folder.name) == os.getpid():
            continue
        try:
            command = (folder / "cmdline").read_bytes()
            groups = (folder / "cgroup").read_text()
        except OSError:
            continue  # it has ended
        if not command or command.startswith(b"setpriv\0") or b"/berthd\0" in command:
            continue  # the kernel's, or the daemon itself
        if needle in command or f":/{name}/" in groups:
            found[int(folder.name)] = command.replace(b"\0", b" ").decode(errors="replace").strip()
    return found


def mounts(directory):
    """Mount points inside the directory, and elsewhere of what is inside; those made last first."""
    found = []
    for line in reversed(pathlib.Path("/proc/self/mountinfo").read_text().splitlines()):
        if f"{directory}/" in line:
            found.append(unescaped(line.split()[4]))
    return found


def unescaped(point):
    return (
        point.encode().decode("unicode_escape").encode("latin-1").decode(errors="surrogateescape")
    )


def links(bridge):
    """Interfaces that are plugged into the bridge."""
    ports = pathlib.Path(f"/sys/class/net/{bridge}/brif")
    return sorted(port.name for port in ports.iterdir()) if ports.is_dir() else []


def addresses(directory):
    leases = pathlib.Path(directory) / "ipam"
    return sorted(
        str(path.relative_to(leases))
        for path in leases.rglob("*")
        if path.is_file() and not VOLATILE.search(str(path))
    )


def bridges(subnets):
    """Those of Docker's networks."""
    shown = subprocess.run(["ip", "-o", "-4", "address"], capture_output=True, text=True).stdout
    fields = [line.split() for line in shown.splitlines() if " br-" in line]
    return sorted(f[1] for f in fields if any(f[3].startswith(f"{subnet}.") for subnet in subnets))


def rules(name, subnets):
    found = []
    for program in ("iptables-save", "ip6tables-save"):
        saved = subprocess.run([program], capture_output=True, text=True).stdout
        found += [
            line
            for line in saved.splitlines()
            if line.startswith("-A ") and any(part in line for part in (name, *(f"{subnet}." for subnet in subnets)))
        ]
    return found


def cgroups(name):
    """Those below ours, in every hierarchy."""
    found = []
    for top in (CGROUPS / name, *CGROUPS.glob(f"*/{name}")):
        found += [str(path) for path in top.rglob("*") if path.is_dir()]
    return found


def files(directory):
    """What lies below root, state and logs; of a container's files and an image's layers the top only."""
    found = []
    for top in ("root", "state", "logs"):
        for path, folders, names in os.walk(pathlib.Path(directory) / top):
            if len(pathlib.Path(path).relative_to(directory).parts) >= 4:
                folders.clear()
            found += [f"{path}/{name}" for name in (*folders, *names)]
    return [path for path in found if not VOLATILE.search(path)]


def clear(directory, name, subnets):
    found = []
    for pid, command in processes(directory, name).items():
        found.append(f"process {pid}: {command}")
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    for point in mounts(directory):
        found.append(f"mount {point}")
        subprocess.run(["umount", "--lazy", "--no-canonicalize", point], capture_output=True)
    found += [f"interface {link}" for link in (*links(name), *links(f"{name}-d"))]
    found += [f"address {address}" for address in addresses(directory)]
    found += [f"rule {rule}" for rule in rules(name, subnets)]
    found += [f"cgroup {group}" for group in cgroups(name)]
    # The network's bridge and the parent of our cgroups are no pod's, so nobody removes them.
    subprocess.run(["ip", "link", "delete", name], capture_output=True)
    for top in (CGROUPS / name, *CGROUPS.glob(f"*/{name}")):
        for path in sorted((*top.rglob("*"), top), reverse=True):
            if path.is_dir():
                path.rmdir()
    return found
