"""The value of each trial of a tuning against each searched setting."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from results.analysis.factor_levels import label, split_levels
from results.figures.arm_panels import MAX_ARMS_PER_PANEL, SINGLE_STYLE
from results.figures.style import LineStyle, display_name, legend_above, legend_entry, line_styles, styled
from results.tables.column import format_setting

_RING: dict[str, Any] = {"marker": "o", "markersize": 17, "markerfacecolor": "none", "linestyle": "none"}
_NO_VALUE: dict[str, Any] = {"marker": "x", "markeredgewidth": 2, "linestyle": "none"}


@styled()
def tuning_values(trials: pd.DataFrame, space: Mapping[str, Any]) -> Figure:
    """A panel for each setting and combination of levels, and for each arm if there are many.

    `trials` has a row for each trial; `space` maps each setting to its distribution, as in the provenance.
    """
    arms = [str(arm) for arm in trials["arm"].unique()]
    together = len(arms) <= MAX_ARMS_PER_PANEL
    panels = [
        (setting, label(levels), at_levels, shown)
        for levels, at_levels in split_levels(trials)
        for shown in ([arms] if together else [[arm] for arm in arms])
        for setting in space
    ]
    joined = len(space) == 1 and not any("choices" in drawn_from["attributes"] for drawn_from in space.values())
    named = line_styles(arms) if together else dict.fromkeys(arms, SINGLE_STYLE)
    figure, axes = _grid(len(panels), len(space), together=together)
    for ax, (setting, place, at_levels, shown) in zip(axes, panels, strict=True):
        drawn_from = space[setting]["attributes"]
        _scale(ax, drawn_from)
        for arm in shown:
            mine = at_levels[at_levels["arm"] == arm]
            _trials(ax, mine.assign(x=_places(mine[setting], drawn_from)), named[arm], joined=joined)
        ax.set_xlabel(setting)
        ax.set_title(
            display_name(place) if together else "\n".join(map(display_name, filter(None, [*shown, place]))),
            fontsize=13 if together else 11,
        )
    figure.supylabel("value of the trial", fontsize=13)
    outcomes = [
        legend_entry("completed", marker="o", linestyle="none"),
        legend_entry("pruned", marker="o", markerfacecolor="none", linestyle="none"),
        legend_entry("diverged or failed", **_NO_VALUE),
        legend_entry("chosen", **_RING),
    ]
    legend_above(figure, named if together else {}, outcomes)
    return figure


def _grid(panels: int, settings: int, *, together: bool) -> tuple[Figure, list[Axes]]:
    """The settings side by side; with one arm per panel, as many arms side by side as fit."""
    columns = settings if together else settings * max(1, 4 // settings)
    width, height = (9.0 if settings == 1 else 6.0, 4.8) if together else (3.6, 3.0)
    rows = -(-panels // columns)
    figure = Figure(figsize=(width * columns, height * rows))
    axes = list(figure.subplots(rows, columns, sharey=True, squeeze=False).flat)
    for unused in axes[panels:]:
        unused.remove()
    return figure, axes[:panels]


def _scale(ax: Axes, attributes: Mapping[str, Any]) -> None:
    """Shows the full range of a setting with a margin, so that its ends are visible."""
    if "choices" in attributes:
        choices = [format_setting(choice) for choice in attributes["choices"]]
        ax.set_xticks(range(len(choices)), choices)
        ax.set_xlim(-0.5, len(choices) - 0.5)
    else:
        low, high = attributes["low"], attributes["high"]
        ax.set_xscale("log" if attributes["log"] else "linear")
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
