import unittest

from formatting import check
from made_up_tree import MadeUpTree


class Formatting(MadeUpTree):
    def setUp(self):
        super().setUp()
        self.write(".clang-format", "BasedOnStyle: Google\n")
        self.write("src/bulkhead/base/good.cpp", "int f() { return 1; }\n")

    def test_formatted_files_are_fine(self):
        self.assertEqual(self.findings(check), [])

    def test_an_unformatted_file_is_found(self):
        self.write("tests/base/bad_test.cpp", "int i;\nint  f( ){return 1;}\n")
        self.assert_one(self.findings(check), "tests/base/bad_test.cpp:2:")

    def test_a_broken_style_is_found(self):
        self.write(".clang-format", "Nonsense: 1\n")
        self.assertNotEqual(self.findings(check), [])


if __name__ == "__main__":
    unittest.main()
