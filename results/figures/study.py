"""Figures of a study: how arms learn, and what length does to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from results.figures.arm_panels import Curve, arm_panels
from results.figures.style import STYLE, Look
from results.statistics import mean_interval

ACCURACY = "levenshtein_accuracy"


@matplotlib.rc_context(STYLE)
def learning_curves(convergence: pd.DataFrame, baseline: str) -> Figure:
    """Free-running Levenshtein accuracy against the training step; a panel for each combination of levels, and where
    there are many arms one for each of them too, the baseline beside it in grey.

    For each arm the mean over seeds with its 95% interval, and a thin line for every seed; a seed whose line ends early
    (it diverged) is marked with a cross at its last point.
    """
    figure, axes = _curves(convergence, baseline, ACCURACY)
    for ax in axes:
        ax.axhline(0.99, color="#666666", linewidth=1.0, linestyle=(0, (1, 2)))
    _accuracy_axes(figure, axes, "training step", "Levenshtein accuracy")
    return figure


@matplotlib.rc_context(STYLE)
def measure_curves(
    convergence: pd.DataFrame, baseline: str, measure: str, published: Sequence[Mapping[str, Any]]
) -> Figure:
    """The same for a measure of the study's own, with a star, and a bar from low to high, for each published point of
    an arm that has a panel to itself."""
    figure, axes = _curves(convergence, baseline, measure)
    for ax in axes:
        arm = ax.get_title().split("\n")[0]
        for point in published:
            at = convergence[(convergence["arm"] == arm) & (convergence["epoch"] == point["epoch"])]
            if point["arm"] == arm and point["figure"] == measure and len(at):
                step = at["step"].iloc[0]
                ax.vlines(step, point["low"], point["high"], color="#000000", linewidth=2.2, zorder=5)
                ax.plot(step, (point["low"] + point["high"]) / 2, "*", color="#000000", markersize=11, zorder=5)
    _accuracy_axes(figure, axes, "training step", measure)
    return figure


def _curves(convergence: pd.DataFrame, baseline: str, measure: str) -> tuple[Figure, list[Axes]]:
    figure, panels = arm_panels(convergence, baseline)
    for ax, curves in panels:
        for curve in curves:
            _learning_curve(ax, curve, measure)
        ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    return figure, [ax for ax, _ in panels]


def _learning_curve(ax: Axes, curve: Curve, measure: str) -> None:
    look = curve.look
    last = curve.rows["step"].max()
    for _, run in curve.rows.groupby("seed"):
        ax.plot(run["step"], run[measure], color=look.color, linewidth=0.8, alpha=0.35)
        if run["step"].max() < last:
            ax.plot(
                run["step"].iloc[-1],
                run[measure].iloc[-1],
                "x",
                color=look.color,
                markersize=9,
                markeredgewidth=2,
                zorder=4,
            )
    steps, means, lows, highs = _over_seeds(curve.rows, "step", measure)
    every = max(1, len(steps) // 8)
    ax.fill_between(steps, lows, highs, color=look.color, alpha=0.2, linewidth=0)
    ax.plot(steps, means, **_drawn(look), markevery=(int(curve.phase * every), every))


@matplotlib.rc_context(STYLE)
def accuracy_by_length(by_length: pd.DataFrame, baseline: str) -> Figure:
    """Free-running Levenshtein accuracy at the end against the source's length; panels as in `learning_curves`.

    For each arm the mean over seeds with its 95% interval, and a dot for every seed; arms stand side by side.
    """
    figure, panels = arm_panels(by_length, baseline)
    for ax, curves in panels:
        lengths = np.unique(np.concatenate([curve.rows["length"] for curve in curves]))
        gap = float(np.diff(lengths).min()) if lengths.size > 1 else 1.0
        for curve in curves:
            shift = gap * 0.6 * (curve.phase + 0.5 / len(curves) - 0.5)
            color = curve.look.color
            ax.plot(curve.rows["length"] + shift, curve.rows[ACCURACY], ".", color=color, markersize=4, alpha=0.35)
            x, means, lows, highs = _over_seeds(curve.rows, "length", ACCURACY)
            ax.vlines(x + shift, lows, highs, color=color, linewidth=2.2)
            ax.plot(x + shift, means, **{**_drawn(curve.look), "linewidth": 1.2, "markersize": 6})
        ax.xaxis.set_major_locator(MaxNLocator(12 if len(panels) == 1 else 6, integer=True))
    _accuracy_axes(figure, [ax for ax, _ in panels], "source length (letters)", "Levenshtein accuracy")
    return figure


def _drawn(look: Look) -> dict[str, Any]:
    return {"color": look.color, "linestyle": look.dashes, "marker": look.marker}


def _over_seeds(rows: pd.DataFrame, x: str, measure: str) -> tuple[Any, Any, Any, Any]:
    """x, and over seeds the mean of the measure and the ends of its interval there, as arrays."""
    groups = list(rows.groupby(x))
    intervals = [mean_interval(group[measure].tolist()) for _, group in groups]
    return (
        np.array([value for value, _ in groups], dtype=float),
        np.array([interval.estimate for interval in intervals]),
        np.array([interval.low for interval in intervals]),
        np.array([interval.high for interval in intervals]),
    )


def _accuracy_axes(figure: Figure, axes: list[Axes], x: str, y: str) -> None:
    lowest = min(ax.dataLim.y0 for ax in axes)
    for ax in axes:
        ax.set_ylim(max(0.0, np.floor(lowest * 10) / 10) - 0.02, 1.03)
    figure.supxlabel(x, fontsize=13)
    figure.supylabel(y, fontsize=13)
