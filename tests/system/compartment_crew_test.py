"""`bulkhead run forward --workers N`: several processes share the queue pairs, and are one crew."""

import os
import re
import signal
from pathlib import Path

import harness
from compartments import Compartment, gone
from harness import scaled, sleeps, wait_until


def processor_time(pid):
    """Seconds, in user mode."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(words[11]) / os.sysconf("SC_CLK_TCK")


class Crews(Compartment):
    def setUp(self):
        super().setUp()
        self.model = self.start_model({"a.sock": "generate:64", "b.sock": "generate:64"}, "--spread")

    def start_crew(self, *arguments, queues=4, workers=2):
        return self.start_run("--queues", queues, "--workers", workers, *arguments)

    def await_crew(self, run, deaths=0, workers=2):
        """The pids of those that work, once they are the next ones after so many deaths."""
        def taken_over():
            self.assertTrue(run.running(), f"run has ended: {run.err}")
            lines = re.findall(r"workers? ([\d, ]+) took over", run.err)
            return [int(pid) for pid in lines[deaths - 1].split(", ")] if len(lines) >= deaths else []

        if deaths:
            return wait_until(taken_over, f"the crew after {deaths} deaths")

        def two_crews():
            self.assertTrue(run.running(), f"run has ended: {run.err}")
            return len(self.workers(run)) == 2 * workers

        wait_until(two_crews, "two crews")
        return self.workers(run)[:workers]

    def await_gone(self, workers):
        """A broker goes on when it knows of their end: the kernel may not be through with it."""
        wait_until(lambda: all(gone(worker) for worker in workers), "all of a crew to be gone")

    def test_one_is_killed_and_all_goes_on_with_the_next_crew(self):
        run = self.start_crew()
        crew = self.await_crew(run)
        for worker in crew:
            self.check_confined(worker)
            # One that had no frames would sleep: it would take minutes to use as much.
            wait_until(lambda pid=worker: processor_time(pid) > 0.1, "both to have frames")
        for death in range(1, scaled(4, 2)):
            os.kill(crew[death % 2], signal.SIGKILL)
            following = self.await_crew(run, death)
            self.assertEqual(len(following), 2)
            self.await_gone(crew)
            crew = following
            for worker in crew:
                wait_until(lambda pid=worker: processor_time(pid) > 0.1, "both to have frames")
        self.await_pass(run)
        reports = self.finish(run, self.model)
        for report in reports.values():
            for way in ("frames_in_by_queue", "frames_out_by_queue"):
                self.assertEqual(len(report[way]), 4, report[way])
                self.assertGreater(min(report[way]), 100, report[way])
        self.assertEqual(run.report["deaths"], scaled(3, 1))
        self.assertEqual(len(re.findall(r"worker \d+: killed by SIGKILL", run.err)), scaled(3, 1))
        # What the workers say, all of them together, is what has come back, but for the dead ones'
        # last frames.
        received = sum(report["wire"]["received"] for report in reports.values())
        self.assertAlmostEqual(run.report["forwarded"] / received, 1, delta=0.05)

    def check_confined(self, worker):
        status = self.assert_without_privileges(worker)
        if not harness.SANITIZERS:
            self.assertEqual(status["Seccomp"], "2")
            self.assertEqual(status["Threads"], "1")
        if os.geteuid() == 0:
            maps = Path(f"/proc/{worker}/maps").read_text()
            self.assertEqual(maps.count("bulkhead-pool"), 2, maps)
            self.assertEqual(maps.count("bulkhead-control"), 1, maps)

    def test_a_killed_broker_takes_all_of_them_with_it(self):
        run = self.start_crew()
        self.await_crew(run)
        workers = self.workers(run)
        run.send(signal.SIGKILL)
        run.wait()
        self.await_gone(workers)
        again = self.start_crew("--count", 1000, queues=3, workers=3)
        self.assertEqual(again.wait(), 0, again.err)
        self.stop_model(self.model)

    def test_one_that_hangs(self):
        run = self.start_crew("--misbehave", "hang", "--misbehave-after", scaled(100_000, 10_000),
                              "--hang-limit", 50)
        crew = self.await_crew(run)
        self.await_crew(run, 1)
        self.await_gone(crew)
        self.finish(run, self.model)
        self.assertGreaterEqual(run.report["hangs"], 1)
        self.assertRegex(run.err, r"worker \d+: hung")

    def test_a_device_that_disappears_ends_all_of_them(self):
        run = self.start_crew()
        self.await_crew(run)
        workers = self.workers(run)
        self.model.end()
        self.assertEqual(run.wait(), 1)
        self.assertRegex(run.err, r"bulkhead: .*vfio-user:.*the device's server has gone")
        self.await_gone(workers)

    def test_more_workers_than_queue_pairs(self):
        run = self.start_crew(queues=2, workers=3)
        self.assertEqual(run.wait(), 2)
        self.assertRegex(run.err, r"bulkhead: 3 workers for 2 queue pairs \(.*fewer workers\)")


class Idle(Compartment):
    def test_without_interrupts_workers_doze_between_looks(self):
        self.start_model({"a.sock": "reflect", "b.sock": "reflect"})
        for queues in (1, 5):  # which 2 and 3 of are a worker's
            workers = min(queues, 2)
            run = self.start_run("--poll", "--queues", queues, "--workers", workers)
            wait_until(lambda: len(self.workers(run)) == 2 * workers, "two crews")
            for worker in self.workers(run)[:workers]:
                wait_until(lambda pid=worker: sleeps(pid) > 2000, "a worker to doze")
            self.assertEqual(run.stop(signal.SIGINT), 0, run.err)


if __name__ == "__main__":
    harness.main()
