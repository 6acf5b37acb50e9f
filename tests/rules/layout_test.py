import unittest

from layout import check
from made_up_tree import MadeUpTree


class Layout(MadeUpTree):
    def test_a_small_tested_tree_is_fine(self):
        self.write("src/bulkhead/bus/vfio_user/channel.cpp", "// a\n" * 300)
        self.write("tests/bus/vfio_user/channel_test.cpp", "\n")
        self.write("scripts/run", 'dir=$(mktemp -d "/tmp/x.XXXXXX")\n')
        self.assertEqual(self.findings(check), [])

    def test_long_files_are_found(self):
        self.write("scripts/long", "#\n" * 401)
        self.assert_one(self.findings(check), "scripts/long", "401 lines")

    def test_a_source_without_its_test_is_found(self):
        self.write("src/bulkhead/bus/channel.cpp", "\n")
        self.write("tests/net/channel_test.cpp", "\n")
        self.assert_one(self.findings(check), "src/bulkhead/bus/channel.cpp:1:", "has no tests/bus")

    def test_an_exception_names_the_test_that_covers_it(self):
        self.write("src/bulkhead/app/main.cpp", "\n")
        self.write("tests/rules/without_test.txt", "# why\nsrc/bulkhead/app/main.cpp tests/system\n")
        self.assert_one(self.findings(check), "without_test.txt:2:", "there is no tests/system")
        self.write("tests/system/CMakeLists.txt", "\n")
        self.assertEqual(self.findings(check), [])
        self.write("tests/app/main_test.cpp", "\n")
        self.assert_one(self.findings(check), "without_test.txt:2:", "main.cpp")

    def test_paths_of_one_machine_are_found(self):
        for text in ["cd /home/me/bulkhead", 'open("/work/a")', "see `/root/notes.md`"]:
            with self.subTest(text):
                self.write("docs/a.md", "\n" + text + "\n")
                self.assert_one(self.findings(check), "docs/a.md:2:", "machine")
        self.write("docs/a.md", "https://example.org/home/me, $DIR/work/a, /dev/net/tun\n")
        self.assertEqual(self.findings(check), [])

    def test_work_for_later_is_found(self):
        for word in ["TODO", "FIXME", "XXX"]:
            with self.subTest(word):
                self.write("model/a.cpp", f"// {word}: later\n")
                self.assert_one(self.findings(check), "model/a.cpp:1:", word)

    def test_suppressions_are_found(self):
        self.write("model/a.cpp", "int i;  // NOLINT(bugprone-x)\n")
        self.assert_one(self.findings(check), "model/a.cpp:1:", "NOLINT")


if __name__ == "__main__":
    unittest.main()
