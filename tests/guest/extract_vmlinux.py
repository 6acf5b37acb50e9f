#!/usr/bin/env python3
"""Extracts the kernel from a bzImage: extract_vmlinux.py BZIMAGE VMLINUX

QEMU starts an uncompressed kernel through its PVH entry, which saves the seconds that decompressing
it in an emulated machine takes.
"""

import lzma
import subprocess
import sys
from pathlib import Path


def unzstd(data):
    return subprocess.run(["zstd", "-dcq"], input=data, capture_output=True, check=False).stdout


# The beginnings of compressed streams (the Linux kernel's scripts/extract-vmlinux knows more).
FORMATS = {b"\xfd7zXZ\0": lambda data: lzma.LZMADecompressor().decompress(data),
           b"\x28\xb5\x2f\xfd": unzstd}


def candidates(image):
    for magic, decompress in FORMATS.items():
        start = image.find(magic)
        while start >= 0:
            try:
                yield decompress(image[start:])
            except lzma.LZMAError:
                pass
            start = image.find(magic, start + 1)


def extract(image):
    for kernel in candidates(image):
        if kernel.startswith(b"\x7fELF"):
            return kernel
    return None


if __name__ == "__main__":
    kernel = extract(Path(sys.argv[1]).read_bytes())
    if kernel is None:
        sys.exit(f"{sys.argv[1]}: no kernel that xz or zstd has compressed")
    Path(sys.argv[2]).write_bytes(kernel)
