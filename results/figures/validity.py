"""The figure of validity: how often the rule is wrong, and what it finds."""

from __future__ import annotations

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from results.figures.style import STYLE, looks
from results.statistics import ALPHA, proportion


@matplotlib.rc_context(STYLE)
def validity(table: pd.DataFrame) -> Figure:
    """Two panels: the rate of false alarms by scenario and number of seeds, with intervals; and the power against the
    number of seeds, a line for each effect of each scenario, named at its end."""
    figure = Figure(figsize=(14.0, 6.2))
    alarms, power = figure.subplots(1, 2, width_ratios=(1, 1.15))
    scenarios = [str(name) for name in table["scenario"].unique()]
    named = looks(scenarios)
    _alarms(alarms, table[table["found"].isna()], scenarios)
    for scenario in scenarios:
        rows = table[(table["scenario"] == scenario) & table["found"].notna()]
        for effect, line in rows.groupby("effect", sort=False):
            look = named[scenario]
            shares = line["found"].astype(float) / line["draws"]
            power.plot(line["seeds"], shares, color=look.color, marker=look.marker, linestyle=look.dashes)
            power.annotate(
                f" {scenario} {effect:g}", (line["seeds"].iloc[-1], shares.iloc[-1]), fontsize=10, va="center"
            )
    power.set_xlim(right=table["seeds"].max() * 1.45)
    power.set_xticks(sorted(table["seeds"].unique()))
    power.set_xlabel("seeds")
    power.set_ylabel("studies in which the effect was found")
    power.yaxis.set_major_formatter(PercentFormatter(1.0))
    return figure


def _alarms(ax: Axes, table: pd.DataFrame, scenarios: list[str]) -> None:
    seeds = sorted(table["seeds"].unique())
    for number, n in enumerate(seeds):
        rows = table[table["seeds"] == n]
        rates = [proportion(int(a), int(d)) for a, d in zip(rows["false_alarms"], rows["draws"], strict=True)]
        heights = np.array([scenarios.index(name) for name in rows["scenario"]]) + 0.22 * (
            number - (len(seeds) - 1) / 2
        )
        ax.hlines(heights, [rate.low for rate in rates], [rate.high for rate in rates], color="#0072B2", linewidth=2)
        ax.plot([rate.estimate for rate in rates], heights, "osD^v"[number % 5], color="#0072B2", label=f"{n} seeds")
    ax.axvline(ALPHA, color="#000000", linestyle=":", linewidth=1.4)
    ax.set_yticks(range(len(scenarios)), scenarios)
    ax.set_ylim(len(scenarios) - 0.5, -0.5)
    ax.set_xlim(left=0.0)
    ax.set_xlabel("studies with a false alarm, nothing differing")
    ax.xaxis.set_major_formatter(PercentFormatter(1.0))
    ax.legend(loc="lower right", frameon=True)
