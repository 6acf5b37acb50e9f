"""`bulkhead run netdev`, whose driver, broker, device or interface goes away."""

import os
import re
import signal
import sys
import time

import harness
from compartments import children, gone
from harness import scaled, wait_until
from netdevs import Netdev

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
        self.assertEqual(receiver.out, "listening\n" + sender.out)
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


if __name__ == "__main__":
    harness.main()
