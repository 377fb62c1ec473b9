"""A value of each arm against the level of a study's factor, such as the time to 99% against the length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from results.figures.arm_panels import ArmGroup
from results.figures.style import INTERVAL_MARK, legend_above, legend_entry, styled


@dataclass(frozen=True)
class LevelPanel:
    title: str
    group: ArmGroup
    points: pd.DataFrame
    """The columns `arm`, `level`, `estimate`, `low`, `high`, and `bound`: whether the value is a lower bound."""


@styled()
def arms_by_level(panels: Sequence[LevelPanel], columns: int, *, level: str, value: str, log: bool) -> Figure:
    """A line for each arm with its 95% intervals; panels share their axes. That of levels is logarithmic if all are
    positive.

    The marker of a lower bound is hollow, and no line joins it to the others, as its value says nothing about a slope.
    `log`: whether the axis of values is logarithmic too.
    """
    rows = -(-len(panels) // columns)
    figure = Figure(figsize=(max(7.0, 4.6 * columns), 0.8 + 3.4 * rows))
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    levels = sorted({at for panel in panels for at in panel.points["level"]})
    for ax, panel in zip(grid.flat, panels, strict=True):
        for arm, points in panel.points.groupby("arm", sort=False):
            style = panel.group.styles[str(arm)]
            at, low, middle, high = points[["level", "low", "estimate", "high"]].to_numpy(dtype=float).T
            bound = points["bound"].to_numpy(dtype=bool)
            ax.plot(at, np.where(bound, np.nan, middle), color=style.color, linestyle=style.dashes)
            bar = {"color": style.color, "elinewidth": 1.6, "linestyle": "none"}
            ax.errorbar(at, middle, yerr=np.nan_to_num(np.abs([low - middle, high - middle])), **bar)
            for hollow in (False, True):
                chosen = bound == hollow
                face = "white" if hollow else style.color
                marker = {"color": style.color, "marker": style.marker, "markerfacecolor": face, "linestyle": "none"}
                ax.plot(at[chosen], middle[chosen], **marker)
        ax.set_title(panel.title, fontsize=12)
        if levels[0] > 0:
            ax.set_xscale("log")
        ax.set_xticks(levels, [f"{one:g}" for one in levels])
        ax.xaxis.set_minor_locator(NullLocator())
        if log:
            ax.set_yscale("log")
            ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            ax.yaxis.set_minor_locator(NullLocator())
            ax.yaxis.set_major_formatter(FuncFormatter(lambda number, _: f"{number:,g}"))
    figure.supxlabel(level, fontsize=13)
    figure.supylabel(value, fontsize=13)
    marks = [legend_entry("95% interval", **INTERVAL_MARK)]
    if any(panel.points["bound"].any() for panel in panels):
        hollow_mark = {"marker": "o", "markerfacecolor": "white", "linestyle": "none"}
        marks.append(legend_entry("lower bound", **hollow_mark))
    named = {name: panel.group.styles[arm] for panel in panels for arm, name in panel.group.names.items()}
    legend_above(figure, named, marks)
    return figure
