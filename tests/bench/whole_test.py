import unittest

import made_up_report  # noqa: F401  (finds bench/)
from report import tables, whole

LOAD = 1_000_000
FAST = [[1000, 99_000], [9000, 1000]]
SLOW = [[500_000_000, 100_000]]


class Latency(unittest.TestCase):
    def test_times_are_of_the_rounds_that_reached_the_load(self):
        rounds = [(2e6, 0, 0, FAST), (2e6, 0, 0, FAST), (1e6, 0, 0, SLOW), (2e6, 500, 0, SLOW), (2e6, 0, 0, FAST)]
        row = whole.latency_row(LOAD, rounds)
        self.assertEqual((row["rounds_reached"], row["reached"], row["given_up"]), (3, True, 500))
        self.assertEqual((row["p50"]["max"], row["p99.99"]["max"], row["max"]["max"]), (1, 9, 9))
        self.assertEqual((row["buckets_ns"], row["frames"]), ([[1000, 297_000], [9000, 3000]], 300_000))
        self.assertEqual(row["mpps"]["rounds"], 5)

    def test_a_percentile_that_missing_frames_could_change_is_not_told(self):
        for what, one in (("rate", (1.99 * LOAD, 0, 0, FAST)), ("lost", (2e6, 0, 1000, FAST))):
            with self.subTest(what):
                row = whole.latency_row(LOAD, [one] * 3)
                self.assertTrue(row["reached"])
                self.assertIsNotNone(row["p50"])
                self.assertEqual((row["p99.9"], row["p99.99"]), (None, None))
                text = tables.latency({"polling": [row]})
                self.assertIn("<td>3 of 3</td><td>1.0</td>", text)

    def test_a_load_that_no_round_reached_has_no_times(self):
        row = whole.latency_row(LOAD, [(1e6, 0, 0, SLOW)] * 3)
        self.assertEqual((row["reached"], row["p50"], row["max"], row["buckets_ns"]), (False, None, None, []))
        self.assertIn("not reached", tables.latency({"polling": [row]}))


if __name__ == "__main__":
    unittest.main()
