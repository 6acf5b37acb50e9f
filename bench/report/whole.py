"""Whole programs: two modelled ports on one core, the driver on another. Frames are 64 bytes with their
CRC if nothing else is said, and pass both ways."""

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
    """(frames of both ways a second, frames that were given up, buckets)"""
    wires = (f"generate:64@{load}", f"generate:64@{load}")
    with programs.modelled(context.folder, wires, context.model_core) as model:
        report = programs.forward(model, 2 * context.plan.seconds,
                                  ["--poll"] if way == "polling" else [], context.driver_core)
        wires = [port["wire"] for port in model.stop()["ports"]]
    buckets = merge(wire["latency_ns"]["buckets"] for wire in wires if wire["latency_ns"])
    if not buckets:
        raise programs.Failed(f"at {load} frames a second none came back")
    return report["packets_per_second"], sum(wire["given_up"] for wire in wires), buckets


def latency_row(load, rounds):
    rates, given_up, histograms = zip(*rounds)
    reached = sum(rate >= REACHED * 2 * load and lost == 0 for rate, lost in zip(rates, given_up))
    row = {"load_per_port": load, "mpps": summarise(rate / 1e6 for rate in rates),
           "rounds_reached": reached, "reached": 2 * reached > len(rounds), "given_up": sum(given_up),
           "frames": sum(n for buckets in histograms for _, n in buckets)}
    for name, share in SHARES.items():
        row[name] = summarise(at_share(buckets, share) / 1e3 for buckets in histograms)
    row["max"] = summarise(buckets[-1][0] / 1e3 for buckets in histograms)
    row["buckets_ns"] = merge(histograms)
    return row


def latency(context):
    """From when a frame is due by its generator's rate until it has come through the driver to the
    other port's generator, by stamps that the frames carry."""
    ways = ("polling", "interrupts")
    values = collect(context, [(way, load) for way in ways for load in context.plan.loads],
                     lambda way, load: latency_once(context, way, load))
    return {way: [latency_row(load, values[way, load]) for load in context.plan.loads] for way in ways}
