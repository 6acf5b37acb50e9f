"""Files stay small, sources have tests, and nothing speaks of one machine or of later."""

import re
import sys

import tree
from tree import Finding

MOST_LINES = 400
WARN_LINES = 300
CODE_SUFFIXES = {".cpp", ".hpp", ".py", ".cmake", ".txt", ""}
TEXT_SUFFIXES = CODE_SUFFIXES | {".md", ".in", ".json", ".yml", ".yaml", ".1"}
WITHOUT_TEST = "tests/rules/without_test.txt"

MACHINE_PATH = re.compile(r"(?:^|(?<=[\s\"'`=(,:]))/(?:home|root|work|Users|mnt)/\w[\w./-]*")
LATER = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b")
SUPPRESSION = re.compile(r"\bNOLINT\w*")


def is_text(path):
    return path.suffix in TEXT_SUFFIXES and path.name != "LICENSE"


def long_files(root):
    for path in tree.files(root, suffixes=CODE_SUFFIXES):
        if is_text(path):
            yield path, tree.read(root / path).count("\n")


def size_findings(root):
    for path, lines in long_files(root):
        if lines > MOST_LINES:
            yield Finding(str(path), lines, f"has {lines} lines, at most {MOST_LINES} are read well")
        elif lines > WARN_LINES:
            print(f"{path}: {lines} lines; think of a second file", file=sys.stderr)


def read_exceptions(root):
    """Sources without a test of their name: {path: (line, the test that covers it)}."""
    exceptions = {}
    if (root / WITHOUT_TEST).exists():
        for number, line in enumerate(tree.read(root / WITHOUT_TEST).splitlines(), 1):
            if line and not line.startswith("#"):
                source, test = line.split(maxsplit=1)
                exceptions[source] = (number, test)
    return exceptions


def is_tested(root, source):
    """src/bulkhead/FLOOR/**/x.cpp has its test in tests/FLOOR/**/x_test.cpp."""
    floor = root / "tests" / source.parts[2]
    return any(floor.rglob(f"{source.stem}_test.cpp"))


def test_findings(root):
    exceptions = read_exceptions(root)
    lack_one = set()
    for source in tree.files(root, ("src/bulkhead",), {".cpp"}):
        if is_tested(root, source):
            continue
        lack_one.add(str(source))
        if str(source) not in exceptions:
            yield Finding(str(source), 1, f"has no tests/{source.parts[2]}/**/{source.stem}_test.cpp"
                          f" and is not listed in {WITHOUT_TEST}")
    for path, (line, test) in exceptions.items():
        if path not in lack_one:
            yield Finding(WITHOUT_TEST, line, f"{path} is gone, or has its test")
        if not (root / test).exists():
            yield Finding(WITHOUT_TEST, line, f"there is no {test}")


def word_findings(root):
    for path in tree.files(root):
        if not is_text(path):
            continue
        for number, line in enumerate(tree.read(root / path).splitlines(), 1):
            for pattern, problem in [(MACHINE_PATH, "a path of one machine"),
                                     (LATER, "say it in an issue, or do it"),
                                     (SUPPRESSION, "warnings are not suppressed")]:
                match = pattern.search(line)
                # The rules and their tests have to name what they look for.
                if match and path.parts[:2] != ("tests", "rules"):
                    yield Finding(str(path), number, f"'{match.group()}': {problem}")


def check(root):
    yield from size_findings(root)
    yield from test_findings(root)
    yield from word_findings(root)


if __name__ == "__main__":
    tree.main(check, __doc__)
