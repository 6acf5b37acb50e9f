import json
import unittest

from compiler_flags import REQUIRED, REQUIRED_OF_CLANG, REQUIRED_OF_THE_LIBRARY, check
from made_up_tree import MadeUpTree

CLANG = ["clang++-19", *REQUIRED, *REQUIRED_OF_CLANG, *REQUIRED_OF_THE_LIBRARY]
GCC = ["g++", *REQUIRED, *REQUIRED_OF_THE_LIBRARY]


class CompilerFlags(MadeUpTree):
    def with_flags(self, flags, path="src/bulkhead/base/a.cpp"):
        self.write(path, "")
        file = str(self.root / path)
        entry = {"directory": str(self.root), "file": file, "arguments": [*flags, "-c", file]}
        self.write("build/commands.json", json.dumps([entry]))
        return self.findings(check, str(self.root / "build/commands.json"))

    def test_guarded_files_are_fine(self):
        self.assertEqual(self.with_flags(CLANG), [])
        self.assertEqual(self.with_flags(GCC), [])

    def test_every_required_flag_is_missed(self):
        for flag in CLANG[1:]:
            with self.subTest(flag):
                rest = [other for other in CLANG if other != flag]
                self.assert_one(self.with_flags(rest), "a.cpp:1:", flag)

    def test_weakened_warnings_are_found(self):
        for flag in ["-w", "-Wno-error", "-Wno-unsafe-buffer-usage", "-Wno-conversion"]:
            with self.subTest(flag):
                self.assert_one(self.with_flags([*CLANG, flag]), flag)

    def test_the_tool_may_throw(self):
        flags = [flag for flag in CLANG if flag not in REQUIRED_OF_THE_LIBRARY]
        self.assertEqual(self.with_flags(flags, "src/bulkhead/app/main.cpp"), [])

    def test_a_file_that_no_target_compiles_is_found(self):
        self.write("src/bulkhead/base/lost.cpp", "")
        self.assert_one(self.with_flags(CLANG), "lost.cpp", "no target")

    def test_a_unity_build_compiles_what_its_files_include(self):
        lost = "src/bulkhead/base/lost.cpp"
        self.write(lost, "")
        unity = "build/CMakeFiles/a.dir/Unity/unity_0_cxx.cxx"
        self.write(unity, f'#include "{self.root / lost}"\n')
        file = str(self.root / unity)
        entry = {"directory": str(self.root), "file": file, "arguments": [*CLANG[:-1], "-c", file]}
        self.write("build/commands.json", json.dumps([entry]))
        self.assert_one(self.findings(check, str(self.root / "build/commands.json")),
                        "lost.cpp:1:", CLANG[-1])

    def test_a_database_of_something_else_is_found(self):
        self.write("build/commands.json", "[]")
        self.assert_one(self.findings(check, str(self.root / "build/commands.json")), "no file")


if __name__ == "__main__":
    unittest.main()
