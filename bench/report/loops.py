"""The data path on rings in plain memory: what the devices would do is not in these figures."""

from report import programs
from report.summary import ratio, summarise

RELAY_MOST = 32  # the relay works row by row


def batches_of(loop, batches):
    return [batch for batch in batches if loop == "queues" or batch <= RELAY_MOST]


def in_turn(things, number):
    """Who is first changes from round to round."""
    return things if number % 2 == 0 else things[::-1]


def collect(context, variants, measure_one):
    """{variant: [value of each round]}; a round measures all variants, one after the other."""
    values = {variant: [] for variant in variants}
    for number in range(context.plan.rounds):
        context.say(f"round {number + 1} of {context.plan.rounds}")
        for variant in in_turn(variants, number):
            values[variant].append(measure_one(*variant))
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


def cores(context):
    """Each core has ports, rings and a pool of its own, in a process of its own."""
    if len(context.cores) < 2:
        return {"skipped": "there is one core only"}
    chosen = context.cores[:2]
    variants = [(loop, count) for loop in programs.LOOPS for count in (1, 2)]

    def one(loop, count):
        command = programs.loop_command("guarded", loop, 32, 10 * context.plan.bursts)
        children = [programs.start(command, core=core) for core in chosen[:count]]
        results = [programs.parse_loop(programs.finish(child)) for child in children]
        return sum(result["ticks_per_second"] / result["ticks_per_frame"] for result in results) / 1e6

    values = collect(context, variants, one)
    return {loop: {"batch": 32, "one": summarise(values[loop, 1]), "two": summarise(values[loop, 2]),
                   "two_to_one": ratio(values[loop, 2], values[loop, 1])}
            for loop in programs.LOOPS}
