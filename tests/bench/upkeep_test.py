import contextlib
import io
import json
import os
import subprocess
import unittest
from types import SimpleNamespace
from unittest import mock

import made_up_report  # noqa: F401  (finds bench/)
from report import __main__ as command
from report import plan, programs, upkeep

PRINTED = """opening both ports, resets included, took 105.2 ms
3 kills
  until the death is noticed       p50    0.31  p90    0.44  p99    1.02  max    1.02 ms
  death to first frame forwarded   p50    5.20  p90    6.00  p99   11.50  max 1011.50 ms
  10 received, 2 lost with the dead, 0 out of order, 0 duplicated
"""


class Upkeep(unittest.TestCase):
    def test_the_parts_of_a_recovery_are_read(self):
        self.assertEqual(upkeep.parse_recovery(PRINTED), [
            {"what": "until the death is noticed", "p50": 0.31, "p90": 0.44, "p99": 1.02, "max": 1.02},
            {"what": "death to first frame forwarded", "p50": 5.2, "p90": 6.0, "p99": 11.5,
             "max": 1011.5}])

    def test_a_recovery_without_figures_is_told(self):
        with self.assertRaisesRegex(programs.Failed, "no percentiles"):
            upkeep.parse_recovery("3 kills\n")

    def test_memory_of_a_process_has_its_parts(self):
        memory = upkeep.memory_of(os.getpid())
        self.assertEqual(set(memory), {"own_kb", "files_kb", "shared_with_device_kb"})
        self.assertGreater(memory["own_kb"], 0)

    def test_a_process_that_has_ended_is_told(self):
        with subprocess.Popen(["true"]) as child:
            os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
            with self.assertRaisesRegex(programs.Failed, "it has ended"):
                upkeep.memory_of(child.pid)

    def test_a_link_that_is_not_there_is_told(self):
        with self.assertRaisesRegex(programs.Failed, "/nowhere/a.link: .*No such file"):
            upkeep.Cable("/nowhere/a.link")


class Measure(unittest.TestCase):
    def test_what_fails_costs_itself_only_and_the_rest_is_kept_at_once(self):
        kept = []

        def broken(context):
            raise BrokenPipeError("gone")
        found = {"memory": broken, "startup": lambda context: {"ms": 1}}
        with mock.patch.object(command, "MEASUREMENTS", found), contextlib.redirect_stderr(io.StringIO()):
            command.measure(SimpleNamespace(quick=True), plan.QUICK, list(found),
                            lambda report: kept.append(json.dumps(report)))
        first, last = map(json.loads, kept)
        self.assertEqual((first["memory"], "startup" in first), ({"failed": "gone"}, False))
        self.assertEqual((last["memory"], last["startup"]), ({"failed": "gone"}, {"ms": 1}))


if __name__ == "__main__":
    unittest.main()
