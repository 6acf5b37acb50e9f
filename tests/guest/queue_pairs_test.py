"""Several queue pairs of virtio-net, on TAP interfaces that spread flows over them."""

import devices
import scenario
from devices import PACKED, SPLIT
from scenario import harness, namespaces

CASES = ["forward", "both_pairs_received"]
PAIRS = 2
FRAMES = 2000


def nic(model, slot, interface):
    return ["-netdev", f"tap,id={interface},ifname={interface},script=no,downscript=no,queues={PAIRS}",
            "-device", f"{model},netdev={interface},mq=on,vectors={2 * PAIRS + 2},addr={slot}.0"]


class QueuePairs(scenario.ScenarioTest):
    def test_flows_spread_over_them(self):
        host = namespaces.Namespace(self, "host")
        harness.wait_until(host.ready, "the namespace")
        for interface in ("left", "right"):
            for command in (f"tuntap add {interface} mode tap multi_queue vnet_hdr",
                            f"link set {interface} up"):
                result = host.run("ip", *command.split())
                self.assertEqual(result.returncode, 0, result.stderr)
        flows = self.start("flows", command=host.inside(
            "python3", "-B", scenario.HERE / "flows.py", "left", "right", FRAMES))
        guest = self.boot("queue_pairs", CASES, modules=["vfio_iommu_type1", "vfio_pci"],
                          programs=[harness.PROGRAM, "setpriv"],
                          devices=[*devices.IOMMU, *nic(SPLIT, 3, "left"), *nic(PACKED, 4, "right")],
                          command_line=f"{devices.WITH_IOMMU} bulkhead.frames={2 * FRAMES}",
                          processors=2, inside=host.inside)
        self.assert_passed(CASES, guest)
        self.assertEqual(flows.wait(), 0, flows.err)
        self.assertEqual(flows.out, "every frame arrived\n")


if __name__ == "__main__":
    scenario.main()
