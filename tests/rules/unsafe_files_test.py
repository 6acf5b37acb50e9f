import unittest

from made_up_tree import MadeUpTree
from unsafe_files import check, update

UNSAFE = "// UNSAFE FILE: needs it.\n#pragma clang unsafe_buffer_usage begin\nmemcpy(a, b, 4);\n"
HEAD = "# Unsafe files\n\n| file | lines | why |\n|---|---|---|\n"


class UnsafeFiles(MadeUpTree):
    def setUp(self):
        super().setUp()
        self.write("src/bulkhead/base/raw.cpp", UNSAFE)
        self.write("docs/unsafe.md", HEAD + "| src/bulkhead/base/raw.cpp | 3 | It is so. |\n")

    def code(self, text):
        self.write("src/bulkhead/base/tame.cpp", "// A file.\n" + text + "\n")
        return self.findings(check)

    def test_a_listed_file_is_fine(self):
        self.assertEqual(self.findings(check), [])

    def test_what_is_banned_is_found_with_its_line(self):
        for text in ["std::memcpy(a, b, 4);", "__builtin_memmove(a, b, 4);", "auto f = memset;",
                     "auto* p = reinterpret_cast<char*>(q);", "const_cast<int&>(i) = 3;",
                     "std::unique_ptr<std::byte[]> p;", "#pragma clang unsafe_buffer_usage begin",
                     '_Pragma("once")', "strcpy(a, b);", "[[clang::no_sanitize(\"address\")]]"]:
            with self.subTest(text):
                self.assert_one(self.code(text), "src/bulkhead/base/tame.cpp:2:")

    def test_suppressed_warnings_are_found_even_in_unsafe_files(self):
        self.write("src/bulkhead/base/raw.cpp",
                   UNSAFE.replace("memcpy(a, b, 4);", '#pragma GCC diagnostic ignored "-Wall"'))
        self.assert_one(self.findings(check), "raw.cpp:3:", "suppressed")

    def test_comments_and_strings_may_speak_of_it(self):
        text = '// memcpy is banned\n/* const_cast\n */ auto s = "reinterpret_cast";\n'
        text += 'auto r = R"(memcpy " )";\nauto million = 1\'000\'000;\nauto c = \'"\'; // memset'
        self.assertEqual(self.code(text), [])

    def test_a_string_does_not_hide_the_code_after_it(self):
        self.assert_one(self.code('f("//"); memcpy(a, b, 4);'), "memcpy")

    def test_an_unlisted_file_is_found(self):
        self.write("model/raw.cpp", UNSAFE)
        self.assert_one(self.findings(check), "model/raw.cpp:1:", "without a row")

    def test_a_row_without_its_file_is_found(self):
        (self.root / "src/bulkhead/base/raw.cpp").unlink()
        self.assert_one(self.findings(check), "docs/unsafe.md:5:", "no unsafe file")

    def test_a_changed_file_must_be_read_again(self):
        self.write("src/bulkhead/base/raw.cpp", UNSAFE + "// more\n")
        self.assert_one(self.findings(check), "has 4 lines, not 3")
        update(self.root)
        self.assertEqual(self.findings(check), [])

    def test_a_mark_below_the_first_line_does_not_count(self):
        self.assert_one(self.code("// UNSAFE FILE: late"), "line 1")

    def test_a_mark_that_is_not_needed_is_found(self):
        self.write("src/bulkhead/base/raw.cpp", "// UNSAFE FILE: needs it.\nint i;\n\n")
        self.assert_one(self.findings(check), "need not be one")


if __name__ == "__main__":
    unittest.main()
