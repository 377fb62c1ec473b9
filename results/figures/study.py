"""Figures of a study: how arms learn, what length does to them, and where they look."""

from __future__ import annotations

from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from results.figures.style import STYLE, Look, grid, legend_above, looks
from results.levels import label, split_levels
from results.statistics import mean_interval

ACCURACY = "levenshtein_accuracy"


@matplotlib.rc_context(STYLE)
def learning_curves(convergence: pd.DataFrame) -> Figure:
    """Free-running Levenshtein accuracy against the training step; a panel for each combination of levels.

    For each arm the mean over seeds with its 95% interval, and a thin line for every seed; a seed whose line ends early
    (it diverged) is marked with a cross at its last point.
    """
    panels = list(split_levels(convergence))
    figure, axes = grid(len(panels), 2, width=9.0 if len(panels) == 1 else 6.0, height=4.8 if len(panels) == 1 else 4.2)
    named = looks(list(convergence["arm"].unique()))
    for ax, (levels, rows) in zip(axes, panels, strict=True):
        for place, (arm, look) in enumerate(named.items()):
            _learning_curve(ax, rows[rows["arm"] == arm], look, phase=place / len(named))
        ax.axhline(0.99, color="#666666", linewidth=1.0, linestyle=(0, (1, 2)))
        ax.set_title(label(levels))
        ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    _accuracy_axes(figure, axes, "training step")
    legend_above(figure, named, named)
    return figure


def _learning_curve(ax: Axes, rows: pd.DataFrame, look: Look, *, phase: float) -> None:
    last = rows["step"].max()
    for _, run in rows.groupby("seed"):
        ax.plot(run["step"], run[ACCURACY], color=look.color, linewidth=0.8, alpha=0.35)
        if run["step"].max() < last:
            ax.plot(
                run["step"].iloc[-1],
                run[ACCURACY].iloc[-1],
                "x",
                color=look.color,
                markersize=9,
                markeredgewidth=2,
                zorder=4,
            )
    steps, means, lows, highs = _over_seeds(rows, "step")
    every = max(1, len(steps) // 8)
    ax.fill_between(steps, lows, highs, color=look.color, alpha=0.2, linewidth=0)
    ax.plot(
        steps, means, color=look.color, linestyle=look.dashes, marker=look.marker, markevery=(int(phase * every), every)
    )


@matplotlib.rc_context(STYLE)
def accuracy_by_length(by_length: pd.DataFrame) -> Figure:
    """Free-running Levenshtein accuracy at the end against the source's length; a panel for each combination of levels.

    For each arm the mean over seeds with its 95% interval, and a dot for every seed; arms stand side by side.
    """
    panels = list(split_levels(by_length))
    figure, axes = grid(len(panels), 2, width=9.0 if len(panels) == 1 else 6.0, height=4.8 if len(panels) == 1 else 4.2)
    named = looks(list(by_length["arm"].unique()))
    for ax, (levels, rows) in zip(axes, panels, strict=True):
        lengths = np.unique(rows["length"])
        gap = float(np.diff(lengths).min()) if lengths.size > 1 else 1.0
        for place, (arm, look) in enumerate(named.items()):
            shift = gap * 0.6 * ((place + 0.5) / len(named) - 0.5)
            mine = rows[rows["arm"] == arm]
            ax.plot(mine["length"] + shift, mine[ACCURACY], ".", color=look.color, markersize=4, alpha=0.35)
            x, means, lows, highs = _over_seeds(mine, "length")
            ax.vlines(x + shift, lows, highs, color=look.color, linewidth=2.2)
            ax.plot(
                x + shift,
                means,
                color=look.color,
                linestyle=look.dashes,
                linewidth=1.2,
                marker=look.marker,
                markersize=6,
            )
        ax.set_title(label(levels))
        ax.xaxis.set_major_locator(MaxNLocator(12, integer=True))
    _accuracy_axes(figure, axes, "source length (letters)")
    legend_above(figure, named, named)
    return figure


@matplotlib.rc_context(STYLE)
def alignments(alignments: pd.DataFrame) -> Figure:
    """Attention weights of one example a panel, of each arm's lowest seed; squares mark the anti-diagonal.

    A model that inverts by looking at the letter it is about to write has its weight there.
    """
    panels = [
        (", ".join(filter(None, [str(arm), label(levels)])), rows[rows["seed"] == rows["seed"].min()])
        for levels, at_levels in split_levels(alignments)
        for arm, rows in at_levels.groupby("arm", sort=False)
    ]
    columns = min(3, len(panels))
    rows_of_panels = -(-len(panels) // columns)
    figure = Figure(figsize=(max(6.0, 4.2 * columns), 4.4 * rows_of_panels))
    axes = list(figure.subplots(rows_of_panels, columns, squeeze=False).flat)
    for ax, (title, rows) in zip(axes, panels, strict=False):
        image = _heat_map(ax, rows)
        ax.set_title(title)
    for unused in axes[len(panels) :]:
        unused.remove()
    figure.colorbar(image, ax=axes[: len(panels)], label="attention weight", shrink=0.8)
    figure.supxlabel("source letter and position", fontsize=13)
    figure.supylabel("predicted letter and position", fontsize=13)
    return figure


def _heat_map(ax: Axes, rows: pd.DataFrame) -> Any:
    weights = rows.pivot(index="target_position", columns="source_position", values="weight").sort_index()
    source = rows.groupby("source_position")["source"].first()
    predicted = rows.groupby("target_position")["predicted"].first()
    size = len(source)
    extent = (0.5, size + 0.5, len(predicted) + 0.5, 0.5)
    image = ax.imshow(weights, cmap="Blues", vmin=0, vmax=1, extent=extent, aspect="auto", interpolation="nearest")
    diagonal = range(1, min(size, len(predicted)) + 1)
    ax.plot(
        [size + 1 - t for t in diagonal],
        diagonal,
        "s",
        mfc="none",
        mec="#D55E00",
        markersize=max(3, 140 / max(size, 10)),
    )
    every = 1 if size <= 20 else 5  # letters have room up to here, numbers of two digits up to 9
    ax.set_xticks(
        source.index[::every],
        [f"{letter}\n{place if size < 10 or place % 5 == 1 else ''}" for place, letter in enumerate(source, start=1)][
            ::every
        ],
    )
    ax.set_yticks(predicted.index[::every], [f"{letter} {place}" for place, letter in predicted.items()][::every])
    ax.tick_params(labelsize=11, length=0)
    ax.grid(visible=False)
    ax.spines[:].set_visible(False)
    return image


def _over_seeds(rows: pd.DataFrame, x: str) -> tuple[Any, Any, Any, Any]:
    """x, and over seeds the mean accuracy and the ends of its interval there, as arrays."""
    groups = list(rows.groupby(x))
    intervals = [mean_interval(group[ACCURACY].tolist()) for _, group in groups]
    return (
        np.array([value for value, _ in groups], dtype=float),
        np.array([interval.estimate for interval in intervals]),
        np.array([interval.low for interval in intervals]),
        np.array([interval.high for interval in intervals]),
    )


def _accuracy_axes(figure: Figure, axes: list[Axes], x: str) -> None:
    lowest = min(ax.dataLim.y0 for ax in axes)
    for ax in axes:
        ax.set_ylim(max(0.0, np.floor(lowest * 10) / 10) - 0.02, 1.03)
    figure.supxlabel(x, fontsize=13)
    figure.supylabel("Levenshtein accuracy", fontsize=13)
