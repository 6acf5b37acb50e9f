"""What others have measured: constants, with where they come from."""

BATCHES = (1, 8, 32, 256)

# Million frames of 64 bytes a second, both directions, one core at 3.3 GHz, a real 82599, by
# batch size: the ixy drivers in ten languages, by their authors.
LANGUAGES = {
    "C": (8.3, 26.0, 27.4, 27.4),
    "Rust": (5.9, 23.4, 27.6, 27.4),
    "Go": (3.3, 15.0, 20.6, 24.8),
    "C#": (2.5, 14.3, 23.0, 27.0),
    "Java": (5.1, 11.4, 12.3, 12.7),
    "OCaml": (3.3, 9.4, 10.9, 11.4),
    "Haskell": (4.0, 8.4, 9.6, 9.8),
    "Swift": (1.7, 4.1, 4.8, 5.1),
    "JavaScript": (2.1, 4.2, 5.0, 4.9),
    "Python": (0.08, 0.12, 0.14, 0.16),
}
LINE_RATE = 29.76

# Unmodified drivers on one independent model of an 82599, frames of 60 bytes, one core, one byte
# touched: TSC ticks a frame at batches of 1, 8, 32 and 128; instructions at 32.
PEER_HZ = 2.445e9  # of that machine's counter
PEERS = {
    "ixy (C)": (116, 43, 34, 36, 140),
    "ixy.cpp": (181, 112, 91, 102, 331),
    "ixy.rs": (129, 67, 46, 42, 233),
    "TinyNF, queues": (53, 42, 30, 27, 99),
    "DPDK 22.11": (None, 58, 53, 52, 121),
    "TinyNF, in place": (19, 19, 19, 17, 53),
    "TinyNF, constant outputs": (20, 15, 16, 15, 34),
}
PEER_BATCHES = (1, 8, 32, 128)

# Microseconds at a million frames a second: p50, p99, p99.99, most.
LATENCIES = {"C": (3.8, 3.9, 5.6, 23), "Rust": (3.7, 4.0, 5.7, 24), "Go": (3.9, 4.2, 6.5, 30),
             "C#": (4.0, 10.4, 32, 68)}
