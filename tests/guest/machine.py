"""Boots a guest and reads what its cases say on the serial console."""

import re
from pathlib import Path

# Spares a guest what it would only wait for: without KVM, a second of it is several of ours.
QUIET_AND_QUICK = ("console=ttyS0 clocksource=hpet quiet panic=-1 nokaslr mitigations=off tsc=reliable no_timer_check"
                   " cryptomgr.notests random.trust_cpu=on net.ifnames=0")
RESULT = re.compile(r"^CASE (\w+) (PASS|FAIL|SKIP)[ \t]*(.*?)\r?$", re.MULTILINE)
MEASURED = re.compile(r"^\s*measured: (.*?)\r?$", re.MULTILINE)
LONGEST = 420


class Guest:
    """One boot. `devices` are QEMU's arguments for them, `kernel` one of the kit's ("6.1"), `inside`
    makes QEMU's command one that runs in a namespace."""

    def __init__(self, test, kit, kernel, initramfs, devices, command_line="", processors=1,
                 inside=lambda *command: command):
        folder = Path(kit) / f"kernel-{kernel}"
        self.process = test.start("guest", command=inside(
            Path(kit) / "qemu-11" / "run", "-accel", "tcg,thread=multi", "-cpu", "max",
            "-smp", processors, "-M", "q35,memory-backend=ram", "-m", "768M",
            "-object", "memory-backend-memfd,id=ram,size=768M,share=on",
            "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-serial", "stdio",
            "-kernel", folder / "vmlinux", "-initrd", initramfs,
            "-append", f"{QUIET_AND_QUICK} {command_line}", *devices))

    @property
    def console(self):
        return self.process.out

    def run(self):
        """Until it has switched itself off; a stuck one is ended."""
        try:
            code = self.process.wait(LONGEST)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.console}") from None
        if code != 0:
            raise AssertionError(f"QEMU: exit code {code}\n{self.process.err}\n{self.console}")

    def measured(self):
        """What the cases found, in words and figures."""
        return MEASURED.findall(self.console)

    def results(self):
        """{case: (PASS, FAIL or SKIP, reason)}"""
        return {name: (outcome, reason) for name, outcome, reason in RESULT.findall(self.console)}
