"""Our ixgbe driver over a kernel's VFIO: modelled 82599s in a guest with an IOMMU."""

import json

import devices
import scenario

CASES = ["bind", "polling", "interrupts", "idle", "no_iommu_is_refused", "unbind"]

# The first pair as fast as the driver takes them; the second so slowly that it sleeps in between;
# nothing arrives at the third.
WIRES = {"a.sock": "generate:300", "b.sock": "generate:1500",
         "c.sock": "generate:300@1k", "d.sock": "generate:1500@1k",
         "e.sock": "reflect", "f.sock": "reflect"}


class IxgbeVfio(scenario.ScenarioTest):
    def test_forward(self):
        model = self.start_model(WIRES)
        ports = []
        for slot, socket in enumerate(WIRES, start=5):
            device = {"driver": "vfio-user-pci", "addr": f"{slot:x}.0",
                      "socket": {"type": "unix", "path": str(self.path(socket))}}
            ports += ["-device", json.dumps(device)]
        guest = self.boot("ixgbe_vfio", CASES, modules=["vfio_iommu_type1", "vfio_pci"],
                          programs=[scenario.harness.PROGRAM, "setpriv"],
                          devices=[*devices.IOMMU, *ports],
                          command_line=devices.WITH_IOMMU)
        self.assert_passed(CASES, guest)
        reports = self.stop_model(model)
        self.assert_well_behaved(reports)
        for socket, report in reports.items():
            if WIRES[socket] == "reflect":
                continue
            frames = 1_000 if "@" in WIRES[socket] else 10_000
            self.assert_verified(report["wire"], least=frames)


if __name__ == "__main__":
    scenario.main()
