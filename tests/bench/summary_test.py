import unittest

import made_up_report  # noqa: F401  (finds bench/)
from report import summary


class Summary(unittest.TestCase):
    def test_median_least_most_and_spread(self):
        found = summary.summarise([3, 1, 2])
        self.assertEqual((found["median"], found["min"], found["max"], found["rounds"]), (2, 1, 3, 3))
        self.assertEqual(found["spread"], 1.0)

    def test_ratios_are_of_neighbours_in_time(self):
        # A machine twice as slow in one round says nothing about the cost.
        self.assertEqual(summary.ratio([11, 22, 11], [10, 20, 10])["max"], 1.1)

    def test_histograms_are_one(self):
        merged = summary.merge([[[10, 1], [30, 2]], [[10, 3], [20, 4]]])
        self.assertEqual(merged, [[10, 4], [20, 4], [30, 2]])

    def test_percentiles_of_buckets(self):
        buckets = [[10, 50], [20, 49], [500, 1]]
        self.assertEqual([summary.at_share(buckets, share) for share in (0.5, 0.51, 0.99, 0.999, 1)],
                         [10, 20, 20, 500, 500])

    def test_of_few_the_slowest_is_not_hidden(self):
        ten = list(range(1, 11))
        self.assertEqual([summary.nearest_rank(ten, percent) for percent in (50, 90, 91, 99, 100)],
                         [5, 9, 10, 10, 10])
        self.assertEqual(summary.nearest_rank([7], 50), 7)

    def test_shares_end_at_all(self):
        self.assertEqual(summary.share_of_frames([[1, 1], [2, 3]]), [(1, 0.25), (2, 1.0)])


if __name__ == "__main__":
    unittest.main()
