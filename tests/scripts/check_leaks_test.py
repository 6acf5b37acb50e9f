import subprocess
import sys
import unittest
from pathlib import Path

CHECK_LEAKS = Path(__file__).parents[2] / "scripts" / "check-leaks"


class CheckLeaks(unittest.TestCase):
    def check(self, *arguments):
        command = [CHECK_LEAKS, "--settle", "1", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def assert_found(self, result, *parts):
        self.assertEqual(result.returncode, 1, result.stderr)
        for part in parts:
            self.assertIn(part, result.stderr)

    def test_a_clean_command_keeps_its_exit_code(self):
        self.assertEqual(self.check("true").returncode, 0)
        self.assertEqual(self.check("sh", "-c", "exit 7").returncode, 7)

    def test_what_goes_by_itself_is_no_leak(self):
        self.assertEqual(self.check("sh", "-c", "sleep 0.5 &").returncode, 0)

    def test_a_file_is_found(self):
        self.assert_found(self.check("sh", "-c", "mkdir $TMPDIR/forgotten"), "file", "forgotten")

    def test_a_daemon_with_its_memory_is_found(self):
        daemon = "import os, time; os.setsid(); f = os.memfd_create('pool'); time.sleep(60)"
        result = self.check("sh", "-c", f'{sys.executable} -c "{daemon}" &')
        self.assert_found(result, "process", "setsid", "memfd:pool")

    def test_a_killed_command_must_leave_nothing_either(self):
        self.assertEqual(self.check("--kill-after", "0.3", "sleep", "60").returncode, 0)
        result = self.check("--kill-after", "0.3", "sh", "-c", "sleep 61 & wait")
        self.assert_found(result, "process", "sleep 61")


if __name__ == "__main__":
    unittest.main()
