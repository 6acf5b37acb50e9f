import unittest

from made_up_tree import MadeUpTree
from readme import check


class Readme(MadeUpTree):
    def tree(self, example, commands=("demo", "test"), programs=1):
        self.write("examples/forward.cpp", "int main() {}\n")
        for command in commands:
            self.write(command, "#!/bin/sh\n").chmod(0o755)
        self.write("tests/compile_fail/packet_copied.cpp", "")
        self.write("tests/compile_fail/correct/packet_copied.cpp", "")
        self.write("README.md", f"`./demo` and `./test`\n\n```cpp\n{example}\n```\n"
                                f"{programs} programs that [must not compile](tests/compile_fail)\n")
        return self.findings(check)

    def test_the_built_example_is_fine(self):
        self.assertEqual(self.tree("int main() {}"), [])

    def test_an_example_that_went_its_own_way_is_found(self):
        self.assert_one(self.tree("int main() { return 0; }"), "README.md:3:")

    def test_a_number_of_programs_that_is_not_so_is_found(self):
        self.assert_one(self.tree("int main() {}", programs=2), "README.md:6:", "has 1")

    def test_a_command_that_is_gone_is_found(self):
        self.assert_one(self.tree("int main() {}", commands=("demo",)), "test:1:")


if __name__ == "__main__":
    unittest.main()
