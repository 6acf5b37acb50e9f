import os
import unittest

import made_up_report  # noqa: F401  (finds bench/)
from report import programs, upkeep

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


if __name__ == "__main__":
    unittest.main()
