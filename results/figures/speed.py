"""Figures of the benchmarks. Each takes rows of one device, thread count, batch and hidden size."""

from __future__ import annotations

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullLocator

from results.figures.style import STYLE, grid, legend_above, looks

DIRECTIONS = {1: "one direction", 2: "two directions"}


@matplotlib.rc_context(STYLE)
def encoder_times(throughput: pd.DataFrame) -> Figure:
    """Time against the baseline's, by source length, both axes logarithmic; a panel for each cell and direction.

    Bars are the 95% intervals of the ratio; at 1 a candidate takes as long as the baseline.
    """
    rows = throughput[throughput["suite"] == "encoder"]
    cells = list(rows["cell"].unique())
    panels = [(cell, directions) for directions in sorted(rows["directions"].unique()) for cell in cells]
    figure, axes = grid(len(panels), len(cells), width=4.0, height=3.5)
    named = looks(list(rows["candidate"].unique()))
    for ax, (cell, directions) in zip(axes, panels, strict=True):
        here = rows[(rows["cell"] == cell) & (rows["directions"] == directions)]
        ax.axhline(1.0, color="#666666", linewidth=1.0)
        for name, look in named.items():
            line = here[here["candidate"] == name].sort_values("source_length")
            bars = np.abs(line[["ratio_low", "ratio_high"]].to_numpy().T - line["ratio"].to_numpy())
            ax.errorbar(
                line["source_length"],
                line["ratio"],
                yerr=bars,
                color=look.color,
                marker=look.marker,
                linestyle=look.dashes,
                elinewidth=1.4,
            )
        ax.set_title(f"{cell}, {DIRECTIONS[directions]}")
        _log_axes(ax, rows["source_length"], (1, 2, 3, 5, 7))
    baseline = rows["baseline"].iloc[0]
    figure.supxlabel("source length (tokens)", fontsize=13)
    figure.supylabel(f"time / time of {baseline}", fontsize=13)
    legend_above(figure, named, [f"{name} (against itself)" if name == baseline else name for name in named])
    return figure


@matplotlib.rc_context(STYLE)
def score_times(throughput: pd.DataFrame) -> Figure:
    """Median milliseconds by source length, both axes logarithmic: a panel for one step, one for a whole target."""
    rows = throughput[throughput["suite"] == "score"]
    step = rows["target_length"] == 1
    panels = [(title, part) for title, part in (("one step", rows[step]), ("a whole target", rows[~step])) if len(part)]
    figure, axes = grid(len(panels), 2, width=6.0, height=4.8)
    named = looks(list(rows["candidate"].unique()))
    for ax, (title, part) in zip(axes, panels, strict=True):
        for name, look in named.items():
            line = part[part["candidate"] == name].sort_values("source_length")
            ax.plot(
                line["source_length"],
                line["median_seconds"] * 1e3,
                color=look.color,
                marker=look.marker,
                linestyle=look.dashes,
            )
        ax.set_title(title)
        _log_axes(ax, rows["source_length"], (1, 2, 5))
    figure.supxlabel("source length (tokens)", fontsize=13)
    figure.supylabel("median time (ms)", fontsize=13)
    legend_above(figure, named, named)
    return figure


@matplotlib.rc_context(STYLE)
def training_times(throughput: pd.DataFrame) -> Figure:
    """Median milliseconds of a training step, a bar for each candidate, with its ratio to the baseline and interval.

    A panel for each source length; the panels have scales of their own.
    """
    rows = throughput[throughput["suite"] == "training"]
    names = list(rows["candidate"].unique())
    named = looks(names)
    lengths = sorted(rows["source_length"].unique())
    figure = Figure(figsize=(max(7.0, 4.3 * len(lengths)), 1.6 + 0.6 * len(names)))
    axes = list(figure.subplots(1, len(lengths), sharey=True, squeeze=False).flat)
    for ax, length in zip(axes, lengths, strict=True):
        here = rows[rows["source_length"] == length].set_index("candidate")
        times = here["median_seconds"] * 1e3
        for place, name in enumerate(names):
            if name not in here.index:  # its test failed, and the others' rows were written all the same
                continue
            row = here.loc[name]
            ax.barh(place, times[name], height=0.6, color=named[name].color, alpha=0.85)
            ratio = f"{row['ratio']:.2f} [{row['ratio_low']:.2f}, {row['ratio_high']:.2f}]"
            ax.annotate(
                ratio, (times[name], place), xytext=(5, 0), textcoords="offset points", va="center", fontsize=12
            )
        ax.set_xlim(0, times.max() * 1.75)
        ax.set_title(f"sources up to {length}")
        ax.grid(visible=False, axis="y")
    axes[0].set_yticks(range(len(names)), names)
    axes[0].invert_yaxis()
    figure.supxlabel(
        f"median time of a training step (ms); beside it the ratio to {rows['baseline'].iloc[0]}", fontsize=13
    )
    return figure


def _log_axes(ax: Axes, lengths: pd.Series[int], ticks: tuple[int, ...]) -> None:
    """Logarithmic axes with plain numbers: the measured lengths below, the ticks of each decade at the side."""
    ax.set_xlim(lengths.min() / 1.2, lengths.max() * 1.2)  # a margin also where there is but one length
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.xaxis.set_major_locator(FixedLocator(sorted(lengths.unique())))
    ax.yaxis.set_major_locator(LogLocator(subs=ticks))
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_minor_locator(NullLocator())
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
