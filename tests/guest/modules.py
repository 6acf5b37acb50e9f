"""Kernel modules with all that they depend on, in the order in which they load."""

import lzma
import struct
from pathlib import Path


class Modules:
    """The modules of an unpacked kernel package."""

    def __init__(self, folder):
        folder = Path(folder)
        self.files = {normal(path.name.split(".ko")[0]): path for path in folder.rglob("*.ko*")}
        builtin = (folder / "modules.builtin").read_text().split()
        self.builtin = {normal(Path(line).stem) for line in builtin}

    def with_dependencies(self, names):
        """{name: content}, each after those that it depends on. Errors: KeyError, no such module."""
        loaded = {}

        def load(name):
            if name in loaded or name in self.builtin:
                return
            content = self.content(name)
            for dependency in dependencies(content):
                load(dependency)
            loaded[name] = content

        for name in names:
            load(normal(name))
        return loaded

    def content(self, name):
        path = self.files[name]
        data = path.read_bytes()
        return lzma.decompress(data) if path.suffix == ".xz" else data


def normal(name):
    return name.replace("-", "_")


def dependencies(module):
    """The names in `depends=` of an ELF64 file's section .modinfo."""
    table, = struct.unpack_from("<Q", module, 0x28)
    entry_size, count, names_at = struct.unpack_from("<HHH", module, 0x3A)
    sections = [struct.unpack_from("<IIQQQQ", module, table + i * entry_size) for i in range(count)]
    names = sections[names_at][4]
    for name, _, _, _, offset, size in sections:
        if not module.startswith(b".modinfo\0", names + name):
            continue
        for field in module[offset:offset + size].split(b"\0"):
            if field.startswith(b"depends="):
                listed = field.removeprefix(b"depends=").decode().split(",")
                return [normal(dependency) for dependency in listed if dependency]
    return []
