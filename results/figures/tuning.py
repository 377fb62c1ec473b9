"""The value of each trial of a tuning against each searched setting."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from results.figures.arm_panels import PanelPlan, panel_size, panel_title
from results.figures.style import LineStyle, grid, legend_above, legend_entry, legend_line, styled
from results.text import format_setting

_RING: dict[str, Any] = {"marker": "o", "markersize": 17, "markerfacecolor": "none", "linestyle": "none"}
_NO_VALUE: dict[str, Any] = {"marker": "x", "markeredgewidth": 2, "linestyle": "none"}


@styled()
def tuning_values(trials: pd.DataFrame, space: Mapping[str, Any], plan: PanelPlan) -> Figure:
    """A panel for each setting and each panel of the plan; the settings of a panel of the plan are side by side.

    `trials` has a row for each trial; `space` maps each setting to its distribution, as in the provenance.
    """
    joined = len(space) == 1 and not any("choices" in drawn_from["attributes"] for drawn_from in space.values())
    panels = [(group, levels, setting) for group, levels in plan for setting in space]
    # The names stand in one legend above if all panels have the same.
    named = plan.shared if len(space) == 1 else {}
    columns = len(space) if len(space) > 1 else plan.columns
    figure, axes = grid(len(panels), columns, panel_size(plan, len(panels)), sharex=False)  # each has its own settings
    for ax, (group, levels, setting) in zip(axes, panels, strict=True):
        drawn_from = space[setting]["attributes"]
        _scale(ax, drawn_from)
        ax.set_xlabel(setting)
        ax.set_title(panel_title(plan, group, levels), fontsize=12 if named else None)
        for arm, style in group.styles.items():
            mine = trials[trials["arm"] == arm]
            for name, level in levels.items():
                mine = mine[mine[name] == level]
            _trials(ax, mine.assign(x=_places(mine[setting], drawn_from)), style, joined=joined)
        if setting == [*space][-1] and not named:
            lines = [legend_line(group.names[arm], style) for arm, style in group.styles.items()]
            ax.legend(handles=lines, loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=12, handlelength=2.4)
    figure.supylabel("value of the trial", fontsize=13)
    outcomes = [
        legend_entry("completed", marker="o", linestyle="none"),
        legend_entry("pruned", marker="o", markerfacecolor="none", linestyle="none"),
        legend_entry("diverged or failed", **_NO_VALUE),
        legend_entry("chosen", **_RING),
    ]
    legend_above(figure, named, outcomes)
    return figure


def _scale(ax: Axes, attributes: Mapping[str, Any]) -> None:
    """Shows the full range of a setting with a margin, so that its ends are visible."""
    if "choices" in attributes:
        choices = [format_setting(choice) for choice in attributes["choices"]]
        ax.set_xticks(range(len(choices)), choices)
        ax.set_xlim(-0.5, len(choices) - 0.5)
    else:
        low, high = attributes["low"], attributes["high"]
        ax.set_xscale("log" if attributes["log"] else "linear")
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        margin = (high / low) ** 0.04 if attributes["log"] else 0.04 * (high - low)
        ax.set_xlim(*((low / margin, high * margin) if attributes["log"] else (low - margin, high + margin)))


def _places(values: pd.Series[Any], attributes: Mapping[str, Any]) -> pd.Series[Any]:
    """The positions of the values on the axis; choices are equally spaced and labelled as in the table."""
    places = {
        key: place
        for place, choice in enumerate(attributes.get("choices", ()))
        for key in (choice, format_setting(choice))
    }
    return values.map(places) if places else values


def _trials(ax: Axes, trials: pd.DataFrame, style: LineStyle, *, joined: bool) -> None:
    """Draws completed trials filled, pruned ones hollow, diverged or failed ones as crosses; a ring is chosen."""
    marks: dict[str, Any] = {"color": style.color, "marker": style.marker, "linestyle": "none"}
    done = trials[trials["outcome"] == "done"].sort_values("x")
    pruned = trials[trials["outcome"] == "pruned"]
    lost = trials[trials["outcome"].isin(["diverged", "failed"])]
    chosen = trials[trials["chosen"] == 1]
    if joined:
        ax.plot(done["x"], done["value"], color=style.color, linestyle=style.dashes, linewidth=1.0, alpha=0.6)
    ax.plot(done["x"], done["value"], **marks)
    ax.plot(pruned["x"], pruned["value"], **marks, markerfacecolor="none", alpha=0.7)
    foot = ax.get_xaxis_transform()  # x in data coordinates, y from 0 to 1 over the height
    ax.plot(lost["x"], [0.03] * len(lost), color=style.color, transform=foot, **_NO_VALUE)
    ax.plot(chosen["x"], chosen["value"], color=style.color, zorder=4, clip_on=False, **_RING)
