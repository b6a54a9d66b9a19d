# SPDX-License-Identifier: Apache-2.0
"""What the tests inside the virtual machine share.

    class SomeTest(GuestTest):            # one machine for the class
        def test_something(self):
            self.machine.run("…")

Set BERTH_VM_REPORT to a folder that keeps the consoles and what programs wrote.
"""

import functools, os, pathlib, shutil, sys, tempfile, time, unittest

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE)]

import image  # noqa: E402
from machine import Machine  # noqa: E402

REPOSITORY = image.REPOSITORY
PATIENCE = "15"  # BERTH_TEST_PATIENCE in the guest


@functools.cache
def checkout():
    """Made once a run, and gone with it."""
    folder = tempfile.TemporaryDirectory(prefix="berth-vm-checkout-", dir="/var/tmp")
    unittest.addModuleCleanup(folder.cleanup)
    return image.make_checkout(pathlib.Path(folder.name) / "checkout.ext4")


def say(text):
    print(f"vm: {text}", file=sys.stderr, flush=True)


def keep(name, text):
    """For whoever looks into a failure."""
    folder = os.environ.get("BERTH_VM_REPORT")
    if folder:
        pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
        (pathlib.Path(folder) / name).write_text(text)


class GuestTest(unittest.TestCase):
    kernel_line = ""

    @classmethod
    def setUpClass(cls):
        if os.geteuid() != 0 or shutil.which("qemu-system-x86_64") is None:
            raise unittest.SkipTest("needs root and qemu-system-x86_64")
        system = image.system()
        start = time.monotonic()
        cls.machine = Machine(
            system.kernel, system.initrd, system.disk, checkout(), kernel_line=cls.kernel_line
        )
        cls.machine.__enter__()
        cls.addClassCleanup(cls.end)
        cls.machine.run(f"mkdir -p {REPOSITORY} && mount /dev/vdb {REPOSITORY}")
        say(f"{cls.__name__}: up after {time.monotonic() - start:.0f} s")

    @classmethod
    def end(cls):
        keep(f"{cls.__name__}.console", cls.machine.console)
        cls.machine.__exit__()
