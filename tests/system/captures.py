"""Capture files and the frames in them, made and read without the code under test.

The format of pcap savefiles: a header of 24 bytes, then for each frame 16 bytes (seconds,
fractions, bytes captured, bytes on the wire) and the frame.
"""

import random
import struct

ETHERNET = 1
MICROSECONDS = 0xA1B2C3D4
NANOSECONDS = 0xA1B23C4D

# Frames that hardware looks into: IPv4, ARP, VLAN, IPv6, pause frames, a length instead of a type.
TYPES = (0x0800, 0x0806, 0x8100, 0x86DD, 0x88B5, 0x88F7, 0x0064)


def make_frames(count, seed, smallest=60, largest=1514):
    """Unicast, multicast and broadcast frames of all sizes with noise in them, each different."""
    noise = random.Random(seed)
    filling = noise.randbytes(1 << 20)
    frames = []
    for number in range(count):
        size = noise.choice((smallest, largest, noise.randint(smallest, largest)))
        at = noise.randrange(len(filling) - size)
        destination = noise.choice((b"\xff" * 6, b"\x01\x00\x5e\x00\x00\x01", filling[at:at + 6]))
        kind = noise.choice(TYPES)
        head = destination + filling[at + 6:at + 12] + struct.pack(">HI", kind, number)
        frames.append(head + filling[at + len(head):at + size])
    return frames


def make_flows(count, flows):
    """UDP over IPv4, numbered, in turn from as many addresses as there are flows: a device with
    several queues spreads them."""
    return [udp_frame(number % flows, number) for number in range(count)]


def udp_frame(flow, number):
    udp = struct.pack(">HHHHI", 10_000, 7, 8 + 18, 0, number).ljust(8 + 18, b"\x5a")
    header = struct.pack(">BBHHHBBHII", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0,
                         0x0A000000 + flow, 0x0A010001)
    checksum = sum(struct.unpack(">10H", header))
    checksum = ~((checksum & 0xFFFF) + (checksum >> 16)) & 0xFFFF
    header = header[:10] + struct.pack(">H", checksum) + header[12:]
    return b"\x02\0\0\0\0\x02" + b"\x02\0\0\0\0\x01" + b"\x08\0" + header + udp


def by_flow(frames):
    """The frames of each source address, in their order."""
    found = {}
    for frame in frames:
        found.setdefault(frame[26:30], []).append(frame)
    return found


def file_header(link_type=ETHERNET, magic=MICROSECONDS):
    return struct.pack("<IHHiIII", magic, 2, 4, 0, 0, 65535, link_type)


def record(frame):
    return struct.pack("<IIII", 0, 0, len(frame), len(frame)) + frame


def write(path, frames, link_type=ETHERNET):
    with open(path, "wb") as file:
        file.write(file_header(link_type))
        file.writelines(record(frame) for frame in frames)


def read(path):
    data = path.read_bytes()
    magic, *_, link_type = struct.unpack_from("<IHHiIII", data)
    if magic not in (MICROSECONDS, NANOSECONDS) or link_type != ETHERNET:
        raise ValueError(f"{path}: magic {magic:#x}, link type {link_type}")
    frames, at = [], 24
    while at < len(data):
        _, _, captured, length = struct.unpack_from("<IIII", data, at)
        at += 16
        if captured != length or at + length > len(data):
            raise ValueError(f"{path}: frame {len(frames)} is not whole")
        frames.append(data[at:at + length])
        at += length
    return frames


def first_difference(expected, got):
    """Says where two lists of frames differ; empty if they do not."""
    for number, (left, right) in enumerate(zip(expected, got)):
        if left != right:
            at = next((i for i, (a, b) in enumerate(zip(left, right)) if a != b),
                      min(len(left), len(right)))
            return (f"frame {number}: {len(left)} bytes expected, {len(right)} came; "
                    f"they differ from byte {at} on")
    if len(expected) != len(got):
        return f"{len(expected)} frames expected, {len(got)} came"
    return ""
