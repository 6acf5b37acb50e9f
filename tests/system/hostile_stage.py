"""What a test of hostile workers shares with them, and the ends of the wires that it sends frames by."""

import mmap
import socket
import struct

import harness

# As tests/hostile/stage.cpp has them.
STAGE_SIZE, RECORD = 64 * 1024, 64
LOOKING_AFTER = 1 << 16
STARTED, READY, HAS_TURN = range(1, 4)
ATTACKS, DONE, NOT_TRIED = range(1, 4)
GOOD = 1


class Stage:
    """What the workers have told, and who shall do what."""

    def __init__(self, path):
        path.write_bytes(bytes(STAGE_SIZE))
        path.chmod(0o666)
        with open(path, "r+b") as file:
            self.words = mmap.mmap(file.fileno(), STAGE_SIZE)

    def get(self, at):
        return struct.unpack_from("<Q", self.words, at)[0]

    def set(self, at, value):
        struct.pack_into("<Q", self.words, at, value)

    @property
    def joined(self):
        return self.get(0)

    def next_role(self, role):
        self.set(8, role)

    def let_attack(self, worker):
        self.set(16, worker)

    def field(self, worker, number):
        return self.get(worker * RECORD + 8 * number)

    def pid(self, worker):
        return self.field(worker, 0)

    def role(self, worker):
        return self.field(worker, 1)

    def state(self, worker):
        return self.field(worker, 2)

    def result(self, worker):
        return self.field(worker, 3), self.field(worker, 4)

    def remains(self, worker):
        return self.field(worker, 5)

    def progress(self, worker):
        return self.field(worker, 6)


class Wire:
    """The other end of a modelled port's link."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.connect(str(path))
        self.socket.settimeout(harness.PATIENCE)
        assert self.socket.recv(16) == b"\x01", "the model's greeting"
        self.socket.setblocking(False)

    def send(self, frame):
        try:
            self.socket.send(frame)
        except BlockingIOError:
            pass

    def received(self):
        frames = []
        while True:
            try:
                frames.append(self.socket.recv(16384))
            except BlockingIOError:
                return frames
