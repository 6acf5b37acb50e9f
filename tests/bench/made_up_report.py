"""A report as bench/run's measurements would make it, of made-up figures."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bench"))

from report.summary import summarise  # noqa: E402


def near(value, around=0.1):
    return summarise([value * (1 - around), value, value * (1 + 2 * around)])


def loops(scale, batches):
    return [{"batch": batch, "guarded": near(scale * (12 + 40 / batch)),
             "unguarded": near(scale * (11 + 39 / batch)), "guarded_to_unguarded": near(1.05, 0.03)}
            for batch in batches]


def latencies(base):
    return [{"load_per_port": load, "frames": 1_000_000, "mpps": near(2 * load / 1e6),
             "rounds_reached": 3, "reached": load < 2_000_000, "given_up": 0, "missing": 0.0,
             **{key: near(base * factor * (1 + load / 1e6)) for key, factor in
                (("p50", 1), ("p99", 2), ("p99.9", 10), ("p99.99", 100), ("max", 900))},
             "buckets_ns": [[base * 1e3, 500_000], [base * 2e3, 490_000], [base * 1e4, 9_000],
                            [base * 1e5, 900], [base * 9e5, 100]]}
            for load in (50_000, 250_000, 500_000, 1_000_000, 2_000_000)]


def make_report():
    batches = (1, 2, 4, 8, 16, 32, 64, 128, 256)
    rates = {"mpps": near(9.5), "ticks_per_frame": near(50)}
    return {
        "machine": {"cpu": "A <made-up> CPU", "cores": 2, "memory": "1 kB", "kernel": "6.1",
                    "commit": "abcdef", "load_before": 0.1, "load_after": 1.5, "seconds": 400.0,
                    "cores_used": [0, 1], "siblings": False,
                    "date": "2026-01-01T00:00:00+00:00"},
        "quick": False, "repeated": 2, "plan": {"rounds": 7, "seconds": 1.5},
        "ticks": {"ticks_per_second": 2.445e9, "queues": loops(1, batches),
                  "relay": loops(0.6, batches[:6])},
        "instructions": {loop: [{"batch": batch, "guarded": 42.5, "unguarded": 40.1}
                                for batch in (1, 8, 32)] for loop in ("queues", "relay")},
        "pages": {loop: {"batch": 32, "4k": near(14), "2m": near(13), "4k_to_2m": near(1.08)}
                  for loop in ("queues", "relay")},
        "cores": {loop: {"batch": 32, "alone": [near(180), near(170)], "together": near(340), "in_common": near(0.8),
                         "together_to_one": near(1.95)}
                  for loop in ("queues", "relay")},
        "throughput": [{"batch": batch, **rates} for batch in batches],
        "sizes": [{"size": size, "gbit_per_second": size / 100, **rates}
                  for size in (64, 128, 256, 512, 1024, 1518, 9000)],
        "sandbox": {command: {"confined": rates, "unconfined": rates,
                              "time_to_unconfined": near(1.01, 0.02),
                              "ticks_to_unconfined": near(1.01, 0.02)}
                    for command in ("forward", "run forward")},
        "latency": {"polling": latencies(4), "interrupts": latencies(20)},
        "recovery": {"kills": 100, "parts_ms": [
            {"what": what, "p50": p50, "p90": 2 * p50, "p99": 4 * p50, "max": 9 * p50}
            for what, p50 in (("until the death is noticed", 0.3), ("starting them again", 2),
                              ("death to first frame forwarded", 5.5))]},
        "memory": [{"queues": queues, "own_kb": 3000, "files_kb": 7000,
                    "shared_with_device_kb": 20_000 * queues} for queues in (1, 2, 4, 8, 16)],
        "startup": {command: {"ms": near(80)} for command in ("forward", "run forward")},
    }
