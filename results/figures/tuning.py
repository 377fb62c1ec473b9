"""The figure of a tuning: what each trial came to against each setting that was searched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from results.analysis.factor_levels import label, split_levels
from results.figures.arm_panels import ALONE, TOGETHER
from results.figures.style import Look, drawn_name, legend_above, looks, mark, styled
from results.tables.column import spelt

_RING: dict[str, Any] = {"marker": "o", "markersize": 17, "markerfacecolor": "none", "linestyle": "none"}
_LOST: dict[str, Any] = {"marker": "x", "markeredgewidth": 2, "linestyle": "none"}


@styled()
def tuning_values(trials: pd.DataFrame, space: Mapping[str, Any]) -> Figure:
    """The value of every trial against every setting; a row of panels for each combination of levels, and where there
    are many arms a panel for each of them too.

    `trials` has a row a trial; `space` says of each setting what it was drawn from, as the provenance has it.
    """
    arms = [str(arm) for arm in trials["arm"].unique()]
    together = len(arms) <= TOGETHER
    panels = [
        (setting, label(levels), at_levels, shown)
        for levels, at_levels in split_levels(trials)
        for shown in ([arms] if together else [[arm] for arm in arms])
        for setting in space
    ]
    joined = len(space) == 1 and not any("choices" in drawn_from["attributes"] for drawn_from in space.values())
    named = looks(arms) if together else dict.fromkeys(arms, ALONE)
    figure, axes = _grid(len(panels), len(space), together=together)
    for ax, (setting, place, at_levels, shown) in zip(axes, panels, strict=True):
        drawn_from = space[setting]["attributes"]
        _scale(ax, drawn_from)
        for arm in shown:
            mine = at_levels[at_levels["arm"] == arm]
            _trials(ax, mine.assign(x=_places(mine[setting], drawn_from)), named[arm], joined=joined)
        ax.set_xlabel(setting)
        ax.set_title(
            drawn_name(place) if together else "\n".join(map(drawn_name, filter(None, [*shown, place]))),
            fontsize=13 if together else 11,
        )
    figure.supylabel("value of the trial", fontsize=13)
    outcomes = [
        mark("completed", marker="o", linestyle="none"),
        mark("pruned", marker="o", markerfacecolor="none", linestyle="none"),
        mark("diverged or failed", **_LOST),
        mark("chosen", **_RING),
    ]
    legend_above(figure, named if together else {}, outcomes)
    return figure


def _grid(panels: int, settings: int, *, together: bool) -> tuple[Figure, list[Axes]]:
    """The settings side by side; with an arm a panel, as many arms beside each other as have room."""
    columns = settings if together else settings * max(1, 4 // settings)
    width, height = (9.0 if settings == 1 else 6.0, 4.8) if together else (3.6, 3.0)
    rows = -(-panels // columns)
    figure = Figure(figsize=(width * columns, height * rows))
    axes = list(figure.subplots(rows, columns, sharey=True, squeeze=False).flat)
    for unused in axes[panels:]:
        unused.remove()
    return figure, axes[:panels]


def _scale(ax: Axes, attributes: Mapping[str, Any]) -> None:
    """Shows all that could be drawn, with a margin, so that an end of the range is seen to be one."""
    if "choices" in attributes:
        choices = [spelt(choice) for choice in attributes["choices"]]
        ax.set_xticks(range(len(choices)), choices)
        ax.set_xlim(-0.5, len(choices) - 0.5)
    else:
        low, high = attributes["low"], attributes["high"]
        ax.set_xscale("log" if attributes["log"] else "linear")
        margin = (high / low) ** 0.04 if attributes["log"] else 0.04 * (high - low)
        ax.set_xlim(*((low / margin, high * margin) if attributes["log"] else (low - margin, high + margin)))


def _places(values: pd.Series[Any], attributes: Mapping[str, Any]) -> pd.Series[Any]:
    """Where the values are on the axis; choices stand side by side, under the text that the table has for them."""
    places = {
        key: place for place, choice in enumerate(attributes.get("choices", ())) for key in (choice, spelt(choice))
    }
    return values.map(places) if places else values


def _trials(ax: Axes, trials: pd.DataFrame, look: Look, *, joined: bool) -> None:
    """Completed trials filled, pruned ones hollow where they were pruned, lost ones as crosses at the foot, the chosen
    one in a ring."""
    style: dict[str, Any] = {"color": look.color, "marker": look.marker, "linestyle": "none"}
    done = trials[trials["outcome"] == "done"].sort_values("x")
    pruned = trials[trials["outcome"] == "pruned"]
    lost = trials[trials["outcome"].isin(["diverged", "failed"])]
    chosen = trials[trials["chosen"] == 1]
    if joined:
        ax.plot(done["x"], done["value"], color=look.color, linestyle=look.dashes, linewidth=1.0, alpha=0.6)
    ax.plot(done["x"], done["value"], **style)
    ax.plot(pruned["x"], pruned["value"], **style, markerfacecolor="none", alpha=0.7)
    foot = ax.get_xaxis_transform()  # x in the axis' numbers, y from 0 to 1 over its height
    ax.plot(lost["x"], [0.03] * len(lost), color=look.color, transform=foot, **_LOST)
    ax.plot(chosen["x"], chosen["value"], color=look.color, zorder=4, clip_on=False, **_RING)
