#!/usr/bin/env python3
"""Typed register accesses compile to the instructions of hand-written volatile ones.

compare.py SOURCE_FOLDER COMPILER...: with each compiler, at -O1 to -O3, the functions of typed.cpp and
handwritten.cpp have the same assembly. Exits 1 and shows both where they differ."""
import pathlib
import re
import subprocess
import sys

FOLDER = pathlib.Path(__file__).parent


def functions(source: pathlib.Path, compiler: str, level: str, root: str) -> dict[str, list[str]]:
    """The instructions of each function, labels and directives left out."""
    command = [compiler, "-std=c++23", level, "-S", "-o", "-", "-I", f"{root}/src", "-I", root,
               "-fno-asynchronous-unwind-tables", "-fno-exceptions", "-D_GLIBCXX_ASSERTIONS",
               "-fcf-protection=none", str(source)]
    assembly = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found: dict[str, list[str]] = {}
    current = None
    for line in assembly.splitlines():
        if label := re.match(r"([a-z_]+):", line):
            current = found.setdefault(label[1], [])
        elif re.match(r"\s+[a-z]", line) and current is not None:
            current.append(re.sub(r"\s*#.*", "", line.strip()))
    return found


def main(arguments: list[str]) -> int:
    if len(arguments) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    root, *compilers = arguments
    compared = differing = 0
    for compiler in compilers:
        for level in ("-O1", "-O2", "-O3"):
            typed = functions(FOLDER / "typed.cpp", compiler, level, root)
            by_hand = functions(FOLDER / "handwritten.cpp", compiler, level, root)
            for name, instructions in by_hand.items():
                compared += 1
                if typed.get(name) == instructions:
                    continue
                differing += 1
                print(f"{compiler} {level}: {name} differs\n  by hand: {instructions}\n"
                      f"  typed:   {typed.get(name)}")
    print(f"{compared} functions compared, {differing} differ")
    return 0 if compared >= 21 * len(compilers) and differing == 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
