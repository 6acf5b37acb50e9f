"""bench/run as a whole, so short that its figures mean nothing: are they there, and on the page?

    quick_test.py BUILD
"""

import json
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from made_up_report import make_report
from report import plan, programs

BUILD = Path(sys.argv.pop(1)).resolve()


class Tree:
    """Of the project, what bench/run needs, around one build: it stands for the unguarded one, too."""

    def __init__(self, folder):
        self.root = Path(folder)
        for part in ("bench", "tests/instructions"):
            shutil.copytree(programs.ROOT / part, self.root / part)
        (self.root / "build").mkdir()
        for preset in programs.BUILDS.values():
            (self.root / "build" / preset).symlink_to(BUILD)

    def run(self, *words):
        return subprocess.run([self.root / "bench/run", "--built", *words], capture_output=True,
                              text=True, check=False, timeout=300)


def shape(value):
    """What keys a value has, all the way down; lists by their first."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return "number" if isinstance(value, (int, float)) else "text"


def fits(found, wanted):
    """Is it of that shape? What is not told, on a busy machine, is of any."""
    if found in (None, []):
        return True
    if isinstance(found, dict) and isinstance(wanted, dict):
        return found.keys() == wanted.keys() and all(fits(found[key], wanted[key]) for key in found)
    if isinstance(found, list) and isinstance(wanted, list):
        return bool(wanted) and fits(found[0], wanted[0])
    return shape(found) == shape(wanted)


class Quick(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="bulkhead-bench-test-")
        self.addCleanup(folder.cleanup)
        self.tree = Tree(folder.name)

    def test_everything_is_measured_and_reported(self):
        out = self.tree.root / "out"
        done = self.tree.run("--quick", "--rounds", "1", "--seconds", "0.1", "--output", out)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout.split(), [str(out / "report.json"), str(out / "report.html")])
        self.assertEqual(sorted(path.name for path in out.iterdir()), ["report.html", "report.json"])
        report = json.loads((out / "report.json").read_text(encoding="utf-8"))
        wanted = make_report()
        for name in plan.NAMES:
            with self.subTest(name):
                if "skipped" not in report[name]:
                    self.assertTrue(fits(report[name], wanted[name]),
                                    f"{shape(report[name])}, not {shape(wanted[name])}")
        page = (out / "report.html").read_text(encoding="utf-8")
        self.assertEqual(page.count("<svg"), 7)
        for name in plan.NAMES:
            self.assertIn(f"] {name}: ", done.stderr)

    def test_wrong_words_are_exit_code_2(self):
        for words in (["--only", "nothing"], ["--rounds", "0"], ["--seconds", "x"], ["word"]):
            with self.subTest(words):
                done = self.tree.run(*words)
                self.assertEqual(done.returncode, 2)
                self.assertIn("usage: bench/run", done.stderr)

    def test_what_is_not_built_is_exit_code_1_and_writes_nothing(self):
        (self.tree.root / "build/unguarded").unlink()
        done = self.tree.run("--quick", "--only", "ticks", "--output", self.tree.root / "out")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, "bench: .*/build/unguarded/bench/forward_loop is not built")
        self.assertFalse((self.tree.root / "out").exists())


if __name__ == "__main__":
    unittest.main()
