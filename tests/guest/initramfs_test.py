"""The parts of which guests are made, without booting one."""

import struct
import tempfile
import unittest
from pathlib import Path

from initramfs import Initramfs
from modules import Modules, dependencies


def make_module(depends):
    """An ELF64 file with a section .modinfo and nothing else that is looked at."""
    names = b"\0.modinfo\0.strings\0"
    info = b"license=BSD\0depends=" + depends.encode() + b"\0"
    table = 64 + len(names) + len(info)
    header = bytearray(64)
    struct.pack_into("<Q", header, 0x28, table)
    struct.pack_into("<HHH", header, 0x3A, 64, 3, 1)
    sections = [(0, 0, 0), (10, 64, len(names)), (1, 64 + len(names), len(info))]
    return bytes(header) + names + info + b"".join(
        struct.pack("<IIQQQQ24x", name, 0, 0, 0, offset, size) for name, offset, size in sections)


class ModuleOrder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        (self.folder / "modules.builtin").write_text("kernel/core.ko\n")

    def add(self, name, depends):
        (self.folder / f"{name}.ko").write_bytes(make_module(depends))

    def test_dependencies_are_read_from_the_module(self):
        self.assertEqual(dependencies(make_module("a-b,c")), ["a_b", "c"])
        self.assertEqual(dependencies(make_module("")), [])

    def test_each_comes_after_what_it_depends_on(self):
        self.add("nic", "bus-lib,core")
        self.add("bus-lib", "base")
        self.add("base", "")
        self.add("other", "base")
        order = list(Modules(self.folder).with_dependencies(["nic", "other"]))
        self.assertEqual(order, ["base", "bus_lib", "nic", "other"])

    def test_an_unknown_one_is_an_error(self):
        with self.assertRaises(KeyError):
            Modules(self.folder).with_dependencies(["gone"])


class Archive(unittest.TestCase):
    def test_holds_each_file_once_behind_its_folders(self):
        with tempfile.TemporaryDirectory() as folder:
            archive = Initramfs()
            archive.add("lib/deep/file", b"content")
            archive.add("lib/deep/file", b"other")
            archive.write(Path(folder) / "cpio")
            data = (Path(folder) / "cpio").read_bytes()
        names = []
        while data:
            self.assertTrue(data.startswith(b"070701"))
            size, name_size = int(data[54:62], 16), int(data[94:102], 16)
            names.append(data[110:110 + name_size - 1].decode())
            begin = (110 + name_size + 3) // 4 * 4
            if names[-1] == "lib/deep/file":
                self.assertEqual(data[begin:begin + size], b"content")
            data = data[begin + (size + 3) // 4 * 4:]
        self.assertEqual(names[-4:], ["lib", "lib/deep", "lib/deep/file", "TRAILER!!!"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
