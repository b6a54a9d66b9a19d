# SPDX-License-Identifier: Apache-2.0
"""The processes and mounts that a daemon has left behind, found by the directory it kept all in."""

import os, pathlib, signal, subprocess


def processes(directory):
    """pid -> command line, of each process that names the directory in an argument."""
    found, needle = {}, os.fsencode(f"{directory}/")
    for folder in pathlib.Path("/proc").iterdir():
        if folder.name.isdecimal() and int(folder.name) != os.getpid():
            try:
                arguments = (folder / "cmdline").read_bytes()
            except OSError:
                continue  # it has ended
            if needle in arguments:
                found[int(folder.name)] = (
                    arguments.replace(b"\0", b" ").decode(errors="replace").strip()
                )
    return found


def mounts(directory):
    """Mount points inside the directory, those made last first."""
    points = [
        line.split()[4] for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines()
    ]
    return [
        unescaped(point)
        for point in reversed(points)
        if unescaped(point).startswith(f"{directory}/")
    ]


def unescaped(point):
    return (
        point.encode().decode("unicode_escape").encode("latin-1").decode(errors="surrogateescape")
    )


def clear(directory):
    """Ends and unmounts all, so that the directory can be removed; says what there was."""
    found = []
    for pid, command in processes(directory).items():
        found.append(f"process {pid}: {command}")
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    for point in mounts(directory):
        found.append(f"mount {point}")
        subprocess.run(["umount", "--lazy", "--no-canonicalize", point], capture_output=True)
    return found
