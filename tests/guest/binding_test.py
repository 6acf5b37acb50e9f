"""Functions on their way from the kernel's drivers to a process and back, and frames between two
network stacks of the kernel meanwhile."""

import devices
import scenario
from devices import E1000E, PACKED, SPLIT

MODULES = ["vfio_iommu_type1", "vfio_pci", "e1000e", "virtio_pci", "virtio_net", "nvme",
           "crc32c_generic", "ext4"]
CASES = ["list", "doctor_before", "address_refused", "default_route_refused", "mounted_refused",
         "swap_refused", "not_root_refused", "dry_run", "forced", "bind", "doctor_after", "ping",
         "tcp_polling", "tcp_interrupts", "open_refused", "takeover", "kernel_again"]

DISK = 16 << 20
# The kernel keeps 05.0, 06.0 and 08.0. The latter only takes in what comes: a hub holds frames back
# while none of its ports can.
NICS = [*devices.nic(E1000E, 3, hub=0), *devices.nic(PACKED, 4, hub=1),
        *devices.nic(SPLIT, 5, hub=0), *devices.nic(SPLIT, 6, hub=1),
        *devices.nic(SPLIT, 8, hub=0)]


class Binding(scenario.ScenarioTest):
    def test_there_and_back(self):
        disk = self.path("disk")
        with open(disk, "wb") as file:
            file.truncate(DISK)
        nvme = ["-drive", f"file={disk},format=raw,if=none,id=disk",
                "-device", "nvme,drive=disk,serial=1,addr=7.0"]
        guest = self.boot("binding", CASES, modules=MODULES,
                          programs=[scenario.harness.PROGRAM, "setpriv"],
                          devices=[*devices.IOMMU, *NICS, *nvme],
                          command_line=devices.WITH_IOMMU, processors=2)
        self.assert_passed(CASES, guest)


if __name__ == "__main__":
    scenario.main()
