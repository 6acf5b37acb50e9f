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
        with self.assertRaisesRegex(programs.Failed, "/nowhere/program: .*--built"):
            programs.run(["/nowhere/program"])

    def test_a_program_that_does_not_end_is_ended(self):
        child = programs.start(["sleep", "1000"])
        with self.assertRaisesRegex(programs.Failed, "has not ended"):
            programs.finish(child, 0.1)
        self.assertIsNotNone(child.returncode)

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

    def test_the_relay_has_no_batches_beyond_a_row(self):
        self.assertEqual(loops.batches_of("relay", (1, 32, 64)), [1, 32])
        self.assertEqual(loops.batches_of("queues", (1, 32, 64)), [1, 32, 64])

    def test_few_rounds_are_few_kills_and_starts(self):
        short = plan.make_plan(True, rounds=1, seconds=0.1)
        self.assertEqual((short.rounds, short.kills, short.starts, short.seconds), (1, 10, 1, 0.1))


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
