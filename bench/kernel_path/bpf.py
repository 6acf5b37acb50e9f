"""XDP programs, made of single instructions and loaded by libbpf."""

import ctypes
import errno
import struct
from pathlib import Path

# BPF_PROG_TYPE_XDP, BPF_XDP, BPF_F_TEST_XDP_LIVE_FRAMES
XDP_PROGRAM, XDP_ATTACHMENT, LIVE_FRAMES = 6, 37, 2


class Lacking(Exception):
    """What this kernel or this user cannot do."""


def instruction(code, registers=0, offset=0, value=0):
    return struct.pack("<BBhi", code, registers, offset, value)


EXIT = instruction(0x95)
DROP = instruction(0xB7, value=1) + EXIT  # return XDP_DROP
# r2 and r3: the frame's begin and end. No frame of less than 2 bytes gets here, but the verifier asks.
TOUCH = (instruction(0x61, 0x12) + instruction(0x61, 0x13, 4) + instruction(0xBF, 0x24)
         + instruction(0x07, 0x04, value=2) + instruction(0x2D, 0x34, 3)  # if r2 + 2 > r3, skip
         + instruction(0x71, 0x25, 1) + instruction(0x07, 0x05, value=1) + instruction(0x73, 0x52, 1))


def redirect(interface):
    """return bpf_redirect(interface, 0)"""
    number = int(Path(f"/sys/class/net/{interface}/ifindex").read_text())
    return (instruction(0xB7, 0x01, value=number) + instruction(0xB7, 0x02) + instruction(0x85, value=23) + EXIT)


class TestRun(ctypes.Structure):
    """libbpf's struct bpf_test_run_opts"""
    _fields_ = [("size", ctypes.c_size_t), ("data_in", ctypes.c_char_p), ("data_out", ctypes.c_void_p),
                ("data_size_in", ctypes.c_uint32), ("data_size_out", ctypes.c_uint32),
                ("context_in", ctypes.c_void_p), ("context_out", ctypes.c_void_p),
                *((name, ctypes.c_uint32) for name in ("context_size_in", "context_size_out", "result", "repeat",
                                                       "duration", "flags", "cpu", "batch_size"))]


class Bpf:
    def __init__(self):
        try:
            self.library = ctypes.CDLL("libbpf.so.1")
        except OSError as error:
            raise Lacking(f"libbpf: {error}") from error

    def load(self, program):
        return self.check(self.library.bpf_prog_load(XDP_PROGRAM, b"bench", b"BSD", program, len(program) // 8, None),
                          "loading an XDP program")

    def attach(self, program, interface):
        """Until this process ends."""
        number = int(Path(f"/sys/class/net/{interface}/ifindex").read_text())
        self.check(self.library.bpf_link_create(self.load(program), number, XDP_ATTACHMENT, None),
                   "an XDP program for veth")

    def send(self, descriptor, frame, times):
        run = TestRun(size=ctypes.sizeof(TestRun), data_in=frame, data_size_in=len(frame), repeat=times,
                      flags=LIVE_FRAMES)
        self.check(self.library.bpf_prog_test_run_opts(descriptor, ctypes.byref(run)), "generating frames by XDP")

    @staticmethod
    def check(result, what):
        if result < 0:
            raise Lacking(f"{what}: {errno.errorcode.get(-result, -result)}")
        return result
