"""A vfio-user server that plays an 82599 no further than its description, and may do so badly."""

import json
import socket
import struct
import threading

HEADER = struct.Struct("<HHIII")  # id, command, size, flags, error
VERSION, GET_INFO, REGION_INFO, IRQ_INFO, REGION_READ, REGION_WRITE = 1, 4, 5, 7, 9, 10
REPLY, ERROR = 1, 1 << 5
READ_WRITE, PCI = 3, 2
CONFIG_REGION = 7
EIO = 5


class FakeServer(threading.Thread):
    """Serves one client. Keywords say what is wrong: version=(1, 0), bar_size=4096,
    refused={command: errno}, silent={command}, garbage=b"..." instead of any reply."""

    def __init__(self, path, version=(0, 1), bar_size=0x20000, refused=None, silent=(), garbage=b""):
        super().__init__(daemon=True)
        self.version, self.bar_size, self.garbage = version, bar_size, garbage
        self.refused, self.silent = refused or {}, silent
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(str(path))
        self.listener.listen(1)
        self.seen = []
        self.start()

    def run(self):
        client, _ = self.listener.accept()
        with client:
            while header := self.receive(client, HEADER.size):
                number, command, size, _, _ = HEADER.unpack(header)
                payload = self.receive(client, size - HEADER.size)
                self.seen.append(command)
                if command not in self.silent:
                    client.sendall(self.garbage or self.reply(number, command, payload))

    @staticmethod
    def receive(client, size):
        data = b""
        while len(data) < size:
            try:
                more = client.recv(size - len(data))
            except ConnectionError:
                more = b""
            if not more:
                return b""
            data += more
        return data

    def reply(self, number, command, request):
        error = self.refused.get(command, 0)
        payload = b"" if error else self.answer(command, request)
        if payload is None:
            error, payload = EIO, b""
        flags = REPLY | (ERROR if error else 0)
        return HEADER.pack(number, command, HEADER.size + len(payload), flags, error) + payload

    def answer(self, command, request):
        if command == VERSION:
            text = json.dumps({"capabilities": {"max_msg_fds": 8}}).encode() + b"\0"
            return struct.pack("<HH", *self.version) + text
        if command == GET_INFO:
            return struct.pack("<IIII", 16, PCI, 9, 5)
        if command == REGION_INFO:
            index = struct.unpack_from("<I", request, 8)[0]
            size = {0: self.bar_size, CONFIG_REGION: 4096}.get(index, 0)
            return struct.pack("<IIIIQQ", 32, READ_WRITE, index, 0, size, 0)
        if command == IRQ_INFO:
            index = struct.unpack_from("<I", request, 8)[0]
            return struct.pack("<IIII", 16, 1, index, 1 if index < 3 else 0)
        if command == REGION_READ:
            offset, region, count = struct.unpack("<QII", request)
            return request + self.config(offset, count) if region == CONFIG_REGION else None
        return request if command == REGION_WRITE else None

    @staticmethod
    def config(offset, count):
        space = struct.pack("<HH", 0x8086, 0x10FB).ljust(4096, b"\0")
        return space[offset:offset + count]

    def close(self):
        self.listener.close()
