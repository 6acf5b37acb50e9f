"""The report's figures: each takes what was measured, and puts an SVG element into a dictionary."""

import math

from report import published
from report.drawing import (COLOURS, SERIES, doubling_axis, draw_band, figure, legend_above,
                            plain_log_axis, spread)
from report.summary import share_of_frames
from report.tables import TELL_P99

LOOPS = {"queues": "queues", "relay": "relay, in place"}


def _label_ends(axes, ends, last, gap, edge=None):
    """Names for the right ends of curves, where x is `last`: [(name, y)] on a log axis, moved apart, and
    right of the `edge`, if others' curves go on to there."""
    places = spread([math.log10(y) for _, y in ends], gap)
    for (name, y), place in zip(ends, places):
        axes.annotate(name, (last, y), (1.15 * (edge or last), 10 ** place), color=COLOURS["faint"], fontsize=8.5,
                      va="center", annotation_clip=False,
                      arrowprops={"arrowstyle": "-", "color": COLOURS["faint"], "linewidth": 0.5})


def throughput(report, into):
    if "throughput" not in report:
        return
    with figure("throughput", into, height=5.2) as axes:
        for rates in published.LANGUAGES.values():
            axes.plot(published.BATCHES, rates, "-", color=COLOURS["faint"], linewidth=1)
        _label_ends(axes, [(name, rates[-1]) for name, rates in published.LANGUAGES.items()],
                    256, 0.105)
        axes.hlines(published.LINE_RATE, 1, 256, color=COLOURS["faint"], linestyle=":", linewidth=1)
        axes.text(1, published.LINE_RATE * 1.06, "two ports of 10 Gbit/s", fontsize=8.5,
                  color=COLOURS["faint"])
        for (loop, name), colour in zip(LOOPS.items(), SERIES):
            rows = report.get("ticks", {}).get(loop, [])
            scale = report.get("ticks", {}).get("ticks_per_second", 0) / 1e6
            if rows:
                axes.plot([row["batch"] for row in rows],
                          [scale / row["guarded"]["median"] for row in rows], "-o", color=colour,
                          label=f"{name}: rings in memory")
        rows = report["throughput"]
        draw_band(axes, [row["batch"] for row in rows], [row["mpps"] for row in rows], SERIES[2],
                  "driver between two modelled ports")
        axes.set_yscale("log")
        plain_log_axis(axes.yaxis)
        doubling_axis(axes, [1, 2, 4, 8, 16, 32, 64, 128, 256])
        axes.set(xlabel="frames a batch", ylabel="million frames a second")
        legend_above(axes, 3)


def ticks(report, into):
    if "ticks" not in report:
        return
    with figure("ticks", into, height=4.2) as axes:
        for name, figures in published.PEERS.items():
            points = [(batch, value) for batch, value in zip(published.PEER_BATCHES, figures) if value]
            axes.plot(*zip(*points), "-", color=COLOURS["faint"], linewidth=1)
        _label_ends(axes, [(name, figures[3]) for name, figures in published.PEERS.items()], 128, 0.09,
                    edge=max(row["batch"] for row in report["ticks"]["queues"]))
        for (loop, name), colour in zip(LOOPS.items(), SERIES):
            rows = report["ticks"][loop]
            places = [row["batch"] for row in rows]
            draw_band(axes, places, [row["guarded"] for row in rows], colour, name)
            axes.plot(places, [row["unguarded"]["median"] for row in rows], "--", color=colour,
                      linewidth=1.2, label=f"{name}, unguarded build")
        axes.set_yscale("log")
        plain_log_axis(axes.yaxis)
        axes.set_yticks([2, 5, 10, 20, 50, 100, 200, 500])
        doubling_axis(axes, [row["batch"] for row in report["ticks"]["queues"]])
        axes.set(xlabel="frames a batch", ylabel="TSC ticks a frame")
        legend_above(axes, 2)


def sizes(report, into):
    if "sizes" not in report:
        return
    rows = report["sizes"]
    places = [row["size"] for row in rows]
    with figure("sizes", into, columns=2, height=3) as (left, right):
        draw_band(left, places, [row["mpps"] for row in rows], SERIES[0], None)
        right.plot(places, [row["gbit_per_second"] for row in rows], "-o", color=SERIES[1])
        left.set(ylabel="million frames a second")
        right.set(ylabel="Gbit/s of frames")
        for axes in (left, right):
            axes.set_xscale("log", base=2)
            axes.set_xticks(places, [f"{place:,}" for place in places], rotation=45)
            axes.minorticks_off()
            axes.set_ylim(bottom=0)
            axes.set_xlabel("bytes a frame")


def latency(report, into):
    if "latency" not in report:
        return
    shares = [0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999]
    with figure("latency", into, columns=2, height=4, sharey=True) as both:
        curves = {}  # of both, as a load may be reached by one way only
        for axes, way in zip(both, ("polling", "interrupts")):
            for row, colour in zip(report["latency"][way], SERIES):
                if not row["reached"]:
                    continue
                points = [(1 / (1 - share), time / 1e3)
                          for time, share in share_of_frames(row["buckets_ns"])
                          if 0 < share <= min(shares[-1], 1 - row["missing"])]
                label = f"{2 * row['load_per_port'] / 1e6:g} Mpps"
                curves[label], = axes.plot(*zip(*points), "-", color=colour, label=label)
            axes.set_xscale("log")
            axes.set_yscale("log")
            plain_log_axis(axes.yaxis)
            axes.set_xticks([1 / (1 - share) for share in shares],
                            [f"{share * 100:.6g}" for share in shares])
            axes.minorticks_off()
            axes.set_xlabel(f"percent of the frames, {way}")
        both[0].set_ylabel("took at most, µs")
        legend_above(both[0], 3, handles=list(curves.values()))


def costs_of_safety(report):
    """[(what, ratio)]: a time or a number with the safety, to the same without."""
    rows = []
    for loop, name in LOOPS.items():
        for row in report.get("ticks", {}).get(loop, []):
            if row["batch"] in (1, 8, 32):
                rows.append((f"checks: ticks, {name}, batch {row['batch']}",
                             row["guarded_to_unguarded"]))
    for loop, name in LOOPS.items():
        for row in report.get("instructions", {}).get(loop, []):
            if row["batch"] == 32:
                value = row["guarded"] / row["unguarded"]
                rows.append((f"checks: instructions, {name}, batch 32",
                             {"median": value, "min": value, "max": value}))
    for command, row in report.get("sandbox", {}).items():
        rows.append((f"sandbox: ticks, {command}", row["ticks_to_unconfined"]))
        rows.append((f"sandbox: time, by the model, {command}", row["time_to_unconfined"]))
    return rows


def safety(report, into):
    rows = costs_of_safety(report)[::-1]
    if not rows:
        return
    with figure("safety", into, height=0.9 + 0.32 * len(rows)) as axes:
        percent = [[(row[key] - 1) * 100 for key in ("median", "min", "max")] for _, row in rows]
        for place, (middle, least, most) in enumerate(percent):
            axes.plot([least, most], [place, place], "-", color=SERIES[0], linewidth=5, alpha=0.3,
                      solid_capstyle="butt")
            axes.plot(middle, place, "o", color=SERIES[0])
        axes.axvline(0, color=COLOURS["ink"], linewidth=1)
        axes.set_yticks(range(len(rows)), [name for name, _ in rows])
        axes.set(xlabel="percent more with it than without: median, least to most of the rounds",
                 ylim=(-0.6, len(rows) - 0.4))


def recovery(report, into):
    if "recovery" not in report:
        return
    parts = report["recovery"]["parts_ms"][::-1]
    with figure("recovery", into, height=2.8) as axes:
        for place, part in enumerate(parts):
            axes.plot([part["p50"], part["max"]], [place, place], "-", color=COLOURS["line"])
            for key, colour in zip(("p50", "p90", "p99", "max"), SERIES):
                if key == "p99" and report["recovery"]["kills"] < TELL_P99:
                    continue
                axes.plot(part[key], place, "o", color=colour, label=key if place == 0 else None)
        axes.set_yticks(range(len(parts)), [part["what"] for part in parts])
        axes.set_xscale("log")
        plain_log_axis(axes.xaxis)
        axes.set(xlabel="ms", ylim=(-0.6, len(parts) - 0.4))
        legend_above(axes, 4)


def memory(report, into):
    if "memory" not in report:
        return
    rows = report["memory"]
    with figure("memory", into, height=2.8) as axes:
        bottom = [0.0] * len(rows)
        for key, name, colour in (("own_kb", "its own", SERIES[0]),
                                  ("files_kb", "program and libraries", SERIES[1]),
                                  ("shared_with_device_kb", "rings and frames", SERIES[2])):
            sizes_mb = [row[key] / 1024 for row in rows]
            axes.bar(range(len(rows)), sizes_mb, 0.6, bottom, color=colour, label=name)
            bottom = [below + size for below, size in zip(bottom, sizes_mb)]
        axes.set_xticks(range(len(rows)), [str(row["queues"]) for row in rows])
        axes.set(xlabel="queue pairs of each of two ports", ylabel="MiB resident")
        legend_above(axes, 3)


def draw_all(report):
    """{name: SVG element} of what there is to draw."""
    drawings = {}
    for draw in (throughput, ticks, sizes, latency, safety, recovery, memory):
        draw(report, drawings)
    return drawings
