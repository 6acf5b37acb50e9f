"""`bulkhead model`: who is served, how it ends, what it reports, and real traffic through it."""

import hashlib
import os
import pathlib
import random
import signal
import sys
import unittest

import captures
import harness
import namespaces
from harness import scaled, wait_until

BY_QUEUE = {"frames_in_by_queue", "frames_out_by_queue"}
REPORT = BY_QUEUE | {
    "frames_in", "frames_out", "filtered", "no_descriptor", "tx_dropped", "dma_violations",
    "malformed_descriptors", "unknown_registers", "offloads_ignored", "partial_accesses", "dma_ranges",
    "trouble", "wire", "socket"}


class Clients(harness.SystemTest):
    def setUp(self):
        super().setUp()
        self.ports = {"a.sock": "generate:64@20k", "b.sock": "reflect"}

    def test_once_ends_it_when_the_client_of_every_port_has_gone(self):
        model = self.start_model({**self.ports, "c.sock": "reflect", "d.sock": "reflect"}, "--once")
        self.forward("--seconds", 0.2)
        self.assertTrue(model.running())
        self.forward("--seconds", 0.2, a="c.sock", b="d.sock")
        self.assertEqual(model.wait(), 0, model.err)
        self.assertEqual(len(self.reports(model)), 4)
        self.assertFalse(self.path("a.sock").exists())

    def test_a_second_client_is_refused_and_the_first_goes_on(self):
        model = self.start_model(self.ports)
        first = self.start_forward()
        self.await_frames(first)
        second = self.start_forward("--seconds", 0.1)
        self.assertEqual(second.wait(), 1)
        self.assertRegex(second.err, r"^bulkhead: .*a\.sock.*takes one client at a time")
        self.assertIn("a second client was turned away", model.err)
        self.assertTrue(first.running())
        self.assertEqual(first.stop(signal.SIGINT), 0)
        reports = self.stop_model(model)
        self.assert_verified(reports["a.sock"]["wire"])
        self.assert_well_behaved(reports)

    def test_one_client_after_the_other_is_served(self):
        model = self.start_model(self.ports)
        for _ in range(scaled(5, 3)):
            self.assertGreater(self.forward("--json", "--count", 100).report["forwarded"], 0)
        reports = self.stop_model(model)
        self.assert_well_behaved(reports)
        self.assertEqual(reports["a.sock"]["dma_ranges"], 0)
        self.assertEqual(reports["a.sock"]["wire"]["corrupted"], 0)

    def test_other_devices_of_the_family_are_driven(self):
        for device_id in ("0x10F7", "0x154D", "4347"):
            with self.subTest(device_id):
                model = self.start_model(self.ports, "--device-id", device_id)
                self.forward("--count", 100)
                self.stop_model(model)


class Ending(harness.SystemTest):
    def end_by(self, number):
        frames = captures.make_frames(100, seed=1)
        captures.write(self.path("in.pcap"), frames)
        model = self.start_model({"a.sock": f"pcap:{self.path('in.pcap')}",
                                  "b.sock": f"pcap:,{self.path('out.pcap')}"})
        forward = self.start_forward()
        self.await_link(forward)
        self.assertFalse(self.path("out.pcap").exists())
        self.assertTrue(self.path("out.pcap.partial").exists())
        self.await_frames(forward)
        self.stop_model(model, number)
        self.assertEqual(forward.wait(), 1)
        self.assertIn("gone", forward.err)
        left = {path.name for path in self.folder.iterdir()
                if not path.name.endswith((".stdout", ".stderr"))}
        self.assertEqual(left, {"in.pcap", "out.pcap"})
        got = captures.read(self.path("out.pcap"))
        self.assertEqual(captures.first_difference(frames, got), "")

    def test_termination_completes_the_capture_and_removes_the_sockets(self):
        self.end_by(signal.SIGTERM)

    def test_interrupt_completes_the_capture_and_removes_the_sockets(self):
        self.end_by(signal.SIGINT)

    def test_a_second_interrupt_ends_it_even_while_it_reports(self):
        reader, writer = os.pipe()
        self.addCleanup(os.close, reader)
        model = self.start("model", "model", "ixgbe", "--socket", self.path("a.sock"),
                           "--wire", "reflect", stderr=writer)
        self.await_listening(model, ["a.sock"])
        # Its report will find no room, and nobody reads.
        os.set_blocking(writer, False)
        try:
            while os.write(writer, b"x" * 4096):
                pass
        except BlockingIOError:
            os.set_blocking(writer, True)
        os.close(writer)
        model.send(signal.SIGINT)

        def accepts_interrupts():
            status = pathlib.Path(f"/proc/{model.pid}/status").read_text("ascii")
            blocked = int(status.split("SigBlk:")[1].split()[0], 16)
            return not blocked >> (signal.SIGINT - 1) & 1
        wait_until(accepts_interrupts, "the main thread to unblock signals")
        self.assertTrue(model.running())
        self.assertEqual(model.stop(signal.SIGINT), -signal.SIGINT)

    def test_a_socket_that_somebody_replaced_is_left_alone(self):
        model = self.start_model({"a.sock": "reflect"})
        self.path("a.sock").unlink()
        self.path("a.sock").write_text("mine")
        self.stop_model(model)
        self.assertEqual(self.path("a.sock").read_text(), "mine")


class Report(harness.SystemTest):
    def test_each_port_reports_the_same_numbers_by_name(self):
        model = self.start_model({"a.sock": "generate:128@10k", "b.sock": "reflect",
                                  "c.sock": f"link:{self.path('link')}"})
        self.forward("--count", 100)
        self.stop_model(model)
        ports = model.report["ports"]
        self.assertEqual([port["wire"]["kind"] for port in ports], ["generate", "reflect", "link"])
        for port in ports:
            self.assertEqual(set(port), REPORT)
            for name in REPORT - {"trouble", "wire", "socket"} - BY_QUEUE:
                self.assertIsInstance(port[name], int)
            for way in ("in", "out"):
                self.assertEqual(sum(port[f"frames_{way}_by_queue"]), port[f"frames_{way}"])
            self.assertEqual(port["trouble"], [])

    def test_without_json_readable_lines_for_each_port_go_to_stderr(self):
        model = self.start("model", "model", "ixgbe", "--socket", self.path("a.sock"),
                           "--wire", "reflect", "--socket", self.path("b.sock"),
                           "--wire", "generate:64")
        self.await_listening(model, ["a.sock", "b.sock"])
        self.assertEqual(model.stop(), 0)
        lines = model.err.splitlines()
        none = "0 frames in, 0 frames out, 0 DMA violations"
        self.assertEqual(lines[0], f"{self.path('a.sock')}: {none}")
        self.assertRegex(lines[1], r"^  wire reflect: .*reflected 0")
        self.assertEqual(lines[2], f"{self.path('b.sock')}: {none}")
        for counted in ("sent 0", "lost 0", "corrupted 0", "out of order 0", "duplicated 0"):
            self.assertIn(counted, lines[3])
        self.assertEqual(len(lines), 4, model.err)


class Links(harness.SystemTest):
    def test_frames_cross_from_one_model_to_another(self):
        link = f"link:{self.path('link')}"
        near = self.start_model({"a.sock": "generate:200", "b.sock": link}, name="near")
        far = self.start_model({"c.sock": link, "d.sock": "reflect"}, name="far")
        forwards = [self.start_forward(), self.start_forward(a="c.sock", b="d.sock")]
        wait_until(lambda: all("B to A" in forward.err for forward in forwards), "statistics")
        for forward in forwards:
            self.assertEqual(forward.stop(signal.SIGINT), 0, forward.err)
        reports = {**self.stop_model(near), **self.stop_model(far)}
        self.assert_verified(reports["a.sock"]["wire"])
        self.assert_well_behaved(reports)


RECEIVE = """
import hashlib, socket, sys
server = socket.create_server(("10.77.0.2", 7777))
print("listening", flush=True)
connection, _ = server.accept()
digest = hashlib.sha256()
while data := connection.recv(1 << 16):
    digest.update(data)
connection.sendall(digest.hexdigest().encode())
"""
SEND = """
import random, socket, sys
with socket.create_connection(("10.77.0.2", 7777), timeout=60) as connection:
    connection.sendall(random.Random(1).randbytes(int(sys.argv[1])))
    connection.shutdown(socket.SHUT_WR)
    print(connection.recv(1000).decode())
"""


class Hosts(harness.SystemTest):
    """Two kernels' worth of TCP/IP, a model each, and the driver between them."""

    def setUp(self):
        super().setUp()
        if why := namespaces.why_not():
            raise unittest.SkipTest(f"no TAP interfaces in namespaces here: {why}")
        self.hosts = [namespaces.Namespace(self, name) for name in ("left", "right")]
        self.models = []
        for number, (host, name) in enumerate(zip(self.hosts, ("a.sock", "b.sock")), 1):
            wait_until(host.ready, "a namespace")
            command = host.inside(harness.PROGRAM, "model", "ixgbe", "--json", "--socket",
                                  self.path(name), "--wire", "tap:bh0")
            model = self.start("model", command=command)
            self.await_listening(model, [name])
            host.run("ip", "address", "add", f"10.77.0.{number}/24", "dev", "bh0")
            self.models.append(model)
        self.link = self.start_forward()
        self.await_link(self.link)

    def test_ping_and_tcp(self):
        left, right = self.hosts
        wait_until(lambda: left.run("ping", "-c", 1, "-W", 1, "10.77.0.2").returncode == 0,
                   "the first echo")
        ping = left.run("ping", "-c", 20, "-i", 0.02, "-s", 1000, "-W", 10, "10.77.0.2")
        self.assertIn("20 received, 0% packet loss", ping.stdout)
        receiver = self.start("receiver", command=right.inside(sys.executable, "-c", RECEIVE))
        wait_until(lambda: "listening" in receiver.out, "the receiver")
        sent = left.run(sys.executable, "-c", SEND, scaled(50_000_000, 5_000_000))
        self.assertRegex(sent.stdout, r"^[0-9a-f]{64}$", sent.stderr)
        self.assertEqual(sent.stdout.strip(), self.digest(scaled(50_000_000, 5_000_000)))
        self.assertEqual(self.link.stop(signal.SIGINT), 0, self.link.err)
        for model in self.models:
            report, = self.stop_model(model).values()
            self.assertEqual(report["wire"]["kind"], "tap")
            self.assertEqual(report["dma_violations"] + report["unknown_registers"], 0)
        self.assertEqual([host.interfaces() for host in self.hosts], [set(), set()])

    @staticmethod
    def digest(size):
        return hashlib.sha256(random.Random(1).randbytes(size)).hexdigest()


if __name__ == "__main__":
    harness.main()
