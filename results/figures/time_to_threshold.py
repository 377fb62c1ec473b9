"""The fraction of an arm's runs that have reached the threshold, by training step."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from results.analysis.seed_curves import Curves
from results.figures.arm_panels import Curve, PanelPlan, arm_panels, most_ticks
from results.figures.style import LineEnd, label_ends, needs_raster, styled


@styled()
def time_to_threshold_curves(curves: Curves, plan: PanelPlan) -> Figure:
    """The fraction of an arm's runs at 99% against the training step, up to the budget.

    A marker for every run that reaches 99%, a cross for every run that diverges. A diverged run counts as not having
    reached 99%. One minus the Kaplan-Meier estimate would censor it at that step, as if it had learnt like the others;
    the two curves are equal if no run diverges.
    """
    figure, panels = arm_panels(curves, plan, [])
    ends = []
    for ax, drawn in panels:
        budget = max(float(curve.curves.runs["steps"].max()) for curve in drawn)
        ends.append(
            (ax, [LineEnd(curve.name, budget, _curve(ax, curve, budget), curve.style.color) for curve in drawn])
        )
        ax.set_ylim(-0.05, 1.07)
        ax.set_xmargin(0.02)
        ax.xaxis.set_major_locator(MaxNLocator(most_ticks(plan), integer=True, steps=[1, 2, 2.5, 5, 10]))
    figure.supxlabel("training step", fontsize=13)
    figure.supylabel("fraction of runs at 99%", fontsize=13)
    if not plan.shared:
        label_ends(figure, ends)
    return figure


def _curve(ax: Axes, curve: Curve, budget: float) -> float:
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
