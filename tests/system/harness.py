"""Runs the program under test: starts models and forwarders, collects what they say, and leaves no
process and no file behind, however a test ends.

Each test file is called as TEST.py PROGRAM SANITIZERS [TEST...]: the second argument is none, or
BULKHEAD_SANITIZE, which makes the numbers smaller.
"""

import ctypes
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

PROGRAM = ""
SANITIZERS = ""

# Twice what the slowest of machines has needed: its end is a failure, never a measurement.
PATIENCE = 60
PR_SET_PDEATHSIG = 1
SANITIZER_REPORT = re.compile(
    r"(Address|Leak|Thread|Memory)Sanitizer|runtime error:|terminate called|Assertion .* failed")
LIBC = ctypes.CDLL(None)


def main():
    """To be called by each test file."""
    global PROGRAM, SANITIZERS
    if len(sys.argv) < 3:
        sys.exit(__doc__.strip())
    PROGRAM = str(Path(sys.argv[1]).resolve())
    SANITIZERS = sys.argv[2] if sys.argv[2] != "none" else ""
    unittest.main(module="__main__", argv=sys.argv[:1] + sys.argv[3:], verbosity=2)


def scaled(number, sanitized):
    """The number for an optimized build, or the one for a build with sanitizers."""
    return sanitized if SANITIZERS else number


def wait_until(condition, what, seconds=PATIENCE):
    """What `condition` returns once that is true."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds} s for {what}")
        time.sleep(0.01)
    return value


def sleeps(pid):
    """How often all the process's threads have gone to sleep so far."""
    return sum(int(re.search(r"^voluntary_ctxt_switches:\s*(\d+)", status.read_text(),
                             re.MULTILINE).group(1))
               for status in Path(f"/proc/{pid}/task").glob("*/status"))


def die_with_parent():
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Process:
    """A command in the background, its words in files."""

    def __init__(self, folder, name, command, setup=None, **options):
        self.out_path = folder / f"{name}.stdout"
        self.err_path = folder / f"{name}.stderr"
        self.name = name

        def prepare():
            die_with_parent()
            if setup:
                setup()

        with open(self.out_path, "wb") as out, open(self.err_path, "wb") as err:
            options = {"stdin": subprocess.DEVNULL, "stdout": out, "stderr": err, **options}
            self.child = subprocess.Popen([str(word) for word in command], preexec_fn=prepare,
                                          **options)

    @property
    def pid(self):
        return self.child.pid

    @property
    def out(self):
        return self.out_path.read_text()

    @property
    def err(self):
        return self.err_path.read_text()

    @property
    def report(self):
        """The JSON object at the end of stdout."""
        return json.loads(self.out[self.out.index("{"):])

    def running(self):
        return self.child.poll() is None

    def send(self, number):
        self.child.send_signal(number)

    def wait(self, seconds=PATIENCE):
        """The exit code; negative: the signal that ended it."""
        try:
            return self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.name} has not ended within {seconds} s: {self.err}") from None

    def stop(self, number=signal.SIGTERM):
        self.send(number)
        return self.wait()

    def end(self):
        """Whatever it does: no such process afterwards."""
        if self.running():
            self.child.kill()
        self.child.wait()


class SystemTest(unittest.TestCase):
    """A temporary folder, and processes that do not outlive the test."""

    maxDiff = 2000

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="bulkhead-system-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.processes = []
        self.addCleanup(self.end_processes)

    def end_processes(self):
        for process in self.processes:
            process.end()
        for process in self.processes:
            found = SANITIZER_REPORT.search(process.err)
            self.assertIsNone(found, f"{process.name}: {process.err}")

    def path(self, name):
        return self.folder / name

    def start(self, name, *arguments, **options):
        """Starts `bulkhead ARGUMENTS`, or another command if that is a list."""
        command = options.pop("command", [PROGRAM, *arguments])
        unique = f"{len(self.processes)}-{name}"
        process = Process(self.folder, unique, command, **options)
        self.processes.append(process)
        return process

    def start_model(self, ports, *arguments, name="model", **options):
        """A model with a port for each (socket's name, wire); ready when this returns."""
        words = [word for socket, wire in ports.items()
                 for word in ("--socket", self.path(socket), "--wire", wire)]
        model = self.start(name, "model", "ixgbe", "--json", *words, *arguments, **options)
        self.await_listening(model, ports)
        return model

    def await_listening(self, model, sockets):
        lines = [f"listening on {self.path(socket)}" for socket in sockets]

        def listening():
            self.assertTrue(model.running(), f"the model has ended: {model.err}")
            return all(line in model.out for line in lines)

        wait_until(listening, "the model to listen")

    def port(self, socket):
        return f"vfio-user:{self.path(socket)}"

    def start_forward(self, *arguments, a="a.sock", b="b.sock", **options):
        return self.start("forward", "forward", self.port(a), self.port(b), *arguments, **options)

    def await_link(self, forward):
        """Until both ports are up."""
        def up():
            self.assertTrue(forward.running(), f"forward has ended: {forward.err}")
            return re.search(r"^B: .*link up", forward.err, re.MULTILINE)
        wait_until(up, "forward to have brought up its ports")

    def await_frames(self, forward):
        """Until a line of statistics says that frames pass."""
        wait_until(lambda: re.search(r"A to B +[1-9.]+[\d.]* [Mk]?pps", forward.err),
                   "frames to pass")

    def forward(self, *arguments, **options):
        """Runs to its end, which must be a good one; returns the process."""
        process = self.start_forward(*arguments, **options)
        self.assertEqual(process.wait(), 0, process.err)
        return process

    def stop_model(self, model, number=signal.SIGTERM):
        """Ends it; the reports of its ports, by the names of their sockets."""
        self.assertEqual(model.stop(number), 0, model.err)
        return self.reports(model)

    @staticmethod
    def reports(model):
        return {os.path.basename(port["socket"]): port for port in model.report["ports"]}

    def assert_well_behaved(self, reports):
        """The driver has done nothing that a device would mind."""
        for socket, report in reports.items():
            for name in ("dma_violations", "unknown_registers", "malformed_descriptors",
                         "tx_dropped", "no_descriptor"):
                self.assertEqual(report[name], 0, (socket, name, report["trouble"]))

    def assert_verified(self, wire, least=1):
        """A generator has got frames, all of them good."""
        self.assertEqual(wire["kind"], "generate")
        self.assertGreaterEqual(wire["received"], least, wire)
        for name in ("corrupted", "lost", "out_of_order", "duplicated", "foreign"):
            self.assertEqual(wire[name], 0, wire)
