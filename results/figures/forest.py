"""Forest plot: the effect of each comparison, seed by seed, with its estimate and interval."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from textwrap import fill
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from results.figures.style import display_name, legend_above, legend_entry, needs_raster, styled
from results.statistics import Difference

SHOWN, NOT_SHOWN = "#0072B2", "#666666"
_WIDTH = 44
"""Characters per line of a label."""
_MOST_ROWS = 12
"""The most rows of groups that share a panel if they could have one each."""
_LOG_TICKS = ((1, 1.5, 2, 3, 5, 7), (1, 2, 5), (1, 3), (1,))
"""Within a decade, on an axis of up to 0.9, 2.5, 4 or more decades: the labels do not overlap."""
_LINE, _GAP = 0.2, 0.24
"""The height of a line of a label, and the space between two labels, in inches."""


@dataclass(frozen=True)
class ForestRow:
    """One comparison."""

    label: str
    """Lines of text; long lines are wrapped."""
    difference: Difference | None
    """None if the comparison is not testable: the row has a text and no marks."""
    effect: str
    """The effect as text, at the right margin; unused if the comparison is not testable."""
    shown: bool
    """Whether the verdict is a difference."""
    group: str = ""
    """The heading of the row; rows with the same heading follow each other."""


@styled()
def forest(rows: Sequence[ForestRow], x: str, sides: tuple[str, str], *, ratio: bool) -> Figure:
    """One row per comparison, the first at the top; a logarithmic axis for ratios.

    A dot for every seed (hollow if a run of it is capped), a diamond for the estimate (filled if a difference is
    shown), a bar for its interval. `sides` are the texts below the axis, left and right of no difference. Many rows
    with the same labels in each of two groups have a panel for each group; more panels would leave no room for the
    axes.
    """
    panels = _panels(rows)
    lines = [_lines(of_panel) for _, of_panel in panels]
    figure = Figure(figsize=(10.5 if len(panels) == 1 else 14.0, 1.9 + lines[0][-1].place + _GAP))
    axes = figure.subplots(1, len(panels), sharex=True, squeeze=False)[0]
    for ax, (title, _), of_panel in zip(axes, panels, lines, strict=True):
        _panel(ax, of_panel, sides, ratio=ratio)
        ax.set_title(display_name(title), fontweight="bold", fontsize=12)
        ax.tick_params(axis="y", labelleft=ax is axes[0])
    if len(panels) == 1:
        axes[0].set_xlabel(display_name(x), labelpad=22)
    else:
        figure.supxlabel(display_name(x), fontsize=13)
    _legend(figure, rows)
    return figure


def _panels(rows: Sequence[ForestRow]) -> list[tuple[str, Sequence[ForestRow]]]:
    """The title and the rows of each panel; a single panel has no title, its groups have headings."""
    groups: dict[str, list[ForestRow]] = {}
    for row in rows:
        groups.setdefault(row.group, []).append(row)
    labels = {tuple(row.label for row in group) for group in groups.values()}
    if len(rows) <= _MOST_ROWS or len(labels) > 1 or len(groups) != 2:
        return [("", rows)]
    return [(name, [replace(row, group="") for row in group]) for name, group in groups.items()]


def _panel(ax: Axes, lines: Sequence[_Line], sides: tuple[str, str], *, ratio: bool) -> None:
    null = 1.0 if ratio else 0.0
    ax.axvline(null, color="#000000", linewidth=1.0)
    for line in lines:
        if line.row and line.row.difference:
            _marks(ax, line.row.difference, line.place, shown=line.row.shown)
        elif line.row:
            beside: dict[str, Any] = {"textcoords": "offset points", "va": "center", "fontstyle": "italic"}
            ax.annotate("not testable", (null, line.place), (8, 0), color=NOT_SHOWN, **beside)
    _effect_axis(ax, ratio=ratio)
    ax.set_yticks([line.place for line in lines], [line.text for line in lines], fontsize=12)
    for line, name in zip(lines, ax.get_yticklabels(), strict=True):
        name.set_fontweight("normal" if line.row else "bold")
    ax.set_ylim(lines[-1].place + _GAP, -_GAP)
    right_axis = ax.secondary_yaxis("right")
    right_axis.set_yticks(
        [line.place for line in lines], [line.row.effect if line.row and line.row.difference else "" for line in lines]
    )
    right_axis.tick_params(length=0, labelsize=12)
    right_axis.spines["right"].set_visible(False)
    ax.tick_params(axis="y", length=0)
    ax.grid(visible=False, axis="y")
    for text, offset, align in ((f"← {sides[0]}", -8, "right"), ("|", 0, "center"), (f"{sides[1]} →", 8, "left")):
        below: dict[str, Any] = {"xycoords": ax.get_xaxis_transform(), "textcoords": "offset points", "va": "top"}
        ax.annotate(text, (null, 0), (offset, -24), ha=align, fontsize=12, **below)


@dataclass(frozen=True)
class _Line:
    """A label at its place in inches from the top; a heading has no row."""

    place: float
    text: str
    row: ForestRow | None


def _lines(rows: Sequence[ForestRow]) -> list[_Line]:
    """The rows with their headings, as far apart as their labels need."""
    lines: list[_Line] = []
    for place, row in enumerate(rows):
        names = [display_name(row.label, room=4 * _WIDTH)]
        if row.group and (place == 0 or row.group != rows[place - 1].group):
            # No line break between a factor and its level.
            names.insert(0, display_name(row.group).replace(" = ", "\u00a0=\u00a0"))
        for text, of_row in zip(names, [None, row][-len(names) :], strict=True):
            filled = "\n".join(map(_wrapped, text.split("\n")))
            above = [] if not lines else [lines[-1].place, _LINE / 2 * (1 + lines[-1].text.count("\n")), _GAP]
            lines.append(_Line(sum(above) + _LINE / 2 * (1 + filled.count("\n")), filled, of_row))
    return lines


def _wrapped(text: str) -> str:
    """The text on as few lines as it needs, of about the same length."""
    lines = -(-len(text) // _WIDTH)
    widths = range(-(-len(text) // lines), _WIDTH + 1)
    return next((filled for width in widths if (filled := fill(text, width)).count("\n") < lines), fill(text, _WIDTH))


def _marks(ax: Axes, difference: Difference, place: float, *, shown: bool) -> None:
    color = SHOWN if shown else NOT_SHOWN
    interval, per_seed = difference.interval, difference.per_seed
    # Equal values are stacked in the order of the seeds.
    heights = place + 0.16 * (np.arange(len(per_seed)) / max(1, len(per_seed) - 1) - 0.5)
    capped = np.array(difference.capped or (False,) * len(per_seed), dtype=bool)
    for which, face in ((~capped, color), (capped, "none")):
        if not which.any():
            continue
        seeds = np.array(per_seed)[which]
        style: dict[str, Any] = {"color": color, "markerfacecolor": face, "alpha": 0.45 if face == color else 0.8}
        ax.plot(seeds, heights[which], ".", markersize=5, rasterized=needs_raster(seeds), **style)
    if not math.isnan(interval.low):
        ax.plot([interval.low, interval.high], [place, place], color=color, linewidth=2.4)
    ax.plot(interval.estimate, place, "D", color=color, markerfacecolor=color if shown else "white", markersize=8)


def _effect_axis(ax: Axes, *, ratio: bool) -> None:
    if ratio:
        ax.set_xscale("log")
        low, high = ax.get_xlim()
        decades = math.log10(high / low)
        ax.xaxis.set_major_locator(LogLocator(subs=_LOG_TICKS[sum(decades > most for most in (0.9, 2.5, 4.0))]))
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"\N{MULTIPLICATION SIGN}{value:g}"))
        ax.xaxis.set_minor_locator(NullLocator())
    else:
        ax.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))


def _legend(figure: Figure, rows: Sequence[ForestRow]) -> None:
    """Adds a legend of the marks that are drawn."""
    faces = {"difference shown": SHOWN, "no difference shown": "white"}
    drawn = {"difference shown" if row.shown else "no difference shown" for row in rows if row.difference}
    estimates = [
        legend_entry(f"estimate, {word}", marker="D", linestyle="none", markerfacecolor=face, markersize=8)
        for word, face in faces.items()
        if word in drawn
    ]
    others = [
        legend_entry("95% interval", linewidth=2.4),
        legend_entry("one seed", marker=".", linestyle="none"),
    ]
    if any(any(row.difference.capped) for row in rows if row.difference):
        others.append(legend_entry("with a capped run", marker=".", linestyle="none", markerfacecolor="none"))
    legend_above(figure, {}, [*estimates, *others])
