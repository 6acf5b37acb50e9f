"""`bulkhead run netdev`, whose driver, broker, device or interface goes away."""

import hashlib
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time

import harness
from compartments import children, gone
from harness import scaled, wait_until
from netdevs import Netdev

# What the two hosts say to each other over TCP, on so many connections, each of which begins at a port
# of its own: bytes that only they know, at least so many and until stdin ends, and their digests.
SEND = """
import hashlib, random, socket, sys, threading
least, flows = map(int, sys.argv[1:])
over, said = threading.Event(), []
def send(number):
    data, sent, digest = random.Random(number), 0, hashlib.sha256()
    here = ("10.78.0.1", 7000 + number if flows > 1 else 0)
    with socket.create_connection(("10.78.0.2", 9), 30, here) as link:
        link.settimeout(None)
        while sent < least or not over.is_set():
            block = data.randbytes(1 << 16)
            link.sendall(block)
            digest.update(block)
            sent += len(block)
        link.shutdown(socket.SHUT_WR)
        assert link.recv(1) == b"", "more than nothing"
    said.append((sent, digest.hexdigest()))
threads = [threading.Thread(target=send, args=[number]) for number in range(flows)]
for thread in threads: thread.start()
sys.stdin.read()
over.set()
for thread in threads: thread.join()
assert len(said) == flows, "a connection has ended"
print(sum(sent for sent, _ in said), *sorted(digest for _, digest in said))
"""
RECEIVE = """
import hashlib, socket, sys, threading
flows, said = int(sys.argv[1]), []
listener = socket.create_server(("10.78.0.2", 9))
print("listening", flush=True)
def receive(link):
    digest = hashlib.sha256()
    while block := link.recv(1 << 16):
        digest.update(block)
    said.append(digest.hexdigest())
    link.close()
threads = [threading.Thread(target=receive, args=[listener.accept()[0]]) for _ in range(flows)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(*sorted(said), flush=True)
"""


class Transfers(Netdev):
    def begin_transfer(self, size, flows=1, **options):
        receiver = self.start("receiver", command=self.peer.inside(sys.executable, "-c", RECEIVE, flows))
        wait_until(lambda: "listening" in receiver.out, "the receiver")
        sender = self.start("sender", command=self.host.inside(sys.executable, "-c", SEND, size, flows),
                            **options)
        self.begun = time.monotonic()
        return receiver, sender

    def end_transfer(self, sender):
        """Bytes a second since it was begun."""
        self.assertEqual(sender.wait(240), 0, sender.err)
        return int(sender.out.split()[0]) / (time.monotonic() - self.begun)

    def assert_received_as_sent(self, receiver, sender):
        self.assertEqual(receiver.wait(), 0, receiver.err)
        self.assertEqual(receiver.out.split(), ["listening", *sender.out.split()[1:]])


class Deaths(Transfers):
    def test_tcp_goes_on_while_its_driver_is_killed_every_second(self):
        netdev = self.bring_up()
        self.await_echo()
        _, sender = self.begin_transfer(scaled(400_000_000, 20_000_000))
        whole = self.end_transfer(sender)
        receiver, sender = self.begin_transfer(0, stdin=subprocess.PIPE)
        kills = scaled(8, 4)
        for _ in range(kills):
            time.sleep(1)
            self.assertTrue(sender.running(), sender.err)
            self.kill_worker(netdev)
        sender.child.stdin.close()
        disturbed = self.end_transfer(sender)
        self.assert_received_as_sent(receiver, sender)
        print(f"{kills} kills: {disturbed / whole:.1%} of the undisturbed throughput "
              f"({whole * 8e-6:.0f} Mbit/s)", file=sys.stderr)
        self.finish(netdev, kills)
        self.assertEqual(len(re.findall("killed by SIGKILL", netdev.err)), kills)

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

    def test_the_worker_has_the_interfaces_queues_and_no_other_file(self):
        if harness.SANITIZERS or os.geteuid() != 0:
            self.skipTest("takes root, and a worker that keeps nothing for a sanitizer")
        netdev = self.bring_up("--queues", 3)
        self.await_echo()
        files = [os.readlink(entry.path) for entry in os.scandir(f"/proc/{self.worker(netdev)}/fd")]
        self.assertEqual([name for name in files if not re.match(r"anon_inode:|socket:", name)],
                         ["/dev/net/tun"] * 3)
        self.finish(netdev)


class SeveralQueues(Transfers):
    def test_flows_are_spread_over_all_queues_and_outlive_their_driver(self):
        self.spread_flows("--queues", 3)

    def test_flows_outlive_one_of_two_workers_and_both_share_the_queues(self):
        self.workers = 2
        self.spread_flows("--queues", 3, "--workers", 2)

    def spread_flows(self, *arguments):
        netdev = self.bring_up(*arguments)
        self.await_echo()
        receiver, sender = self.begin_transfer(0, flows=24, stdin=subprocess.PIPE)
        for _ in range(2):
            self.await_progress(sender)
            self.kill_worker(netdev)
        self.await_progress(sender)
        sender.child.stdin.close()
        self.end_transfer(sender)
        self.assert_received_as_sent(receiver, sender)
        self.finish(netdev, deaths=2)
        for way in ("frames_in_by_queue", "frames_out_by_queue"):
            used = self.model_report[way]
            self.assertEqual(len(used), 3, used)
            self.assertGreater(min(used), 100, used)

    def await_progress(self, sender):
        """Some megabytes more have arrived."""
        def arrived():
            self.assertTrue(sender.running(), sender.err)
            return self.link(self.peer, "wire0")["stats64"]["rx"]["bytes"]

        goal = arrived() + scaled(16_000_000, 2_000_000)
        wait_until(lambda: arrived() > goal, "bytes to come on")


# An SSH server whose root has another home, and whose sessions end with it.
SERVE_SSH = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--", "sh", "-ec", """
mount -t tmpfs -o mode=700 none /root
mkdir -m 700 /root/.ssh
cp "$1/user_key.pub" /root/.ssh/authorized_keys
exec dropbear -F -E -s -r "$1/host_key" -P "$1/dropbear.pid" -p 10.78.0.2:22
""", "sh"]


class Ssh(Netdev):
    def test_a_session_outlives_its_driver(self):
        if os.geteuid() != 0 or not shutil.which("dropbear"):
            self.skipTest("takes root, whose sessions they are, and dropbear")
        netdev = self.bring_up("--queues", 2)
        self.await_echo()
        self.start_server()
        self.assertEqual(self.run_in(self.host, *self.ssh("echo", "from $SSH_CONNECTION")).split()[:2],
                         ["from", "10.78.0.1"])
        session = self.start("ssh", command=self.host.inside(*self.ssh("sha256sum")),
                             stdin=subprocess.PIPE)
        data = random.Random(1).randbytes(scaled(12_000_000, 2_000_000))
        deaths = 2
        for part in range(deaths + 1):
            if part > 0:
                self.kill_worker(netdev)
            session.child.stdin.write(data)
            session.child.stdin.flush()
        session.child.stdin.close()
        self.assertEqual(session.wait(), 0, session.err)
        self.assertEqual(session.out.split()[0], hashlib.sha256(data * (deaths + 1)).hexdigest())
        self.finish(netdev, deaths)

    def start_server(self):
        self.run_in(self.peer, "dropbearkey", "-t", "ed25519", "-f", self.path("host_key"))
        self.run_in(self.host, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f",
                    self.path("user_key"))
        server = self.start("dropbear", command=self.peer.inside(*SERVE_SSH, self.folder))
        wait_until(lambda: "Not backgrounding" in server.err, "the server")

    def ssh(self, *command):
        options = {"BatchMode": "yes", "IdentitiesOnly": "yes", "StrictHostKeyChecking": "accept-new",
                   "UserKnownHostsFile": self.path("known_hosts"), "ServerAliveInterval": 10}
        words = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
        return ["ssh", "-F", "none", "-i", self.path("user_key"), *words, "root@10.78.0.2", *command]


if __name__ == "__main__":
    harness.main()
