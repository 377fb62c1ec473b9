"""The fraction of an arm's runs that have reached the threshold, by training step."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from results.analysis.seed_curves import Curves
from results.figures.arm_panels import Curve, arm_panels
from results.figures.style import needs_raster, styled


@styled()
def time_to_threshold_curves(curves: Curves, baseline: str) -> Figure:
    """The fraction of an arm's runs at 99% against the training step, up to the budget; panels as in `arm_panels`.

    A marker for every run that reaches 99%, a cross for every run that diverges. A diverged run counts as not having
    reached 99%. One minus the Kaplan-Meier estimate would censor it at that step, as if it had learnt like the others;
    the two curves are equal if no run diverges.
    """
    figure, panels = arm_panels(curves, baseline, [])
    for ax, drawn in panels:
        known = [curve for curve in drawn if len(curve.curves.runs)]
        for curve in known:
            _curve(ax, curve, max(float(curve.curves.runs["steps"].max()) for curve in known))
        ax.set_ylim(-0.03, 1.05)
        ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    figure.supxlabel("training step", fontsize=13)
    figure.supylabel("fraction of runs at 99% or more", fontsize=13)
    return figure


def _curve(ax: Axes, curve: Curve, budget: float) -> None:
    runs, style = curve.curves.runs, curve.style
    steps = np.sort(runs["steps_to_99"].dropna().to_numpy(dtype=float))
    reached = np.arange(1, steps.size + 1) / len(runs)
    ends = [0.0, *reached, reached[-1] if steps.size else 0.0]
    ax.step([0.0, *steps, budget], ends, where="post", color=style.color, linestyle=style.dashes)
    ax.plot(steps, reached, linestyle="", marker=style.marker, color=style.color, rasterized=needs_raster(steps))
    diverged = runs.loc[runs["status"] == "diverged", "steps"].to_numpy(dtype=float)
    if diverged.size:
        before = np.searchsorted(steps, diverged, side="right") / len(runs)
        ax.plot(diverged, before, "x", color=style.color, markersize=9, markeredgewidth=2, zorder=4)
