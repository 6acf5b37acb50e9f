import unittest

from links import check
from made_up_tree import MadeUpTree


class Links(MadeUpTree):
    def readme(self, text):
        self.write("docs/a.md", "# What it is\n\n## Rx, tx: `rings`\n")
        self.write("README.md", "# Top\n" + text + "\n")
        return self.findings(check)

    def test_links_that_lead_somewhere_are_fine(self):
        for text in ["[a](docs/a.md)", "[a](docs/a.md#what-it-is)", "[a](#top)", "[d](docs)",
                     "[a](docs/a.md#rx-tx-rings)", "[w](https://example.org/x)", "`[a](gone.md)`",
                     "```\n[a](gone.md)\n```", "[a]: docs/a.md", '![picture](docs/a.md "title")']:
            with self.subTest(text):
                self.assertEqual(self.readme(text), [])

    def test_broken_links_are_found_with_their_line(self):
        for text in ["[a](gone.md)", "[a](docs/a.md#gone)", "[a](#gone)", "[a]: gone.md",
                     "[a](../outside.md)", "[a](/etc/hosts)"]:
            with self.subTest(text):
                self.assert_one(self.readme(text), "README.md:2:")


if __name__ == "__main__":
    unittest.main()
