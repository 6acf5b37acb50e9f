"""`bulkhead run forward` under test: its workers, and whether frames pass."""

import re
import signal
from pathlib import Path

import harness
from harness import wait_until


def children(pid):
    return [int(child) for task in Path(f"/proc/{pid}/task").iterdir()
            for child in (task / "children").read_text().split()]


def state(pid):
    """The letter of /proc/PID/stat; "" for a process that is not there any more."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""


def gone(pid):
    return state(pid) in ("", "Z", "X")


class Compartment(harness.SystemTest):
    def assert_without_privileges(self, pid):
        """Returns the fields of /proc/PID/status."""
        status = dict(line.split(":\t", 1)
                      for line in Path(f"/proc/{pid}/status").read_text().splitlines())
        for name in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
            self.assertEqual(int(status[name], 16), 0, name)
        self.assertEqual(status["NoNewPrivs"], "1")
        return status

    def start_run(self, *arguments, a="a.sock", b="b.sock", name="run", **options):
        return self.start(name, "run", "forward", self.port(a), self.port(b), "--json", *arguments,
                          **options)

    def workers(self, run):
        """The process that works, and the one that waits: the oldest first."""
        return sorted(children(run.pid))

    def await_worker(self, run, deaths=0):
        """The pid of the worker that works, once it is the next one after so many deaths."""
        def taken_over():
            self.assertTrue(run.running(), f"run has ended: {run.err}")
            return [int(pid) for pid in re.findall(r"worker (\d+) took over", run.err)][deaths - 1:]

        if deaths:
            return wait_until(taken_over, f"the worker after {deaths} deaths")[0]
        def two_workers():
            self.assertTrue(run.running(), f"run has ended: {run.err}")
            return len(self.workers(run)) == 2

        wait_until(two_workers, "two workers")
        return self.workers(run)[0]

    def await_pass(self, run):
        """Until frames have passed that came after this call. A line of statistics tells of the
        second before it: the first new one may tell of what was before."""
        before = len(run.err)

        def passed():
            self.assertTrue(run.running(), f"run has ended: {run.err}")
            rates = re.findall(r"A to B +([\d.]+) [Mk]?pps", run.err[before:])
            return any(float(rate) > 0 for rate in rates[1:])

        wait_until(passed, "frames to pass")

    def finish(self, run, model, least=1000):
        self.assertEqual(run.stop(signal.SIGINT), 0, run.err)
        reports = self.stop_model(model)
        for report in reports.values():
            self.assertEqual(report["dma_violations"], 0, report["trouble"])
            wire = report["wire"]
            if wire["kind"] == "generate":
                self.assertGreaterEqual(wire["received"], least, wire)
                for count in ("corrupted", "out_of_order", "duplicated", "foreign"):
                    self.assertEqual(wire[count], 0, wire)
        return reports
