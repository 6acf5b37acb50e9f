"""A kernel's VFIO, with an emulated IOMMU and other people's device models beside ours."""

import json

import devices
import scenario

CASES = ["iommu", "groups", "bind", "list"]

# Two of QEMU's devices on one wire.
NICS = [*devices.nic(devices.E1000E, 3, hub=0), *devices.nic(devices.SPLIT, 4, hub=0)]


class Vfio(scenario.ScenarioTest):
    def test_functions_of_three_kinds(self):
        model = self.start_model({"nic.sock": "reflect"})
        device = {"driver": "vfio-user-pci", "addr": "5.0",
                  "socket": {"type": "unix", "path": str(self.path("nic.sock"))}}
        guest = self.boot("vfio", CASES, modules=["vfio_iommu_type1", "vfio_pci"],
                          programs=[scenario.harness.PROGRAM, "setpriv"],
                          devices=[*devices.IOMMU, *NICS, "-device", json.dumps(device)],
                          command_line=devices.WITH_IOMMU)
        self.assert_passed(CASES, guest)
        self.assert_well_behaved(self.stop_model(model))


if __name__ == "__main__":
    scenario.main()
