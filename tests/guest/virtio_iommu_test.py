"""A kernel's VFIO with the other IOMMU that QEMU emulates, virtio's."""

import sys

import devices
import scenario

CASES = ["groups", "unsafe_interrupts_are_refused", "polling", "interrupts",
         "stray_write"]
STRAY_DMA = ""


class VirtioIommu(scenario.ScenarioTest):
    def test_exchange(self):
        guest = self.boot("virtio_iommu", CASES,
                          modules=["virtio_pci", "virtio_iommu", "virtio_net", "e1000e",
                                   "vfio_iommu_type1", "vfio_pci"],
                          programs=[scenario.harness.PROGRAM, STRAY_DMA, "setpriv"],
                          devices=["-device", "virtio-iommu-pci,addr=2.0",
                                   *devices.nic(devices.E1000E, 3, hub=0),
                                   *devices.nic(devices.SPLIT, 4, hub=0)],
                          command_line="iommu.passthrough=0")
        self.assert_passed(CASES, guest)


if __name__ == "__main__":
    STRAY_DMA = sys.argv.pop(3)
    scenario.main()
