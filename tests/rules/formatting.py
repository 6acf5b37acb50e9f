"""clang-format has nothing to change in the C++ files."""

import re
import subprocess

import tree
from tree import Finding

WARNING = re.compile(r"^(?P<path>[^:\n]+):(?P<line>\d+):\d+: (?:error|warning): ", re.MULTILINE)


def check(root, clang_format="clang-format-19"):
    paths = [str(path) for path in tree.cpp_files(root)]
    if not paths:
        return
    result = subprocess.run([clang_format, "--dry-run", "--Werror", "--style=file", *paths],
                            cwd=root, capture_output=True, text=True, check=False)
    first = {}
    for match in WARNING.finditer(result.stderr):
        first.setdefault(match["path"], int(match["line"]))
    for path, line in first.items():
        yield Finding(path, line, f"is not formatted: run {clang_format} -i {path}")
    if result.returncode != 0 and not first:
        yield Finding(".clang-format", 1, result.stderr.strip())


if __name__ == "__main__":
    tree.main(check, __doc__)
