"""A small made-up tree, for the rules' own tests."""

import tempfile
import unittest
from pathlib import Path


class MadeUpTree(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="bulkhead-rules-")
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)

    def write(self, path, text):
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        return target

    def findings(self, check, *arguments):
        return [str(finding) for finding in sorted(check(self.root, *arguments))]

    def assert_one(self, findings, *parts):
        """Exactly one finding, with all these parts in it."""
        self.assertEqual(len(findings), 1, findings)
        for part in parts:
            self.assertIn(part, findings[0])
