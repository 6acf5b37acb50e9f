"""The README's example is the file that the tests build, both of its commands exist, and the number
of programs that must not compile is right."""

import os
import re

import tree
from tree import Finding

EXAMPLE = "examples/forward.cpp"
COUNT = re.compile(r"(\d+) programs that \[must not compile\]")
BLOCK = re.compile(r"^```cpp\n(.*?)^```", re.MULTILINE | re.DOTALL)


def check_count(root, text):
    programs = len(list((root / "tests/compile_fail").glob("*.cpp")))
    counts = list(COUNT.finditer(text))
    if not counts:
        yield Finding("README.md", 1, "does not say how many programs must not compile")
    for count in counts:
        if int(count.group(1)) != programs:
            line = text.count("\n", 0, count.start()) + 1
            yield Finding("README.md", line, f"says {count.group(1)} programs must not compile,"
                                             f" tests/compile_fail has {programs}")


def check(root):
    text = tree.read(root / "README.md")
    yield from check_count(root, text)
    blocks = list(BLOCK.finditer(text))
    if len(blocks) != 1:
        yield Finding("README.md", 1, f"has {len(blocks)} C++ examples, and {EXAMPLE} is one")
    for block in blocks:
        if block.group(1) != tree.read(root / EXAMPLE):
            line = text.count("\n", 0, block.start()) + 1
            yield Finding("README.md", line, f"the example is not {EXAMPLE}")
    for command in ("demo", "test"):
        if f"./{command}" not in text:
            yield Finding("README.md", 1, f"does not tell of ./{command}")
        if not os.access(root / command, os.X_OK):
            yield Finding(command, 1, "cannot be run")


if __name__ == "__main__":
    tree.main(check, __doc__)
