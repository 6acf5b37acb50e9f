"""The report's tables and sentences, as HTML."""

from html import escape

from report import published

TELL_P99 = 100  # kills: of fewer, it is the slowest
LOOPS = {"queues": "queues", "relay": "relay, in place"}


def table(head, rows, caption=""):
    """Cells are text, and aligned to the right but for the first of a row."""
    def line(cells, tag):
        return "<tr>" + "".join(f"<{tag}>{escape(str(cell))}</{tag}>" for cell in cells) + "</tr>"
    words = f"<caption>{escape(caption)}</caption>" if caption else ""
    return (f'<div class="wide"><table>{words}<thead>{line(head, "th")}</thead><tbody>'
            + "".join(line(row, "td") for row in rows) + "</tbody></table></div>")


def number(value, digits=1):
    return f"{value:,.{digits}f}"


def spread_of(summary, digits=1):
    """Median (least to most)."""
    middle, least, most = (number(summary[key], digits) for key in ("median", "min", "max"))
    return f"{middle} ({least} to {most})"


def percent_more(summary):
    middle, least, most = ((summary[key] - 1) * 100 for key in ("median", "min", "max"))
    return f"{middle:+.1f} % ({least:+.1f} to {most:+.1f})"


def not_measured(part):
    """A note if there are no figures, and why."""
    if "skipped" in part:
        return f'<p class="note">Not measured: {escape(part["skipped"])}.</p>'
    return f'<p class="note">Failed: {escape(part["failed"])}</p>' if "failed" in part else ""


def ticks(part):
    rows = [(LOOPS[loop], row["batch"], spread_of(row["guarded"]), spread_of(row["unguarded"]),
             percent_more(row["guarded_to_unguarded"])) for loop in LOOPS for row in part[loop]]
    return table(("", "frames a batch", "ticks a frame", "unguarded build", "checks cost"), rows)


def peers(report):
    """Others' figures, and ours where they were measured."""
    rows = []
    counted = report.get("instructions", {})
    for loop, name in LOOPS.items():
        by_batch = {row["batch"]: row["guarded"]["median"]
                    for row in report.get("ticks", {}).get(loop, [])}
        count = {row["batch"]: row["guarded"] for row in counted.get(loop, [])}.get(32)
        if by_batch or count:
            rows.append((f"Bulkhead, {name}", *(number(by_batch[batch]) if batch in by_batch else "–"
                                                for batch in published.PEER_BATCHES),
                         number(count) if count else "–"))
    for name, figures in published.PEERS.items():
        rows.append((name, *("–" if value is None else value for value in figures)))
    batches = published.PEER_BATCHES
    return table(("", *(f"batch {batch}" for batch in batches), "instructions at 32"), rows,
                 "TSC ticks a frame by frames a batch, and instructions a frame")


def instructions(part):
    rows = [(LOOPS[loop], row["batch"], number(row["guarded"]), number(row["unguarded"]))
            for loop in LOOPS for row in part[loop]]
    return table(("", "frames a batch", "instructions a frame", "unguarded build"), rows)


def pages(part):
    rows = [(LOOPS[loop], spread_of(row["2m"]), spread_of(row["4k"]), percent_more(row["4k_to_2m"]))
            for loop, row in part.items()]
    return table(("batch 32", "ticks, 2 MiB pages", "ticks, 4 KiB pages", "small pages cost"), rows)


def cores(part):
    rows = [(LOOPS[loop], *(spread_of(alone) for alone in row["alone"]), spread_of(row["together"]),
             f"{row['in_common']['min']:.0%}", spread_of(row["together_to_one"], 2))
            for loop, row in part.items()]
    return table(("batch 32", "one core alone, Mpps", "the other alone", "both", "side by side for",
                  "times the mean of one"), rows)


def throughput(part):
    rows = [(row["batch"], spread_of(row["mpps"], 2), spread_of(row["ticks_per_frame"])) for row in part]
    return table(("frames a batch", "Mpps", "ticks a frame"), rows)


def sizes(part):
    rows = [(f"{row['size']:,}", spread_of(row["mpps"], 2), number(row["gbit_per_second"]),
             spread_of(row["ticks_per_frame"])) for row in part]
    return table(("bytes a frame", "Mpps", "Gbit/s", "ticks a frame"), rows)


def sandbox(part):
    rows = [(command, percent_more(row["ticks_to_unconfined"]), percent_more(row["time_to_unconfined"]),
             spread_of(row["confined"]["mpps"], 2), spread_of(row["unconfined"]["mpps"], 2))
            for command, row in part.items()]
    return table(("", "ticks a frame, confined", "time, by the model", "Mpps, confined", "Mpps, not"), rows)


def _latency_cells(row, keys):
    if not row["reached"]:
        return ("not reached", *["–"] * (len(keys) - 1))
    return tuple(number(row[key]["median"]) if row[key] else "–" for key in keys)


def latency(part):
    keys = ("p50", "p99", "p99.9", "p99.99", "max")
    rows = [(way, number(2 * row["load_per_port"] / 1e6, 2), number(row["mpps"]["median"], 2),
             f"{row['rounds_reached']} of {row['mpps']['rounds']}", *_latency_cells(row, keys))
            for way, rows in part.items() for row in rows]
    rows += [(f"published, {name}", "1.00", "–", "–", *(number(value) for value in values[:2]), "–",
              *(number(value) for value in values[2:]))
             for name, values in published.LATENCIES.items()]
    return table(("", "Mpps asked", "came", "rounds", *keys), rows,
                 "Microseconds, medians of the rounds; the published ones on a card and a wire. Asked "
                 "and came: the frames of both ways. Rounds: how many came to the asked load; times are "
                 "of these. –: so many frames may not have come that they could change it. max: of "
                 "those that came.")


def recovery(part):
    keys = ("p50", "p90", *("p99",) * (part["kills"] >= TELL_P99), "max")
    rows = [(row["what"], *(number(row[key], 2) for key in keys)) for row in part["parts_ms"]]
    return table((f"ms, {part['kills']} kills", *keys), rows)


def memory(part):
    keys = ("own_kb", "files_kb", "shared_with_device_kb")
    rows = [(row["queues"], *(number(row[key] / 1024) for key in keys)) for row in part]
    text = table(("queue pairs a port", "its own, MiB", "program and libraries",
                  "rings and frames"), rows)
    if len(part) > 1:
        first, last = part[0], part[-1]
        grown = sum(last[key] - first[key] for key in keys) / 1024
        each = grown / (last["queues"] - first["queues"])
        text += f"<p>Each further queue pair of both ports takes {number(each)} MiB.</p>"
    return text


def startup(part):
    rows = [(command, spread_of(row["ms"])) for command, row in part.items()]
    return table(("", "ms from the program's start to the first frame"), rows)
