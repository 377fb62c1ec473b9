"""Learning curves, and accuracy by length."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from results.analysis.seed_curves import Curves
from results.figures.arm_panels import Curve, arm_panels
from results.figures.style import INTERVAL_MARK, LineStyle, display_name, legend_entry, needs_raster, opacity, styled


@styled()
def learning_curves(curves: Curves, baseline: str) -> Figure:
    """Free-running Levenshtein accuracy against the training step; panels as in `arm_panels`.

    For each arm the mean over seeds with its 95% interval, and a thin line for every seed. A cross marks the last point
    of a seed that ends early because it diverged.
    """
    figure, axes = _learning(curves, baseline)
    for ax in axes:
        ax.axhline(0.99, color="#666666", linewidth=1.0, linestyle=(0, (1, 2)))
    _accuracy_axes(figure, axes, "training step", "Levenshtein accuracy")
    return figure


@styled()
def extra_metric_curves(curves: Curves, baseline: str, published: Sequence[Mapping[str, Any]]) -> Figure:
    """The same for an extra metric of the study.

    In a panel of a single arm, a star with a bar from low to high marks each published value of that arm.
    """
    figure, axes = _learning(curves, baseline)
    for ax in axes:
        arm = ax.get_title().split("\n")[0]
        for point in published:
            at = curves.runs[(curves.runs["arm"] == point["arm"]) & (curves.runs["epoch"] == point["epoch"])]
            if display_name(point["arm"]) == arm and point["figure"] == curves.metric and len(at):
                step = at["step"].iloc[0]
                ax.vlines(step, point["low"], point["high"], color="#000000", linewidth=2.2, zorder=5)
                ax.plot(step, (point["low"] + point["high"]) / 2, "*", color="#000000", markersize=11, zorder=5)
    _accuracy_axes(figure, axes, "training step", curves.metric)
    return figure


def _learning(curves: Curves, baseline: str) -> tuple[Figure, list[Axes]]:
    marks = [
        legend_entry("mean over seeds"),
        Patch(facecolor="#444444", alpha=0.25, label="its 95% interval"),
        legend_entry("every seed", linewidth=0.8),
    ]
    figure, panels = arm_panels(curves, baseline, marks)
    for ax, drawn in panels:
        last = max(curve.curves.runs["step"].max() for curve in drawn if len(curve.curves.runs))
        for curve in drawn:
            _learning_curve(ax, curve, last)
        ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    return figure, [ax for ax, _ in panels]


def _learning_curve(ax: Axes, curve: Curve, last: int) -> None:
    color, runs, means, metric = curve.style.color, curve.curves.runs, curve.curves.means, curve.curves.metric
    seeds = runs.groupby("seed")
    lines = [run[["step", metric]].to_numpy(dtype=float) for _, run in seeds]
    style: dict[str, Any] = {"colors": color, "linewidths": 0.8, "alpha": opacity(len(lines))}
    ax.add_collection(LineCollection(lines, **style, rasterized=needs_raster(runs)))
    ends = seeds.tail(1)
    early = ends[ends["step"] < last]
    if len(early):
        ax.plot(early["step"], early[metric], "x", color=color, markersize=9, markeredgewidth=2, zorder=4)
    every = max(1, len(means) // 8)
    ax.fill_between(means["step"], means["low"], means["high"], color=color, alpha=0.2, linewidth=0)
    ax.plot(means["step"], means["estimate"], **_line(curve.style), markevery=(int(curve.phase * every), every))


@styled()
def accuracy_by_length(curves: Curves, baseline: str) -> Figure:
    """Free-running Levenshtein accuracy at the end against the target's length; panels as in `learning_curves`.

    For each arm the mean over seeds with its 95% interval, and a dot for every seed; arms are side by side.
    """
    marks = [
        legend_entry("mean over seeds", marker="o", markersize=6, linewidth=1.2),
        legend_entry("its 95% interval", **INTERVAL_MARK),
        legend_entry("every seed", marker=".", markersize=4, linestyle="none"),
    ]
    figure, panels = arm_panels(curves, baseline, marks)
    for ax, drawn in panels:
        lengths = np.unique(np.concatenate([curve.curves.means["length"] for curve in drawn]))
        gap = float(np.diff(lengths).min()) if lengths.size > 1 else 1.0
        for curve in drawn:
            shift = gap * 0.6 * (curve.phase + 0.5 / len(drawn) - 0.5)
            color, runs, means = curve.style.color, curve.curves.runs, curve.curves.means
            dots: dict[str, Any] = {"color": color, "markersize": 4, "alpha": opacity(runs["seed"].nunique())}
            ax.plot(runs["length"] + shift, runs[curve.curves.metric], ".", **dots, rasterized=needs_raster(runs))
            x = means["length"] + shift
            ax.vlines(x, means["low"], means["high"], color=color, linewidth=2.2)
            ax.plot(x, means["estimate"], **{**_line(curve.style), "linewidth": 1.2, "markersize": 6})
        ax.xaxis.set_major_locator(MaxNLocator(12 if len(panels) == 1 else 6, integer=True))
    _accuracy_axes(figure, [ax for ax, _ in panels], "target length (letters)", "Levenshtein accuracy")
    return figure


def _line(style: LineStyle) -> dict[str, Any]:
    return {"color": style.color, "linestyle": style.dashes, "marker": style.marker}


def _accuracy_axes(figure: Figure, axes: list[Axes], x: str, y: str) -> None:
    lowest = min(ax.dataLim.y0 for ax in axes)
    for ax in axes:
        ax.set_ylim(max(0.0, np.floor(lowest * 10) / 10) - 0.02, 1.03)
    figure.supxlabel(x, fontsize=13)
    figure.supylabel(display_name(y), fontsize=13)
