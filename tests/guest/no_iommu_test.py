"""The way without an IOMMU: root, sysfs, physical addresses; legacy virtio among the devices."""

import hashlib

import devices
import scenario

CASES = ["no_groups", "refused_without_the_flag", "refused_without_huge_pages",
         "refused_while_the_kernel_drives_it", "refused_to_a_user", "modern", "legacy", "forward"]
MODERN = "virtio-net-pci,disable-legacy=on"
LEGACY = "virtio-net-pci,disable-modern=on,disable-legacy=off"
TRANSFER = 4 << 20


class NoIommu(scenario.ScenarioTest):
    def test_as_root(self):
        data = bytes(range(256)) * (TRANSFER // 256)
        self.path("data").write_bytes(data)
        network = ["-netdev", "user,id=user,restrict=on,guestfwd=tcp:10.0.2.100:5000-cmd:cat "
                              f"{self.path('data')}",
                   "-netdev", "hubport,id=outside,hubid=1,netdev=user"]
        guest = self.boot("no_iommu", CASES, modules=["virtio_net", "virtio_pci"],
                          programs=[scenario.harness.PROGRAM, "setpriv"],
                          devices=[*devices.nic(devices.E1000E, 3, hub=0),
                                   *devices.nic(MODERN, 4, hub=0),
                                   *devices.nic(LEGACY, 5, hub=1),
                                   *devices.nic(devices.E1000E, 6, hub=1),
                                   *devices.nic(MODERN, 7, hub=0), *network],
                          command_line=f"bulkhead.sum={hashlib.md5(data).hexdigest()}")
        self.assert_passed(CASES, guest)


if __name__ == "__main__":
    scenario.main()
