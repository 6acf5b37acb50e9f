"""`bulkhead run forward`: a worker's death costs the frames that it held, and nothing else."""

import os
import re
import signal
import time

import harness
from compartments import Compartment, gone, state
from harness import scaled, wait_until


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
        self.assertRegex(second.err, r"bulkhead: .*vfio-user:.*a\.sock.*does it have another\?")
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


if __name__ == "__main__":
    harness.main()
