"""Times and ratios of times by source length."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullLocator

from results.analysis.timing_suites import slope
from results.figures.style import (
    INTERVAL_MARK,
    darken,
    display_name,
    grid,
    legend_above,
    legend_entry,
    line_styles,
    styled,
)

_HEIGHT = 3.9
"""The height of a panel in inches; its axes take about three quarters of it."""
_FONT_SIZE = 11
"""The size of a slope's text, in points."""


@styled()
def scaling_curves(panels: list[tuple[str, pd.DataFrame]], columns: int) -> Figure:
    """Median milliseconds by source length, both axes logarithmic; a panel for each titled group of rows.

    The number at the end of each line is its slope (see `slope`).
    """
    figure, axes = length_panels(panels, columns, width=5.2 if columns > 1 else 9.0, height=_HEIGHT)
    names = list(dict.fromkeys(name for _, rows in panels for name in rows["candidate"]))
    styles = line_styles(names)
    ends: list[list[tuple[float, float, str, str]]] = []
    for ax, (_, rows) in zip(axes, panels, strict=True):
        ends.append([])
        for name, line in rows.groupby("candidate", sort=False):
            style, line = styles[str(name)], line.sort_values("source_length")
            lengths, times = line["source_length"], line["median_seconds"] * 1e3
            ax.plot(lengths, times, color=style.color, marker=style.marker, linestyle=style.dashes)
            exponent = slope(line)
            if not math.isnan(exponent):
                ends[-1].append((times.iloc[-1], lengths.iloc[-1], f"{exponent:.2f}", darken(style.color)))
        log_y_axis(ax, (1, 2, 5))
    longest = max(rows["source_length"].max() for _, rows in panels)
    axes[0].set_xlim(right=longest * 1.6)  # room for the slopes
    for ax, labels in zip(axes, ends, strict=True):
        _write_apart(ax, labels)
    figure.supylabel("median time (ms)", fontsize=13)
    legend_above(figure, styles, [])
    return figure


@styled()
def ratio_intervals(panels: list[tuple[str, pd.DataFrame]], columns: int) -> Figure:
    """Time over the baseline's by source length, both axes logarithmic; a panel for each titled group of rows.

    Bars are 95% intervals of the ratio; at 1 a candidate takes as long as its baseline.
    """
    figure, axes = length_panels(panels, columns, width=5.2 if columns > 1 else 9.0, height=3.9)
    names = list(dict.fromkeys(name for _, rows in panels for name in rows["candidate"]))
    baselines = {name for _, rows in panels for name in rows["baseline"]}
    styles = line_styles(names)
    for ax, (_, rows) in zip(axes, panels, strict=True):
        ax.axhline(1.0, color="#666666", linewidth=1.0)
        for name, line in rows.groupby("candidate", sort=False):
            style, line = styles[str(name)], line.sort_values("source_length")
            ax.errorbar(
                line["source_length"],
                line["ratio"],
                yerr=np.abs(line[["ratio_low", "ratio_high"]].to_numpy().T - line["ratio"].to_numpy()),
                color=style.color,
                marker=style.marker,
                linestyle=style.dashes,
                elinewidth=1.4,
            )
        log_y_axis(ax, (1, 1.5, 2, 3, 5, 7))
    figure.supylabel("time / time of the baseline", fontsize=13)
    labels = {f"{name} (against itself)" if name in baselines else name: style for name, style in styles.items()}
    legend_above(figure, labels, [legend_entry("95% interval", **INTERVAL_MARK)])
    return figure


def length_panels(
    panels: list[tuple[str, pd.DataFrame]], columns: int, *, width: float, height: float
) -> tuple[Figure, list[Axes]]:
    """A figure of titled panels with a shared logarithmic axis of source lengths; sizes in inches."""
    figure, axes = grid(len(panels), columns, width=width, height=height)
    lengths = sorted({length for _, rows in panels for length in rows["source_length"]})
    for ax, (title, _) in zip(axes, panels, strict=True):
        ax.set_title(display_name(title), fontsize=11)
        ax.set_xlim(lengths[0] / 1.2, lengths[-1] * 1.2)  # a margin even for a single length
        ax.set_xscale("log")
        ax.xaxis.set_major_locator(FixedLocator(lengths))
        ax.xaxis.set_minor_locator(NullLocator())
        ax.xaxis.set_major_formatter(FuncFormatter(plain_number))
    figure.supxlabel("source length (tokens)", fontsize=13)
    return figure, axes


def log_y_axis(ax: Axes, ticks: tuple[float, ...]) -> None:
    """Makes the y axis logarithmic, with plain numbers at these ticks of each decade."""
    ax.set_yscale("log")
    ax.yaxis.set_major_locator(LogLocator(subs=ticks))
    ax.yaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_major_formatter(FuncFormatter(plain_number))


def plain_number(value: float, _: int) -> str:
    """A tick label without an exponent."""
    return f"{value:g}"


def _write_apart(ax: Axes, labels: list[tuple[float, float, str, str]]) -> None:
    """Writes each (y, x, text, colour) beside its point, moved up if it would overlap the text below."""
    low, high = np.log10(ax.get_ylim())
    room = 1.15 * _FONT_SIZE / 72 / (0.75 * _HEIGHT) * (high - low)
    top = -np.inf
    for y, x, text, color in sorted(labels):
        top = max(np.log10(y), top + room)
        ax.annotate(
            text, (x, 10**top), xytext=(7, 0), textcoords="offset points", va="center", fontsize=_FONT_SIZE, color=color
        )
