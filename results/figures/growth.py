"""How a cost grows with a size: the curves, and their slopes beside those of the work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from results.figures.style import legend_above, legend_entry, line_styles, styled

_ABOVE = "#D55E00"
_WITHIN = "#0072B2"


@dataclass(frozen=True)
class GrowthPanel:
    """The lines over one axis: name -> a table with the columns `size` and `cost`."""

    label: str
    lines: Mapping[str, pd.DataFrame]


@styled()
def growth_curves(panels: Sequence[GrowthPanel], cost: str) -> Figure:
    """The cost by size, both axes logarithmic, a panel for each axis and one line for each name."""
    styles = line_styles(list(dict.fromkeys(name for panel in panels for name in panel.lines)))
    figure = Figure(figsize=(max(7.0, 4.6 * len(panels)), 4.6))
    for ax, panel in zip(figure.subplots(1, len(panels), sharey=True, squeeze=False)[0], panels, strict=True):
        for name, points in panel.lines.items():
            style = styles[name]
            ax.plot(points["size"], points["cost"], color=style.color, marker=style.marker, linestyle=style.dashes)
        ax.set_xscale("log")
        ax.set_yscale("log")
        sizes = sorted({size for points in panel.lines.values() for size in points["size"]})
        ax.set_xticks(sizes, [f"{size:,}" for size in sizes], rotation=30 if len(sizes) > 5 else 0)
        ax.xaxis.set_minor_locator(NullLocator())
        ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        ax.yaxis.set_minor_locator(NullLocator())
        ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        ax.set_xlabel(panel.label)
    figure.supylabel(cost, fontsize=13)
    legend_above(figure, styles, [])
    return figure


@styled()
def slope_intervals(panels: Mapping[str, pd.DataFrame]) -> Figure:
    """The slope of each line with its interval, and beside it the slope of the work; a panel for each axis.

    The tables have the columns `name`, `slope`, `low`, `high`, `work` and `above`: whether the line grows faster than
    its work, which changes its colour.
    """
    names = list(dict.fromkeys(name for rows in panels.values() for name in rows["name"]))
    figure = Figure(figsize=(3.0 + 3.2 * len(panels), 1.6 + 0.34 * len(names)))
    for ax, (label, rows) in zip(
        figure.subplots(1, len(panels), sharey=True, squeeze=False)[0], panels.items(), strict=True
    ):
        heights = [names.index(name) for name in rows["name"]]
        low, slope, high = rows[["low", "slope", "high"]].to_numpy(dtype=float).T
        ax.plot(rows["work"], heights, marker="|", markersize=14, markeredgewidth=2.4, color="#444444", linestyle="")
        for above, color, marker in ((False, _WITHIN, "o"), (True, _ABOVE, "D")):
            chosen = rows["above"].to_numpy(dtype=bool) == above
            reach = np.abs([low - slope, high - slope])[:, chosen]
            drawn = {"color": color, "marker": marker, "linestyle": "", "elinewidth": 1.6}
            ax.errorbar(slope[chosen], np.array(heights)[chosen], xerr=reach, **drawn)
        ax.set_title(label, fontsize=12)
        ax.set_xlim(left=min(0.0, *slope, *rows["work"]))
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.5, -0.5)
    figure.supxlabel("slope: the exponent of the growth", fontsize=13)
    legend_above(
        figure,
        {},
        [
            legend_entry("time", marker="o", linestyle="none", color=_WITHIN),
            legend_entry("time that grows faster than the work", marker="D", linestyle="none", color=_ABOVE),
            legend_entry("work", marker="|", markersize=14, markeredgewidth=2.4, linestyle="none"),
        ],
    )
    return figure
