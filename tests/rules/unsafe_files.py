"""docs/unsafe.md lists exactly the files that may do what the rest may not."""

import re
import sys
from pathlib import Path

import tree
from tree import Finding

LIST = "docs/unsafe.md"
MARK = "// UNSAFE FILE: "
ROW = re.compile(r"^\| (?P<path>[\w./-]+\.\w+) \| (?P<lines>\d+) \| (?P<why>.*) \|$")

# Outside of unsafe files. -Wunsafe-buffer-usage misses most of these.
BANNED = [
    (re.compile(r"\b(?:__builtin_)?w?mem(?:cpy|move|set|pcpy|ccpy)(?:_inline)?\b"),
     "use std::ranges::copy or std::ranges::fill"),
    (re.compile(r"\b(?:__builtin_)?(?:str|stp)n?c(?:py|at)\b|\bv?sprintf\b"),
     "use std::string or fmt"),
    (re.compile(r"\breinterpret_cast\b"), "use std::bit_cast or std::as_bytes"),
    (re.compile(r"\bconst_cast\b"), "nothing here writes through a const"),
    (re.compile(r"\b(?:unique_ptr|make_unique)\s*<[^;{}()]*\[\s*\]\s*>"),
     "nothing checks its index: use std::vector"),
    (re.compile(r"#\s*pragma\s+clang\s+unsafe_buffer_usage\b|\b_Pragma\b"),
     "only unsafe files switch the check off"),
    (re.compile(r"\bno_sanitize\b|\bno_thread_safety_analysis\b"),
     "checks are not switched off"),
]
# Everywhere: the warning is right, or its exception belongs to all, in cmake/guards.cmake. Looked
# for in strings as well, since _Pragma takes one.
BANNED_IN_STRINGS = [
    (re.compile(r"\bdiagnostic\s+(?:ignored|warning)\b|-Wno-unsafe"), "warnings are not suppressed"),
]
FOLDERS = ("src", "model", "bench", "fuzz", "tests")


def matches(patterns, code):
    for pattern, advice in patterns:
        for match in pattern.finditer(code):
            yield code.count("\n", 0, match.start()) + 1, match.group(), advice


def is_unsafe(code):
    return code.startswith(MARK)


def code_findings(path, code):
    visible = tree.without_comments(code, keep_strings=False)
    banned = [] if is_unsafe(code) else list(matches(BANNED, visible))
    banned += matches(BANNED_IN_STRINGS, tree.without_comments(code))
    for line, what, advice in banned:
        yield Finding(path, line, f"'{what}' outside of the unsafe files: {advice}")
    if is_unsafe(code) and "unsafe_buffer_usage begin" not in code:
        yield Finding(path, 1, "an unsafe file without the pragma: it need not be one")
    if not is_unsafe(code) and "UNSAFE FILE" in code:
        yield Finding(path, 1, f"'{MARK.strip()} why' belongs at the start of line 1")


def list_findings(rows, actual):
    for path, (row_line, lines, why) in rows.items():
        if path not in actual:
            yield Finding(LIST, row_line, f"{path} is listed, but is no unsafe file")
        elif lines != actual[path]:
            yield Finding(LIST, row_line, f"{path} has {actual[path]} lines, not {lines}: "
                          "read it again, then run scripts/update-unsafe-lines")
        if not why.strip():
            yield Finding(LIST, row_line, f"{path} has no argument why it is right")
    for path in actual.keys() - rows.keys():
        yield Finding(path, 1, f"is an unsafe file without a row in {LIST}")


def read_rows(root):
    rows = {}
    for number, line in enumerate(tree.read(root / LIST).splitlines(), 1):
        if match := ROW.match(line):
            rows[match["path"]] = (number, int(match["lines"]), match["why"])
    return rows


def unsafe_lines(root):
    """The unsafe files with their line counts."""
    codes = {str(path): tree.read(root / path) for path in tree.cpp_files(root, FOLDERS)}
    return {path: code.count("\n") for path, code in codes.items() if is_unsafe(code)}


def check(root):
    for path in tree.cpp_files(root, FOLDERS):
        yield from code_findings(str(path), tree.read(root / path))
    yield from list_findings(read_rows(root), unsafe_lines(root))


def update(root):
    """Writes the files' present line counts into the list."""
    actual = unsafe_lines(root)

    def row(line):
        match = ROW.match(line)
        if not match or match["path"] not in actual:
            return line
        return f"| {match['path']} | {actual[match['path']]} | {match['why']} |"

    lines = tree.read(root / LIST).splitlines()
    (root / LIST).write_text("\n".join(map(row, lines)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[2:] == ["--update"]:
        update(Path(sys.argv[1]))
    else:
        tree.main(check, __doc__)
