"""The project's tree as the rules see it: files, C++ without its comments, and findings."""

import re
import sys
from dataclasses import dataclass
from pathlib import Path

SKIPPED_FOLDERS = {"build", ".git", ".cache", "__pycache__"}
CPP_SUFFIXES = {".cpp", ".hpp"}

# Comments, raw strings, strings and character literals: whichever begins first swallows the rest.
_TOKEN = re.compile(
    r'//(?:[^\n\\]|\\.)*'
    r'|/\*.*?\*/'
    r'|R"(?P<mark>[^()\\\s]{0,16})\((?:.*?)\)(?P=mark)"'
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|(?<![0-9a-fA-F])'(?:[^'\\\n]|\\.)+'",
    re.DOTALL,
)


@dataclass(frozen=True, order=True)
class Finding:
    path: str
    line: int
    message: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.message}"


def files(root, folders=(".",), suffixes=None):
    """Paths relative to root, sorted; without build output and version control."""
    found = set()
    for folder in folders:
        for path in (root / folder).rglob("*"):
            relative = path.relative_to(root)
            if SKIPPED_FOLDERS.isdisjoint(relative.parts) and path.is_file():
                if suffixes is None or path.suffix in suffixes:
                    found.add(relative)
    return sorted(found)


def cpp_files(root, folders=("src", "model", "tests", "bench")):
    return files(root, folders, CPP_SUFFIXES)


def read(path):
    return path.read_text(encoding="utf-8", errors="replace")


def _blank(text):
    return re.sub(r"[^\n]", " ", text)


def without_comments(code, keep_strings=True):
    """The code with comments (and strings, if asked) blanked out; line numbers stay."""

    def replace(match):
        is_comment = match.group().startswith(("//", "/*"))
        return match.group() if keep_strings and not is_comment else _blank(match.group())

    return _TOKEN.sub(replace, code)


def main(check, description):
    """Runs `check(root, *arguments)` as a program: prints the findings, exits 1 if there are any."""
    if len(sys.argv) < 2:
        sys.exit(f"usage: {Path(sys.argv[0]).name} ROOT [ARGUMENT...]\n{description}")
    findings = sorted(check(Path(sys.argv[1]), *sys.argv[2:]))
    for finding in findings:
        print(finding)
    sys.exit(1 if findings else 0)
