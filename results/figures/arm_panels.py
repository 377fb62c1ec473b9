"""The panels that a study's arms are drawn in: all together, or one for each arm where they are too many for that."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from results.figures.style import Look, grid, legend_above, looks
from results.levels import label, split_levels

TOGETHER = 8
"""As many arms can be told apart in one panel."""
ALONE = Look("#0072B2", "o", "-")
"""Of the arm that a panel is for."""
_BESIDE = Look("#999999", "s", ":")


@dataclass(frozen=True)
class Curve:
    """One arm's rows in a panel, and what they look like there."""

    rows: pd.DataFrame
    look: Look
    phase: float
    """Where it stands among the panel's curves, from 0 to below 1."""


def arm_panels(table: pd.DataFrame, baseline: str) -> tuple[Figure, list[tuple[Axes, list[Curve]]]]:
    """A figure with its titles and its legend, and for each panel the curves that belong in it.

    A panel for each combination of levels. With more arms than `TOGETHER`, one for each arm at each of them, with the
    baseline in grey behind it.
    """
    arms = [str(arm) for arm in table["arm"].unique()]
    return _together(table, arms) if len(arms) <= TOGETHER else _apart(table, arms, baseline)


def _together(table: pd.DataFrame, arms: list[str]) -> tuple[Figure, list[tuple[Axes, list[Curve]]]]:
    at = list(split_levels(table))
    figure, axes = grid(len(at), 2, width=9.0 if len(at) == 1 else 6.0, height=4.8 if len(at) == 1 else 4.2)
    named = looks(arms)
    legend_above(figure, named, named)
    panels = []
    for ax, (levels, rows) in zip(axes, at, strict=True):
        ax.set_title(label(levels))
        curves = [
            Curve(rows[rows["arm"] == arm], look, place / len(named)) for place, (arm, look) in enumerate(named.items())
        ]
        panels.append((ax, curves))
    return figure, panels


def _apart(table: pd.DataFrame, arms: list[str], baseline: str) -> tuple[Figure, list[tuple[Axes, list[Curve]]]]:
    at = list(split_levels(table))
    figure, axes = grid(len(at) * len(arms), 4, width=3.6, height=2.7)
    named = {baseline: _BESIDE, "the arm above the panel": ALONE}
    legend_above(figure, named, named)
    panels = []
    for ax, (levels, rows, arm) in zip(axes, [(*one, arm) for one in at for arm in arms], strict=True):
        ax.set_title("\n".join(filter(None, [arm, label(levels)])), fontsize=11)
        beside = Curve(rows[rows["arm"] == baseline], _BESIDE, 0.0)
        panels.append((ax, [beside, Curve(rows[rows["arm"] == arm], ALONE, 0.5)] if arm != baseline else [beside]))
    return figure, panels
