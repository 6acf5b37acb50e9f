"""A guest's root file system: busybox, modules, programs of this machine with their libraries, and
the scripts that run the cases."""

import re
import shutil
import stat
import subprocess
from pathlib import Path

HERE = Path(__file__).parent
LIBRARY = re.compile(r"(?:=> )?(/\S+) \(0x")
FOLDERS = ("bin", "dev", "etc", "modules", "proc", "run", "sys", "tmp")


class Initramfs:
    """An archive in cpio's "newc" format, which the kernel unpacks (its buffer-format.rst)."""

    def __init__(self):
        self.parts = []
        self.names = set()
        for folder in FOLDERS:
            self.add_folder(folder)

    def add(self, name, content=b"", mode=stat.S_IFREG | 0o755):
        """A file; its folders are made."""
        if name in self.names:
            return
        self.names.add(name)
        if "/" in name:
            self.add_folder(name.rpartition("/")[0])
        path = name.encode() + b"\0"
        fields = (len(self.names), mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(path), 0)
        header = b"070701" + b"".join(b"%08x" % field for field in fields) + path
        self.parts += [padded(header), padded(content)]

    def add_folder(self, name):
        self.add(name, mode=stat.S_IFDIR | 0o755)

    def add_link(self, name, target):
        self.add(name, target.encode(), stat.S_IFLNK | 0o777)

    def add_busybox(self, program):
        """With all its names, but those of programs that are there already."""
        self.add("bin/busybox", Path(program).read_bytes())
        for name in subprocess.run([program, "--list"], capture_output=True, text=True,
                                   check=True).stdout.split():
            self.add_link(f"bin/{name}", "busybox")

    def add_program(self, program):
        """One of this machine's programs, and what its loader needs. Errors: FileNotFoundError."""
        path = shutil.which(program)
        if path is None:
            raise FileNotFoundError(program)
        self.add(f"bin/{Path(path).name}", Path(path).read_bytes())
        listed = subprocess.run(["ldd", path], capture_output=True, text=True, check=False).stdout
        for library in LIBRARY.findall(listed):
            self.add(library.lstrip("/"), Path(library).read_bytes())

    def add_modules(self, modules):
        """{name: content} in the order in which /init is to load them."""
        for name, content in modules.items():
            self.add(f"modules/{name}.ko", content)
        self.add("modules/order", "".join(f"{name}\n" for name in modules).encode())

    def add_scripts(self):
        for script in (HERE / "inside").iterdir():
            self.add("init" if script.name == "init" else f"bin/{script.name}",
                     script.read_bytes())

    def write(self, path):
        self.add("TRAILER!!!", mode=0)
        Path(path).write_bytes(b"".join(self.parts))


def padded(data):
    return data + bytes(-len(data) % 4)
