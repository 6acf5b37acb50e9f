"""Lets workers attack their broker, one attempt after the other, and looks whether each is contained.
BULKHEAD_HOSTILE names the program with the attempts: the shipped broker, whose workers take their role
from a file that is shared with the test (tests/hostile/stage.hpp)."""

import json
import os
import re
import signal
import subprocess
import time

from harness import wait_until
from hostile_stage import ATTACKS, DONE, GOOD, HAS_TURN, LOOKING_AFTER, NOT_TRIED, READY, STARTED
from hostile_stage import Stage

HOSTILE = os.environ.get("BULKHEAD_HOSTILE", "")
# To try some by hand: a regular expression for their names.
ONLY = os.environ.get("BULKHEAD_ATTEMPTS", ".*")
# A worker that has lived so long is replaced at once, without a pause.
A_WHILE = 0.12


def attempts():
    """The program's own list."""
    listed = subprocess.run([HOSTILE, "attempts"], check=True, capture_output=True, text=True)
    return json.loads(listed.stdout)


class Attackers:
    """For a test that has a broker, `run_`, and says how it is seen that its work goes on:
    await_frames_to_pass(), and whatever disturbs it, a little at a time: pump()."""

    def open_stage(self):
        self.stage = Stage(self.path("stage"))
        self.not_tried = []

    def await_first_workers(self):
        self.active = self.await_worker_with(lambda n: n == 1, HAS_TURN)
        self.spare = self.await_worker_with(lambda n: n == 2, READY)

    def await_worker_with(self, is_it, state):
        def found():
            self.assertTrue(self.run_.running(), f"run has ended: {self.run_.err}")
            for worker in range(self.stage.joined, 0, -1):
                if is_it(worker) and self.stage.state(worker) >= state:
                    return worker
            return 0

        return wait_until(found, f"a worker in state {state}; {self.run_.err}")

    def await_progress(self, worker, progress):
        def came():
            self.assertTrue(self.run_.running(), f"run has ended: {self.run_.err}")
            return self.stage.progress(worker) >= progress

        wait_until(came, f"an attempt; {self.run_.err}")

    def kill(self, worker):
        os.kill(self.stage.pid(worker), signal.SIGKILL)

    def told_of(self, worker):
        """What the broker says of a worker's end."""
        return re.findall(rf"^bulkhead: worker {self.stage.pid(worker)}: (.*)", self.run_.err,
                          re.MULTILINE)

    def await_told(self, worker, sign):
        wait_until(lambda: self.told_of(worker), f"word of a death: {self.run_.err}")
        self.assertRegex(self.told_of(worker)[0], sign)

    def let_live(self, worker, state):
        """Until it has been in this state for so long that its death is nothing special."""
        self.await_worker_with(lambda n: n == worker, state)
        time.sleep(A_WHILE)

    def await_others(self):
        """What nobody attacks has gone on meanwhile."""

    def prepare(self, number, attempt):
        """A worker that is about to try it, alive and as far as it has to be."""
        if self.stage.role(self.spare) != number:
            self.stage.next_role(number)
            self.let_live(self.spare, READY)
            self.replace_spare()
        if attempt["phase"] != "working":
            return self.spare
        self.stage.next_role(number + LOOKING_AFTER)
        return self.take_turn(self.spare)

    def replace_spare(self):
        old = self.spare
        self.kill(old)
        self.spare = self.await_worker_with(lambda n: n > old, STARTED)

    def take_turn(self, worker):
        """The one that works dies, and it is this one's turn."""
        self.let_live(self.active, HAS_TURN)
        self.await_worker_with(lambda n: n == worker, READY)
        self.kill(self.active)
        self.active = self.await_worker_with(lambda n: n == worker, HAS_TURN)
        self.spare = self.await_worker_with(lambda n: n > worker, READY)
        return worker

    def await_outcome(self, worker, attempt):
        """What is seen of it; the worker is dead afterwards."""
        outcome, sign = attempt["outcome"], attempt["sign"]
        if outcome in ("killed", "replaced"):
            return self.await_told(worker, f"killed by {sign}" if outcome == "killed" else sign)
        if outcome in ("idle", "asleep"):
            self.await_progress(worker, ATTACKS)
            self.await_others()
        if outcome == "idle":
            def is_done():
                self.pump()
                return self.stage.progress(worker) >= DONE
            wait_until(is_done, f"it to be done: {self.run_.err}")
        if outcome != "asleep":
            self.await_progress(worker, DONE)
            held, error = self.stage.result(worker)
            self.assertEqual(held, GOOD, f"it succeeded ({error})")
        if outcome == "device":
            self.await_devices_word(sign)
        if outcome == "harmless" and attempt["phase"] == "working":
            self.await_frames_to_pass()
        if attempt["phase"] != "working":
            self.let_live(worker, READY)
        self.assertEqual(self.told_of(worker), [], "it had died by itself")
        self.kill(worker)
        return self.await_told(worker, "killed by SIGKILL")

    def let_wait(self, attacker, attempt):
        """It attacks while it waits; then its turn comes, as if nothing had been."""
        self.stage.next_role(0)
        self.stage.let_attack(attacker)
        self.await_progress(attacker, DONE)
        self.await_frames_to_pass()
        self.take_turn(attacker)
        return {**attempt, "phase": "working"}

    def attack(self, number, attempt, following):
        attacker = self.prepare(number, attempt)
        if attempt["phase"] == "waiting":
            attempt = self.let_wait(attacker, attempt)
        successor = self.spare if attacker == self.active else None
        self.stage.next_role(following)
        self.stage.let_attack(attacker)
        if attempt["phase"] != "working":
            self.await_frames_to_pass()  # the one that works is not disturbed
        if attempt["layers"]:
            self.await_progress(attacker, ATTACKS)
            if self.stage.progress(attacker) == NOT_TRIED:
                self.not_tried.append(attempt["name"])
                attempt = {**attempt, "outcome": "asleep"}
        self.await_outcome(attacker, attempt)
        if successor:
            self.active = self.await_worker_with(lambda n: n == successor, HAS_TURN)
        self.spare = self.await_worker_with(lambda n: n > attacker and n != self.active, STARTED)
        self.await_frames_to_pass()
        if successor and attempt["looked_after"]:
            self.assertEqual(self.stage.remains(successor), GOOD, "something is left of it")

    def try_all(self, work):
        chosen = [(number, attempt) for number, attempt in enumerate(attempts(), 1)
                  if attempt["work"] == work and re.fullmatch(ONLY, attempt["name"])]
        for place, (number, attempt) in enumerate(chosen):
            following = chosen[place + 1][0] if place + 1 < len(chosen) else 0
            try:
                self.attack(number, attempt, following)
            except (AssertionError, OSError) as error:
                raise AssertionError(f"{attempt['name']}: {error}") from error
        print(f"\n{len(chosen) - len(self.not_tried)} attempts; for want of a layer not tried: "
              f"{', '.join(self.not_tried) or 'none'}", flush=True)
        self.await_worker_with(lambda n: n == self.spare, READY)
