"""Workers that attack by a network interface: it stays as the broker has made it, and serves."""

import signal

import harness
from attackers import HOSTILE, Attackers, attempts
from compartments import gone
from harness import wait_until
from hostile_stage import HAS_TURN, READY
from netdevs import Netdev


class HostileNetdev(Attackers, Netdev):
    program = HOSTILE

    def setUp(self):
        super().setUp()
        self.folder.chmod(0o755)
        self.open_stage()


class Hostile(HostileNetdev):
    def setUp(self):
        super().setUp()
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


class Crew(HostileNetdev):
    def test_all_are_replaced_when_one_attacks(self):
        number, attempt = next((number, attempt) for number, attempt in enumerate(attempts(), 1)
                               if attempt["name"] == "scribble")
        self.stage.next_role(number)  # of whoever joins first
        self.run_ = self.bring_up("--queues", 4, "--workers", 2, cwd=self.folder)
        first, second = range(1, 3), range(3, 5)
        for worker in first:
            self.await_worker_with(lambda n, worker=worker: n == worker, HAS_TURN)
        for worker in second:
            self.await_worker_with(lambda n, worker=worker: n == worker, READY)
        self.assertEqual([self.stage.role(worker) for worker in first], [number, 0])
        self.stage.let_attack(1)
        self.await_told(1, attempt["sign"])
        for worker in second:
            self.await_worker_with(lambda n, worker=worker: n == worker, HAS_TURN)
        wait_until(lambda: all(gone(self.stage.pid(worker)) for worker in first), "both to be gone")
        self.await_echo()
        self.assertEqual(self.run_.stop(signal.SIGINT), 0, self.run_.err)
        self.assertEqual(self.run_.report["deaths"], 1)


if __name__ == "__main__":
    harness.main()
