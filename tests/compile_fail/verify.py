"""Compiles a file as the library is compiled, and holds clang's diagnostics to those it expects."""

import json
import shlex
import subprocess
import sys

MODEL_OF_ALL = "/src/bulkhead/base/error.cpp"


def library_command(database):
    """The compiler and flags of a library file, without what names its input and output."""
    with open(database, encoding="utf-8") as file:
        entry = next(e for e in json.load(file) if e["file"].endswith(MODEL_OF_ALL))
    words = shlex.split(entry["command"])
    output = words.index("-o")
    del words[output:output + 2]
    return [word for word in words if word != "-c" and not word.endswith(MODEL_OF_ALL)]


def main():
    database, case = sys.argv[1:]
    command = library_command(database)
    command += ["-fsyntax-only", "-Xclang", "-verify", "-Xclang", "-verify-ignore-unexpected=note"]
    sys.exit(subprocess.run([*command, case], check=False).returncode)


if __name__ == "__main__":
    main()
