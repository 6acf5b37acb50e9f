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

# In the network of the container's system, which is not the service's.
IP = "+nsenter --net=/proc/1/ns/net ip"


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

    def start_service(self, settings="", before=(), after=()):
        """`before` and `after`: what the system's `ip` does when the service starts, and has
        started."""
        self.start_peer()
        return self.start_container(
            f"PORT={self.for_the_service('a.sock')}\n{settings}",
            # As udev does it, which no container has.
            ExecStartPre=["+chmod 666 /dev/net/tun", *(f"{IP} {words}" for words in before)],
            ExecStartPost=[f"{IP} {words}" for words in after], ExecStopPost=[f"{IP} -brief link"])

    def interfaces_at_the_end(self, service):
        return [name.partition("@")[0] for name in re.findall(r"nsenter\[\d+\]: (\S+) +[A-Z]+ ",
                                                              service.out)]

    def test_an_interface_of_the_system_while_the_service_runs(self):
        service = self.start_service(after=["address add 10.78.0.1/24 dev test", "link set test up"])
        self.await_echo(service)
        broker = self.broker(service)
        wait_until(lambda: len(children(broker)) == 2, "two workers")
        os.kill(sorted(children(broker))[0], signal.SIGKILL)
        wait_until(lambda: "took over" in service.out, "another worker")
        self.await_echo(service)
        os.kill(broker, signal.SIGTERM)
        self.assertEqual(service.wait(120), 0, service.out + service.err)
        self.assertIn(" 1 workers died", service.out)
        self.assertEqual(self.interfaces_at_the_end(service), ["lo"], service.out)

    def test_several_queues(self):
        service = self.start_service("OPTIONS=--queues 2\nINTERFACE=multi_queue\n",
                                     after=["address add 10.78.0.1/24 dev test", "link set test up"])
        self.await_echo(service)
        os.kill(self.broker(service), signal.SIGTERM)
        self.assertEqual(service.wait(120), 0, service.out + service.err)
        self.assertEqual(self.interfaces_at_the_end(service), ["lo"], service.out)

    def test_an_interface_that_had_the_name_before_is_left_alone(self):
        service = self.start_service(before=["link add test type veth peer other"])
        service.wait(120)
        self.assertRegex(service.out, "(?s)link up.*Failed to start bulkhead-netdev@test")
        self.assertEqual(sorted(self.interfaces_at_the_end(service)), ["lo", "other", "test"],
                         service.out)


if __name__ == "__main__":
    containers.main()
