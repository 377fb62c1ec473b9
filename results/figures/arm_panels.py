"""The panels that a study's arms are drawn in: all together, or one for each arm where they are too many for that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from results.analysis.factor_levels import label, split_levels
from results.analysis.seed_curves import Curves
from results.figures.style import Look, drawn_name, grid, legend_above, looks

TOGETHER = 8
"""As many arms can be told apart in one panel."""
ALONE = Look("#0072B2", "o", "-")
"""Of the arm that a panel is for."""
_BESIDE = Look("#999999", "s", ":")


@dataclass(frozen=True)
class Curve:
    """One arm in a panel, and what it looks like there."""

    arm: Curves
    look: Look
    phase: float
    """Where it stands among the panel's curves, from 0 to below 1."""


Panels = list[tuple[Axes, list[Curve]]]


def arm_panels(curves: Curves, baseline: str, marks: Sequence[Artist]) -> tuple[Figure, Panels]:
    """A figure with its titles, and for each panel the curves that belong in it; the legend says what the arms look
    like, and what `marks` are.

    A panel for each combination of levels. With more arms than `TOGETHER`, one for each arm at each of them, with the
    baseline in grey behind it.
    """
    arms = [str(arm) for arm in curves.runs["arm"].unique()]
    if len(arms) <= TOGETHER:
        return _together(curves, arms, marks)
    return _apart(curves, arms, baseline, marks)


def _together(curves: Curves, arms: list[str], marks: Sequence[Artist]) -> tuple[Figure, Panels]:
    at = [levels for levels, _ in split_levels(curves.runs)]
    figure, axes = grid(len(at), 2, width=9.0 if len(at) == 1 else 6.0, height=4.8 if len(at) == 1 else 4.2)
    named = looks(arms)
    legend_above(figure, named, marks)
    panels = []
    for ax, levels in zip(axes, at, strict=True):
        ax.set_title(drawn_name(label(levels)))
        drawn = [
            Curve(curves.of(arm, levels), look, place / len(named)) for place, (arm, look) in enumerate(named.items())
        ]
        panels.append((ax, drawn))
    return figure, panels


def _apart(curves: Curves, arms: list[str], baseline: str, marks: Sequence[Artist]) -> tuple[Figure, Panels]:
    at = [levels for levels, _ in split_levels(curves.runs)]
    figure, axes = grid(len(at) * len(arms), 4, width=3.6, height=2.7)
    legend_above(figure, {baseline: _BESIDE, "the arm above the panel": ALONE}, marks)
    panels = []
    for ax, (levels, arm) in zip(axes, [(levels, arm) for levels in at for arm in arms], strict=True):
        ax.set_title("\n".join(map(drawn_name, filter(None, [arm, label(levels)]))), fontsize=11)
        beside = Curve(curves.of(baseline, levels), _BESIDE, 0.0)
        panels.append((ax, [beside, Curve(curves.of(arm, levels), ALONE, 0.5)] if arm != baseline else [beside]))
    return figure, panels
