#!/usr/bin/env python3
"""The guest's peer: peer.py ADDRESS SIZE. At port 5000 it serves SIZE pseudo-random bytes; what
comes in at port 5001 it compares with them, and answers "good" or what was wrong."""

import hashlib
import random
import socket
import sys
import threading

CHUNK = 1 << 20


def content(size):
    """The same bytes in every run, so that a failure can be repeated."""
    return random.Random(82599).randbytes(size)


def serve(connection, data):
    connection.sendall(data)
    connection.shutdown(socket.SHUT_WR)


def compare(connection, data):
    got = hashlib.sha256()
    size = 0
    while piece := connection.recv(CHUNK):
        got.update(piece)
        size += len(piece)
    good = got.digest() == hashlib.sha256(data).digest()
    answer = "good" if good else f"{size} bytes of {len(data)}, or others"
    connection.sendall(answer.encode() + b"\n")
    connection.shutdown(socket.SHUT_WR)


def listen(address, port, handle, data):
    with socket.create_server((address, port)) as server:
        while True:
            connection, _ = server.accept()
            with connection:
                handle(connection, data)


def main():
    address, size = sys.argv[1], int(sys.argv[2])
    data = content(size)
    for port, handle in ((5000, serve), (5001, compare)):
        threading.Thread(target=listen, args=(address, port, handle, data), daemon=True).start()
    print(hashlib.md5(data).hexdigest(), flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
