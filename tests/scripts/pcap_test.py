import subprocess
import tempfile
import unittest
from pathlib import Path

PCAP = Path(__file__).parents[2] / "scripts" / "pcap"


class Pcap(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="bulkhead-pcap-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def run_it(self, *arguments):
        words = [str(argument) for argument in arguments]
        return subprocess.run([PCAP, *words], capture_output=True, text=True, check=False)

    def make(self, name, count):
        self.assertEqual(self.run_it("make", self.folder / name, count).returncode, 0)
        return self.folder / name

    def test_the_same_frames_compare_equal(self):
        result = self.run_it("compare", self.make("a", 100), self.make("b", 100))
        self.assertEqual((result.returncode, result.stdout),
                         (0, "100 frames, the same in the same order\n"))

    def test_a_lost_frame_is_found(self):
        result = self.run_it("compare", self.make("a", 100), self.make("b", 99))
        self.assertEqual(result.returncode, 1)
        self.assertIn("b has 99", result.stderr)

    def test_a_changed_byte_is_found(self):
        a, b = self.make("a", 3), self.make("b", 3)
        data = bytearray(b.read_bytes())
        data[-1] ^= 1
        b.write_bytes(data)
        result = self.run_it("compare", a, b)
        self.assertEqual(result.returncode, 1)
        self.assertIn("frame 2 ", result.stderr)

    def test_a_file_that_ends_early_is_found(self):
        a = self.make("a", 3)
        short = self.folder / "short"
        short.write_bytes(a.read_bytes()[:-1])
        self.assertIn("ends within a frame", self.run_it("compare", a, short).stderr)


if __name__ == "__main__":
    unittest.main()
