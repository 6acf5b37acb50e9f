"""A vhost-user back end with split rings, which gives frames to its front end and keeps what comes."""

import array
import collections
import mmap
import os
import select
import socket
import struct
import threading

HEADER = struct.Struct("=III")  # request, flags, size
GET_FEATURES, SET_MEM_TABLE = 1, 5
SET_VRING_NUM, SET_VRING_ADDR, GET_VRING_BASE, SET_VRING_KICK, SET_VRING_CALL = 8, 9, 11, 12, 13
GET_PROTOCOL_FEATURES, SET_VRING_ENABLE = 15, 18
RING_REQUESTS = {SET_VRING_NUM, SET_VRING_ADDR, GET_VRING_BASE, SET_VRING_KICK, SET_VRING_CALL,
                 SET_VRING_ENABLE}
REPLY, NEED_REPLY, REPLY_ACK = 1 << 2, 1 << 3, 1 << 3
NET_HEADER = 12
RX, TX = 0, 1  # as the front end calls them


class Ring:
    """A split ring (virtio 1.2, 2.7), seen from the device's side."""

    def __init__(self):
        self.size, self.kick, self.call, self.enabled = 0, -1, -1, False
        self.taken = self.given = 0

    def lay_out(self, memory, descriptors, used, available):
        self.memory, (self.descriptors, self.available, self.used) = memory, (
            memory(address) for address in (descriptors, available, used))

    @staticmethod
    def word(place, offset, kind="H"):
        view, start = place
        width = struct.calcsize(kind)
        return view[start + offset:start + offset + width].cast(kind)

    def take(self):
        """A buffer that was made available: its id, bytes and length, or None."""
        if not self.enabled or self.word(self.available, 2)[0] == self.taken:
            return None
        number = self.word(self.available, 4 + 2 * (self.taken % self.size))[0]
        self.taken = (self.taken + 1) & 0xFFFF
        view, start = self.descriptors
        address, length = struct.unpack_from("=QI", view, start + 16 * number)
        view, start = self.memory(address)
        return number, view[start:start + length]

    def give(self, number, length):
        view, start = self.used
        struct.pack_into("=II", view, start + 4 + 8 * (self.given % self.size), number, length)
        self.given = (self.given + 1) & 0xFFFF
        # In one piece, as the front end reads it.
        self.word(self.used, 2)[0] = self.given
        if self.call >= 0:
            os.write(self.call, struct.pack("=Q", 1))


class FakeBackEnd(threading.Thread):
    """Serves one front end at `path`: gives it `frames`, and has got `received`. `refused`: requests
    that it answers with a failure."""

    def __init__(self, path, frames=(), refused=()):
        super().__init__(daemon=True)
        self.pending, self.refused = collections.deque(frames), refused
        self.received, self.regions, self.seen = [], [], []
        self.rings = {RX: Ring(), TX: Ring()}
        self.trouble = None
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(str(path))
        self.listener.listen(1)
        self.client = None
        self.start()

    def run(self):
        try:
            self.client, _ = self.listener.accept()
            while self.work():
                pass
        except Exception as error:  # for the test to tell
            self.trouble = error

    def hang_up(self):
        self.client.shutdown(socket.SHUT_RDWR)

    def work(self):
        """A message if there is one, and what the rings have; False when the front end has gone."""
        kicks = [ring.kick for ring in self.rings.values() if ring.kick >= 0]
        ready, _, _ = select.select([self.client, *kicks], [], [], 60)
        for kick in set(kicks) & set(ready):
            os.read(kick, 8)
        if self.client in ready and not self.answer_message():
            return False
        self.move_frames()
        return True

    def move_frames(self):
        while self.pending and (buffer := self.rings[RX].take()):
            number, memory = buffer
            frame = bytes(10) + struct.pack("=H", 1) + self.pending.popleft()
            memory[:len(frame)] = frame
            self.rings[RX].give(number, len(frame))
        while buffer := self.rings[TX].take():
            number, memory = buffer
            self.received.append(bytes(memory[NET_HEADER:]))
            self.rings[TX].give(number, 0)

    def answer_message(self):
        fds = array.array("i")
        header, control, _, _ = self.client.recvmsg(HEADER.size, socket.CMSG_SPACE(8 * fds.itemsize))
        for _, _, data in control:
            fds.frombytes(data)
        if not header:
            return False
        request, flags, size = HEADER.unpack(header)
        payload = self.client.recv(size, socket.MSG_WAITALL) if size else b""
        self.seen.append(request)
        answer = self.obey(request, payload, list(fds))
        if answer is None and flags & NEED_REPLY:
            answer = struct.pack("=Q", request in self.refused)
        if answer is not None:
            self.client.sendall(HEADER.pack(request, 1 | REPLY, len(answer)) + answer)
        return True

    def obey(self, request, payload, fds):
        """What is answered, if not an acknowledgement."""
        if request == GET_FEATURES:
            return struct.pack("=Q", 1 << 32 | 1 << 30)  # VERSION_1, protocol features
        if request == GET_PROTOCOL_FEATURES:
            return struct.pack("=Q", REPLY_ACK)
        if request == SET_MEM_TABLE:
            self.map_memory(payload, fds)
        elif request in RING_REQUESTS:
            return self.set_ring(request, payload, fds)
        return None

    def map_memory(self, payload, fds):
        for number, fd in enumerate(fds):
            _, size, address, offset = struct.unpack_from("=QQQQ", payload, 8 + 32 * number)
            self.regions.append((address, size, memoryview(mmap.mmap(fd, size, offset=offset))))
            os.close(fd)

    def memory(self, address):
        """(the view that holds it, where in that)"""
        for start, size, view in self.regions:
            if start <= address < start + size:
                return view, address - start
        raise ValueError(f"nothing is mapped at {address:#x}")

    def set_ring(self, request, payload, fds):
        index, value = struct.unpack_from("=II", payload)
        ring = self.rings[index & 0xFF]
        if request == SET_VRING_NUM:
            ring.size = value
        elif request == SET_VRING_ADDR:
            descriptors, used, available = struct.unpack_from("=QQQ", payload, 8)
            ring.lay_out(self.memory, descriptors, used, available)
        elif request == SET_VRING_KICK:
            ring.kick = fds[0]
        elif request == SET_VRING_CALL and fds:
            ring.call = fds[0]
        elif request == SET_VRING_ENABLE:
            ring.enabled = value == 1
        elif request == GET_VRING_BASE:
            ring.enabled = False
            return struct.pack("=II", index, ring.taken)
        return None
