"""Workers that attack: each attempt is contained, the broker goes on with an honest worker, and
another compartment's frames pass without a gap."""

import os
import re
import signal
import struct
import unittest
from pathlib import Path

import harness
from attackers import HOSTILE, Attackers, attempts
from compartments import Compartment, children
from harness import wait_until
from hostile_stage import Wire

SECURITY = Path(__file__).parents[2] / "docs" / "security.md"
ROW = re.compile(r"^\| `(?P<name>[a-z0-9-]+)` \| (?P<what>.*) \| (?P<contained>.*) \|$", re.MULTILINE)


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


class Hostile(Attackers, Compartment):
    def setUp(self):
        super().setUp()
        self.folder.chmod(0o755)
        self.open_stage()
        self.model = self.start_model({"a.sock": f"link:{self.path('a.link')}",
                                       "b.sock": f"link:{self.path('b.link')}"}, name="attacked")
        self.wires = [Wire(self.path("a.link")), Wire(self.path("b.link"))]
        for wire in self.wires:
            self.addCleanup(wire.socket.close)
        self.frames = 0
        self.run_ = self.start("attacked", command=[
            HOSTILE, "run", "forward", self.port("a.sock"), self.port("b.sock"), "--json", "--quiet"],
            cwd=self.folder)
        self.await_first_workers()

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

    def await_devices_word(self, sign):
        def seen():
            self.pump()
            return re.search(f"82599 model: .*{sign}", self.model.err)

        wait_until(seen, f"the device's word of {sign}: {self.model.err}")

    def start_other(self):
        """A compartment on other devices, which is nobody's target."""
        self.other_model = self.start_model({"x.sock": "generate:64@1k", "y.sock": "generate:64@1k"},
                                            name="other-model")
        self.other = self.start_run(a="x.sock", b="y.sock", name="other")
        self.await_worker(self.other)
        self.await_frames(self.other)

    def await_others(self):
        """A line of the other compartment's statistics that tells of nothing but what came after this
        call."""
        before = len(self.other.err)

        def passed():
            self.pump()
            rates = re.findall(r"A to B +([\d.]+) [Mk]?pps", self.other.err[before:])
            return any(float(rate) > 0 for rate in rates[1:])

        wait_until(passed, f"others' frames to pass: {self.other.err}")

    def broker_descriptors(self):
        return len(list(Path(f"/proc/{self.run_.pid}/fd").iterdir())) if os.geteuid() == 0 else 0

    def test_every_attempt_is_contained(self):
        self.start_other()
        self.await_frames_to_pass()
        before = self.broker_descriptors()
        self.try_all("forward")
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
