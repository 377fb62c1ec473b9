"""Forest plot: the effect of each comparison, seed by seed, with the interval of the mean."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import fill

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from results.figures.style import display_name, legend_above, legend_entry, needs_raster, styled
from results.statistics import Difference

SHOWN, NOT_SHOWN = "#0072B2", "#666666"
_WIDTH = 38
"""Characters per line of a label."""


@dataclass(frozen=True)
class ForestRow:
    """One comparison."""

    label: str
    difference: Difference | None
    """None if the comparison is not testable: nothing is drawn in its row."""
    effect: str
    """The effect, or `not testable`, as text at the right margin."""
    shown: bool
    """Whether the verdict is a difference."""


@styled()
def forest(rows: Sequence[ForestRow], x: str, *, ratio: bool) -> Figure:
    """One row per comparison, the first at the top; a logarithmic axis for ratios.

    A dot for every seed, a diamond for the mean (filled if a difference is shown), a bar for its interval.
    """
    figure = Figure(figsize=(10.5, 1.8 + 0.62 * len(rows)))
    ax = figure.subplots()
    for place, row in enumerate(rows):
        if row.difference is None:
            continue
        color = SHOWN if row.shown else NOT_SHOWN
        interval, per_seed = row.difference.interval, row.difference.per_seed
        # Equal values are stacked in the order of the seeds.
        heights = place + 0.28 * (np.arange(len(per_seed)) / max(1, len(per_seed) - 1) - 0.5)
        ax.plot(per_seed, heights, ".", color=color, markersize=5, alpha=0.45, rasterized=needs_raster(per_seed))
        if not math.isnan(interval.low):
            ax.plot([interval.low, interval.high], [place, place], color=color, linewidth=2.4)
        ax.plot(
            interval.estimate, place, "D", color=color, markerfacecolor=color if row.shown else "white", markersize=8
        )
    ax.axvline(1.0 if ratio else 0.0, color="#000000", linewidth=1.0)
    if ratio:
        ax.set_xscale("log")
        ax.xaxis.set_major_locator(LogLocator(subs=(1, 1.5, 2, 3, 5, 7)))
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        ax.xaxis.set_minor_locator(NullLocator())
    else:
        ax.xaxis.set_major_locator(MaxNLocator(5))
    # No line break between a factor and its level.
    names = [display_name(row.label, room=4 * _WIDTH).replace(" = ", "\u00a0=\u00a0") for row in rows]
    ax.set_yticks(range(len(rows)), [fill(name, _WIDTH) for name in names])
    ax.set_ylim(len(rows) - 0.5, -0.5)
    right_axis = ax.secondary_yaxis("right")
    right_axis.set_yticks(range(len(rows)), [row.effect for row in rows])
    right_axis.tick_params(length=0)
    right_axis.spines["right"].set_visible(False)
    ax.tick_params(axis="y", length=0)
    ax.set_xlabel(display_name(x))
    faces = {"shown": SHOWN, "not shown": "white"}
    legend_above(
        figure,
        {},
        [
            *(
                legend_entry(
                    f"mean, difference {word}", marker="D", linestyle="none", markerfacecolor=face, markersize=8
                )
                for word, face in faces.items()
            ),
            legend_entry("its 95% interval", linewidth=2.4),
            legend_entry("every seed", marker=".", linestyle="none"),
        ],
    )
    return figure
