"""What is measured, and how often."""

from dataclasses import dataclass, replace

# In this order; the words are those of --only and the JSON file's keys.
NAMES = {
    "ticks": "TSC ticks a frame: queues and relay, guarded and not, by batch size",
    "instructions": "instructions a frame, by callgrind",
    "pages": "2 MiB pages against 4 KiB pages",
    "cores": "one core against two",
    "throughput": "between modelled ports, by batch size",
    "sizes": "between modelled ports, by frame size",
    "sandbox": "between modelled ports, confined against not",
    "latency": "between modelled ports, at several loads",
    "recovery": "from a worker's death to the next one's first frame",
    "memory": "memory of the driver's process, by number of queues",
    "startup": "from the start of the program to the first frame",
}


@dataclass(frozen=True)
class Plan:
    rounds: int = 7  # interleaved: each round measures everything once
    seconds: float = 1.5  # of a run between modelled ports
    bursts: int = 20_000  # of either length, in a run of a loop
    batches: tuple = (1, 2, 4, 8, 16, 32, 64, 128, 256)
    counted_batches: tuple = (1, 8, 32, 128)
    sizes: tuple = (64, 128, 256, 512, 1024, 1518, 9000)
    loads: tuple = (50_000, 250_000, 500_000, 1_000_000, 2_000_000)  # frames a second and port
    kills: int = 100
    queues: tuple = (1, 2, 4, 8, 16)
    starts: int = 15


QUICK = Plan(rounds=3, seconds=0.4, bursts=4_000, batches=(1, 8, 32, 256), counted_batches=(32,),
             sizes=(64, 1518, 9000), loads=(100_000, 1_000_000), kills=10, queues=(1, 4), starts=3)


def make_plan(quick, rounds=None, seconds=None):
    plan = QUICK if quick else Plan()
    if rounds:
        plan = replace(plan, rounds=rounds, kills=min(plan.kills, 10 * rounds),
                       starts=min(plan.starts, rounds))
    return replace(plan, seconds=seconds) if seconds else plan
