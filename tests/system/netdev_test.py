"""`bulkhead run netdev`: an interface like any other."""

import os
import re
import signal

import harness
from harness import scaled, sleeps, wait_until
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

    def test_without_interrupts_the_worker_dozes_between_looks(self):
        netdev = self.bring_up("--poll", "--queues", 3)
        worker = self.worker(netdev)
        wait_until(lambda: sleeps(worker) > 2000, "the worker to doze")
        self.await_echo()
        self.finish(netdev)

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

    def test_tcp_by_iperf3_both_ways(self):
        netdev = self.bring_up()
        self.await_echo()
        for direction in ([], ["--reverse"]):
            sent = self.iperf3("-n", scaled("100M", "5M"), *direction)
            # What is on its way when the last byte is sent is not counted as received.
            self.assertGreaterEqual(sent["sum_sent"]["bytes"], scaled(100, 5) << 20)
            self.assertGreater(sent["sum_received"]["bytes"], 0)
        self.finish(netdev)


class Offloads(Netdev):
    def capture_wire(self):
        """What arrives at the peer, in a file."""
        capture = self.start("tcpdump", command=self.peer.inside(
            "tcpdump", "-i", "wire0", "-Q", "in", "-B", 65536, "-w", self.path("wire.pcap"), "-Z",
            "root", "tcp or udp"))
        wait_until(lambda: "listening on wire0" in capture.err, "tcpdump")
        return capture

    def read_capture(self):
        return self.run_in(self.peer, "tcpdump", "-r", self.path("wire.pcap"), "-nn", "-e", "-vv")

    def test_the_wire_has_frames_of_the_mtu_with_right_checksums(self):
        netdev = self.bring_up()
        for host, interface, number in ((self.host, "bh0", 1), (self.peer, "wire0", 2)):
            self.run_in(host, "ip", "address", "add", f"fd78::{number}/64", "dev", interface,
                        "nodad")
        self.await_echo()
        capture = self.capture_wire()
        for address in ("10.78.0.2", "fd78::2"):
            self.iperf3("-n", scaled("20M", "2M"), address=address)
            self.iperf3("-u", "-b", "10M", "-l", 1001, "-n", 100_100, address=address)
        capture.stop()
        frames = self.read_capture()
        for version in "46":
            lengths = [int(length) for length in
                       re.findall(rf"ethertype IPv{version} \(0x\w+\), length (\d+):", frames)]
            self.assertEqual(max(lengths), 1514)
            self.assertGreater(len(lengths), 100)
        self.assertGreater(frames.count("udp sum ok"), 50)
        self.assertGreater(frames.count("(correct)"), 200)
        self.assertNotRegex(frames, "incorrect|bad (udp )?cksum")
        # The kernel leaves the cutting to others: of what it has handed over there are more on the wire.
        handed_over = self.link(self.host, "bh0")["stats64"]["tx"]["packets"]
        self.assertLess(handed_over + 300, self.finish(netdev)["to_device"]["frames"])

    def test_segments_that_arrive_one_after_the_other_reach_the_kernel_as_one(self):
        netdev = self.bring_up()
        self.await_echo()
        self.iperf3("-n", scaled("100M", "5M"), "--reverse")
        handed_over = self.link(self.host, "bh0")["stats64"]["rx"]["packets"]
        self.assertLess(handed_over + 200, self.finish(netdev)["to_interface"]["frames"])


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
        # It was made without the header and the offloads that netdev asks for.
        self.run_in(self.host, "ip", "link", "set", "bh0", "mtu", 1000)
        for direction in ([], ["--reverse"]):
            sent = self.iperf3("-n", "5M", *direction)
            self.assertGreaterEqual(sent["sum_sent"]["bytes"], 5 << 20)
        self.assertTrue(self.segments_are_left_to_netdev())
        self.assertEqual(netdev.stop(), 0, netdev.err)
        wait_until(lambda: "LOWER_UP" not in self.link(self.host, "bh0")["flags"], "no carrier")
        self.assertFalse(self.segments_are_left_to_netdev())
        self.path("a.sock").unlink()
        self.assertEqual(self.start_netdev().wait(), 1, "without a device")
        self.assertFalse(self.segments_are_left_to_netdev())

    def segments_are_left_to_netdev(self):
        return "tcp-segmentation-offload: on" in self.run_in(self.host, "ethtool", "-k", "bh0")


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

    def test_an_interface_that_was_made_for_another_number_of_queues(self):
        for made, queues, lack in (((), 2, "several queues"), (("multi_queue",), 1, "one queue")):
            self.run_in(self.host, "ip", "tuntap", "add", "dev", "bh0", "mode", "tap", *made)
            words = self.refusal("--queues", queues)
            self.assertIn(f"is no TAP interface with {lack}", words)
            self.assertEqual("mode tap multi_queue user" in words, queues > 1, words)
            self.run_in(self.host, "ip", "link", "delete", "bh0")

    def test_several_queues_that_another_program_has(self):
        netdev = self.bring_up("--queues", 2)
        self.assertIn("another program has it", self.refusal("--queues", 2))
        self.await_echo()
        self.finish(netdev)

    def test_a_number_of_queues_that_no_device_has(self):
        for queues in (0, 65):
            self.assertIn("--queues", self.refusal("--queues", queues, code=2))

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
