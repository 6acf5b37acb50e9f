"""`bulkhead run netdev`: an interface like any other, whose driver may be killed at any time."""

import json
import os
import re
import signal
import sys
import time
import unittest

import harness
import namespaces
from compartments import children, gone
from harness import scaled, wait_until

# What the two hosts say to each other over TCP: bytes that only they know, and their digest.
SEND = """
import hashlib, random, socket, sys
data = random.Random(1)
left, digest = int(sys.argv[1]), hashlib.sha256()
with socket.create_connection(("10.78.0.2", 9), 30) as link:
    link.settimeout(None)
    while left > 0:
        block = data.randbytes(min(left, 1 << 16))
        link.sendall(block)
        digest.update(block)
        left -= len(block)
    link.shutdown(socket.SHUT_WR)
    assert link.recv(1) == b"", "more than nothing"
print(digest.hexdigest())
"""
RECEIVE = """
import hashlib, socket
listener = socket.create_server(("10.78.0.2", 9))
print("listening", flush=True)
link, _ = listener.accept()
digest = hashlib.sha256()
while block := link.recv(1 << 16):
    digest.update(block)
print(digest.hexdigest(), flush=True)
"""


class Netdev(harness.SystemTest):
    """A host with bh0 on a modelled NIC, whose wire is another host's interface."""

    wire = "tap:wire0"

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
        return self.start("netdev", command=(inside or self.host.inside)(harness.PROGRAM, *words),
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
            self.run_in(host, "ip", "address", "add", f"10.78.0.{number}/24", "dev", interface)
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

    def worker(self, netdev):
        """The one that works: the oldest."""
        wait_until(lambda: len(children(netdev.pid)) == 2, "two workers")
        return sorted(children(netdev.pid))[0]

    def finish(self, netdev, deaths=0):
        self.assertEqual(netdev.stop(), 0, netdev.err)
        self.assertEqual(netdev.report["deaths"], deaths)
        wait_until(lambda: self.link(self.host, "bh0") is None, "the interface to go")
        report, = self.stop_model(self.model).values()
        self.assertEqual(report["dma_violations"] + report["unknown_registers"], 0, report)
        return netdev.report


class Ordinary(Netdev):
    def test_ping_large_and_small(self):
        netdev = self.bring_up()
        self.await_echo()
        echoes = self.ping("-c", 20, "-i", 0.02, "-s", 1400)
        self.assertIn("20 received, 0% packet loss", echoes.stdout)
        self.assertIn("1 received", self.ping("-c", 1, "-s", 0).stdout)
        link = self.link(self.host, "bh0")
        self.assertGreaterEqual(link["stats64"]["rx"]["packets"], 22)
        self.assertGreaterEqual(link["stats64"]["tx"]["packets"], 22)
        report = self.finish(netdev)
        for way in ("to_interface", "to_device"):
            self.assertGreaterEqual(report[way]["frames"], 22)
        self.assertEqual(report["to_device"]["dropped"], 0)

    def test_it_has_the_devices_address_and_other_hosts_learn_it(self):
        netdev = self.bring_up()
        self.await_echo()
        address = re.search(r"bh0: .*, ([0-9a-f:]{17}), MTU", netdev.err)[1]
        self.assertEqual(self.link(self.host, "bh0")["address"], address)
        self.assertIn(address, self.run_in(self.peer, "ip", "neighbour", "show", "10.78.0.1"))
        self.finish(netdev)

    def test_tcpdump_sees_both_ways(self):
        netdev = self.bring_up()
        self.await_echo()
        capture = self.start("tcpdump", command=self.host.inside(
            "tcpdump", "-i", "bh0", "-nn", "--immediate-mode", "-l", "icmp"))
        wait_until(lambda: "listening on bh0" in capture.err, "tcpdump")
        self.ping("-c", 1)
        wait_until(lambda: "echo reply" in capture.out and "echo request" in capture.out,
                   "tcpdump to see an echo")
        capture.end()
        self.finish(netdev)

    def test_an_mtu_that_is_changed_while_it_runs(self):
        netdev = self.bring_up()
        self.run_in(self.peer, "ip", "link", "set", "wire0", "mtu", 9000)
        self.await_echo()
        self.assertEqual(self.ping("-c", 1, "-M", "do", "-s", 8000).returncode, 1)
        self.run_in(self.host, "ip", "link", "set", "bh0", "mtu", 9000)
        self.assertIn("1 received", self.ping("-c", 1, "-M", "do", "-s", 8972).stdout)
        self.run_in(self.host, "ip", "link", "set", "bh0", "mtu", 1280)
        self.assertIn("1 received", self.ping("-c", 1, "-M", "do", "-s", 1252).stdout)
        self.assertEqual(self.ping("-c", 1, "-M", "do", "-s", 1253).returncode, 1)
        self.finish(netdev)

    def test_an_mtu_that_is_more_than_the_device_was_opened_for(self):
        netdev = self.bring_up("--mtu", 1000)
        self.assertEqual(self.link(self.host, "bh0")["mtu"], 1000)
        self.run_in(self.host, "ip", "link", "set", "bh0", "mtu", 1500)
        wait_until(lambda: "MTU of 1500 is more than the device was opened for (1000)" in netdev.err,
                   "the warning")
        self.await_echo()
        self.host.run("ping", "-c", 1, "-W", 1, "-s", 1400, "10.78.0.2")
        self.assertIn("1 received", self.ping("-c", 1, "-s", 900).stdout)
        self.assertGreaterEqual(self.finish(netdev)["to_device"]["dropped"], 1)

    def test_tcp_by_iperf3(self):
        netdev = self.bring_up()
        self.await_echo()
        server = self.start("server", command=self.peer.inside("iperf3", "-s", "-1", "--forceflush"))
        wait_until(lambda: "listening" in server.out, "iperf3's server")
        sent = json.loads(self.run_in(self.host, "iperf3", "-c", "10.78.0.2", "-n",
                                      scaled("100M", "5M"), "--json"))
        self.assertGreaterEqual(sent["end"]["sum_received"]["bytes"], scaled(100, 5) << 19)
        self.finish(netdev)


class Link(Netdev):
    wire = "link:cable"

    def start_peer_model(self):
        self.wire = f"link:{self.path('cable')}"
        return super().start_peer_model()

    def plug_in(self):
        return self.start_model({"b.sock": self.wire}, name="other")

    def test_the_carrier_follows_the_devices_link(self):
        netdev = self.start_netdev()
        self.await_interface(netdev)
        self.run_in(self.host, "ip", "link", "set", "bh0", "up")
        wait_until(lambda: "bh0: link down" in netdev.err, "the link to be down")
        self.await_carrier(netdev, False)
        for _ in range(2):
            other = self.plug_in()
            self.await_carrier(netdev, True)
            self.stop_model(other)
            self.await_carrier(netdev, False)
        self.assertRegex(netdev.err, "bh0: link up at 10000 Mbit/s")
        self.finish(netdev)


class Deaths(Netdev):
    def test_tcp_goes_on_while_its_driver_is_killed_every_second(self):
        netdev = self.bring_up()
        self.await_echo()
        size = scaled(400_000_000, 20_000_000)
        whole = self.transfer(size)
        kills = 0
        receiver, sender = self.begin_transfer(size * 4)
        worker = 0
        start = time.monotonic()
        while sender.running() and kills < 8:
            time.sleep(1)
            next_worker = self.worker(netdev)
            self.assertNotEqual(next_worker, worker)
            worker = next_worker
            os.kill(worker, signal.SIGKILL)
            kills += 1
            wait_until(lambda pid=worker: pid not in children(netdev.pid), "the worker to end")
        self.assertEqual(sender.wait(240), 0, sender.err)
        self.assertEqual(receiver.wait(), 0, receiver.err)
        self.assertEqual(sender.out, receiver.out)
        disturbed = size * 4 / (time.monotonic() - start)
        print(f"{kills} kills: {disturbed / whole:.1%} of the undisturbed throughput "
              f"({whole * 8e-6:.0f} Mbit/s)", file=sys.stderr)
        self.assertGreater(kills, 0)
        self.assertEqual(len(re.findall("killed by SIGKILL", netdev.err)), kills)
        self.finish(netdev, kills)

    def begin_transfer(self, size):
        receiver = self.start("receiver", command=self.peer.inside(sys.executable, "-c", RECEIVE))
        wait_until(lambda: "listening" in receiver.out, "the receiver")
        sender = self.start("sender", command=self.host.inside(sys.executable, "-c", SEND, size))
        return receiver, sender

    def transfer(self, size):
        """Bytes a second."""
        start = time.monotonic()
        _, sender = self.begin_transfer(size)
        self.assertEqual(sender.wait(240), 0, sender.err)
        return size / (time.monotonic() - start)

    def test_the_device_disappears(self):
        netdev = self.bring_up()
        workers = children(netdev.pid)
        self.model.end()
        self.assertEqual(netdev.wait(), 1)
        self.assertRegex(netdev.err, r"bulkhead: .*vfio-user:.*the device's server has gone")
        self.assertTrue(all(gone(worker) for worker in workers))
        wait_until(lambda: self.link(self.host, "bh0") is None, "the interface to go")

    def test_somebody_removes_the_interface(self):
        netdev = self.bring_up()
        self.run_in(self.host, "ip", "link", "delete", "bh0")
        self.assertEqual(netdev.wait(), 1)
        self.assertIn("somebody has removed the network interface", netdev.err)

    def test_a_killed_broker_leaves_no_interface_and_no_worker(self):
        netdev = self.bring_up()
        workers = children(netdev.pid)
        netdev.send(signal.SIGKILL)
        netdev.wait()
        for worker in workers:
            wait_until(lambda pid=worker: gone(pid), "the workers to end", seconds=10)
        wait_until(lambda: self.link(self.host, "bh0") is None, "the interface to go")
        self.bring_up()
        self.await_echo()

    def test_the_worker_has_the_interface_and_no_other_file(self):
        if harness.SANITIZERS or os.geteuid() != 0:
            self.skipTest("takes root, and a worker that keeps nothing for a sanitizer")
        netdev = self.bring_up()
        self.await_echo()
        files = {os.readlink(entry.path) for entry in os.scandir(f"/proc/{self.worker(netdev)}/fd")}
        self.assertEqual({name for name in files if not re.match(r"anon_inode:|socket:", name)},
                         {"/dev/net/tun"})
        self.finish(netdev)


class Persistent(Netdev):
    def test_an_interface_that_root_has_made_is_taken_without_a_privilege_and_stays(self):
        if os.geteuid() != 0:
            self.skipTest("takes root to become somebody else")
        self.folder.chmod(0o755)
        self.path("a.sock").chmod(0o666)
        self.run_in(self.host, "ip", "tuntap", "add", "dev", "bh0", "mode", "tap", "user", 12345)
        unprivileged = ["setpriv", "--reuid=12345", "--regid=12345", "--clear-groups",
                        "--bounding-set=-all", "--inh-caps=-all"]
        netdev = self.bring_up(inside=lambda *words: self.host.inside(*unprivileged, *words))
        self.await_echo()
        address = re.search(r"bh0: .*, ([0-9a-f:]{17}), MTU", netdev.err)[1]
        self.assertEqual(self.link(self.host, "bh0")["address"], address)
        os.kill(self.worker(netdev), signal.SIGKILL)
        self.await_echo()
        self.assertEqual(netdev.stop(), 0, netdev.err)
        wait_until(lambda: "LOWER_UP" not in self.link(self.host, "bh0")["flags"], "no carrier")


class Refused(Netdev):
    def refusal(self, *arguments, code=1, **options):
        netdev = self.start_netdev(*arguments, **options)
        self.assertEqual(netdev.wait(), code, netdev.err)
        self.assertEqual(netdev.err.count("\n"), 1, netdev.err)
        return netdev.err

    def test_a_name_that_is_taken(self):
        self.run_in(self.host, "ip", "link", "add", "veth0", "type", "veth", "peer", "veth1")
        self.assertIn("the network interface veth0: the name is taken by what is no TAP",
                      self.refusal(name="veth0"))
        netdev = self.bring_up()
        self.assertIn("another program has it", self.refusal())
        self.finish(netdev)

    def test_a_name_that_cannot_be(self):
        self.assertIn("cannot be the name of a network interface", self.refusal(name="a b", code=2))

    def test_no_name(self):
        netdev = self.start("netdev", "run", "netdev", self.port("a.sock"))
        self.assertEqual(netdev.wait(), 2)
        self.assertIn("--name is required", netdev.err)

    def test_no_privilege(self):
        nobody = ["setpriv", "--reuid=12345", "--regid=12345", "--clear-groups",
                  "--bounding-set=-all", "--inh-caps=-all"]
        if os.geteuid() != 0 or not os.stat("/dev/net/tun").st_mode & 0o002:
            self.skipTest("takes root, and a /dev/net/tun for everybody")
        words = self.refusal(inside=lambda *words: self.host.inside(*nobody, *words))
        self.assertIn("ip tuntap add dev bh0 mode tap user 12345", words)

    def test_an_mtu_that_no_device_has(self):
        self.assertIn("--mtu", self.refusal("--mtu", 20000, code=2))

    def test_no_device(self):
        netdev = self.start("netdev", command=self.host.inside(
            harness.PROGRAM, "run", "netdev", self.port("nothing.sock"), "--name", "bh0"))
        self.assertEqual(netdev.wait(), 1)
        self.assertIn("nothing.sock", netdev.err)
        wait_until(lambda: self.link(self.host, "bh0") is None, "the interface to go")


if __name__ == "__main__":
    harness.main()
