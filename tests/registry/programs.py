# SPDX-License-Identifier: Apache-2.0
"""Programs of this machine as a layer, with the libraries that they load."""

import functools, pathlib, re, subprocess

from layer import Layer


@functools.cache
def layer(*programs):
    """To lie on top of busybox; each program is (path here, path in the image)."""
    result, files = Layer(), {}
    for here, there in programs:
        files[there.lstrip("/")] = (pathlib.Path(here), 0o755)
        for library in libraries(here):
            files[str(library).lstrip("/")] = (library, 0o755)
    made = {"bin", "usr"}
    for name, (path, mode) in sorted(files.items()):
        for parent in reversed(pathlib.PurePosixPath(name).parents[:-1]):
            if str(parent) not in made:
                made.add(str(parent))
                result.dir(str(parent))
        result.file(name, path.read_bytes(), mode)
    return result.gzip()


def libraries(program):
    """Where its interpreter finds them."""
    listed = subprocess.run(["ldd", program], check=True, capture_output=True, text=True).stdout
    return [pathlib.Path(path) for path in re.findall(r"(/\S+) \(0x", listed)]
