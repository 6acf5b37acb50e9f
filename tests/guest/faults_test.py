"""What goes wrong with functions behind an IOMMU: a device that accesses what it must not, one that
goes away, and what a user may have forgotten."""

import sys

import devices
import scenario
from devices import E1000E, SPLIT

CASES = ["no_vfio_pci", "no_type1", "no_permission", "little_memlock", "foreign_member",
         "log_not_readable", "stray_write_e1000e", "stray_read_e1000e", "stray_write_virtio",
         "stray_read_virtio", "reset", "device_gone",
         "device_of_a_compartment_gone", "device_of_an_interface_gone"]
PROGRAMS = []

# Behind a root port, to be switched off; and two that a bridge makes one group.
ROOT_PORT = ["-device", "pcie-root-port,id=root,addr=5.0,chassis=1"]
BRIDGE = ["-device", "pcie-pci-bridge,id=bridge,addr=7.0"]
NICS = [*devices.nic(E1000E, 3, hub=0), *devices.nic(SPLIT, 4, hub=0),
        *ROOT_PORT, *devices.nic(SPLIT, 0, hub=1, bus="root"), *devices.nic(E1000E, 6, hub=1),
        *BRIDGE, *devices.nic(SPLIT, 1, hub=2, bus="bridge"),
        *devices.nic("e1000", 2, hub=2, bus="bridge")]


class Faults(scenario.ScenarioTest):
    def test_each_is_told(self):
        guest = self.boot("faults", CASES, modules=["vfio_iommu_type1", "vfio_pci", "e1000", "tun"],
                          programs=[scenario.harness.PROGRAM, *PROGRAMS, "setpriv", "ip"],
                          devices=[*devices.IOMMU, *NICS], command_line=devices.WITH_IOMMU)
        self.assert_passed(CASES, guest)


if __name__ == "__main__":
    PROGRAMS += [sys.argv.pop(3), sys.argv.pop(3)]
    scenario.main()
