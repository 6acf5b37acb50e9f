"""`bulkhead run netdev`, whose driver, broker, device or interface goes away."""

import os
import re
import signal
import subprocess
import sys
import time

import harness
from compartments import children, gone
from harness import scaled, wait_until
from netdevs import Netdev

# What the two hosts say to each other over TCP: bytes that only they know, at least so many and until
# stdin ends, and their digest.
SEND = """
import hashlib, random, select, socket, sys
data = random.Random(1)
sent, digest = 0, hashlib.sha256()
with socket.create_connection(("10.78.0.2", 9), 30) as link:
    link.settimeout(None)
    while sent < int(sys.argv[1]) or not select.select([sys.stdin], [], [], 0)[0]:
        block = data.randbytes(1 << 16)
        link.sendall(block)
        digest.update(block)
        sent += len(block)
    link.shutdown(socket.SHUT_WR)
    assert link.recv(1) == b"", "more than nothing"
print(digest.hexdigest(), sent)
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
        _, sender = self.begin_transfer(scaled(400_000_000, 20_000_000))
        whole = self.end_transfer(sender)
        receiver, sender = self.begin_transfer(0, stdin=subprocess.PIPE)
        worker = 0
        kills = scaled(8, 4)
        for _ in range(kills):
            time.sleep(1)
            self.assertTrue(sender.running(), sender.err)
            next_worker = self.worker(netdev)
            self.assertNotEqual(next_worker, worker)
            worker = next_worker
            os.kill(worker, signal.SIGKILL)
            wait_until(lambda pid=worker: pid not in children(netdev.pid), "the worker to end")
        sender.child.stdin.close()
        disturbed = self.end_transfer(sender)
        self.assertEqual(receiver.wait(), 0, receiver.err)
        self.assertEqual(receiver.out.split(), ["listening", sender.out.split()[0]])
        print(f"{kills} kills: {disturbed / whole:.1%} of the undisturbed throughput "
              f"({whole * 8e-6:.0f} Mbit/s)", file=sys.stderr)
        self.finish(netdev, kills)
        self.assertEqual(len(re.findall("killed by SIGKILL", netdev.err)), kills)

    def begin_transfer(self, size, **options):
        receiver = self.start("receiver", command=self.peer.inside(sys.executable, "-c", RECEIVE))
        wait_until(lambda: "listening" in receiver.out, "the receiver")
        sender = self.start("sender", command=self.host.inside(sys.executable, "-c", SEND, size),
                            **options)
        self.begun = time.monotonic()
        return receiver, sender

    def end_transfer(self, sender):
        """Bytes a second since it was begun."""
        self.assertEqual(sender.wait(240), 0, sender.err)
        return int(sender.out.split()[1]) / (time.monotonic() - self.begun)

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
