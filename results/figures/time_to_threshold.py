"""The figure of arrivals: how many of an arm's runs have got to the threshold by which step."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from results.analysis.seed_curves import Curves
from results.figures.arm_panels import Curve, arm_panels
from results.figures.style import crowded, styled


@styled()
def arrival_curves(curves: Curves, baseline: str) -> Figure:
    """The share of an arm's runs that have arrived, against the training step, up to the steps that a run of the panel
    has; a marker for every run that arrives, a cross where one diverges; panels as in `learning_curves`.

    A run that diverged never arrives, and stays among those that have not. One less Kaplan-Meier, which would take it
    out of sight, says that it would have done as well as the others; it is the same curve where none diverges.
    """
    figure, panels = arm_panels(curves, baseline, [])
    for ax, drawn in panels:
        known = [curve for curve in drawn if len(curve.arm.runs)]
        for curve in known:
            _arrival_curve(ax, curve, max(float(curve.arm.runs["steps"].max()) for curve in known))
        ax.set_ylim(-0.03, 1.05)
        ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    figure.supxlabel("training step", fontsize=13)
    figure.supylabel("share of runs at 99% or more", fontsize=13)
    return figure


def _arrival_curve(ax: Axes, curve: Curve, horizon: float) -> None:
    runs, look = curve.arm.runs, curve.look
    steps = np.sort(runs["steps_to_99"].dropna().to_numpy(dtype=float))
    shares = np.arange(1, steps.size + 1) / len(runs)
    ends = [0.0, *shares, shares[-1] if steps.size else 0.0]
    ax.step([0.0, *steps, horizon], ends, where="post", color=look.color, linestyle=look.dashes)
    ax.plot(steps, shares, linestyle="", marker=look.marker, color=look.color, rasterized=crowded(steps))
    lost = runs.loc[runs["status"] == "diverged", "steps"].to_numpy(dtype=float)
    if lost.size:
        before = np.searchsorted(steps, lost, side="right") / len(runs)
        ax.plot(lost, before, "x", color=look.color, markersize=9, markeredgewidth=2, zorder=4)
