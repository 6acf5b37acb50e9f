"""Workers that attack by a network interface: it stays as the broker has made it, and serves."""

import signal

import harness
from attackers import HOSTILE, Attackers
from harness import wait_until
from netdevs import Netdev


class Hostile(Attackers, Netdev):
    program = HOSTILE

    def setUp(self):
        super().setUp()
        self.folder.chmod(0o755)
        self.open_stage()
        self.run_ = self.bring_up("--queues", 2, cwd=self.folder)
        self.await_first_workers()

    def pump(self):
        self.host.run("ping", "-c", 1, "-W", "0.1", "-b", "10.78.0.255")

    def await_frames_to_pass(self):
        self.await_echo()
        link = self.link(self.host, "bh0")
        self.assertEqual({key: link[key] for key in self.as_it_was}, self.as_it_was)

    def test_every_attempt_is_contained(self):
        self.await_echo()
        link = self.link(self.host, "bh0")
        self.as_it_was = {key: link[key] for key in ("address", "mtu", "linkinfo", "flags")}
        self.try_all("netdev")
        self.assertEqual(self.run_.stop(signal.SIGINT), 0, self.run_.err)
        wait_until(lambda: self.link(self.host, "bh0") is None, "the interface to go")


if __name__ == "__main__":
    harness.main()
