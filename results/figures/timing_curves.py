"""Times and ratios of times by source length."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import fill

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Annotation
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullLocator

from results.figures.style import (
    INTERVAL_MARK,
    LineEnd,
    display_name,
    label_ends,
    legend_above,
    legend_entry,
    line_styles,
    styled,
)

PanelGrid = Sequence[Sequence[tuple[str, pd.DataFrame]]]
"""Rows of panels, each with its title and the rows of its table; one without rows is left out."""
_RATIO_TICKS = (0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.4, 1.7, 2)
"""The ticks of ratios that span less than a factor of four."""


@styled()
def scaling_curves(panels: PanelGrid) -> Figure:
    """Median milliseconds by source length, both axes logarithmic; each line has its name at its end.

    Bars go from `low_seconds` to `high_seconds`, which are nan for a line without bars.
    """
    figure, axes = _length_axes(panels)
    ends = _draw(axes, ("low_seconds", "median_seconds", "high_seconds"), 1e3)
    axes[0][0].yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    figure.supylabel("median time (ms)", fontsize=13)
    if any(rows["low_seconds"].notna().any() for _, rows in axes):
        legend_above(figure, {}, [legend_entry("middle half of the rounds", **INTERVAL_MARK)])
    _name_ends(figure, ends)
    return figure


@styled()
def ratio_intervals(panels: PanelGrid) -> Figure:
    """Time over the baseline's by source length, both axes logarithmic; each line has its name at its end.

    Bars are 95% intervals of the ratio; at 1 a candidate takes as long as its baseline.
    """
    figure, axes = _length_axes(panels)
    ends = _draw(axes, ("ratio_low", "ratio", "ratio_high"), 1.0)
    for ax, _ in axes:
        ax.axhline(1.0, color="#666666", linewidth=1.4, zorder=1)
    low, high = axes[0][0].get_ylim()
    if high > 4 * low:
        axes[0][0].yaxis.set_major_locator(LogLocator(base=2))
    else:
        axes[0][0].yaxis.set_major_locator(FixedLocator(_RATIO_TICKS))
    figure.supylabel("time / time of the baseline\n← faster | slower →", fontsize=13)
    same = legend_entry("same time as the baseline", linewidth=1.4)
    legend_above(figure, {}, [legend_entry("95% interval", **INTERVAL_MARK), same])
    _name_ends(figure, ends)
    return figure


def panel_axes(
    panels: PanelGrid, *, width: float, height: float, margin: float
) -> tuple[Figure, list[tuple[Axes, pd.DataFrame]]]:
    """A figure of titled panels with shared axes, each `width` x `height` inches, and `margin` above and below them.

    Returns the axes with their rows.
    """
    figure = Figure(figsize=(width * len(panels[0]), height * len(panels) + margin))
    grid = figure.subplots(len(panels), len(panels[0]), sharex=True, sharey=True, squeeze=False)
    drawn = []
    for (place, ax), (title, rows) in zip(np.ndenumerate(grid), [one for line in panels for one in line], strict=True):
        if rows.empty:
            ax.remove()
            continue
        # A line break only between the parts of a title.
        title = ", ".join(part.replace(" ", "\u00a0") for part in display_name(title).split(", "))
        ax.set_title(fill(title, int(11 * width)), fontsize=10.5)
        down, across = place
        # The panel at the edge may be left out.
        ax.tick_params(
            labelbottom=all(line[across][1].empty for line in panels[down + 1 :]),
            labelleft=all(left.empty for _, left in panels[down][:across]),
        )
        drawn.append((ax, rows))
    return figure, drawn


def _length_axes(panels: PanelGrid) -> tuple[Figure, list[tuple[Axes, pd.DataFrame]]]:
    """Panels with logarithmic axes, of source lengths below."""
    width, height = (5.2, 2.9) if len(panels[0]) > 1 else (9.0, 3.8)
    figure, axes = panel_axes(panels, width=width, height=height, margin=0.7)
    lengths = sorted({length for _, rows in axes for length in rows["source_length"]})
    for ax, _ in axes:
        # A margin even for a single length; little of it to the right, where the names are.
        ax.set_xlim(lengths[0] / 1.2, lengths[-1] * 1.02 * (lengths[-1] / lengths[0]) ** 0.03)
        ax.set_xscale("log")
        ax.set_yscale("log")
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_minor_locator(NullLocator())
            axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        ax.xaxis.set_major_locator(FixedLocator(lengths))
        ax.tick_params(labelsize=11)
    figure.supxlabel("source length (tokens)", fontsize=13)
    return figure, axes


def _draw(
    axes: list[tuple[Axes, pd.DataFrame]], columns: tuple[str, str, str], unit: float
) -> list[tuple[Axes, list[LineEnd]]]:
    """Draws a line for each candidate from its columns (low, value, high); returns the ends of each panel's lines."""
    styles = line_styles(list(dict.fromkeys(name for _, rows in axes for name in rows["candidate"])))
    ends: list[tuple[Axes, list[LineEnd]]] = []
    for ax, rows in axes:
        ends.append((ax, []))
        for name, line in rows.sort_values("source_length", kind="stable").groupby("candidate", sort=False):
            style = styles[str(name)]
            lengths = line["source_length"].to_numpy(dtype=float)
            low, value, high = unit * line[[*columns]].to_numpy(dtype=float).T
            ax.errorbar(
                lengths,
                value,
                yerr=np.abs([low - value, high - value]),
                color=style.color,
                marker=style.marker,
                linestyle=style.dashes,
                elinewidth=1.6,
            )
            label = f"{name} (against itself)" if columns[1] == "ratio" and name in set(rows["baseline"]) else str(name)
            ends[-1][1].append(LineEnd(label, lengths[-1], value[-1], style.color))
    return ends


def _name_ends(figure: Figure, ends: list[tuple[Axes, list[LineEnd]]]) -> None:
    """Names the lines; dots, not a line that continues, lead from the end of a short line to its name."""
    label_ends(figure, ends)
    for ax, _ in ends:
        for name in ax.findobj(Annotation):
            if name.arrow_patch:
                name.arrow_patch.set(linestyle=":", color="#777777")
