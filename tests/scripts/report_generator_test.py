import json
import subprocess
import tempfile
import unittest
from pathlib import Path

REPORT_GENERATOR = Path(__file__).parents[2] / "scripts" / "report-generator"


class ReportGenerator(unittest.TestCase):
    def report(self, **changes):
        wire = {"sent": 1_000_500, "received": 1_000_000, "not_returned": 500, "lost": 0,
                "out_of_order": 0, "duplicated": 0, "corrupted": 0, "foreign": 0, **changes}
        model = {"ports": [{"wire": wire}, {"wire": {"kind": "reflect"}}]}
        forward = {"packets_per_second": 1e6, "ticks_per_packet": 20.5, "forwarded": 2_000_000,
                   "seconds": 2.0}
        with tempfile.TemporaryDirectory(prefix="bulkhead-report-") as folder:
            files = [Path(folder) / "forward.json", Path(folder) / "generator.out"]
            files[0].write_text(json.dumps(forward))
            files[1].write_text("listening on /a\nlistening on /b\n" + json.dumps(model))
            return subprocess.run([REPORT_GENERATOR, *files], capture_output=True, text=True,
                                  check=False)

    def test_frames_that_came_back_are_fine_and_those_on_their_way_are_told(self):
        result = self.report()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("500 not_returned", result.stdout)

    def test_nothing_that_came_back_is_a_failure(self):
        result = self.report(received=0, not_returned=300, sent=300)
        self.assertEqual(result.returncode, 1)
        self.assertIn("no frame came back", result.stderr)

    def test_every_fault_is_a_failure(self):
        for fault in ("corrupted", "foreign", "duplicated", "out_of_order"):
            with self.subTest(fault):
                result = self.report(**{fault: 1})
                self.assertEqual(result.returncode, 1)
                self.assertIn(fault.replace("_", " "), result.stderr)

    def test_more_frames_missing_than_can_be_on_their_way_are_a_failure(self):
        self.assertEqual(self.report(not_returned=4096).returncode, 0)
        result = self.report(not_returned=4097)
        self.assertEqual(result.returncode, 1)
        self.assertIn("did not return", result.stderr)


if __name__ == "__main__":
    unittest.main()
