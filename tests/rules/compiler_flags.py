"""Every project file is compiled with the guards: read from a build's compile_commands.json."""

import json
import re
import shlex
from pathlib import Path

import tree
from tree import Finding

REQUIRED = ["-Wall", "-Wextra", "-Wconversion", "-Wold-style-cast", "-Werror",
            "-D_GLIBCXX_ASSERTIONS"]
REQUIRED_OF_CLANG = ["-Wunsafe-buffer-usage", "-Wconsumed", "-Wthread-safety", "-Wdangling"]
REQUIRED_OF_THE_LIBRARY = ["-fno-exceptions", "-fno-rtti"]
# Warnings that may be off, and why: see cmake/guards.cmake.
MAY_BE_OFF_CLANG = {"-Wno-gnu-zero-variadic-macro-arguments"}
MAY_BE_OFF_GCC = {"-Wno-unknown-pragmas", "-Wno-attributes", "-Wno-null-dereference",
                  "-Wno-maybe-uninitialized", "-Wno-stringop-overflow"}


def is_library(path):
    return path.parts[0] == "model" or (path.parts[0] == "src" and path.parts[2] != "app")


def missing_flags(path, flags, is_clang):
    required = list(REQUIRED)
    required += REQUIRED_OF_CLANG if is_clang else []
    required += REQUIRED_OF_THE_LIBRARY if is_library(path) else []
    return [flag for flag in required if flag not in flags]


def weakened_by(flags, is_clang):
    may_be_off = MAY_BE_OFF_CLANG if is_clang else MAY_BE_OFF_GCC
    for flag in flags:
        if flag == "-w" or (flag.startswith("-Wno-") and flag not in may_be_off):
            yield flag


def sources_of(file):
    """The file itself, or those that a unity build's file includes."""
    if not re.fullmatch(r"unity_\d+_cxx\.cxx", file.name):
        return [file]
    return [Path(name) for name in re.findall(r'^#include "(.*)"$', tree.read(file), re.MULTILINE)]


def project_entries(root, database):
    """(path below the root, flags) of the project's own files."""
    folder = root.resolve()
    for entry in json.loads(tree.read(database)):
        flags = entry.get("arguments") or shlex.split(entry["command"])
        for file in sources_of(Path(entry["directory"], entry["file"])):
            file = file.resolve()
            if file.is_relative_to(folder):
                path = file.relative_to(folder)
                if path.parts[0] in ("src", "model", "tests", "bench"):
                    yield path, flags


def check(root, database):
    entries = list(project_entries(root, Path(database)))
    if not entries:
        yield Finding(database, 1, "names no file of the project")
    for path, flags in entries:
        is_clang = "clang" in Path(flags[0]).name
        for flag in missing_flags(path, flags, is_clang):
            yield Finding(str(path), 1, f"is compiled without {flag}")
        for flag in weakened_by(flags, is_clang):
            yield Finding(str(path), 1, f"is compiled with {flag}")
    compiled = {path for path, _ in entries}
    for path in tree.files(root, ("src", "model"), {".cpp"}):
        if path not in compiled:
            yield Finding(str(path), 1, "is compiled by no target")


if __name__ == "__main__":
    tree.main(check, __doc__)
