"""`bulkhead run netdev`: an interface like any other."""

import json
import os
import re
import signal

import harness
from harness import scaled, wait_until
from netdevs import Netdev


# Somebody without a privilege, whom the device file is open to, as it is on most machines.
OPEN_TUN = ('mount -t tmpfs none /dev/net && mknod -m 666 /dev/net/tun c 10 200 && chmod 666 '
            '/dev/net/tun && exec "$@"')
NOBODY = ["unshare", "--mount", "--", "sh", "-c", OPEN_TUN, "sh", "setpriv", "--reuid=12345",
          "--regid=12345", "--clear-groups", "--bounding-set=-all", "--inh-caps=-all"]


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
        # What is on its way when the last byte is sent is not counted as received.
        self.assertGreaterEqual(sent["end"]["sum_sent"]["bytes"], scaled(100, 5) << 20)
        self.assertGreater(sent["end"]["sum_received"]["bytes"], 0)
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


class Persistent(Netdev):
    def test_an_interface_that_root_has_made_is_taken_without_a_privilege_and_stays(self):
        if os.geteuid() != 0:
            self.skipTest("takes root to become somebody else")
        self.folder.chmod(0o755)
        self.path("a.sock").chmod(0o666)
        self.run_in(self.host, "ip", "tuntap", "add", "dev", "bh0", "mode", "tap", "user", 12345)
        netdev = self.bring_up("--mtu", 1000, inside=lambda *words: self.host.inside(*NOBODY, *words))
        self.assertRegex(netdev.err, "(?s)MTU of 1500 is more than the device.*MTU up to 1000",
                         "told before it is said to be ready")
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
        if os.geteuid() != 0:
            self.skipTest("takes root to become somebody else")
        words = self.refusal(inside=lambda *words: self.host.inside(*NOBODY, *words))
        self.assertIn("ip tuntap add dev bh0 mode tap user 12345", words)

    def test_a_layer_that_is_required_and_not_there(self):
        netdev = self.start_netdev("--require", "pid-namespace")
        self.assertEqual(netdev.wait(), 1)
        self.assertRegex(netdev.err, "(?m)^bulkhead: .*lacks the layer pid-namespace, which is "
                                     "required: .*parent")
        wait_until(lambda: self.link(self.host, "bh0") is None, "the interface to go")

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
