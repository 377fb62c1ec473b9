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
from results.text import plural

_STYLES = (LineStyle("#0072B2", "o", "-"), LineStyle("#D55E00", "D", "--"), LineStyle("#009E73", "^", "-."))
"""The styles of a scenario's effects, in order."""
_SEED_COLORS = ("#000000", "#555555", "#999999")
_COLUMNS = 3


@styled()
def false_alarms(table: pd.DataFrame) -> Figure:
    """The rate of false alarms by scenario and number of seeds, with intervals, if nothing differs."""
    equals = table[table["found"].isna()]
    figure = Figure(figsize=(7.2, 1.3 + 0.42 * equals["scenario"].nunique()))
    _alarms(figure.subplots(), equals)
    return figure


@styled()
def power(table: pd.DataFrame) -> Figure:
    """A panel for each scenario with effects: the power against the number of seeds, a line for each effect."""
    effects = table[table["found"].notna()]
    scenarios = dict(list(effects.groupby("scenario", sort=False)))
    rows = -(-len(scenarios) // _COLUMNS)
    figure = Figure(figsize=(4.2 * _COLUMNS, 2.8 * rows), layout=ConstrainedLayoutEngine(h_pad=0.1))
    panels = []
    for number, (scenario, of_scenario) in enumerate(scenarios.items()):
        ax = figure.add_subplot(rows, _COLUMNS, number + 1)
        panels.append((ax, _power(ax, of_scenario)))
        ax.set_title(str(scenario))
        ax.set_xticks(sorted(effects["seeds"].unique()))
    figure.supxlabel("seeds", fontsize=13)
    figure.supylabel("studies in which the effect is found", fontsize=13)
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
            clip_on=False,
            zorder=3,
            label=plural(int(n), "seed"),
        )
    ax.axvline(ALPHA, color="#000000", linestyle=":", linewidth=1.4)
    ax.annotate(f"nominal {ALPHA:.0%}", (ALPHA, 1.0), (0, 4), ha="center", fontsize=11,
                xycoords=ax.get_xaxis_transform(), textcoords="offset points")  # fmt: skip
    ax.set_yticks(range(len(scenarios)), [fill(name, 30) for name in scenarios])
    ax.set_ylim(len(scenarios) - 0.5, -0.5)
    ax.set_xlim(left=0.0)
    ax.set_xlabel("studies with a false alarm, if nothing differs")
    ax.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    ax.figure.legend(loc="outside upper right", ncols=len(seeds), handlelength=1.0, fontsize=11)
