"""Learning curves, the fraction of runs at 99% by training step, and accuracy by length."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, MultipleLocator, NullFormatter, StrMethodFormatter

from results.analysis.study.factor_levels import includes, split_levels
from results.analysis.study.seed_curves import Curves
from results.figures.arm_panels import Curve, PanelPlan, Panels, arm_panels, most_ticks
from results.figures.style import (
    INTERVAL_MARK,
    LineEnd,
    LineStyle,
    display_name,
    label_ends,
    legend_entry,
    needs_raster,
    opacity,
    styled,
)

_MOST_BARS = 24
"""The most lengths of a panel whose bars do not overlap."""
_MARKS_APART = 0.08
"""The distance of two markers of a line, as a part of the diagonal of its panel."""


@styled()
def learning_curves(curves: Curves, plan: PanelPlan, *, log: bool) -> Figure:
    """Free-running Levenshtein accuracy against the training step, on a logarithmic axis if `log`.

    For each arm the mean over seeds with its 95% interval, and a thin line for every seed. A cross marks the last point
    of a seed that ends early because it diverged. A dotted line is at 99%.
    """
    figure, panels = _learning(curves, plan, [], log=log)
    for ax, _ in panels:
        ax.axhline(0.99, color="#666666", linewidth=1.0, linestyle=(0, (1, 2)))
        # Narrow panels have no room at the start of the line.
        ax.text(1.01 if plan.shared else 0.005, 0.99, "99%", transform=ax.get_yaxis_transform(), va="center",
                fontsize=11, color="#444444",
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5})  # fmt: skip
    _accuracy_axes(figure, panels, "training step", "Levenshtein accuracy")
    _name_lines(figure, panels, plan)
    return figure


@styled()
def extra_metric_curves(
    curves: Curves, plan: PanelPlan, published: Sequence[Mapping[str, Any]], *, log: bool
) -> Figure:
    """The same for an extra metric of the study. A star with a bar from low to high marks each published value of the
    levels of a panel."""
    star: dict[str, Any] = {"marker": "*", "markersize": 14, "markeredgecolor": "#000000", "linestyle": "none"}
    figure, panels = _learning(curves, plan, [legend_entry("published value", **star)] if published else [], log=log)
    for (ax, drawn), (_, levels) in zip(panels, plan, strict=True):
        for curve in drawn:
            for point in published:
                if not includes(levels, point["levels"]):
                    continue
                runs = curve.curves.runs
                at = runs.loc[(runs["arm"] == point["arm"]) & (runs["epoch"] == point["epoch"]), "step"]
                if len(at):
                    color, step = curve.style.color, at.iloc[0]
                    ax.vlines(step, point["low"], point["high"], color="#000000", linewidth=2.2, zorder=5)
                    ax.plot(step, (point["low"] + point["high"]) / 2, color=color, zorder=5, **star)
    _accuracy_axes(figure, panels, "training step", curves.metric)
    _name_lines(figure, panels, plan)
    return figure


def _line_marks() -> Iterator[Artist]:
    """Legend entries of `_mean_and_seeds`."""
    yield legend_entry("mean over seeds")
    yield Patch(facecolor="#444444", alpha=0.25, label="its 95% interval")
    yield legend_entry("one seed", linewidth=0.8)


def _learning(curves: Curves, plan: PanelPlan, marks: Sequence[Artist], *, log: bool) -> tuple[Figure, Panels]:
    figure, panels = arm_panels(curves, plan, [*_line_marks(), *marks], sharex=True)
    for ax, drawn in panels:
        last = max(curve.curves.runs["step"].max() for curve in drawn)
        for curve in drawn:
            _learning_curve(ax, curve, last, log=log)
        ax.set_xmargin(0.02)
        ax.xaxis.set_major_locator(MaxNLocator(most_ticks(plan), integer=True, steps=[1, 2, 2.5, 5, 10]))
    if log:
        _log_steps(panels)
    return figure, panels


def _log_steps(panels: Panels) -> None:
    for ax, _ in panels:
        ax.set_xscale("log")
        first, last = ax.get_xlim()
        ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if last < 50 * first else (1,)))
        ax.xaxis.set_major_formatter(FuncFormatter(lambda step, _: f"{step:,g}"))
        ax.xaxis.set_minor_formatter(NullFormatter())


def _learning_curve(ax: Axes, curve: Curve, last: int, *, log: bool) -> None:
    ends = curve.curves.runs.groupby("seed").tail(1)
    early = ends[ends["step"] < last]
    if len(early):
        style: dict[str, Any] = {"markersize": 9, "markeredgewidth": 2, "zorder": 4}
        ax.plot(early["step"], early[curve.curves.metric], "x", color=curve.style.color, **style)
    every = max(1, len(curve.curves.means) // 8)
    # By length on paper, or by point.
    _mean_and_seeds(ax, curve, (0.25 * curve.phase, 0.25) if log else (int(curve.phase * every), every))


def _mean_and_seeds(ax: Axes, curve: Curve, marks: tuple[float, float]) -> None:
    """The mean with its 95% interval as a band, and a thin line for every seed; `marks` as matplotlib's markevery."""
    color, runs, means, x = curve.style.color, curve.curves.runs, curve.curves.means, curve.curves.x
    lines = [_moving(run[[x, curve.curves.metric]].to_numpy(dtype=float)) for _, run in runs.groupby("seed")]
    style: dict[str, Any] = {"colors": color, "linewidths": 0.8, "alpha": opacity(len(lines))}
    ax.add_collection(LineCollection(lines, **style, rasterized=needs_raster(runs)))
    ax.fill_between(means[x], means["low"], means["high"], color=color, alpha=0.2, linewidth=0)
    # matplotlib places no marker along a line of one point.
    ax.plot(means[x], means["estimate"], **_line(curve.style), markevery=marks if len(means) > 1 else None)


def _moving(line: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The points of a line, those within its flat end left out."""
    moves = np.flatnonzero(line[:, 1] != line[-1, 1])
    return np.delete(line, slice(moves[-1] + 2 if moves.size else 1, len(line) - 1), axis=0)


def many_lengths(curves: Curves) -> bool:
    """Whether `accuracy_by_length` draws lines and bands: the dots and bars of all lengths of a panel would overlap."""
    return any(rows["length"].nunique() > _MOST_BARS for _, rows in split_levels(curves.means))


def has_log_lengths(curves: Curves) -> bool:
    """Whether the axis of `accuracy_by_length` is logarithmic, if it has other lengths than the training: from a factor
    of ten between them on. With less, a logarithmic axis has a single number, or none."""
    lengths = curves.means["length"]
    return bool(lengths.max() >= 10 * lengths.min())


@styled()
def accuracy_by_length(curves: Curves, plan: PanelPlan, axis: str, trained: Sequence[tuple[int, int]] | None) -> Figure:
    """A free-running metric at the end against the string's length; panels as in `learning_curves`.

    For each arm the mean over seeds with its 95% interval, and a dot for every seed; arms are side by side. If there
    are `many_lengths`, they are lines and bands as in `learning_curves`. `axis`: the label of the lengths. `trained`:
    the shortest and the longest length of the training at each combination of levels of the plan, if there are others
    here too. The lengths from the one to the other are shaded, and the axis is that of `has_log_lengths`.
    """
    as_lines, log = many_lengths(curves), trained is not None and has_log_lengths(curves)
    marks: list[Artist] = [*_line_marks()] if as_lines else [*_bar_marks()]
    if trained:
        marks.append(Patch(facecolor="#ececec", label="lengths of the training"))
    figure, panels = arm_panels(curves, plan, marks, sharex=False)  # a level may bring its own lengths
    for (ax, drawn), (_, levels) in zip(panels, plan, strict=True):
        if log:
            ax.set_xscale("log")
        if as_lines:
            for curve in drawn:
                _mean_and_seeds(ax, curve, (_MARKS_APART * curve.phase, _MARKS_APART))
        else:
            _side_by_side(ax, drawn, log=log)
        if trained:
            ends = ax.get_xlim()
            ax.axvspan(*trained[plan.levels.index(levels)], color="#ececec", linewidth=0, zorder=0)
            ax.set_xlim(ends)
        if log:
            ax.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
            ax.xaxis.set_minor_formatter(NullFormatter())
        else:
            ax.xaxis.set_major_locator(MaxNLocator(12 if len(panels) == 1 else most_ticks(plan), integer=True))
    _accuracy_axes(figure, panels, axis, curves.metric.replace("_", " ").capitalize(), seeds=True)
    _name_lines(figure, panels, plan)
    return figure


def _bar_marks() -> Iterator[Artist]:
    """Legend entries of `_side_by_side`."""
    yield legend_entry("mean over seeds", marker="o", markersize=6, linewidth=1.2)
    yield legend_entry("its 95% interval", **INTERVAL_MARK)
    yield legend_entry("one seed", marker=".", markersize=4, linestyle="none")


def _side_by_side(ax: Axes, drawn: Sequence[Curve], *, log: bool) -> None:
    """The mean with its 95% interval as a bar, and a dot for every seed; the arms next to each other at each length."""
    scale: Callable[[Any], Any] = np.log if log else lambda lengths: lengths
    back: Callable[[Any], Any] = np.exp if log else lambda places: places
    lengths = np.unique(np.concatenate([curve.curves.means["length"] for curve in drawn]))
    gap = float(np.diff(scale(lengths)).min()) if lengths.size > 1 else 1.0
    for place, curve in enumerate(drawn):
        shift = gap * 0.6 * ((place + 0.5) / len(drawn) - 0.5)
        color, runs, means = curve.style.color, curve.curves.runs, curve.curves.means
        dots: dict[str, Any] = {"color": color, "markersize": 4, "alpha": opacity(runs["seed"].nunique())}
        x = back(scale(runs["length"]) + shift)
        ax.plot(x, runs[curve.curves.metric], ".", **dots, rasterized=needs_raster(runs))
        x = back(scale(means["length"]) + shift)
        ax.vlines(x, means["low"], means["high"], color=color, linewidth=2.2)
        ax.plot(x, means["estimate"], **{**_line(curve.style), "linewidth": 1.2, "markersize": 6})


def _line(style: LineStyle) -> dict[str, Any]:
    return {"color": style.color, "linestyle": style.dashes, "marker": style.marker}


def _accuracy_axes(figure: Figure, panels: Panels, x: str, y: str, *, seeds: bool = False) -> None:
    """The axis begins below all that is drawn; of the thin lines of learning curves a few may run below, unless it is
    for all `seeds`. An extra metric that exceeds 1, such as a perplexity, has matplotlib's axis."""
    drawn = [np.min(line.get_ydata()) for ax, _ in panels for line in ax.lines]
    if seeds:
        drawn += [curve.curves.runs[curve.curves.metric].min() for _, of_panel in panels for curve in of_panel]
    bands = [curve.curves.means["low"].min() for _, of_panel in panels for curve in of_panel]
    lowest = float(np.nanmin([*drawn, *bands]))  # a band of one seed is nan
    highest = max(curve.curves.means["estimate"].max() for _, of_panel in panels for curve in of_panel)
    for ax, _ in panels if highest <= 1 else ():
        ax.set_ylim(max(0.0, np.floor(lowest * 10) / 10) - 0.02, 1.07)
        ax.yaxis.set_major_locator(MultipleLocator(0.1 if lowest > 0.45 else 0.2))
    figure.supxlabel(x, fontsize=13)
    figure.supylabel(display_name(y), fontsize=13)


def _name_lines(figure: Figure, panels: Panels, plan: PanelPlan) -> None:
    """Names each arm at the last point of its mean, unless the legend does."""
    if not plan.shared:
        label_ends(figure, [(ax, [_end(curve) for curve in drawn]) for ax, drawn in panels])


def _end(curve: Curve) -> LineEnd:
    last = curve.curves.means.iloc[-1]
    return LineEnd(curve.name, float(last[curve.curves.x]), float(last["estimate"]), curve.style.color)


@styled()
def time_to_threshold_curves(curves: Curves, plan: PanelPlan, *, log: bool) -> Figure:
    """The fraction of an arm's runs at 99% against the training step, up to the budget; `log` as in `learning_curves`.

    A marker for every run that reaches 99%, a cross for every run that diverges. A diverged run counts as not having
    reached 99%. One minus the Kaplan-Meier estimate would censor it at that step, as if it had learnt like the others;
    the two curves are equal if no run diverges.
    """
    figure, panels = arm_panels(curves, plan, [], sharex=True)
    ends = []
    for ax, drawn in panels:
        budget = max(float(curve.curves.runs["steps"].max()) for curve in drawn)
        ends.append(
            (ax, [LineEnd(curve.name, budget, _reached(ax, curve, budget), curve.style.color) for curve in drawn])
        )
        ax.set_ylim(-0.05, 1.07)
        ax.set_xmargin(0.02)
        ax.xaxis.set_major_locator(MaxNLocator(most_ticks(plan), integer=True, steps=[1, 2, 2.5, 5, 10]))
    if log:
        _log_steps(panels)
    figure.supxlabel("training step", fontsize=13)
    figure.supylabel("fraction of runs at 99%", fontsize=13)
    if not plan.shared:
        label_ends(figure, ends)
    return figure


def _reached(ax: Axes, curve: Curve, budget: float) -> float:
    """Draws the curve and returns its last value."""
    runs, style = curve.curves.runs, curve.style
    steps = np.sort(runs["steps_to_99"].dropna().to_numpy(dtype=float))
    reached = np.arange(1, steps.size + 1) / len(runs)
    values = [0.0, *reached, reached[-1] if steps.size else 0.0]
    ax.step([0.0, *steps, budget], values, where="post", color=style.color, linestyle=style.dashes)
    ax.plot(steps, reached, linestyle="", marker=style.marker, color=style.color, rasterized=needs_raster(steps))
    diverged = runs.loc[runs["status"] == "diverged", "steps"].to_numpy(dtype=float)
    if diverged.size:
        before = np.searchsorted(steps, diverged, side="right") / len(runs)
        ax.plot(diverged, before, "x", color=style.color, markersize=9, markeredgewidth=2, zorder=4)
    return float(values[-1])
