"""`bulkhead forward`: how it ends, what it does without traffic, and what it says meanwhile."""

import os
import re
import signal
import time
from pathlib import Path

import harness
from harness import scaled, sleeps, wait_until


class Ending(harness.SystemTest):
    def setUp(self):
        super().setUp()
        self.model = self.start_model({"a.sock": "generate:64@20k", "b.sock": "reflect"})

    def test_a_count(self):
        for arguments in ([], ["--queues", 2, "--threads", 2]):
            report = self.forward("--json", "--count", 1000, *arguments).report
            self.assertGreaterEqual(report["forwarded"], 1000)
            self.assertLess(report["forwarded"], 10_000)

    def test_a_time(self):
        seconds = self.forward("--json", "--seconds", 0.5).report["seconds"]
        self.assertGreaterEqual(seconds, 0.5)

    def test_a_time_without_frames(self):
        self.start_model({"c.sock": "reflect", "d.sock": "reflect"})
        report = self.forward("--json", "--idle", 0.3, a="c.sock", b="d.sock").report
        self.assertEqual(report["forwarded"], 0)

    def end_by(self, number):
        forward = self.start_forward()
        self.await_link(forward)
        self.assertEqual(forward.stop(number), 0, forward.err)
        self.assertRegex(forward.out, r"^forwarded \d+ frames in [\d.]+ s: .* from A to B")
        self.assertIn("received ", forward.out)

    def test_interrupt_prints_totals(self):
        self.end_by(signal.SIGINT)

    def test_termination_prints_totals(self):
        self.end_by(signal.SIGTERM)

    def test_hangup_prints_totals(self):
        self.end_by(signal.SIGHUP)

    def test_a_second_signal_is_not_needed_while_a_model_does_not_answer(self):
        forward = self.start_forward()
        self.await_link(forward)
        self.model.send(signal.SIGSTOP)
        self.assertEqual(forward.stop(signal.SIGINT), 1)
        self.assertRegex(forward.err, r"(?m)^bulkhead: .*a\.sock.*no reply within 5 s")
        self.model.send(signal.SIGCONT)
        self.forward("--count", 100)

    def test_a_signal_while_the_ports_come_up(self):
        forward = self.start_forward()
        wait_until(lambda: self.blocks_interrupts(forward.pid), "forward to take signals")
        self.assertEqual(forward.stop(signal.SIGINT), 0, forward.err)

    @staticmethod
    def blocks_interrupts(pid):
        with open(f"/proc/{pid}/status", encoding="ascii") as status:
            blocked = re.search(r"^SigBlk:\s*(\w+)", status.read(), re.MULTILINE).group(1)
        return int(blocked, 16) >> (signal.SIGINT - 1) & 1

    def test_a_reader_of_the_statistics_that_has_gone_ends_it_with_a_failure(self):
        read_end, write_end = os.pipe()
        forward = self.start_forward(stderr=write_end)
        os.close(write_end)
        os.close(read_end)
        self.assertEqual(forward.wait(), 1)

    def test_totals_that_cannot_be_written_are_a_failure(self):
        with open("/dev/full", "wb") as full:
            forward = self.start_forward("--count", 1, stdout=full)
            self.assertEqual(forward.wait(), 1)
        self.assertIn("standard output could not be written", forward.err)


class Idling(harness.SystemTest):
    """A forwarder without traffic sleeps, and wakes for it."""

    def setUp(self):
        super().setUp()
        self.start_model({"a.sock": "reflect", "b.sock": "reflect"})

    def sleeps_in_two_seconds(self, *arguments):
        forward = self.start_forward(*arguments)
        self.await_link(forward)
        time.sleep(1)
        before = sleeps(forward.pid)
        time.sleep(2)
        slept = sleeps(forward.pid) - before
        self.assertEqual(forward.stop(signal.SIGINT), 0, forward.err)
        return slept

    def test_it_waits_for_interrupts(self):
        # 10 of the worker and 10 of its watch a second, and one for each of some 80 statistics
        # registers that the model is asked for; a poller sleeps 20,000 times.
        self.assertLess(self.sleeps_in_two_seconds("--queues", 2), 500)

    def test_it_leaves_the_processor_alone(self):
        forward = self.start_forward()
        self.await_link(forward)
        time.sleep(1)
        start, before = time.monotonic(), self.processor_time(forward.pid)
        time.sleep(5)
        share = (self.processor_time(forward.pid) - before) / (time.monotonic() - start)
        print(f"an idle forward takes {100 * share:.1f} % of a processor", flush=True)
        self.assertLess(share, scaled(0.02, sanitized=0.2))
        self.assertEqual(forward.stop(signal.SIGINT), 0, forward.err)

    def test_with_poll_it_looks_all_the_time(self):
        forward = self.start_forward("--poll")
        self.await_link(forward)
        wait_until(lambda: self.processor_time(forward.pid) > 1, "a second of work to be done")
        self.assertEqual(forward.stop(signal.SIGINT), 0, forward.err)

    @staticmethod
    def processor_time(pid):
        """Of all threads so far, in seconds."""
        words = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")

    def test_sparse_frames_are_not_lost(self):
        model = self.start_model({"c.sock": "generate:64@50", "d.sock": "reflect"})
        self.forward("--count", 200, a="c.sock", b="d.sock")
        reports = self.stop_model(model)
        self.assert_verified(reports["c.sock"]["wire"], least=90)
        self.assert_well_behaved(reports)


class Statistics(harness.SystemTest):
    LINE = r" +\d+ s  A to B +[\d.]+ [Mk]?pps +B to A +[\d.]+ [Mk]?pps +[\d.]+ a batch +\d+ ticks each"

    def setUp(self):
        super().setUp()
        self.start_model({"a.sock": "generate:64@20k", "b.sock": "reflect"})

    def test_on_a_pipe_each_second_adds_a_line(self):
        forward = self.forward("--seconds", 2.5)
        lines = forward.err.splitlines()
        self.assertRegex(lines[0], r"^A: 82599.*, link up at 10000 Mbit/s$")
        self.assertRegex(lines[1], r"^B: 82599.*, link up at 10000 Mbit/s$")
        self.assertGreaterEqual(len(lines), 3)
        for line in lines[2:]:
            self.assertRegex(line, f"^{self.LINE}$")
            self.assertLess(len(line), 80)
        self.assertNotIn("\r", forward.err)

    def test_quiet_it_says_what_the_ports_are_and_no_more(self):
        forward = self.forward("--seconds", 1.5, "--quiet")
        self.assertRegex(forward.err, r"\AA: 82599.*\nB: 82599.*\n\Z")

    def test_on_a_terminal_one_line_is_drawn_again_and_again(self):
        ours, theirs = os.openpty()
        self.addCleanup(os.close, ours)
        forward = self.start_forward("--seconds", 2.5, stderr=theirs)
        os.close(theirs)
        text = b""
        try:
            while data := os.read(ours, 4096):
                text += data
        except OSError:  # EIO: the other side is closed
            pass
        self.assertEqual(forward.wait(), 0, text)
        text = text.decode().replace("\r\n", "\n")
        self.assertRegex(text, f"(\r{self.LINE} *)+\n$")
        self.assertEqual(len(re.findall(r"\n.*A to B", text)), 1, text)


if __name__ == "__main__":
    harness.main()
