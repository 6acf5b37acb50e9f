"""Whole programs: two modelled ports on one core, the driver on another. Frames are 64 bytes with their
CRC if nothing else is said, and pass both ways."""

import statistics

from report import programs
from report.loops import collect
from report.summary import at_share, merge, ratio, summarise

UNLIMITED = ("generate:64", "generate:64")
PROGRAMS = {"forward": ("forward",), "run forward": ("run", "forward")}
REACHED = 0.97  # of the asked rate; a run also ends with frames on their way
SHARES = {"p50": 0.5, "p99": 0.99, "p99.9": 0.999, "p99.99": 0.9999}


def rate_and_ticks(values):
    rates, each = zip(*values)
    return {"mpps": summarise(rates), "ticks_per_frame": summarise(each)}


def forward_once(context, model, options, command=("forward",)):
    report = programs.forward(model, context.plan.seconds, options, context.driver_core, command)
    if not report["forwarded"]:
        raise programs.Failed("nothing was forwarded between the modelled ports")
    return report["packets_per_second"] / 1e6, report["ticks_per_packet"]


def throughput(context):
    variants = [(batch,) for batch in context.plan.batches]
    with programs.modelled(context.folder, UNLIMITED, context.model_core) as model:
        values = collect(context, variants, lambda batch: forward_once(
            context, model, ["--poll", "--batch", batch]))
    return [{"batch": batch, **rate_and_ticks(values[batch,])} for batch in context.plan.batches]


def sizes(context):
    def one(size):
        wires = (f"generate:{size}", f"generate:{size}")
        longer = ["--mtu", size] if size > 1518 else []
        with programs.modelled(context.folder, wires, context.model_core) as model:
            return forward_once(context, model, ["--poll", *longer])

    values = collect(context, [(size,) for size in context.plan.sizes], one)
    rows = []
    for size in context.plan.sizes:
        row = rate_and_ticks(values[size,])
        row["gbit_per_second"] = row["mpps"]["median"] * size * 8 / 1e3
        rows.append({"size": size, **row})
    return rows


def sandbox(context):
    variants = [(name, way) for name in PROGRAMS for way in ("confined", "unconfined")]
    with programs.modelled(context.folder, UNLIMITED, context.model_core) as model:
        values = collect(context, variants, lambda name, way: forward_once(
            context, model, ["--poll", *(["--no-sandbox"] if way == "unconfined" else [])],
            PROGRAMS[name]))
    report = {}
    for name in PROGRAMS:
        shut, open_ = ([*zip(*values[name, way])] for way in ("confined", "unconfined"))
        report[name] = {"confined": rate_and_ticks(values[name, "confined"]),
                        "unconfined": rate_and_ticks(values[name, "unconfined"]),
                        # Fewer frames a second are more time for each.
                        "time_to_unconfined": ratio(open_[0], shut[0]),
                        "ticks_to_unconfined": ratio(shut[1], open_[1])}
    return report


def latency_once(context, way, load):
    """(frames of both ways a second, frames given up, frames lost on their way, buckets)"""
    wires = (f"generate:64@{load}", f"generate:64@{load}")
    with programs.modelled(context.folder, wires, context.model_core) as model:
        report = programs.forward(model, 2 * context.plan.seconds,
                                  ["--poll"] if way == "polling" else [], context.driver_core)
        wires = [port["wire"] for port in model.stop()["ports"]]
    buckets = merge(wire["latency_ns"]["buckets"] for wire in wires if wire["latency_ns"])
    if not buckets:
        raise programs.Failed(f"at {load} frames a second none came back")
    # Not those that lie in the rings of a driver that has ended: nothing came after them.
    given_up, lost = (sum(wire[key] for wire in wires) for key in ("given_up", "lost"))
    return report["packets_per_second"], given_up, lost, buckets


def missing_share(load, rounds):
    """What is missing of all that was due, in the median round, as the percentiles are: frames that were
    given up, or sent and overtaken; and by the rate all that came too late for the run."""
    def of_one(rate, given_up, lost, buckets):
        absent = given_up + lost
        return max(1 - rate / (2 * load), absent / (absent + sum(n for _, n in buckets)))
    return statistics.median(of_one(*one) for one in rounds) if rounds else 1.0


def latency_row(load, rounds):
    """Times are of the rounds that came to the load. Whatever is missing would have been the slowest:
    a percentile that it could change is not told."""
    good = [one for one in rounds if one[0] >= REACHED * 2 * load and one[1] == 0]
    histograms = [buckets for *_, buckets in good]
    missing = missing_share(load, good)
    row = {"load_per_port": load, "mpps": summarise(one[0] / 1e6 for one in rounds),
           "rounds_reached": len(good), "reached": 2 * len(good) > len(rounds),
           "given_up": sum(one[1] for one in rounds), "missing": missing,
           "frames": sum(n for buckets in histograms for _, n in buckets)}
    for name, share in SHARES.items():
        row[name] = summarise(at_share(buckets, share) / 1e3 for buckets in histograms) \
            if missing < 1 - share else None
    row["max"] = summarise(buckets[-1][0] / 1e3 for buckets in histograms) if good else None
    row["buckets_ns"] = merge(histograms)
    return row


def latency(context):
    """From when a frame is due by its generator's rate until it has come through the driver to the
    other port's generator, by stamps that the frames carry."""
    ways = ("polling", "interrupts")
    values = collect(context, [(way, load) for way in ways for load in context.plan.loads],
                     lambda way, load: latency_once(context, way, load))
    return {way: [latency_row(load, values[way, load]) for load in context.plan.loads] for way in ways}
