"""`bulkhead run forward`: how little its workers can do, and what their word is worth."""

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import harness
from compartments import Compartment
from harness import scaled, wait_until


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
        self.assertRegex(run.err, r"worker \d+: said that a device broke the rules of a queue")

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


class Confined(Compartment):
    def test_the_worker_has_nothing_but_what_it_needs(self):
        model = self.start_model({"a.sock": "generate:64@1k", "b.sock": "reflect"})
        run = self.start_run()
        worker = self.await_worker(run)
        self.await_frames(run)
        status = self.assert_without_privileges(worker)
        if not harness.SANITIZERS:
            self.assertEqual(status["Seccomp"], "2")
        self.assert_without_privileges(run.pid)
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

    def test_a_layer_that_is_required_and_not_there_ends_it(self):
        model = self.start_model({"a.sock": "reflect", "b.sock": "reflect"})
        run = self.start_run("--require", "no-core,pid-namespace")
        self.assertEqual(run.wait(), 1)
        self.assertRegex(run.err, "(?m)^bulkhead: .*lacks the layer pid-namespace, which is "
                                  "required: .*parent")
        self.assertEqual(run.err.count("which is required"), 1, run.err)
        self.stop_model(model)

    def test_what_can_be_required(self):
        for words, said in ((["moat"], "no layer 'moat'.*landlock"),
                            (["all", "--no-sandbox"], "--no-sandbox")):
            run = self.start_run("--require", *words)
            self.assertEqual(run.wait(), 2)
            self.assertRegex(run.err, said)

    def test_layers_that_are_required_and_there_are_fine(self):
        model = self.start_model({"a.sock": "generate:64@1k", "b.sock": "reflect"})
        run = self.start_run("--require", scaled("descriptors,system-calls,not-dumpable",
                                                 "no-core"))
        self.await_frames(run)
        self.finish(run, model, least=1)

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
