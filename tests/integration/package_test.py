#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""deploy/package: a Debian package that has what deploy/install puts in place, and whose programs run."""

import os, pathlib, subprocess, tempfile, unittest

from harness import REPOSITORY, binaries

EXAMPLES = "usr/share/doc/berth/examples"


def run(*command, **environment):
    environment = {**os.environ, "BERTH_BIN": str(binaries()), **environment}
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout.strip()


def files_below(directory):
    return {str(path.relative_to(directory)) for path in directory.rglob("*") if not path.is_dir()}


class PackageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory(prefix="berth-package-")
        cls.addClassCleanup(directory.cleanup)
        cls.directory = pathlib.Path(directory.name)
        package = 'umask 077; exec "$0" "$1"'  # whatever the caller's is
        cls.package = run("sh", "-c", package, REPOSITORY / "deploy/package", cls.directory)
        cls.root, cls.control = cls.directory / "root", cls.directory / "control"
        run("dpkg-deb", "--extract", cls.package, cls.root)
        run("dpkg-deb", "--control", cls.package, cls.control)

    def test_it_has_what_an_installation_has(self):
        installed, programs = self.directory / "installed", self.directory / "programs"
        programs.mkdir()  # the stripped ones: to strip them takes longest
        for path in ("bin/berth", "bin/berthd", "libexec/berth/berth-shim"):
            (programs / path.rsplit("/", 1)[1]).symlink_to(self.root / "usr" / path)
        run(REPOSITORY / "deploy/install", "--cni", DESTDIR=str(installed), BERTH_BIN=str(programs))
        moved = {
            "etc/crictl.yaml": f"{EXAMPLES}/crictl.yaml",
            "etc/cni/net.d/10-berth.conflist": f"{EXAMPLES}/10-berth.conflist",
            "usr/share/man/man1/berth.1": "usr/share/man/man1/berth.1.gz",
        }
        self.assertLessEqual({moved.get(path, path) for path in files_below(installed)}, files_below(self.root))

    def test_everybody_may_read_it(self):
        for path in ("usr/share/man/man1/berth.1.gz", "usr/share/bash-completion/completions/berth"):
            self.assertIn("-rw-r--r-- root/root", next(line for line in run("dpkg-deb", "--contents", self.package).splitlines() if path in line))

    def test_its_programs_run(self):
        for program in ("berth", "berthd"):
            self.assertIn(run("dpkg-deb", "--field", self.package, "Version"), run(self.root / "usr/bin" / program, "--version"))
        run(self.root / "usr/bin/berthd", "--config", self.root / "etc/berth/berth.toml", "--check-config")
        self.assertTrue(os.access(self.root / "usr/libexec/berth/berth-shim", os.X_OK))

    def test_dpkg_knows_what_is_whose(self):
        for path in (self.control / "conffiles").read_text().split():
            self.assertTrue((self.root / path[1:]).is_file(), path)
        for script in ("postinst", "prerm", "postrm"):
            run("sh", "-n", self.control / script)
        self.assertIn("libsystemd0", run("dpkg-deb", "--field", self.package, "Depends"))


if __name__ == "__main__":
    unittest.main()
