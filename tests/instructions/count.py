#!/usr/bin/env python3
"""Counts the user instructions that forwarding takes a packet, by callgrind.

count.py FORWARD_LOOP BATCH=BOUND [BATCH=BOUND ...]
Prints one line a batch size; exits 1 if a bound is exceeded, 2 on wrong usage."""
import pathlib
import re
import subprocess
import sys
import tempfile


def instructions(program: str, batch: int, rounds: int) -> int:
    """Instructions inside forward_step, its callees included, over all rounds."""
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "callgrind.out"
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}",
                   "--toggle-collect=forward_step", program, str(batch), str(rounds)]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        if result.returncode != 0:
            raise SystemExit(f"{' '.join(command)} failed:\n{result.stderr}")
        return int(re.search(r"^(?:summary|totals): (\d+)", out.read_text(), re.M)[1])


def per_packet(program: str, batch: int) -> float:
    """The slope between two runs: what is paid once, at the start, drops out."""
    few, many = 200, 1200
    return (instructions(program, batch, many) - instructions(program, batch, few)) / (
        (many - few) * batch)


def main(arguments: list[str]) -> int:
    if len(arguments) < 2 or not all(re.fullmatch(r"\d+=\d+", a) for a in arguments[1:]):
        print(__doc__, file=sys.stderr)
        return 2
    within = True
    for argument in arguments[1:]:
        batch, bound = map(int, argument.split("="))
        count = per_packet(arguments[0], batch)
        within &= count <= bound
        print(f"batch {batch:3}: {count:6.1f} instructions a packet, "
              f"{'within' if count <= bound else 'ABOVE'} the bound of {bound}")
    return 0 if within else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
