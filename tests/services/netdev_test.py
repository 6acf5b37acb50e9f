"""bulkhead-netdev@.service on a modelled port, in a container: its kernel's interface is reached from
another network namespace, at the other end of the port's wire."""

import os
import re
import signal
import unittest
from pathlib import Path

import containers  # first: it says where the others are
import namespaces
from compartments import children
from harness import PATIENCE, wait_until

IN_THE_SYSTEM = "+nsenter --net=/proc/1/ns/net"


def descendants(pid):
    return [one for child in children(pid) for one in (child, *descendants(child))]


class Netdev(containers.ServiceTest):
    def setUp(self):
        super().setUp()
        if why := namespaces.why_not():
            raise unittest.SkipTest(f"no TAP interfaces in namespaces here: {why}")
        self.peer = namespaces.Namespace(self, "peer")
        wait_until(self.peer.ready, "a namespace")

    def start_peer(self):
        model = self.start("model", command=self.peer.inside(
            containers.harness.PROGRAM, "model", "ixgbe", "--json", "--socket", self.path("a.sock"),
            "--wire", "tap:wire0"))
        self.await_listening(model, ["a.sock"])
        done = self.peer.run("ip", "address", "add", "10.78.0.2/24", "dev", "wire0")
        self.assertEqual(done.returncode, 0, done.stderr)

    def await_echo(self, service):
        def comes():
            self.assertTrue(service.running(), service.out + service.err)
            return self.peer.run("ping", "-c", 1, "-W", 1, "10.78.0.1").returncode == 0

        wait_until(comes, "an echo from the container", 2 * PATIENCE)

    def broker(self, service):
        """The first of the container's processes that this name stands in."""
        def found():
            self.assertTrue(service.running(), service.out + service.err)
            return [pid for pid in descendants(service.pid)
                    if b"/run/models/a.sock" in Path(f"/proc/{pid}/cmdline").read_bytes()]

        return wait_until(found, "the broker")[0]

    def test_an_interface_of_the_system_while_the_service_runs(self):
        self.start_peer()
        service = self.start_container(
            f"PORT={self.for_the_service('a.sock')}\n",
            ExecStartPre="+chmod 666 /dev/net/tun",  # as udev does it, which no container has
            ExecStartPost=f"{IN_THE_SYSTEM} ip address add 10.78.0.1/24 dev test\n"
                          f"ExecStartPost={IN_THE_SYSTEM} ip link set test up",
            ExecStopPost=f"{IN_THE_SYSTEM} ip -brief link")
        self.await_echo(service)
        broker = self.broker(service)
        wait_until(lambda: len(children(broker)) == 2, "two workers")
        os.kill(sorted(children(broker))[0], signal.SIGKILL)
        wait_until(lambda: "took over" in service.out, "another worker")
        self.await_echo(service)
        os.kill(broker, signal.SIGTERM)
        self.assertEqual(service.wait(120), 0, service.out + service.err)
        self.assertIn(" 1 workers died", service.out)
        told_at_the_end = re.findall(r"nsenter\[\d+\]: (\w+)", service.out)
        self.assertEqual(told_at_the_end, ["lo"], service.out)


if __name__ == "__main__":
    containers.main()
