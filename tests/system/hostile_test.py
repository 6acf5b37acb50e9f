"""Workers that attack: each attempt is contained, the broker goes on with an honest worker, and
another compartment's frames pass without a gap. BULKHEAD_HOSTILE names the program with the
attempts: the shipped broker, whose workers take their role from a file that is shared with this test
(see tests/hostile/stage.hpp)."""

import json
import os
import re
import signal
import struct
import subprocess
import time
import unittest
from pathlib import Path

import harness
from compartments import Compartment, children
from harness import wait_until
from hostile_stage import ATTACKS, DONE, GOOD, HAS_TURN, LOOKING_AFTER, NOT_TRIED, READY, STARTED
from hostile_stage import Stage, Wire

HOSTILE = os.environ.get("BULKHEAD_HOSTILE", "")
# To try some by hand: a regular expression for their names.
ONLY = os.environ.get("BULKHEAD_ATTEMPTS", ".*")
SECURITY = Path(__file__).parents[2] / "docs" / "security.md"
ROW = re.compile(r"^\| `(?P<name>[a-z0-9-]+)` \| (?P<what>.*) \| (?P<contained>.*) \|$", re.MULTILINE)

# A worker that has lived so long is replaced at once, without a pause.
A_WHILE = 0.12


def attempts():
    """The program's own list."""
    listed = subprocess.run([HOSTILE, "attempts"], check=True, capture_output=True, text=True)
    return json.loads(listed.stdout)


class Table(unittest.TestCase):
    def test_the_documentation_has_the_programs_list(self):
        text = SECURITY.read_text().partition("### What a worker can try\n")[2]
        rows = [match.groupdict() for match in ROW.finditer(text)]
        listed = [{key: attempt[key] for key in ("name", "what", "contained")}
                  for attempt in attempts()]
        self.maxDiff = None
        self.assertEqual(rows, listed, f"docs/security.md and {HOSTILE} attempts")

    def test_names_are_given_once(self):
        names = [attempt["name"] for attempt in attempts()]
        self.assertEqual(len(names), len(set(names)))
        self.assertGreaterEqual(len(names), 40)


class Hostile(Compartment):
    def setUp(self):
        super().setUp()
        self.folder.chmod(0o755)
        self.stage = Stage(self.path("stage"))
        self.model = self.start_model({"a.sock": f"link:{self.path('a.link')}",
                                       "b.sock": f"link:{self.path('b.link')}"}, name="attacked")
        self.wires = [Wire(self.path("a.link")), Wire(self.path("b.link"))]
        for wire in self.wires:
            self.addCleanup(wire.socket.close)
        self.frames = 0
        self.run_ = self.start("attacked", command=[
            HOSTILE, "run", "forward", self.port("a.sock"), self.port("b.sock"), "--json", "--quiet"],
            cwd=self.folder)
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

    def pump(self):
        """A numbered frame into both wires."""
        self.frames += 1
        for wire in self.wires:
            wire.send(b"\xff" * 6 + b"\x02\0\0\0\0\1" + b"\x88\xb5" +
                      struct.pack(">Q", self.frames).ljust(46, b"."))

    def await_frames_to_pass(self):
        """Of those that are sent from here on, one each way, whole."""
        for wire in self.wires:
            wire.received()
        first = self.frames + 1
        arrived = [False, False]

        def passed():
            self.assertTrue(self.run_.running(), f"run has ended: {self.run_.err}")
            self.pump()
            for number, wire in enumerate(self.wires):
                for frame in wire.received():
                    number_of = struct.unpack_from(">Q", frame, 14)[0] if len(frame) == 60 else 0
                    whole = frame[22:] == b"." * 38 and frame[:6] == b"\xff" * 6
                    arrived[number] |= whole and first <= number_of <= self.frames
            return all(arrived)

        wait_until(passed, f"frames to pass: {self.run_.err}")

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

    def prepare(self, number, attempt):
        """A worker that is about to try it, alive and as far as it has to be."""
        if self.stage.role(self.spare) != number:
            self.stage.next_role(number)
            self.let_live(self.spare, READY)
            self.replace_spare()
        if attempt["phase"] != "working":
            return self.spare
        attacker = self.spare
        self.let_live(self.active, HAS_TURN)
        self.await_worker_with(lambda n: n == attacker, READY)
        self.stage.next_role(number + LOOKING_AFTER)
        self.kill(self.active)
        self.await_worker_with(lambda n: n == attacker, HAS_TURN)
        self.active = attacker
        self.spare = self.await_worker_with(lambda n: n > attacker, READY)
        return attacker

    def replace_spare(self):
        old = self.spare
        self.kill(old)
        self.spare = self.await_worker_with(lambda n: n > old, STARTED)

    def await_outcome(self, worker, attempt):
        """What is seen of it; the worker is dead afterwards."""
        outcome, sign = attempt["outcome"], attempt["sign"]
        if outcome in ("killed", "replaced"):
            return self.await_told(worker, f"killed by {sign}" if outcome == "killed" else sign)
        if outcome == "idle":
            self.await_progress(worker, ATTACKS)
        else:
            self.await_progress(worker, DONE)
            held, error = self.stage.result(worker)
            self.assertEqual(held, GOOD, f"it succeeded ({error})")
        if outcome == "device":
            def seen():
                self.pump()
                return re.search(f"82599 model: .*{sign}", self.model.err)
            wait_until(seen, f"the device's word of {sign}: {self.model.err}")
        if outcome == "harmless" and attempt["phase"] == "working":
            self.await_frames_to_pass()
        if attempt["phase"] != "working":
            self.let_live(worker, READY)
        self.assertEqual(self.told_of(worker), [], "it had died by itself")
        self.kill(worker)
        return self.await_told(worker, "killed by SIGKILL")

    def attack(self, number, attempt, following):
        attacker = self.prepare(number, attempt)
        successor = self.spare if attacker == self.active else None
        self.stage.next_role(following)
        self.stage.let_attack(attacker)
        if attempt["phase"] != "working":
            self.await_frames_to_pass()  # the one that works is not disturbed
        if attempt["layers"]:
            self.await_progress(attacker, ATTACKS)
            if self.stage.progress(attacker) == NOT_TRIED:
                self.not_tried.append(attempt["name"])
                attempt = {**attempt, "outcome": "idle"}
        self.await_outcome(attacker, attempt)
        if successor:
            self.active = self.await_worker_with(lambda n: n == successor, HAS_TURN)
        self.spare = self.await_worker_with(lambda n: n > attacker and n != self.active, STARTED)
        self.await_frames_to_pass()
        if successor and attempt["looked_after"]:
            self.assertEqual(self.stage.remains(successor), GOOD, "something is left of it")

    def start_other(self):
        """A compartment on other devices, which is nobody's target."""
        self.other_model = self.start_model({"x.sock": "generate:64@1k", "y.sock": "generate:64@1k"},
                                            name="other-model")
        self.other = self.start_run(a="x.sock", b="y.sock", name="other")
        self.await_worker(self.other)
        self.await_frames(self.other)

    def broker_descriptors(self):
        return len(list(Path(f"/proc/{self.run_.pid}/fd").iterdir())) if os.geteuid() == 0 else 0

    def test_every_attempt_is_contained(self):
        self.not_tried = []
        self.start_other()
        self.await_frames_to_pass()
        before = self.broker_descriptors()
        chosen = [(number, attempt) for number, attempt in enumerate(attempts(), 1)
                  if re.fullmatch(ONLY, attempt["name"])]
        for place, (number, attempt) in enumerate(chosen):
            following = chosen[place + 1][0] if place + 1 < len(chosen) else 0
            try:
                self.attack(number, attempt, following)
            except (AssertionError, OSError) as error:
                raise AssertionError(f"{attempt['name']}: {error}") from error
        print(f"\n{len(chosen) - len(self.not_tried)} attempts; for want of a layer not tried: "
              f"{', '.join(self.not_tried) or 'none'}", flush=True)
        self.await_worker_with(lambda n: n == self.spare, READY)
        wait_until(lambda: len(children(self.run_.pid)) == 2, "others to be gone")
        wait_until(lambda: self.broker_descriptors() == before,
                   f"the broker to have {before} descriptors again")
        self.finish_both()

    def finish_both(self):
        self.assertEqual(self.run_.stop(signal.SIGINT), 0, self.run_.err)
        self.assertIsNone(re.search(r"[^\n\x20-\x7e]", self.run_.err), "control characters")
        self.assertNotIn("on fire", self.run_.err, "the word of workers that nobody listens to")
        self.stop_model(self.model)
        for report in self.finish(self.other, self.other_model).values():
            self.assertEqual(report["wire"]["lost"], 0)
        self.assertEqual(self.other.report["deaths"], 0)


if __name__ == "__main__":
    harness.main()
