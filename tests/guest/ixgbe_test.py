"""The Linux kernel's own ixgbe drives our model of an 82599, through QEMU's vfio-user-pci."""

import json

import scenario
from scenario import harness, namespaces

CASES = ["probe", "link", "ping", "tcp", "counters", "jumbo", "reload", "quiet"]
TRANSFER = 100 << 20


class Ixgbe(scenario.ScenarioTest):
    def drive(self, cases, *model_options):
        host = namespaces.Namespace(self, "host")
        harness.wait_until(host.ready, "the namespace")
        model = self.start("model", command=host.inside(
            harness.PROGRAM, "model", "ixgbe", "--json", "--socket", self.path("nic.sock"),
            "--wire", "tap:bh0", *model_options))
        self.await_listening(model, ["nic.sock"])
        for command in ("link set bh0 mtu 9000", "address add 10.7.0.1/24 dev bh0"):
            result = host.run("ip", *command.split())
            self.assertEqual(result.returncode, 0, result.stderr)
        peer = self.start("peer", command=host.inside(
            "python3", "-B", scenario.HERE / "peer.py", "10.7.0.1", TRANSFER))
        checksum = harness.wait_until(lambda: peer.out.strip(), "the peer")

        device = {"driver": "vfio-user-pci", "addr": "5.0",
                  "socket": {"type": "unix", "path": str(self.path("nic.sock"))}}
        guest = self.boot("ixgbe", cases, modules=["ixgbe"], programs=["ethtool"],
                          devices=["-device", json.dumps(device)],
                          command_line=f"bulkhead.sum={checksum}")
        self.assert_passed(cases, guest)
        self.assert_well_behaved(self.stop_model(model))

    def test_with_its_doorbells_mapped(self):
        self.drive(CASES)

    def test_with_every_access_a_message(self):
        """What ethtool's self-test expects of registers is more than mapped memory does."""
        self.drive([*CASES[:-1], "self_test", "quiet"], "--trap")


if __name__ == "__main__":
    scenario.main()
