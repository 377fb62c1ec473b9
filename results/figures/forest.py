"""The figure of comparisons: what each changes, seed by seed, with the interval of the mean."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import fill

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from results.figures.style import crowded, drawn_name, legend_above, mark, styled
from results.statistics import Difference

REAL, OPEN = "#0072B2", "#666666"
_WIDTH = 38
"""Letters of a line of a label."""


@dataclass(frozen=True)
class Line:
    """One comparison."""

    label: str
    difference: Difference
    effect: str
    """What stands beside it, in words."""
    real: bool


@styled()
def forest(lines: Sequence[Line], x: str, *, ratio: bool) -> Figure:
    """A line each, the first at the top: a dot for every seed, a marker for the mean (filled where it is real), a bar
    for its interval. Of ratios the axis is logarithmic."""
    figure = Figure(figsize=(10.5, 1.8 + 0.62 * len(lines)))
    ax = figure.subplots()
    for place, line in enumerate(lines):
        color = REAL if line.real else OPEN
        interval, each = line.difference.interval, line.difference.each
        # Equal values lie above one another, in the order of the seeds.
        heights = place + 0.28 * (np.arange(len(each)) / max(1, len(each) - 1) - 0.5)
        ax.plot(each, heights, ".", color=color, markersize=5, alpha=0.45, rasterized=crowded(each))
        if not math.isnan(interval.low):
            ax.plot([interval.low, interval.high], [place, place], color=color, linewidth=2.4)
        ax.plot(
            interval.estimate, place, "D", color=color, markerfacecolor=color if line.real else "white", markersize=8
        )
    ax.axvline(1.0 if ratio else 0.0, color="#000000", linewidth=1.0)
    if ratio:
        ax.set_xscale("log")
        ax.xaxis.set_major_locator(LogLocator(subs=(1, 1.5, 2, 3, 5, 7)))
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        ax.xaxis.set_minor_locator(NullLocator())
    else:
        ax.xaxis.set_major_locator(MaxNLocator(5))
    # A level is not parted from its factor where a label is broken.
    names = [drawn_name(line.label, room=4 * _WIDTH).replace(" = ", "\u00a0=\u00a0") for line in lines]
    ax.set_yticks(range(len(lines)), [fill(name, _WIDTH) for name in names])
    ax.set_ylim(len(lines) - 0.5, -0.5)
    beside = ax.secondary_yaxis("right")
    beside.set_yticks(range(len(lines)), [line.effect for line in lines])
    beside.tick_params(length=0)
    beside.spines["right"].set_visible(False)
    ax.tick_params(axis="y", length=0)
    ax.set_xlabel(drawn_name(x))
    means = {"real": REAL, "not shown": "white"}
    legend_above(
        figure,
        {},
        [
            *(
                mark(f"mean, difference {word}", marker="D", linestyle="none", markerfacecolor=face, markersize=8)
                for word, face in means.items()
            ),
            mark("its 95% interval", linewidth=2.4),
            mark("every seed", marker=".", linestyle="none"),
        ],
    )
    return figure
