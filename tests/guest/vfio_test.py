"""A kernel's VFIO, with an emulated IOMMU and other people's device models beside ours."""

import json

import scenario

CASES = ["iommu", "groups", "bind", "list"]

IOMMU = ["-device", "intel-iommu,intremap=on,caching-mode=on,aw-bits=48"]
# Two of QEMU's devices on one wire.
NICS = ["-netdev", "hubport,id=left,hubid=0", "-netdev", "hubport,id=right,hubid=0",
        "-device", "e1000e,netdev=left,mac=52:54:00:00:00:01,addr=3.0",
        "-device", "virtio-net-pci,netdev=right,mac=52:54:00:00:00:02,disable-legacy=on,"
                   "iommu_platform=on,addr=4.0"]


class Vfio(scenario.ScenarioTest):
    def test_functions_of_three_kinds(self):
        model = self.start_model({"nic.sock": "reflect"})
        device = {"driver": "vfio-user-pci", "addr": "5.0",
                  "socket": {"type": "unix", "path": str(self.path("nic.sock"))}}
        guest = self.boot("vfio", CASES, modules=["vfio_iommu_type1", "vfio_pci"],
                          programs=[scenario.harness.PROGRAM, "setpriv"],
                          devices=[*IOMMU, *NICS, "-device", json.dumps(device)],
                          command_line="intel_iommu=on iommu.passthrough=0")
        self.assert_passed(CASES, guest)
        self.assert_well_behaved(self.stop_model(model))


if __name__ == "__main__":
    scenario.main()
