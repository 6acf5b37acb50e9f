"""`bulkhead run netdev` under test: a host with an interface, and one at the other end of its wire."""

import json
import os
import signal
import unittest

import harness
import namespaces
from compartments import children
from harness import wait_until


class Netdev(harness.SystemTest):
    """A host with bh0 on a modelled NIC, whose wire is another host's interface."""

    wire = "tap:wire0"
    program = None
    workers = 1  # that work; as many wait for their turn

    def setUp(self):
        super().setUp()
        if why := namespaces.why_not():
            raise unittest.SkipTest(f"no TAP interfaces in namespaces here: {why}")
        self.host, self.peer = (namespaces.Namespace(self, name) for name in ("host", "peer"))
        for host in (self.host, self.peer):
            wait_until(host.ready, "a namespace")
        self.model = self.start_peer_model()

    def start_peer_model(self):
        model = self.start("model", command=self.peer.inside(
            harness.PROGRAM, "model", "ixgbe", "--json", "--socket", self.path("a.sock"),
            "--wire", self.wire))
        self.await_listening(model, ["a.sock"])
        return model

    def start_netdev(self, *arguments, name="bh0", inside=None, **options):
        words = ["run", "netdev", self.port("a.sock"), "--name", name, "--json", *arguments]
        return self.start("netdev", command=(inside or self.host.inside)(self.program or harness.PROGRAM, *words),
                          **options)

    def link(self, host, interface):
        """What `ip` says of an interface; none if it is not there."""
        shown = host.run("ip", "-json", "-statistics", "-detail", "link", "show", interface)
        return json.loads(shown.stdout)[0] if shown.returncode == 0 else None

    def has_carrier(self, netdev):
        self.assertTrue(netdev.running(), f"netdev has ended: {netdev.err}")
        link = self.link(self.host, "bh0")
        return link is not None and "LOWER_UP" in link["flags"]

    def await_carrier(self, netdev, has=True):
        wait_until(lambda: self.has_carrier(netdev) == has, f"the carrier to be {has}")

    def await_interface(self, netdev):
        def there():
            self.assertTrue(netdev.running(), f"netdev has ended: {netdev.err}")
            return "MTU up to" in netdev.err and self.link(self.host, "bh0")

        return wait_until(there, "the interface")

    def bring_up(self, *arguments, **options):
        """Both hosts' interfaces, with addresses."""
        netdev = self.start_netdev(*arguments, **options)
        self.await_interface(netdev)
        for host, interface, number in ((self.host, "bh0", 1), (self.peer, "wire0", 2)):
            self.run_in(host, "ip", "address", "replace", f"10.78.0.{number}/24", "dev", interface)
            self.run_in(host, "ip", "link", "set", interface, "up")
        self.await_carrier(netdev)
        return netdev

    def run_in(self, host, *command):
        done = host.run(*command)
        self.assertEqual(done.returncode, 0, f"{command}: {done.stderr}")
        return done.stdout

    def ping(self, *arguments):
        return self.host.run("ping", "-W", 10, *arguments, "10.78.0.2")

    def await_echo(self):
        wait_until(lambda: self.host.run("ping", "-c", 1, "-W", 1, "10.78.0.2").returncode == 0,
                   "an echo")

    def iperf3(self, *arguments, address="10.78.0.2"):
        """Its client's report, of the host, with a server in the peer."""
        server = self.start("server", command=self.peer.inside("iperf3", "-s", "-1", "--forceflush"))
        wait_until(lambda: "listening" in server.out, "iperf3's server")
        report = self.run_in(self.host, "iperf3", "-c", address, *arguments, "--json")
        self.assertEqual(server.wait(), 0, server.err)
        return json.loads(report)["end"]

    def worker(self, netdev):
        """One that works: the oldest."""
        wait_until(lambda: len(children(netdev.pid)) == 2 * self.workers, "the workers")
        return sorted(children(netdev.pid))[0]

    def kill_worker(self, netdev):
        worker = self.worker(netdev)
        os.kill(worker, signal.SIGKILL)
        wait_until(lambda: worker not in children(netdev.pid), "the worker to end")

    def finish(self, netdev, deaths=0):
        self.assertEqual(netdev.stop(), 0, netdev.err)
        self.assertEqual(netdev.report["deaths"], deaths)
        wait_until(lambda: self.link(self.host, "bh0") is None, "the interface to go")
        self.model_report, = self.stop_model(self.model).values()
        report = self.model_report
        self.assertEqual(report["dma_violations"] + report["unknown_registers"], 0, report)
        return netdev.report
