"""False alarms and power of the rule for verdicts."""

from __future__ import annotations

from textwrap import fill

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import PercentFormatter

from results.figures.style import LineEnd, LineStyle, label_ends, styled
from results.statistics import ALPHA, proportion
from results.tables.column import plural

_STYLES = (LineStyle("#0072B2", "o", "-"), LineStyle("#D55E00", "D", "--"), LineStyle("#009E73", "^", "-."))
"""The styles of a scenario's effects, in order."""
_SEED_COLORS = ("#000000", "#555555", "#999999")
_COLUMNS = 3
_ALARM_COLUMNS, _ALARM_ROWS = 2, 2
"""The cells of the grid that the panel of false alarms takes."""


@styled()
def validity(table: pd.DataFrame) -> Figure:
    """First a panel of the rate of false alarms by scenario and number of seeds, with intervals, if nothing differs.

    Then a panel for each scenario with effects: the power against the number of seeds, a line for each effect.
    """
    effects = {
        str(name): rows for name, rows in table[table["found"].notna()].groupby("scenario", sort=False) if len(rows)
    }
    beside = (_COLUMNS - _ALARM_COLUMNS) * _ALARM_ROWS
    rows = _ALARM_ROWS + -(-max(0, len(effects) - beside) // _COLUMNS)
    figure = Figure(figsize=(4.2 * _COLUMNS, 3.1 * rows), layout=ConstrainedLayoutEngine(h_pad=0.1))
    cells = figure.add_gridspec(rows, _COLUMNS)
    _alarms(figure.add_subplot(cells[:_ALARM_ROWS, :_ALARM_COLUMNS]), table[table["found"].isna()])
    free = [
        (row, column)
        for row in range(rows)
        for column in range(_COLUMNS)
        if row >= _ALARM_ROWS or column >= _ALARM_COLUMNS
    ]
    panels = []
    for (row, column), (scenario, of_scenario) in zip(free, effects.items(), strict=False):
        ax = figure.add_subplot(cells[row, column])
        panels.append((ax, _power(ax, of_scenario)))
        ax.set_title(scenario)
        ax.set_xticks(sorted(table["seeds"].unique()))
    label_ends(figure, panels)
    return figure


def _power(ax: Axes, table: pd.DataFrame) -> list[LineEnd]:
    """Draws a line for each effect and returns their ends."""
    lines = []
    for (effect, line), style in zip(table.groupby("effect", sort=False), _STYLES, strict=False):
        rates = [proportion(int(found), int(draws)) for found, draws in zip(line["found"], line["draws"], strict=True)]
        estimates = np.array([rate.estimate for rate in rates])
        ends = np.array([[rate.low, rate.high] for rate in rates]).T
        drawn = {"color": style.color, "marker": style.marker, "linestyle": style.dashes}
        ax.errorbar(line["seeds"], estimates, yerr=np.abs(ends - estimates), **drawn)
        steps = line["primary"].iloc[0] == "steps_to_99"
        name = f"\N{MULTIPLICATION SIGN}{effect:g}" if steps else f"{effect:g} SD"
        lines.append(LineEnd(name, float(line["seeds"].iloc[-1]), float(estimates[-1]), style.color))
    ax.set_ylim(-0.03, 1.03)
    ax.yaxis.set_major_formatter(PercentFormatter(1.0))
    ax.set_xlabel("seeds")
    ax.set_ylabel("effect found")
    return lines


def _alarms(ax: Axes, table: pd.DataFrame) -> None:
    scenarios = [str(name) for name in table["scenario"].unique()]
    seeds = sorted(table["seeds"].unique())
    for number, n in enumerate(seeds):
        rows = table[table["seeds"] == n]
        rates = [proportion(int(a), int(d)) for a, d in zip(rows["false_alarms"], rows["draws"], strict=True)]
        heights = np.array([scenarios.index(name) for name in rows["scenario"]]) + 0.25 * (
            number - (len(seeds) - 1) / 2
        )
        color = _SEED_COLORS[number % len(_SEED_COLORS)]
        ax.hlines(heights, [rate.low for rate in rates], [rate.high for rate in rates], color=color, linewidth=2)
        ax.plot(
            [rate.estimate for rate in rates],
            heights,
            "osD^v"[number % 5],
            color=color,
            markersize=6,
            label=plural(int(n), "seed"),
        )
    ax.axvline(ALPHA, color="#000000", linestyle=":", linewidth=1.4)
    ax.annotate(f"nominal {ALPHA:.0%}", (ALPHA, 1.0), (0, 4), ha="center", fontsize=11,
                xycoords=ax.get_xaxis_transform(), textcoords="offset points")  # fmt: skip
    ax.set_title("nothing differs", loc="left")
    ax.set_yticks(range(len(scenarios)), [fill(name, 18) for name in scenarios])
    ax.set_ylim(len(scenarios) - 0.5, -0.5)
    ax.set_xlim(left=0.0)
    ax.set_xlabel("studies with a false alarm")
    ax.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    ax.legend(handlelength=1.0, loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize=12)
