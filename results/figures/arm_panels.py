"""Panels for the arms of a study: all arms in one panel, or one panel per arm if there are many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from results.analysis.factor_levels import label, split_levels
from results.analysis.seed_curves import Curves
from results.figures.style import LineStyle, display_name, grid, legend_above, line_styles

MAX_ARMS_PER_PANEL = 8
"""The most arms that a reader distinguishes in one panel."""
SINGLE_STYLE = LineStyle("#0072B2", "o", "-")
"""The style of an arm with a panel of its own."""
_BASELINE_STYLE = LineStyle("#999999", "s", ":")


@dataclass(frozen=True)
class Curve:
    """One arm in a panel."""

    curves: Curves
    style: LineStyle
    phase: float
    """The position among the panel's curves, in [0, 1), by which marks are shifted."""


Panels = list[tuple[Axes, list[Curve]]]


def arm_panels(curves: Curves, baseline: str, marks: Sequence[Artist]) -> tuple[Figure, Panels]:
    """A figure with titles and a legend of the arms and `marks`, and the curves to draw in each panel.

    There is a panel for each combination of levels. With more arms than `MAX_ARMS_PER_PANEL`, there is one for each arm
    as well, with the baseline in grey behind it.
    """
    arms = [str(arm) for arm in curves.runs["arm"].unique()]
    if len(arms) <= MAX_ARMS_PER_PANEL:
        return _together(curves, arms, marks)
    return _apart(curves, arms, baseline, marks)


def _together(curves: Curves, arms: list[str], marks: Sequence[Artist]) -> tuple[Figure, Panels]:
    at = [levels for levels, _ in split_levels(curves.runs)]
    figure, axes = grid(len(at), 2, width=9.0 if len(at) == 1 else 6.0, height=4.8 if len(at) == 1 else 4.2)
    styles = line_styles(arms)
    legend_above(figure, styles, marks)
    panels = []
    for ax, levels in zip(axes, at, strict=True):
        ax.set_title(display_name(label(levels)))
        drawn = [
            Curve(curves.of(arm, levels), style, place / len(styles))
            for place, (arm, style) in enumerate(styles.items())
        ]
        panels.append((ax, drawn))
    return figure, panels


def _apart(curves: Curves, arms: list[str], baseline: str, marks: Sequence[Artist]) -> tuple[Figure, Panels]:
    at = [levels for levels, _ in split_levels(curves.runs)]
    figure, axes = grid(len(at) * len(arms), 4, width=3.6, height=2.7)
    legend_above(figure, {baseline: _BASELINE_STYLE, "the arm above the panel": SINGLE_STYLE}, marks)
    panels = []
    for ax, (levels, arm) in zip(axes, [(levels, arm) for levels in at for arm in arms], strict=True):
        ax.set_title("\n".join(map(display_name, filter(None, [arm, label(levels)]))), fontsize=11)
        reference = Curve(curves.of(baseline, levels), _BASELINE_STYLE, 0.0)
        panels.append(
            (ax, [reference, Curve(curves.of(arm, levels), SINGLE_STYLE, 0.5)] if arm != baseline else [reference])
        )
    return figure, panels
