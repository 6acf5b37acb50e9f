#!/usr/bin/env python3
"""Builds the rings for ARM64, runs them under qemu-user, and looks at the barriers in the program.

run.py SOURCE_DIR"""
import pathlib
import re
import subprocess
import sys
import tempfile

PREFIX = "aarch64-linux-gnu-"
# What rings.cpp needs of the library, each with what it includes.
SOURCES = ["queue/*.cpp", "memory/*.cpp", "base/*.cpp", "driver/ixgbe/[rt]x_queue.cpp",
           "driver/e1000e/[rt]x_queue.cpp", "driver/virtio/[rt]x_queue.cpp",
           "driver/virtio/notifier.cpp"]
FLAGS = ["-std=c++23", "-O2", "-Wall", "-Wextra", "-Werror", "-Wno-unknown-pragmas",
         "-Wno-attributes", "-fno-strict-aliasing",
         "-D_GLIBCXX_ASSERTIONS", "-DFMT_HEADER_ONLY", "-static"]


def build(source: pathlib.Path, folder: pathlib.Path) -> pathlib.Path:
    """One unit of all sources: the headers are read once, which is most of the time."""
    library = source / "src" / "bulkhead"
    files = sorted(file for pattern in SOURCES for file in library.glob(pattern))
    unit = folder / "unit.cpp"
    unit.write_text("".join(f'#include "{file}"\n' for file in
                            [*files, source / "tests" / "arm64" / "rings.cpp"]))
    program = folder / "rings"
    # fmt's headers are the same for every processor; beside them nothing of /usr/include may be
    # seen, which is this processor's.
    (folder / "fmt").symlink_to("/usr/include/fmt")
    subprocess.run([f"{PREFIX}g++", *FLAGS, f"-I{source}", f"-I{source / 'src'}", "-isystem",
                    str(folder), "-o", str(program), str(unit)], check=True)
    return program


def instructions(program: pathlib.Path, function: str) -> list[str]:
    listing = subprocess.run([f"{PREFIX}objdump", "--no-show-raw-insn", f"--disassemble={function}",
                              str(program)], capture_output=True, text=True, check=True).stdout
    return [" ".join(line.split()) for line in
            re.findall(r"^\s+[0-9a-f]+:\s+(.+)$", listing, re.M)]


def problems(program: pathlib.Path) -> list[str]:
    """What is wrong with the barriers in the program."""
    found = []
    for function in ("ring_doorbell", "publish_split", "publish_packed"):
        lines = instructions(program, function)
        fences = [i for i, line in enumerate(lines) if line == "dmb osh"]
        stores = [i for i, line in enumerate(lines) if re.match(r"stlrh?\b", line)]
        if not fences or not stores or fences[0] > stores[0]:
            found.append(f"{function}: its store is not behind a barrier that devices heed:\n  " +
                         "\n  ".join(lines))
    wait = instructions(program, "relax_once")
    if wait != ["isb", "ret"]:
        found.append("a moment's wait is more than that:\n  " + "\n  ".join(wait))
    load = instructions(program, "load_descriptor")
    if not any(re.match(r"ldar\b|ldapr\b", line) for line in load):
        found.append("a descriptor's load is no acquire:\n  " + "\n  ".join(load))
    return found


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="bulkhead-arm64-") as folder:
        program = build(pathlib.Path(arguments[0]).resolve(), pathlib.Path(folder))
        subprocess.run(["qemu-aarch64", str(program)], check=True, timeout=120)
        found = problems(program)
    for problem in found:
        print(problem, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
