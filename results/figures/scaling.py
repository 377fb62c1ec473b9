"""The figure of a scaling: how the time of each candidate grows with length."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from results.analysis.timing_suites import slope
from results.figures.length_axes import length_panels, log_side
from results.figures.style import dark, legend_above, looks, styled

_HEIGHT = 3.9
"""Of a panel, in inches; about three quarters of it are its axes."""
_LETTERS = 11
"""The size of a slope's letters, in points."""


@styled()
def scaling_curves(panels: list[tuple[str, pd.DataFrame]], columns: int) -> Figure:
    """Median milliseconds by source length, both axes logarithmic; a panel for each titled part of the rows.

    At the end of each line stands its slope (see `slope`).
    """
    figure, axes = length_panels(panels, columns, width=5.2 if columns > 1 else 9.0, height=_HEIGHT)
    names = list(dict.fromkeys(name for _, rows in panels for name in rows["candidate"]))
    named = looks(names)
    ends: list[list[tuple[float, float, str, str]]] = []
    for ax, (_, rows) in zip(axes, panels, strict=True):
        ends.append([])
        for name, line in rows.groupby("candidate", sort=False):
            look, line = named[str(name)], line.sort_values("source_length")
            lengths, times = line["source_length"], line["median_seconds"] * 1e3
            ax.plot(lengths, times, color=look.color, marker=look.marker, linestyle=look.dashes)
            found = slope(line)
            if not math.isnan(found):
                ends[-1].append((times.iloc[-1], lengths.iloc[-1], f"{found:.2f}", dark(look.color)))
        log_side(ax, (1, 2, 5))
    longest = max(rows["source_length"].max() for _, rows in panels)
    axes[0].set_xlim(right=longest * 1.6)  # room for the slopes
    for ax, labels in zip(axes, ends, strict=True):
        _write_apart(ax, labels)
    figure.supylabel("median time (ms)", fontsize=13)
    legend_above(figure, named, [])
    return figure


def _write_apart(ax: Axes, labels: list[tuple[float, float, str, str]]) -> None:
    """Writes each (y, x, text, colour) beside its point, moved up where it would lie on the one below."""
    low, high = np.log10(ax.get_ylim())
    room = 1.15 * _LETTERS / 72 / (0.75 * _HEIGHT) * (high - low)
    top = -np.inf
    for y, x, text, color in sorted(labels):
        top = max(np.log10(y), top + room)
        ax.annotate(
            text, (x, 10**top), xytext=(7, 0), textcoords="offset points", va="center", fontsize=_LETTERS, color=color
        )
