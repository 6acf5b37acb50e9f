"""A scenario: one boot, several cases. Each test file is called as TEST.py PROGRAM KERNEL."""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "system"))

import harness  # noqa: E402
import namespaces  # noqa: E402
from initramfs import Initramfs  # noqa: E402
from machine import Guest  # noqa: E402
from modules import Modules  # noqa: E402

CANNOT_TEST = 77
KERNEL = ""
KIT = Path()


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(CANNOT_TEST)


def find_kit():
    fetched = subprocess.run([HERE.parents[1] / "scripts" / "guest-kit"], stdout=subprocess.PIPE,
                             text=True, check=False)
    if fetched.returncode == CANNOT_TEST:
        skip("the guest's kernel and QEMU are not here (see above)")
    fetched.check_returncode()
    return Path(fetched.stdout.strip())


def main():
    global KERNEL, KIT
    KERNEL = sys.argv.pop(2)
    KIT = find_kit()
    if reason := namespaces.why_not():
        skip(f"no TAP interface can be had: {reason}")
    sys.argv.insert(2, "none")
    harness.main()


class ScenarioTest(harness.SystemTest):
    def boot(self, name, cases, *, modules, programs, devices, command_line="", **options):
        """Runs a scenario's cases in a guest, made with `options`, until it has switched itself off."""
        archive = Initramfs()
        archive.add_scripts()
        archive.add_modules(Modules(KIT / f"kernel-{KERNEL}" / "modules").with_dependencies(modules))
        for program in programs:
            archive.add_program(program)
        archive.add_busybox(KIT / "busybox-static" / "busybox")
        archive.write(self.path("initramfs"))
        words = f"bulkhead.scenario={name} bulkhead.cases={','.join(cases)} {command_line}"
        guest = Guest(self, KIT, KERNEL, self.path("initramfs"), devices, words, **options)
        guest.run()
        return guest

    def assert_passed(self, cases, guest):
        """Prints every case, and what was measured; fails with the guest's console if one has failed or is missing."""
        results = guest.results()
        lines = []
        for case in cases:
            outcome, reason = results.get(case, ("FAIL", "it has not reported"))
            lines.append(f"{outcome} {case} {reason}".rstrip())
        lines += [f"measured: {line}" for line in guest.measured()]
        print("\n".join(lines), flush=True)
        failed = [line for line in lines if line.startswith("FAIL")]
        self.assertFalse(failed, f"\n{guest.console}")
