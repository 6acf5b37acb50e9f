"""The data path on rings in plain memory: what the devices would do is not in these figures."""

import contextlib

from report import programs
from report.summary import ratio, summarise

RELAY_MOST = 32  # the relay works row by row
GOOD_IN_COMMON = 0.9
TRIES = 4


def batches_of(loop, batches):
    return [batch for batch in batches if loop == "queues" or batch <= RELAY_MOST]


def in_turn(things, number):
    """Who is first changes from round to round."""
    return things if number % 2 == 0 else things[::-1]


def patiently(context, measure_one, variant):
    """On a busy machine a run may have nothing to tell: then it is repeated."""
    for _ in range(TRIES - 1):
        try:
            return measure_one(*variant)
        except programs.Failed as error:
            context.say(f"once more, as this failed: {error}")
            context.repeated += 1
    return measure_one(*variant)


def collect(context, variants, measure_one):
    """{variant: [value of each round]}; a round measures all variants, one after the other."""
    values = {variant: [] for variant in variants}
    for number in range(context.plan.rounds):
        context.say(f"round {number + 1} of {context.plan.rounds}")
        for variant in in_turn(variants, number):
            values[variant].append(patiently(context, measure_one, variant))
    return values


def ticks(context):
    plan = context.plan
    variants = [(build, loop, batch) for batch in plan.batches for loop in programs.LOOPS
                for build in programs.BUILDS if batch in batches_of(loop, [batch])]
    rates = []

    def one(build, loop, batch):
        result = programs.run_loop(build, loop, batch, plan.bursts, core=context.driver_core)
        rates.append(result["ticks_per_second"])
        return result["ticks_per_frame"]

    values = collect(context, variants, one)
    report = {"ticks_per_second": summarise(rates)["median"]}
    for loop in programs.LOOPS:
        rows = []
        for batch in batches_of(loop, plan.batches):
            guarded, unguarded = (values[build, loop, batch] for build in ("guarded", "unguarded"))
            rows.append({"batch": batch, "guarded": summarise(guarded),
                         "unguarded": summarise(unguarded),
                         "guarded_to_unguarded": ratio(guarded, unguarded)})
        report[loop] = rows
    return report


def instructions(context):
    report = {}
    for loop in programs.LOOPS:
        report[loop] = []
        for batch in batches_of(loop, context.plan.counted_batches):
            context.say(f"{loop}, batch {batch}")
            counts = {build: round(programs.count_instructions(build, loop, batch), 1)
                      for build in programs.BUILDS}
            report[loop].append({"batch": batch, **counts})
    return report


def pages(context):
    if not context.has_huge_pages:
        return {"skipped": "no free pages of 2 MiB, and no right to reserve some: as root, or echo 16 "
                           "into the nr_hugepages of /sys/kernel/mm/hugepages/hugepages-2048kB"}
    variants = [(loop, size) for loop in programs.LOOPS for size in ("4k", "2m")]

    def one(loop, size):
        result = programs.run_loop("guarded", loop, 32, context.plan.bursts, size,
                                   context.driver_core)
        return result["ticks_per_frame"]

    values = collect(context, variants, one)
    return {loop: {"batch": 32, "4k": summarise(values[loop, "4k"]),
                   "2m": summarise(values[loop, "2m"]),
                   "4k_to_2m": ratio(values[loop, "4k"], values[loop, "2m"])}
            for loop in programs.LOOPS}


def time_in_common(results):
    """The part of its own time that the slowest one ran beside all the others."""
    begins, ends = ([result[key] for result in results] for key in ("began_ns", "ended_ns"))
    longest = max(end - begin for begin, end in zip(begins, ends))
    return max(0, min(ends) - max(begins)) / longest


def run_together(context, loop, chosen):
    """(million frames a second of all loops, one on each of the cores; what part of the time all ran).
    What one did before the others began, or after they ended, is in its figure: it must be little. Of
    several tries the first good one, or on a busy machine the best of all."""
    command = programs.loop_command("guarded", loop, 32, 10 * context.plan.bursts)
    best = (0, -1)
    for _ in range(TRIES):
        with contextlib.ExitStack() as stack:
            children = [stack.enter_context(programs.Child(command, core)) for core in chosen]
            results = [programs.parse_loop(child.finish()) for child in children]
        rate = sum(result["ticks_per_second"] / result["ticks_per_frame"] for result in results) / 1e6
        best = max(best, (rate, time_in_common(results)), key=lambda found: found[1])
        if best[1] >= GOOD_IN_COMMON:
            break
    return best


def cores(context):
    """Each core has ports, rings and a pool of its own, in a process of its own. Two together are
    compared with both alone: one core may be slower than the other, as the machine's chores are."""
    pair = (context.model_core, context.driver_core)
    if pair[0] == pair[1]:
        return {"skipped": "there is one core only"}
    ways = (pair[:1], pair[1:], pair)
    values = collect(context, [(loop, way) for loop in programs.LOOPS for way in ways],
                     lambda loop, way: run_together(context, loop, way))
    report = {}
    for loop in programs.LOOPS:
        (first, _), (second, _), (both, shares) = (zip(*values[loop, way]) for way in ways)
        mean = [(a + b) / 2 for a, b in zip(first, second)]
        report[loop] = {"batch": 32, "alone": [summarise(first), summarise(second)],
                        "together": summarise(both), "in_common": summarise(shares),
                        "together_to_one": ratio(both, mean)}
    return report
