"""Drivers for QEMU's network devices, as uid 1000 behind an emulated IOMMU: does every frame pass?"""

import devices
import scenario
from devices import E1000E, PACKED, SPLIT

CASES = ["bind", "polling_e1000e_packed", "polling_split", "interrupts_e1000e_packed",
         "interrupts_split", "idle", "interrupt_lines"]

NICS = [*devices.nic(SPLIT, 3, hub=0), *devices.nic(E1000E, 4, hub=0),
        *devices.nic(SPLIT, 5, hub=1), *devices.nic(PACKED, 6, hub=1),
        *devices.nic(f"{SPLIT},vectors=0", 7, hub=2), *devices.nic(f"{PACKED},vectors=0", 8, hub=2)]


class Nics(scenario.ScenarioTest):
    def test_every_frame_passes(self):
        guest = self.boot("nics", CASES, modules=["vfio_iommu_type1", "vfio_pci"],
                          programs=[scenario.harness.PROGRAM, "setpriv"],
                          devices=[*devices.IOMMU, *NICS], command_line=devices.WITH_IOMMU,
                          processors=2)
        self.assert_passed(CASES, guest)


if __name__ == "__main__":
    scenario.main()
