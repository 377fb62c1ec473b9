"""The figure of arrivals: how many of an arm's runs have got to the threshold by which step."""

from __future__ import annotations

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from results.figures.arm_panels import arm_panels
from results.figures.style import STYLE


@matplotlib.rc_context(STYLE)
def arrival_curves(runs: pd.DataFrame, baseline: str) -> Figure:
    """The share of an arm's runs that have arrived, against the training step: one less the Kaplan-Meier curve, as all
    runs that never arrive are censored at their end. A marker for every run that arrives; panels as in
    `learning_curves`. Failed runs are left out, and are no part of a share."""
    went = runs[runs["status"] != "failed"]
    figure, panels = arm_panels(went, baseline)
    horizon = float(went["steps"].max())
    for ax, curves in panels:
        for curve in curves:
            steps = np.sort(curve.rows["steps_to_99"].dropna().to_numpy(dtype=float))
            shares = np.arange(1, steps.size + 1) / max(1, len(curve.rows))
            ax.step(
                [0.0, *steps, horizon],
                [0.0, *shares, shares[-1] if steps.size else 0.0],
                where="post",
                color=curve.look.color,
                linestyle=curve.look.dashes,
            )
            ax.plot(steps, shares, linestyle="", marker=curve.look.marker, color=curve.look.color)
        ax.set_ylim(-0.03, 1.05)
        ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    figure.supxlabel("training step", fontsize=13)
    figure.supylabel("share of runs at 99% or more", fontsize=13)
    return figure
