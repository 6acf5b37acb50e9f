"""The command behind bench/run: measures, then writes report.json and report.html."""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from report import loops, machine, plan, programs, upkeep, whole

MEASUREMENTS = {"ticks": loops.ticks, "instructions": loops.instructions, "pages": loops.pages,
                "cores": loops.cores, "throughput": whole.throughput, "sizes": whole.sizes,
                "sandbox": whole.sandbox, "latency": whole.latency, "recovery": upkeep.recovery,
                "memory": upkeep.memory, "startup": upkeep.startup}
HUGE_PAGES = 16  # of 2 MiB: for a loop's rings and frames, and some more


class Context:
    """What every measurement gets: the plan, where to work, and whom to tell."""

    def __init__(self, chosen_plan, place, start):
        self.plan, self.folder, self.has_huge_pages = chosen_plan, place.folder, place.has_huge_pages
        self.model_core, self.driver_core = machine.two_cores()
        self.name, self.repeated = "", 0
        self._start = start

    def say(self, words):
        passed = time.monotonic() - self._start
        print(f"[{passed:4.0f} s] {self.name}: {words}", file=sys.stderr, flush=True)


def positive(kind):
    def parse(text):
        value = kind(text)
        if value <= 0:
            raise ValueError
        return value
    parse.__name__ = "positive number"
    return parse


def parse_arguments(words):
    names = "".join(f"\n  {name:<13} {what}" for name, what in plan.NAMES.items())
    parser = argparse.ArgumentParser(
        prog="bench/run", formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Measures what the data path costs on this machine, without a card, and writes "
                    "report.html\nand report.json. Under a quarter of an hour, on an otherwise idle "
                    "machine: anything else that\nruns is in the figures.",
        epilog=f"measurements:{names}\n\nExit codes: 0 success, 1 failure, 2 usage, 130 interrupted.")
    parser.add_argument("--quick", action="store_true", help="about two minutes: fewer points and rounds")
    parser.add_argument("--only", action="append", choices=plan.NAMES, metavar="NAME",
                        help="measure this one only; can be given several times")
    parser.add_argument("--output", type=Path, default=programs.ROOT / "build/bench", metavar="DIR",
                        help="where the report goes (build/bench)")
    parser.add_argument("--rounds", type=positive(int), metavar="N", help="instead of the usual number")
    parser.add_argument("--seconds", type=positive(float), metavar="S",
                        help="instead of the usual length of a run between modelled ports")
    parser.add_argument("--check", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args(words)


def measure(options, chosen_plan, names, keep):
    """The report; `keep` gets what there is of it after each measurement."""
    start = time.monotonic()
    report = {"machine": machine.describe(programs.ROOT), "quick": options.quick,
              "plan": {"rounds": chosen_plan.rounds, "seconds": chosen_plan.seconds}}
    with machine.Workplace(HUGE_PAGES if "pages" in names else 0) as place:
        context = Context(chosen_plan, place, start)
        for name in names:
            context.name = name
            context.say(plan.NAMES[name])
            try:
                report[name] = MEASUREMENTS[name](context)
            except (programs.Failed, OSError, subprocess.SubprocessError) as error:  # costs this one only
                context.say(f"failed: {error}")
                report[name] = {"failed": str(error)}
            report["repeated"] = context.repeated
            report["machine"]["load_after"] = round(os.getloadavg()[0], 2)
            report["machine"]["seconds"] = round(time.monotonic() - start, 1)
            keep(report)
    return report


def prepare(folder):
    """What would be missing at the end is told before anything is measured."""
    try:
        from report import page  # needs matplotlib, which measuring does not
    except ImportError as error:
        raise programs.Failed(f"{error}: install matplotlib (python3-matplotlib)") from error
    for path in programs.needed():
        if not Path(path).exists():
            raise programs.Failed(f"{path} is not built: run bench/run without --built")
    folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise programs.Failed(f"{folder}: cannot be written to: name another by --output")
    return page


def write(path, text):
    partial = path.with_name(f"{path.name}.partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)


def main():
    options = parse_arguments(sys.argv[1:])
    if options.check:
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        names = [name for name in plan.NAMES if not options.only or name in options.only]
        page = prepare(options.output)
        figures, drawn = options.output / "report.json", options.output / "report.html"
        # At once, so that neither an interruption nor a mistake in drawing costs what was measured.
        report = measure(options, plan.make_plan(options.quick, options.rounds, options.seconds), names,
                         lambda so_far: write(figures, json.dumps(so_far, indent=1) + "\n"))
        print(figures, flush=True)
        write(drawn, page.render(report))
        print(drawn, flush=True)
        return 1 if any("failed" in report[name] for name in names) else 0
    except (programs.Failed, OSError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("bench: interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
