# SPDX-License-Identifier: Apache-2.0
"""hosts.toml files, in containerd's format, that send pulls to a registry on loopback."""

import pathlib

# Where critest's images come from.
PUBLIC = ["registry.k8s.io", "k8s.gcr.io", "gcr.io", "public.ecr.aws", "docker.io"]


def hosts_toml(public, mirror):
    return (
        f'server = "https://{public}"\n\n[host."{mirror}"]\n  capabilities = ["pull", "resolve"]\n'
    )


def write(directory, mirror, registries=PUBLIC):
    """One folder a registry below `directory`; mirror: a URL as http://127.0.0.1:5000."""
    for public in registries:
        folder = pathlib.Path(directory) / public
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "hosts.toml").write_text(hosts_toml(public, mirror))
