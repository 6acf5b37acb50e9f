"""VFIO's character devices and IOMMUFD, in a guest with the small kernel that has them."""

import subprocess
import sys

import devices
import scenario

CASES = ["nodes", "bind", "group_where_iommufd_is_closed", "character_devices", "polling",
         "interrupts", "stray_write", "unbind"]
STRAY_DMA = ""


class Iommufd(scenario.ScenarioTest):
    def test_exchange(self):
        guest = self.boot("iommufd", CASES, modules=["vfio_pci"],
                          programs=[scenario.harness.PROGRAM, STRAY_DMA, "setpriv"],
                          devices=[*devices.IOMMU, *devices.nic(devices.E1000E, 3, hub=0),
                                   *devices.nic(devices.SPLIT, 4, hub=0)],
                          command_line=devices.WITH_IOMMU)
        self.assert_passed(CASES, guest)


def check_kernel():
    script = scenario.HERE.parents[1] / "scripts" / "guest-small-kernel"
    cached = subprocess.run([script, "--cached"], stdout=subprocess.DEVNULL, check=False)
    if cached.returncode == scenario.CANNOT_TEST:
        scenario.skip("the small kernel has not been built: ./test --all does, and so does "
                      "scripts/guest-small-kernel")
    cached.check_returncode()


if __name__ == "__main__":
    check_kernel()
    STRAY_DMA = sys.argv.pop(3)
    scenario.main()
