#!/usr/bin/env python3
"""Frames of many flows through what lies between two interfaces: flows.py LEFT RIGHT FRAMES. They go
in at each and must come out of the other, each once and unchanged. Prints "every frame arrived"."""

import select
import socket
import struct
import sys
import time

FLOWS = 64
WINDOW = 32
LONE_FRAMES = 24
PATIENCE = 120
MAGIC = b"flows of bulkhead"


def udp_frame(flow, number, size):
    """An Ethernet frame with UDP over IPv4 in it: a flow has a source port of its own, from which a
    multi-queue TAP chooses the queue."""
    content = (MAGIC + struct.pack("!I", number)).ljust(size, b"\x5a")
    udp = struct.pack("!HHHH", 10_000 + flow, 7, 8 + len(content), 0) + content
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0,
                         socket.inet_aton("10.9.0.1"), socket.inet_aton("10.9.0.2"))
    checksum = sum(struct.unpack("!10H", header))
    checksum = ~((checksum & 0xFFFF) + (checksum >> 16)) & 0xFFFF
    header = header[:10] + struct.pack("!H", checksum) + header[12:]
    return b"\x52\x54\0\0\0\x02" + b"\x52\x54\0\0\0\x01" + b"\x08\0" + header + udp


def open_interface(name):
    packets = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0003))
    packets.bind((name, 0))
    return packets


def arrived(packets, seconds):
    """Our next frame that comes in; none if the time is over."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if not select.select([packets], [], [], left)[0]:
            break
        frame, (_, _, kind, *_) = packets.recvfrom(2048)
        if kind != socket.PACKET_OUTGOING and MAGIC in frame:
            return frame
    return None


def await_way(source, sink):
    """Until something passes, and nothing of it is on its way any more."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        source.send(udp_frame(0, 0, 64))
        if arrived(sink, 0.2):
            while arrived(sink, 1):
                pass
            return
    sys.exit("nothing passes")


def send_lone_frames(source, sink):
    """Of a flow each, with pauses in which whoever forwards goes to sleep: a frame wakes the queue
    that its flow belongs to."""
    for flow in range(LONE_FRAMES):
        time.sleep(0.1)
        source.send(udp_frame(flow, 0, 64))
        if not arrived(sink, PATIENCE):
            sys.exit(f"the lone frame of flow {flow} is lost")


def send_all(source, sink, frames):
    expected = {}
    number = 0
    while number < frames or expected:
        while number < frames and len(expected) < WINDOW:
            number += 1
            frame = udp_frame(number % FLOWS, number, 30 + number * 7 % 1400)
            expected[frame] = number
            source.send(frame)
        frame = arrived(sink, PATIENCE)
        if frame is None:
            sys.exit(f"{len(expected)} of {number} frames are lost")
        if expected.pop(frame, None) is None:
            sys.exit("a frame arrived twice, or changed")


def main():
    left, right = open_interface(sys.argv[1]), open_interface(sys.argv[2])
    frames = int(sys.argv[3])
    for source, sink in ((left, right), (right, left)):
        await_way(source, sink)
        send_lone_frames(source, sink)
        send_all(source, sink, frames)
    print("every frame arrived")


if __name__ == "__main__":
    main()
