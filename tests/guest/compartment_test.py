"""Compartments on functions behind an IOMMU: workers die under traffic between two network stacks of
the kernel, and the broker does."""

import devices
import scenario
from devices import E1000E, SPLIT

CASES = ["bind", "ping", "worker_has", "worker_killed", "tcp", "second_instance", "broker_killed",
         "again"]

# The kernel keeps 05.0, 06.0 and 07.0. The latter only takes in what comes: a hub holds frames back
# while none of its ports can.
NICS = [*devices.nic(E1000E, 3, hub=0), *devices.nic(SPLIT, 4, hub=1),
        *devices.nic(SPLIT, 5, hub=0), *devices.nic(SPLIT, 6, hub=1),
        *devices.nic(SPLIT, 7, hub=0)]


class Compartment(scenario.ScenarioTest):
    def test_deaths_under_traffic(self):
        guest = self.boot("compartment", CASES,
                          modules=["vfio_iommu_type1", "vfio_pci", "e1000e", "virtio_pci",
                                   "virtio_net"],
                          programs=[scenario.harness.PROGRAM, "setpriv"],
                          devices=[*devices.IOMMU, *NICS],
                          command_line=devices.WITH_IOMMU, processors=2)
        self.assert_passed(CASES, guest)


if __name__ == "__main__":
    scenario.main()
