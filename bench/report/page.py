"""The report as one page, which needs nothing beside itself."""

from html import escape

from report import plan, plots, published, tables

STYLE = """
:root { color-scheme: light dark; --back: #ffffff; --ink: #1c2430; --line: #b8c0cc; --faint: #7d8794;
  --first: #1667b7; --second: #c2500a; --third: #23803c; --fourth: #8a3fb0; --fifth: #a3264a; }
@media (prefers-color-scheme: dark) { :root { --back: #14181e; --ink: #dfe5ec; --line: #4a5462;
  --faint: #8f99a6; --first: #6cb2f5; --second: #f2965a; --third: #6fcf87; --fourth: #cf9bf0;
  --fifth: #f28ba5; } }
body { background: var(--back); color: var(--ink); font: 16px/1.5 system-ui, sans-serif;
  max-width: 880px; margin: 2rem auto; padding: 0 1rem; }
h1 { margin-bottom: 0; } h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--line); }
figure { margin: 1rem 0; overflow-x: auto; } svg { width: 100%; min-width: 600px; height: auto; }
svg text { font-family: system-ui, sans-serif; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: 14px; font-variant-numeric: tabular-nums; margin: 1rem 0; }
caption { text-align: left; color: var(--faint); }
th, td { padding: 2px 12px 2px 0; text-align: right; border-bottom: 1px solid var(--line); }
th:first-child, td:first-child { text-align: left; } td { white-space: nowrap; } th { vertical-align: bottom; }
.note { color: var(--faint); } .key { font-size: 20px; }
"""

# (key in the report, heading, figure, what to know about it)
SECTIONS = (
    ("throughput", "Throughput by batch size", "throughput",
     "Grey: the ixy drivers in ten languages as published, on a real card and one core at 3.3 GHz, "
     "where two ports of 10 Gbit/s are the limit. Between modelled ports, the model's core makes, "
     "copies and checks every frame and is the limit; with rings in memory nothing but the driver is "
     "timed. None of these is a card's."),
    ("ticks", "Ticks a frame", "ticks",
     "Receive a batch, increment a byte of each frame, send it: the slope between short and long "
     "bursts, so that what is paid once drops out. Frames and rings lie in this core's caches. "
     "Grey: others, on another machine; see below. "
     "Unguarded: built without the library's assertions, FORTIFY, the stack protector and RELRO; the "
     "checks that the types make stay in either."),
    ("instructions", "Instructions a frame", None, "Counted by callgrind, so they do not vary."),
    ("pages", "Huge pages", None, "Rings and frames on pages of 2 MiB, or of 4 KiB."),
    ("cores", "One core and two", None,
     "Each core has ports, rings and a pool of its own, and nothing is shared but the processor. Each "
     "core by itself, then both at the same time: what is over 2 times is noise, and most of it where the "
     "two loops were not side by side for all of their time."),
    ("sizes", "Frame sizes", "sizes",
     "Between two modelled ports. The model copies and checks all of each frame on its core; the driver "
     "touches one byte."),
    ("safety", "What safety costs", "safety",
     "Time or instructions with it, against without: medians of the rounds, each compared with its "
     "neighbour in time. Where the band reaches across zero, the noise is greater than the cost. The sandbox's time is "
     "that of the model, whose core is the limit: it would hide a cost, and the ticks tell it."),
    ("sandbox", "The sandbox", None, "The same forwarding, confined or with --no-sandbox: ticks in steps that moved frames. Time from "
     "frame to frame is mostly the model's, whose core is the limit: that it is the same proves little. "
     "All processes of run forward share one core, its idle broker and the worker."),
    ("latency", "Latency", "latency",
     "From when a frame is due at a modelled port, by the rate that was asked for, until it has come "
     "out of the other one, by stamps in the frames. So what waits behind a stall is late by all of it. "
     "What the model needs is included. The two processes share the machine with everything else: the "
     "last percentiles are mostly the scheduler's. Rounds that did not reach the load are in none of "
     "the times: their frames wait in a queue that only grows, and would say how long the run was."),
    ("recovery", "Recovery", "recovery",
     "The driver's process is killed under full traffic, again and again."),
    ("memory", "Memory", "memory", "Resident memory of bulkhead forward, by queues."),
    ("startup", "Start-up", None,
     "Two ports are reset and opened, the process is confined, and a frame comes through."),
)


def headline(report):
    words = []
    for loop, name in tables.LOOPS.items():
        for row in report.get("ticks", {}).get(loop, []):
            if row["batch"] == 32:
                words.append(f"{name}: {row['guarded']['median']:.1f} ticks a frame at batch 32; the "
                             f"hardened build costs {tables.percent_more(row['guarded_to_unguarded'])}")
    return "".join(f'<p class="key">{escape(line)}</p>' for line in words)


def noise(report):
    """How far the rounds of the loops lie apart, which is what everything else is to be read with."""
    spreads = [row["guarded"]["spread"] for loop in tables.LOOPS
               for row in report.get("ticks", {}).get(loop, [])]
    words = ""
    if spreads:
        middle = sorted(spreads)[len(spreads) // 2]
        words = (f" The rounds of the tick figures lie {middle:.0%} apart in the median, least to most,"
                 f" and {max(spreads):.0%} at worst.")
    return words


def about(report, measured):
    machine = report["machine"]
    facts = (f"{machine['cpu']}, {machine['cores']} cores, Linux {machine['kernel']}, commit "
             f"{machine['commit']}, {machine['date']}; {machine['seconds']:.0f} s of measuring, in "
             f"{report['plan']['rounds']} interleaved rounds; {report['repeated']} runs repeated, as they failed. Load average {machine['load_before']} "
             f"before and {machine['load_after']} after.")
    alike = (" The two cores used are hyperthreads of one, which share its units: there are no others."
             if machine["siblings"] else "")
    quick = " A quick run: few rounds, good for a look and no more." if report["quick"] else ""
    return f'<p class="note">{escape(facts + alike + noise(measured) + quick)}</p>'


def beside_others(report):
    words = ("Unmodified drivers on one independent model of an 82599, measured once, on a processor "
             f"whose counter runs at {published.PEER_HZ / 1e9:.3f} GHz: ticks are to be compared with on "
             "the same kind of machine only, instructions anywhere.")
    here = report.get("ticks", {}).get("ticks_per_second")
    if here and abs(here / published.PEER_HZ - 1) > 0.01:
        words += (f" This one's runs at {here / 1e9:.3f} GHz: it is another kind, and its ticks say "
                  "nothing beside theirs.")
    return words


def section(key, heading, drawing, words, report, drawings):
    made = (tables.not_measured(report[key]) or getattr(tables, key)(report[key])) if key in report else ""
    if not made and (key != "safety" or "safety" not in drawings):
        return ""
    svg = f"<figure>{drawings[drawing]}</figure>" if drawing in drawings else ""
    return f"<h2>{escape(heading)}</h2><p>{escape(words)}</p>{svg}{made}"


def render(report):
    measured = {key: part for key, part in report.items()
                if key not in plan.NAMES or not tables.not_measured(part)}
    drawings = plots.draw_all(measured)
    sections = [section(*row, report, drawings) for row in SECTIONS]
    if "ticks" in measured or "instructions" in measured:
        sections.insert(3, f"<h2>Beside others</h2><p>{escape(beside_others(measured))}</p>"
                        f"{tables.peers(measured)}")
    return ('<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width"><title>Bulkhead: what it costs</title>'
            f"<style>{STYLE}</style></head><body><h1>Bulkhead: what it costs</h1>"
            f"{about(report, measured)}{headline(measured)}{''.join(sections)}"
            "<h2>What this is not</h2><p>There is no card here. A doorbell is a store to memory, on a "
            "card an uncached write across PCIe; there is no PCIe latency and no DMA engine, and the "
            "model's copies compete for the same caches. docs/performance.md says more.</p>"
            "</body></html>\n")
