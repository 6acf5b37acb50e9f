"""Figures as SVG to stand inside of a page, in colours that the page's style sheet decides."""

import contextlib
import io
import re
import warnings

import matplotlib

matplotlib.use("svg")
from matplotlib import pyplot  # noqa: E402

# matplotlib wants colours; these stand for the page's, so that it can be light or dark.
COLOURS = {name: f"#0a0b{number:02x}" for number, name in
           enumerate(("ink", "line", "faint", "first", "second", "third", "fourth", "fifth"), 1)}
SERIES = [COLOURS[name] for name in ("first", "second", "third", "fourth", "fifth")]
STYLE = {"svg.fonttype": "none", "font.size": 10, "font.family": ["sans-serif"],
         "axes.edgecolor": COLOURS["line"], "axes.labelcolor": COLOURS["ink"],
         "axes.grid": True, "axes.axisbelow": True, "axes.spines.top": False,
         "axes.spines.right": False, "axes.titlesize": 10, "axes.titlecolor": COLOURS["ink"],
         "text.color": COLOURS["ink"], "grid.color": COLOURS["line"], "grid.alpha": 0.5,
         "grid.linewidth": 0.5, "xtick.color": COLOURS["ink"], "ytick.color": COLOURS["ink"],
         "xtick.minor.visible": False, "ytick.minor.visible": False, "legend.frameon": False,
         "lines.linewidth": 1.8, "lines.markersize": 4.5, "figure.constrained_layout.use": True}


def to_inline_svg(text, name):
    """matplotlib's file as an element whose ids are the figure's own, and whose colours are names."""
    text = text[text.index("<svg"):]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', text)
    text = re.sub(r'(href="#|url\(#)', rf"\g<1>{name}-", text)
    for colour, value in COLOURS.items():
        text = text.replace(value, f"var(--{colour})")
    # Its size is the page's matter.
    head, body = text.split(">", 1)
    head = re.sub(r' (?:width|height)="[^"]*"', "", head)
    return f'{head} role="img" aria-label="{name}">{body}'


@contextlib.contextmanager
def figure(name, into, columns=1, height=3.4, **options):
    """Axes to draw on; the drawing is into[name] afterwards."""
    with matplotlib.rc_context({**STYLE, "svg.hashsalt": name}):
        drawing, axes = pyplot.subplots(1, columns, figsize=(8.4, height), **options)
        try:
            yield axes
            out = io.StringIO()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of fonts: the page's reader has others
                drawing.savefig(out, format="svg", transparent=True)
        finally:
            pyplot.close(drawing)
    into[name] = to_inline_svg(out.getvalue(), name)


def spread(places, gap):
    """The same places, moved apart so that neighbours are at least `gap` from each other."""
    order = sorted(range(len(places)), key=places.__getitem__)
    moved = list(places)
    for _ in range(200):
        apart = True
        for below, above in zip(order, order[1:]):
            short = gap - (moved[above] - moved[below])
            if short > 1e-9:
                moved[below] -= short / 2
                moved[above] += short / 2
                apart = False
        if apart:
            break
    return moved


def doubling_axis(axes, values):
    """A log axis with a tick for each of the values, and none between."""
    axes.set_xscale("log", base=2)
    axes.set_xticks(values, [f"{value:,}" for value in values])
    axes.minorticks_off()


def plain_log_axis(axis):
    """Decimal numbers instead of powers of ten."""
    axis.set_major_formatter(lambda value, _: f"{value:,.10g}")
    axis.set_minor_formatter(lambda *_: "")


def draw_band(axes, places, summaries, colour, label, style="-o"):
    """Medians, and a band from the least to the most of the rounds."""
    axes.plot(places, [row["median"] for row in summaries], style, color=colour, label=label)
    axes.fill_between(places, [row["min"] for row in summaries], [row["max"] for row in summaries],
                      color=colour, alpha=0.15, linewidth=0)


def legend_above(axes, columns, **options):
    """Where no curve can be, whatever was measured."""
    axes.legend(ncols=columns, loc="lower left", bbox_to_anchor=(0, 1), fontsize=8.5, **options)
