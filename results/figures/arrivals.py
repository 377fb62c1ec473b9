"""The figure of arrivals: how many of an arm's runs have got to the threshold by which step."""

from __future__ import annotations

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from results.curves import Curves
from results.figures.arm_panels import arm_panels
from results.figures.style import STYLE


@matplotlib.rc_context(STYLE)
def arrival_curves(curves: Curves, baseline: str) -> Figure:
    """The share of an arm's runs that have arrived, against the training step: one less the Kaplan-Meier curve, as all
    runs that never arrive are censored at their end. A marker for every run that arrives; panels as in
    `learning_curves`."""
    figure, panels = arm_panels(curves, baseline, [])
    horizon = float(curves.runs["steps"].max())
    for ax, drawn in panels:
        for curve in drawn:
            runs = curve.arm.runs
            steps = np.sort(runs["steps_to_99"].dropna().to_numpy(dtype=float))
            shares = np.arange(1, steps.size + 1) / max(1, len(runs))
            look = curve.look
            ends = [0.0, *shares, shares[-1] if steps.size else 0.0]
            ax.step([0.0, *steps, horizon], ends, where="post", color=look.color, linestyle=look.dashes)
            ax.plot(steps, shares, linestyle="", marker=look.marker, color=look.color)
        ax.set_ylim(-0.03, 1.05)
        ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    figure.supxlabel("training step", fontsize=13)
    figure.supylabel("share of runs at 99% or more", fontsize=13)
    return figure
