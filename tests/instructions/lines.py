#!/usr/bin/env python3
"""Counts the cache lines that forwarding touches, by lackey's trace of all memory accesses.

lines.py LOOP DESCRIPTORS BUFFERS BOOKKEEPING
LOOP is forward_loop or relay_loop. Of each step, which forwards 32 frames, the different lines of 64
bytes are counted: those of the rings, those of the frames, and all others (the queues, the batch, the
pool, the stack). Prints the average of each; exits 1 if one is above its bound, 2 on wrong usage."""
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter

BATCH = 32
WARM_UP = 64  # steps: rings and pool have gone around several times by then
STEPS = 32    # twice around the rings
LINE = 64
HUGE_PAGE = 2 << 20
PATIENCE = 600  # seconds: valgrind writes some million lines
# Nothing of the caller's: where the environment ends decides how the stack lies in its lines.
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C"}
KINDS = ("descriptors", "buffers", "bookkeeping")
# Where valgrind puts a program that can lie anywhere.
PROGRAM_AT = 0x108000
MAPPED = re.compile(rb"sys_mmap \( 0x\w+, (\d+), \d+, (\d+), \d+, \d+ \).*Success\(0x(\w+)\)")
MAP_SHARED = 1


def address_of_step(program: str) -> int:
    symbols = subprocess.run(["nm", program], capture_output=True, text=True, check=True,
                             timeout=PATIENCE).stdout
    found = re.search(r"^(\w+) T forward_step$", symbols, re.M)
    if not found:
        raise SystemExit(f"{program} has no function forward_step")
    with open(program, "rb") as file:
        can_lie_anywhere = file.read(18)[16] == 3  # ET_DYN
    return int(found[1], 16) + (PROGRAM_AT if can_lie_anywhere else 0)


def place(line: bytes) -> tuple[int, int]:
    """Address and size in a line of the trace: two characters for what it is, a space, both numbers."""
    address, size = line[3:].split(b",")
    return int(address, 16), int(size)


class Trace:
    """What a program's steps touch."""

    def __init__(self, program: str):
        self.program = program
        self.shared: list[range] = []
        self.steps: list[set[int]] = []

    def run(self) -> None:
        # In a file: valgrind writes each of some million lines by itself.
        with tempfile.TemporaryFile() as log:
            # By a short name: it lies on the stack, too.
            folder, name = os.path.split(os.path.abspath(self.program))
            command = ["valgrind", "--tool=lackey", "--trace-mem=yes", "--trace-syscalls=yes",
                       f"--log-fd={log.fileno()}", f"./{name}", str(BATCH), str(WARM_UP + STEPS)]
            result = subprocess.run(command, stdout=subprocess.DEVNULL, check=False,
                                    pass_fds=[log.fileno()], env=ENVIRONMENT, cwd=folder,
                                    timeout=PATIENCE)
            log.seek(0)
            self.read(log)
        if result.returncode != 0 or len(self.steps) != WARM_UP + STEPS:
            raise SystemExit(f"{' '.join(command)}: exit code {result.returncode}, "
                             f"{len(self.steps)} of {WARM_UP + STEPS} steps were seen. Without --log-fd "
                             "the same command shows the trace: forward_step must be called, "
                             f"and a program that can lie anywhere begin at {PROGRAM_AT:#x}")

    def read(self, lines) -> None:
        entry = b"I  %08x," % address_of_step(self.program)
        before = b""
        for line in lines:
            if line.startswith(entry):
                self.read_step(lines, sum(place(before)))  # from a call to what follows it
            elif line.startswith(b"I"):
                before = line
            elif line.startswith(b"SYSCALL") and (mapped := MAPPED.search(line)):
                size, flags, at = int(mapped[1]), int(mapped[2]), int(mapped[3], 16)
                if flags & MAP_SHARED and size >= HUGE_PAGE:
                    self.shared.append(range(at, at + size))

    def read_step(self, lines, end: int) -> None:
        behind = b"I  %08x," % end
        touched = set()
        for line in lines:
            if line.startswith(behind):
                break
            if line.startswith((b" L", b" S", b" M")):
                address, size = place(line)
                touched.update(range(address // LINE, (address + size - 1) // LINE + 1))
        self.steps.append(touched)

    def per_step(self) -> dict[str, float]:
        if len(self.shared) != 2:
            raise SystemExit(f"{self.program} maps {len(self.shared)} pieces of shared memory")
        rings, frames = sorted(self.shared, key=len)

        def kind(line: int) -> str:
            address = line * LINE
            return KINDS[0] if address in rings else KINDS[1] if address in frames else KINDS[2]

        found = Counter(kind(line) for step in self.steps[WARM_UP:] for line in step)
        return {name: found[name] / STEPS for name in KINDS}


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 + len(KINDS) or not all(a.isdigit() for a in arguments[1:]):
        print(__doc__, file=sys.stderr)
        return 2
    trace = Trace(arguments[0])
    trace.run()
    within = True
    for (name, count), bound in zip(trace.per_step().items(), map(int, arguments[1:])):
        within &= count <= bound
        print(f"{name:11}: {count:5.1f} lines for {BATCH} frames, {count / BATCH:4.2f} for one, "
              f"{'within' if count <= bound else 'ABOVE'} the bound of {bound}")
    return 0 if within else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
