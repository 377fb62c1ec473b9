"""False alarms and power of the rule for verdicts."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from results.figures.style import LineStyle, styled
from results.statistics import ALPHA, proportion
from results.tables.column import plural

_STYLES = (LineStyle("#0072B2", "o", "-"), LineStyle("#D55E00", "D", "--"), LineStyle("#009E73", "^", "-."))
"""The styles of a scenario's effects, in order."""
_COLUMNS = 4


@styled()
def validity(table: pd.DataFrame) -> Figure:
    """First a panel of the rate of false alarms by scenario and number of seeds, with intervals, if nothing differs.

    Then a panel for each scenario: the power against the number of seeds, a line for each effect.
    """
    scenarios = [str(name) for name in table["scenario"].unique()]
    rows = -(-(len(scenarios) + 1) // _COLUMNS)
    figure = Figure(figsize=(4.2 * _COLUMNS, 3.9 * rows))
    places = list(figure.subplots(rows, _COLUMNS, squeeze=False).flat)
    for unused in places[len(scenarios) + 1 :]:
        unused.remove()
    _alarms(places[0], table[table["found"].isna()], scenarios)
    for ax, scenario in zip(places[1:], scenarios, strict=False):
        _power(ax, table[(table["scenario"] == scenario) & table["found"].notna()])
        ax.set_title(scenario)
        ax.set_xticks(sorted(table["seeds"].unique()))
    return figure


def _power(ax: Axes, table: pd.DataFrame) -> None:
    for (effect, line), style in zip(table.groupby("effect", sort=False), _STYLES, strict=False):
        rates = [proportion(int(found), int(draws)) for found, draws in zip(line["found"], line["draws"], strict=True)]
        estimates = np.array([rate.estimate for rate in rates])
        ends = np.array([[rate.low, rate.high] for rate in rates]).T
        drawn = {"color": style.color, "marker": style.marker, "linestyle": style.dashes, "label": f"effect {effect:g}"}
        ax.errorbar(line["seeds"], estimates, yerr=np.abs(ends - estimates), **drawn)
    ax.set_ylim(-0.03, 1.03)
    ax.yaxis.set_major_formatter(PercentFormatter(1.0))
    ax.set_xlabel("seeds")
    ax.set_ylabel("effect found")
    ax.legend(fontsize=11, frameon=True, handlelength=2.4)


def _alarms(ax: Axes, table: pd.DataFrame, scenarios: list[str]) -> None:
    seeds = sorted(table["seeds"].unique())
    for number, n in enumerate(seeds):
        rows = table[table["seeds"] == n]
        rates = [proportion(int(a), int(d)) for a, d in zip(rows["false_alarms"], rows["draws"], strict=True)]
        heights = np.array([scenarios.index(name) for name in rows["scenario"]]) + 0.25 * (
            number - (len(seeds) - 1) / 2
        )
        ax.hlines(heights, [rate.low for rate in rates], [rate.high for rate in rates], color="#555555", linewidth=2)
        ax.plot(
            [rate.estimate for rate in rates],
            heights,
            "osD^v"[number % 5],
            color="#555555",
            markersize=6,
            label=plural(int(n), "seed"),
        )
    ax.axvline(ALPHA, color="#000000", linestyle=":", linewidth=1.4)
    ax.set_title("nothing differs")
    ax.set_yticks(range(len(scenarios)), [name.replace(" censored", "\ncensored") for name in scenarios])
    ax.set_ylim(len(scenarios) - 0.5, -0.5)
    ax.set_xlim(0.0, 0.16)
    ax.set_xlabel("studies with a false alarm")
    ax.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    ax.legend(fontsize=10, frameon=True, handlelength=1.0, loc="upper right")
