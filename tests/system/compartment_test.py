"""`bulkhead run forward`: a worker's death costs the frames that it held, and nothing else."""

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import harness
from harness import scaled, wait_until


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


class Undisturbed(Compartment):
    def test_it_forwards_as_forward_does(self):
        model = self.start_model({"a.sock": "generate:64", "b.sock": "generate:64"})
        run = self.start_run("--count", scaled(1_000_000, 50_000), "--touch")
        self.assertEqual(run.wait(), 0, run.err)
        self.assertEqual(run.report["deaths"], 0)
        self.assertGreaterEqual(run.report["forwarded"], scaled(1_000_000, 50_000))
        reports = self.stop_model(model)
        self.assert_well_behaved(reports)
        for socket, report in reports.items():
            self.assert_verified(report["wire"], least=1000)
            self.assertEqual(report["wire"]["lost"], 0)

    def test_several_queues(self):
        model = self.start_model({"a.sock": "generate:64", "b.sock": "generate:64"}, "--spread")
        run = self.start_run("--queues", 4, "--seconds", 2)
        self.assertEqual(run.wait(), 0, run.err)
        reports = self.stop_model(model)
        self.assert_well_behaved(reports)
        for report in reports.values():
            self.assert_verified(report["wire"], least=1000)

    def test_sparse_frames_and_interrupts(self):
        model = self.start_model({"a.sock": "generate:64@50", "b.sock": "reflect"})
        run = self.start_run("--count", 100)
        self.assertEqual(run.wait(), 0, run.err)
        reports = self.stop_model(model)
        self.assert_verified(reports["a.sock"]["wire"], least=40)


class Deaths(Compartment):
    def setUp(self):
        super().setUp()
        self.model = self.start_model({"a.sock": "generate:64", "b.sock": "generate:64"})

    def test_killed_again_and_again(self):
        run = self.start_run()
        kills = scaled(25, 8)
        for death in range(kills):
            worker = self.await_worker(run, death)
            time.sleep(0.15)  # some traffic; not so soon that the broker backs off
            os.kill(worker, signal.SIGKILL)
        self.await_worker(run, kills)
        self.await_pass(run)
        self.finish(run, self.model)
        self.assertEqual(run.report["deaths"], kills)
        self.assertEqual(len(re.findall(r"killed by SIGKILL", run.err)), kills)

    def test_each_death_is_told_with_its_cause(self):
        run = self.start_run()
        worker = self.await_worker(run)
        self.await_frames(run)
        # A sanitizer's runtime turns the first into an exit of its own.
        cause = scaled(signal.SIGSEGV, signal.SIGKILL)
        os.kill(worker, cause)
        self.await_worker(run, 1)
        self.await_pass(run)
        self.finish(run, self.model)
        self.assertRegex(run.err, rf"worker {worker}: killed by {cause.name}")

    def test_the_one_that_waits_is_replaced_without_disturbing_the_one_that_works(self):
        run = self.start_run()
        worker, spare = self.await_worker(run), self.workers(run)[1]
        os.kill(spare, signal.SIGKILL)

        def replaced():
            self.assertTrue(run.running(), f"run has ended: {run.err}")
            return len(self.workers(run)) == 2 and spare not in self.workers(run)

        wait_until(replaced, "another spare")
        self.assertEqual(self.workers(run)[0], worker)
        self.await_pass(run)
        reports = self.finish(run, self.model)
        for report in reports.values():
            self.assertEqual(report["wire"]["lost"], 0)

    def test_one_that_hangs(self):
        run = self.start_run("--misbehave", "hang", "--misbehave-after", scaled(200_000, 10_000),
                             "--hang-limit", 50)
        self.await_worker(run, 2)
        self.finish(run, self.model)
        self.assertGreaterEqual(run.report["hangs"], 2)
        self.assertRegex(run.err, r"worker \d+: hung")

    def test_one_that_sleeps_or_gets_no_processor_does_not_hang(self):
        run = self.start_run()
        worker = self.await_worker(run)
        os.kill(worker, signal.SIGSTOP)
        wait_until(lambda: state(worker) == "T", "the worker to stop")
        time.sleep(1)
        os.kill(worker, signal.SIGCONT)
        self.await_pass(run)
        self.finish(run, self.model)
        self.assertEqual(run.report["deaths"], 0, run.err)

    def test_a_failed_check_of_the_program(self):
        run = self.start_run("--misbehave", "trap", "--misbehave-after", scaled(200_000, 10_000))
        self.await_worker(run, 1)
        self.finish(run, self.model)
        self.assertRegex(run.err, "killed by (SIGILL|SIGTRAP)")

    def test_a_system_call_that_the_sandbox_forbids(self):
        if harness.SANITIZERS:
            self.skipTest("the sanitizers' runtime makes calls of its own")
        run = self.start_run("--misbehave", "forbidden-call", "--misbehave-after", 200_000)
        self.await_worker(run, 1)
        self.finish(run, self.model)
        self.assertIn("killed by SIGSYS", run.err)

    def test_deaths_at_once_are_given_ever_longer_pauses(self):
        run = self.start_run("--misbehave", "trap", "--misbehave-after", 1)
        wait_until(lambda: "40 ms until the next" in run.err, "the third pause")
        self.finish(run, self.model, least=0)


class HostileWords(Compartment):
    """A worker in the hands of whoever sends it frames says what it likes: the run goes on."""

    def setUp(self):
        super().setUp()
        self.model = self.start_model({"a.sock": "generate:64", "b.sock": "generate:64"})

    def misbehave(self, how):
        return self.start_run("--misbehave", how, "--misbehave-after", scaled(200_000, 10_000))

    def test_that_a_device_broke_the_rules(self):
        run = self.misbehave("blame")
        self.await_worker(run, 3)
        self.await_frames(run)
        self.finish(run, self.model)
        self.assertRegex(run.err, r"worker \d+: said that a device reported to have sent what")

    def test_that_it_cannot_begin(self):
        run = self.misbehave("complain")
        self.await_worker(run, 6)
        self.finish(run, self.model)
        self.assertRegex(run.err, r"worker \d+: exited with 1 though nobody had asked")
        self.assertNotIn("cannot begin", run.err)

    def test_that_it_has_sent_all_there_was_to_send(self):
        count = scaled(5_000_000, 200_000)
        run = self.start_run("--count", count, "--misbehave", "boast", "--misbehave-after", 1000)
        self.assertEqual(run.wait(), 0, run.err)
        wires = [report["wire"] for report in self.stop_model(self.model).values()]
        self.assertGreaterEqual(sum(wire["received"] for wire in wires), count)


class BlockedStderr(Compartment):
    """What the broker prints keeps it from nothing."""

    def setUp(self):
        super().setUp()
        self.model = self.start_model({"a.sock": "generate:64", "b.sock": "generate:64"})
        self.reader, self.writer = os.pipe()
        self.run_ = self.start_run(stderr=self.writer)
        self.await_worker(self.run_)

    def tearDown(self):
        os.close(self.writer)

    def expect_replacements(self):
        for _ in range(3):
            worker = self.await_worker(self.run_)
            os.kill(worker, signal.SIGKILL)
            wait_until(lambda pid=worker: pid not in self.workers(self.run_), "the next worker")
        self.await_worker(self.run_)
        time.sleep(0.15)  # some traffic
        self.finish(self.run_, self.model)
        self.assertEqual(self.run_.report["deaths"], 3)

    def test_a_pipe_that_nobody_empties(self):
        os.set_blocking(self.writer, False)  # ours and the program's are one
        try:
            while True:
                os.write(self.writer, b"x")
        except BlockingIOError:
            os.set_blocking(self.writer, True)
        self.expect_replacements()
        os.close(self.reader)

    def test_a_pipe_without_a_reader(self):
        os.close(self.reader)
        self.expect_replacements()


class Ends(Compartment):
    def setUp(self):
        super().setUp()
        self.model = self.start_model({"a.sock": "generate:64", "b.sock": "generate:64"})

    def test_a_killed_broker_takes_its_workers_with_it(self):
        run = self.start_run()
        self.await_worker(run)
        workers = self.workers(run)
        run.send(signal.SIGKILL)
        run.wait()
        for worker in workers:
            wait_until(lambda pid=worker: gone(pid), "the workers to end", seconds=10)
        # Its device has been let go: somebody else can have it.
        again = self.start_run("--count", 1000)
        self.assertEqual(again.wait(), 0, again.err)
        reports = self.stop_model(self.model)
        for report in reports.values():
            self.assertEqual(report["dma_violations"], 0, report["trouble"])

    def test_interrupts_end_it_cleanly(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            run = self.start_run()
            self.await_worker(run)
            workers = self.workers(run)
            self.assertEqual(run.stop(number), 0, run.err)
            self.assertTrue(all(gone(worker) for worker in workers))
            self.assertEqual(run.report["deaths"], 0)

    def test_a_device_that_disappears_ends_the_compartment(self):
        run = self.start_run()
        self.await_worker(run)
        workers = self.workers(run)
        self.model.end()
        self.assertEqual(run.wait(), 1)
        self.assertRegex(run.err, r"bulkhead: .*vfio-user:.*the device's server has gone")
        self.assertTrue(all(gone(worker) for worker in workers))

    def test_a_device_that_disappears_while_its_worker_dies(self):
        run = self.start_run()
        worker = self.await_worker(run)
        self.model.end()
        os.kill(worker, signal.SIGKILL)
        self.assertEqual(run.wait(), 1)
        self.assertIn("the device's server has gone", run.err)

    def test_a_second_instance_for_the_same_device(self):
        run = self.start_run()
        self.await_worker(run)
        second = self.start_run(name="second")
        self.assertEqual(second.wait(), 1)
        self.assertRegex(second.err, r"bulkhead: .*vfio-user:")
        self.await_pass(run)
        self.finish(run, self.model)


class TwoCompartments(Compartment):
    def test_killing_one_leaves_the_other_without_a_gap(self):
        models = {name: self.start_model({f"{name}a.sock": "generate:64@20k",
                                          f"{name}b.sock": "generate:64@20k"}, name=name)
                  for name in "xy"}
        runs = {name: self.start_run(a=f"{name}a.sock", b=f"{name}b.sock", name=f"run-{name}")
                for name in "xy"}
        self.await_worker(runs["y"])
        for death in range(scaled(10, 4)):
            worker = self.await_worker(runs["x"], death)
            time.sleep(0.15)
            os.kill(worker, signal.SIGKILL)
        self.await_worker(runs["x"], scaled(10, 4))
        self.finish(runs["x"], models["x"])
        for report in self.finish(runs["y"], models["y"]).values():
            self.assertEqual(report["wire"]["lost"], 0)
        self.assertEqual(runs["y"].report["deaths"], 0)


class Confined(Compartment):
    def test_the_worker_has_nothing_but_what_it_needs(self):
        model = self.start_model({"a.sock": "generate:64@1k", "b.sock": "reflect"})
        run = self.start_run()
        worker = self.await_worker(run)
        self.await_frames(run)
        status = dict(line.split(":\t", 1)
                      for line in Path(f"/proc/{worker}/status").read_text().splitlines())
        for name in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
            self.assertEqual(int(status[name], 16), 0, name)
        self.assertEqual(status["NoNewPrivs"], "1")
        if not harness.SANITIZERS:
            self.assertEqual(status["Seccomp"], "2")
        broker = dict(line.split(":\t", 1)
                      for line in Path(f"/proc/{run.pid}/status").read_text().splitlines())
        for name in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
            self.assertEqual(int(broker[name], 16), 0, name)
        self.assertEqual(broker["NoNewPrivs"], "1")
        if os.geteuid() == 0:
            self.check_mappings(worker)
            if not harness.SANITIZERS:
                self.check_descriptors(worker)
        self.finish(run, model, least=100)

    def check_descriptors(self, worker):
        """Signals, interrupts and its channel, nothing to write words to."""
        kinds = {os.readlink(fd).partition(":")[0] for fd in Path(f"/proc/{worker}/fd").iterdir()}
        self.assertEqual(kinds, {"anon_inode", "socket"})

    def test_what_its_sandbox_lacks_is_told_once(self):
        if harness.SANITIZERS:
            self.skipTest("a sanitizer's runtime rules layers out, and nothing is told of it")
        unshare = ["unshare", "--user", "--map-user=1000", "--keep-caps"]
        if subprocess.run([*unshare, "true"], check=False, capture_output=True).returncode:
            self.skipTest("no user namespaces here to begin with")
        model = self.start_model({"a.sock": "generate:64@1k", "b.sock": "reflect"})
        inside = ("echo 0 > /proc/sys/user/max_user_namespaces; exec setpriv --inh-caps=-all "
                  "--ambient-caps=-all --bounding-set=-all --no-new-privs -- \"$@\"")
        run = self.start("run", command=[*unshare, "sh", "-c", inside, "sh", harness.PROGRAM, "run",
                                         "forward", self.port("a.sock"), self.port("b.sock"),
                                         "--json"])
        self.await_frames(run)
        os.kill(self.await_worker(run), signal.SIGKILL)
        self.await_worker(run, 1)
        self.finish(run, model, least=100)
        told = re.findall(r"bulkhead: warning: the workers' sandbox lacks: .*", run.err)
        self.assertEqual(len(told), 1, run.err)
        self.assertIn("user.max_user_namespaces", told[0])

    def check_mappings(self, worker):
        """Of the devices' registers it has two pages each: the queues'."""
        maps = Path(f"/proc/{worker}/maps").read_text()
        registers = [line.split() for line in maps.splitlines() if "memfd:" in line
                     and "bulkhead-" not in line]
        self.assertEqual(len(registers), 4, maps)
        for place, _, offset, *_ in registers:
            first, last = (int(number, 16) for number in place.split("-"))
            self.assertEqual(last - first, 4096, maps)
            self.assertIn(int(offset, 16) & 0xFFFF, (0x1000, 0x6000), maps)


if __name__ == "__main__":
    harness.main()
