import os
import select
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import made_up_report  # noqa: F401  (finds bench/)
from report import loops, machine, plan, programs


class Programs(unittest.TestCase):
    def test_a_program_that_fails_is_told_with_its_words(self):
        with self.assertRaisesRegex(programs.Failed, "exit code 3: sorry"):
            programs.run(["sh", "-c", "echo sorry >&2; exit 3"])

    def test_a_program_that_is_not_there_is_told(self):
        with self.assertRaisesRegex(programs.Failed, "/nowhere/program: No such file"):
            programs.run(["/nowhere/program"])

    def test_a_program_that_does_not_end_is_ended(self):
        with programs.Child(["sleep", "1000"]) as child:
            with self.assertRaisesRegex(programs.Failed, "has not ended"):
                child.finish(0.1)
            self.assertFalse(child.running())

    def test_what_fills_a_pipe_keeps_nobody_waiting(self):
        noise = "yes | head -c 200000 >&2; echo done; exec sleep 1000"
        with programs.Child(["sh", "-c", noise]) as child:
            child.wait_until(lambda: child.printed() == "done\n", "it is done", 60)
        self.assertFalse(child.running())

    def test_what_does_not_come_about_is_told(self):
        with programs.Child(["sleep", "1000"]) as child, \
                self.assertRaisesRegex(programs.Failed, "sleep: waited 0.1 s for a miracle"):
            child.wait_until(lambda: False, "a miracle", 0.1)
        with programs.Child(["sh", "-c", "echo no >&2"]) as child, \
                self.assertRaisesRegex(programs.Failed, "sh has ended before a miracle: no"):
            child.wait_until(lambda: False, "a miracle", 60)

    def test_no_child_outlives_this_process(self):
        code = ("import sys, time; sys.path.insert(0, sys.argv[1])\n"
                "from report import programs\n"
                "child = programs.Child(['sleep', '1000'])\n"
                "print(child.pid, flush=True); time.sleep(1000)")
        with subprocess.Popen([sys.executable, "-B", "-c", code, programs.ROOT / "bench"],
                              stdout=subprocess.PIPE, text=True) as parent:
            grandchild = os.pidfd_open(int(parent.stdout.readline()))
            parent.kill()
        self.assertTrue(select.select([grandchild], [], [], 60)[0], "it is still there")
        os.close(grandchild)

    def test_what_is_no_json_is_told(self):
        with self.assertRaisesRegex(programs.Failed, "no JSON: 'oops'"):
            programs.parse("oops")

    def test_a_slope_of_nothing_is_told(self):
        with self.assertRaisesRegex(programs.Failed, "batch 8: longer bursts took no longer"):
            programs.parse_loop('{"batch":8,"ticks_per_frame":0.000,"ticks_per_second":1}')


class Rounds(unittest.TestCase):
    def test_each_round_measures_everything_and_who_is_first_changes(self):
        order = []
        context = SimpleNamespace(plan=plan.Plan(rounds=2), say=lambda words: None)
        values = loops.collect(context, [("a",), ("b",)], lambda name: order.append(name) or len(order))
        self.assertEqual(order, ["a", "b", "b", "a"])
        self.assertEqual(values, {("a",): [1, 4], ("b",): [2, 3]})

    def test_what_fails_is_tried_again_but_not_for_ever(self):
        said = []
        context = SimpleNamespace(plan=plan.Plan(rounds=1), say=said.append, repeated=0)

        def measure(failures, tries):
            tries.append(None)
            if len(tries) <= failures:
                raise programs.Failed("too busy")
            return len(tries)
        self.assertEqual(loops.patiently(context, measure, (2, [])), 3)
        self.assertEqual(said, ["once more, as this failed: too busy"] * 2)
        self.assertEqual(context.repeated, 2)
        with self.assertRaisesRegex(programs.Failed, "too busy"):
            loops.patiently(context, measure, (1000, []))

    def test_the_relay_has_no_batches_beyond_a_row(self):
        self.assertEqual(loops.batches_of("relay", (1, 32, 64)), [1, 32])
        self.assertEqual(loops.batches_of("queues", (1, 32, 64)), [1, 32, 64])

    def test_few_rounds_are_few_kills_and_starts(self):
        short = plan.make_plan(True, rounds=1, seconds=0.1)
        self.assertEqual((short.rounds, short.kills, short.starts, short.seconds), (1, 10, 1, 0.1))


def loop_of(began, ended):
    return {"began_ns": began, "ended_ns": ended}


class Cores(unittest.TestCase):
    def test_loops_that_ran_one_after_the_other_have_no_time_in_common(self):
        self.assertEqual(loops.time_in_common([loop_of(0, 10), loop_of(20, 30)]), 0)
        self.assertEqual(loops.time_in_common([loop_of(0, 10), loop_of(5, 15)]), 0.5)
        self.assertEqual(loops.time_in_common([loop_of(0, 10), loop_of(0, 20)]), 0.5)
        self.assertEqual(loops.time_in_common([loop_of(0, 10)]), 1)

    def test_siblings_are_used_only_if_there_is_nothing_else(self):
        with tempfile.TemporaryDirectory(prefix="bulkhead-bench-test-") as folder:
            for number, shared in enumerate(("0-1", "0-1", "2,3", "2,3")):
                place = Path(folder) / f"cpu{number}/topology"
                place.mkdir(parents=True)
                (place / "thread_siblings_list").write_text(shared + "\n", encoding="ascii")
            for usable, wanted in (({0, 1, 2, 3}, (0, 3)), ({0, 2, 1}, (0, 2)), ({0, 1}, (0, 1)),
                                   ({7, 9}, (7, 9)), ({2}, (2, 2))):
                with self.subTest(usable), mock.patch.object(machine, "CPUS", Path(folder)), \
                        mock.patch.object(os, "sched_getaffinity", return_value=usable):
                    self.assertEqual(machine.two_cores(), wanted)
                    self.assertEqual(machine.describe(programs.ROOT)["siblings"], wanted == (0, 1))


class Workplace(unittest.TestCase):
    def test_the_folder_goes_with_its_owner_even_by_sigkill(self):
        code = ("import sys; sys.path.insert(0, sys.argv[1])\n"
                "from report import machine\n"
                "print(machine.Workplace(0).folder, flush=True); sys.stdin.read()")
        with tempfile.TemporaryDirectory(prefix="bulkhead-bench-test-") as parent:
            child = subprocess.Popen([sys.executable, "-B", "-c", code, programs.ROOT / "bench"],
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                     env={"TMPDIR": parent, "PATH": "/usr/bin:/bin"})
            folder = Path(child.stdout.readline().strip())
            self.assertTrue(folder.is_dir())
            child.kill()
            child.communicate()
            end = time.monotonic() + 60
            while folder.exists():
                self.assertLess(time.monotonic(), end, "the folder is still there")
                time.sleep(0.01)

    def test_only_the_huge_pages_that_were_got_are_given_back(self):
        with tempfile.TemporaryDirectory(prefix="bulkhead-bench-test-") as parent:
            pages = Path(parent)
            numbers = {"nr_hugepages": "5", "free_hugepages": "4", "resv_hugepages": "3"}
            for name, number in numbers.items():
                (pages / name).write_text(number, encoding="ascii")
            with mock.patch.object(machine, "HUGE_PAGES", pages):
                self.assertEqual(machine.free_huge_pages(), 1)
                with machine.Workplace(3):
                    self.assertEqual(machine.read_number("nr_hugepages"), 7)
                    # Somebody else adds one meanwhile.
                    (pages / "nr_hugepages").write_text("8", encoding="ascii")
                self.assertEqual(machine.read_number("nr_hugepages"), 6)

    def test_the_folder_goes_at_the_end(self):
        with machine.Workplace(0) as place:
            self.assertTrue(Path(place.folder).is_dir())
        self.assertFalse(Path(place.folder).exists())


if __name__ == "__main__":
    unittest.main()
