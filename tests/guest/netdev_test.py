"""Network interfaces whose drivers are compartments, on functions behind an IOMMU: workers die under
TCP connections.

The test of a minute is for a run by hand: netdev_test.py PROGRAM KERNEL Netdev.test_a_death_a_second
"""

import devices
import scenario
from devices import E1000E, SPLIT

NICS = [*devices.nic(E1000E, 3, hub=0), *devices.nic(SPLIT, 4, hub=1),
        *devices.nic(SPLIT, 5, hub=0), *devices.nic(SPLIT, 6, hub=1)]


class Netdev(scenario.ScenarioTest):
    def run_cases(self, *cases):
        guest = self.boot("netdev", cases,
                          modules=["vfio_iommu_type1", "vfio_pci", "virtio_pci", "virtio_net", "tun"],
                          programs=[scenario.harness.PROGRAM, "setpriv", "ip", "iperf3"],
                          devices=[*devices.IOMMU, *NICS],
                          command_line=devices.WITH_IOMMU, processors=2)
        self.assert_passed(cases, guest)

    def test_deaths_as_bytes_come_on(self):
        self.run_cases("bind", "ping_e1000e", "tcp_e1000e", "ping_virtio", "tcp_virtio")

    def test_a_death_a_second(self):
        self.run_cases("bind", "minute_e1000e", "minute_virtio")


if __name__ == "__main__":
    scenario.main()
