"""Panels for the arms of a study: one panel for all, or one for the arms that are compared with each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product, takewhile
from typing import Any

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from results.analysis.study.factor_levels import label, split_levels
from results.analysis.study.seed_curves import Curves
from results.figures.style import LineStyle, display_name, grid, group_styles, legend_above, line_styles

MAX_ARMS_PER_PANEL = 8
"""The most arms that a reader distinguishes in one panel."""
MAX_PANELS = 12
"""The most panels in a figure."""
_MAX_COLUMNS = 6
"""The most panels in a row."""
ArmPairs = Sequence[tuple[str, str]]
"""The pairs of arms that the study compares."""


@dataclass(frozen=True)
class ArmGroup:
    """Arms that share a panel."""

    title: str
    styles: Mapping[str, LineStyle]
    names: Mapping[str, str]
    """Arm -> the name in the panel: the arm's own, or without the part that the title has."""


@dataclass(frozen=True)
class PanelPlan:
    """The panels of a figure: one for each group of arms and combination of levels."""

    groups: list[ArmGroup]
    levels: list[dict[str, Any]]
    caption: str
    """Sentences on the panels, each after a space; empty if every panel has every arm."""

    def __iter__(self) -> Iterator[tuple[ArmGroup, dict[str, Any]]]:
        if self.shared and not self._levels_across:
            return ((group, levels) for levels, group in product(self.levels, self.groups))
        return product(self.groups, self.levels)

    @property
    def shared(self) -> dict[str, LineStyle]:
        """Name -> style, if several groups have the same names; one legend then names the lines of all panels."""
        first, *others = [{group.names[arm]: style for arm, style in group.styles.items()} for group in self.groups]
        return first if others and all(other == first for other in others) else {}

    @property
    def columns(self) -> int:
        """Panels per row: one for each group, or each level, if the groups share their names; otherwise the levels side
        by side if there are groups of arms."""
        if self._levels_across:
            return len(self.levels)
        if self.shared:
            lines = -(-len(self.groups) // _MAX_COLUMNS)
            return -(-len(self.groups) // lines)
        return len(self.levels) if len(self.groups) > 1 and len(self.levels) in (2, 3) else 2

    @property
    def _levels_across(self) -> bool:
        """Whether groups with the same names have their levels side by side: if there are more levels than groups."""
        return bool(self.shared) and len(self.groups) < len(self.levels) <= _MAX_COLUMNS


def plan_panels(table: pd.DataFrame, pairs: ArmPairs) -> PanelPlan:
    """The panels for the arms and levels of `table`; at most `MAX_PANELS`: the first groups, and the last levels."""
    arms = [str(arm) for arm in table["arm"].unique()]
    at = [levels for levels, _ in split_levels(table)]
    all_groups = _groups(arms, [pair for pair in dict.fromkeys(pairs) if pair[0] != pair[1] and set(pair) <= set(arms)])
    groups = all_groups[:MAX_PANELS]
    shown = at[-max(1, MAX_PANELS // len(groups)) :]
    caption = ""
    if len(all_groups) > 1:
        caption += " Arms that are compared with each other share a panel." * (not _twins(arms))
        caption += " A colour stands for an arm within its panel." * (not PanelPlan(groups, shown, "").shared)
    for place, group in enumerate(groups):
        arm, name = next(iter(group.names.items()))
        if name != arm:
            where = f"panel {group.title}" if place else "the first panel"
            caption += f" The title of a panel is the beginning of the names of its arms: {name} in {where} is {arm}."
            break
    if (of := len(all_groups) * len(at)) > len(groups) * len(shown):
        caption += f" {len(groups) * len(shown)} of {of} panels are drawn; the named table has all."
    return PanelPlan(groups, shown, caption)


def _groups(arms: Sequence[str], pairs: ArmPairs) -> list[ArmGroup]:
    if len(arms) <= MAX_ARMS_PER_PANEL:
        return [ArmGroup("", line_styles(arms), {arm: arm for arm in arms})]
    if twins := _twins(arms):
        return twins
    groups = [group for connected in _connected(arms, pairs) for group in _split(connected, pairs)]
    return _without_prefix(groups)


def _twins(arms: Sequence[str]) -> list[ArmGroup]:
    """Two groups of the same names, if half of the arms are named as the others with a prefix: dot and padded_dot;
    otherwise empty."""
    for prefix in dict.fromkeys(arm.partition("_")[0] for arm in arms):
        plain = [arm for arm in arms if not arm.startswith(f"{prefix}_")]
        twins = {f"{prefix}_{arm}": arm for arm in plain}
        if 0 < len(plain) <= MAX_ARMS_PER_PANEL and len(arms) == 2 * len(plain) and set(arms) == {*plain, *twins}:
            styles = line_styles(plain)
            return [
                ArmGroup("", styles, {arm: arm for arm in plain}),
                ArmGroup(prefix, {twin: styles[arm] for twin, arm in twins.items()}, twins),
            ]
    return []


def _connected(arms: Sequence[str], pairs: ArmPairs) -> list[list[str]]:
    """The arms that are compared with each other, directly or through others, in the order of `arms`."""
    component = {arm: {arm} for arm in arms}
    for pair in pairs:
        joined = set.union(*(component[arm] for arm in pair))
        component |= dict.fromkeys(joined, joined)
    alone = [arm for arm in arms if len(component[arm]) == 1]
    several = dict.fromkeys(tuple(arm for arm in arms if arm in of) for of in component.values() if len(of) > 1)
    return [*map(list, several), *([alone] if alone else [])]


def _split(arms: list[str], pairs: ArmPairs) -> Iterator[ArmGroup]:
    """One group of all arms, or groups of the arms that are compared with the same arm if they are too many."""
    compared = {second: [one for one, other in pairs if other == second and one in arms] for _, second in pairs}
    compared = {second: first for second, first in compared.items() if first}
    if compared and len(arms) <= MAX_ARMS_PER_PANEL:
        yield _group("", arms)
    elif compared:
        for second, first in compared.items():
            for part in _parts(first, MAX_ARMS_PER_PANEL - 1):
                yield _group(f"compared with {second}", [second, *part])
    else:
        for part in _parts(arms, MAX_ARMS_PER_PANEL):
            yield _group("compared with no arm", part)


def _parts(arms: list[str], most: int) -> Iterator[list[str]]:
    """Parts of about equal size, of at most so many arms."""
    number = -(-len(arms) // most)
    size = -(-len(arms) // number)
    return (arms[start : start + size] for start in range(0, len(arms), size))


def _group(title: str, arms: list[str]) -> ArmGroup:
    return ArmGroup(title, group_styles(arms), {arm: arm for arm in arms})


def _without_prefix(groups: list[ArmGroup]) -> list[ArmGroup]:
    """If the groups have the same names but for the beginning (dot_first, dot_last; general_first, general_last), the
    beginning becomes the title."""
    starts = [_common_start([*group.names]) for group in groups]
    ends = [[arm[len(start) + 1 :] for arm in group.names] for start, group in zip(starts, groups, strict=True)]
    if len(groups) == 1 or not all(starts) or any(end != ends[0] for end in ends):
        return groups
    return [
        replace(group, title=start, names=dict(zip(group.names, ends[0], strict=True)))
        for start, group in zip(starts, groups, strict=True)
    ]


def _common_start(names: Sequence[str]) -> str:
    """The words before an underscore that all names begin with."""
    words = [name.split("_")[:-1] for name in names]
    return "_".join(
        at_place[0] for at_place in takewhile(lambda these: len(set(these)) == 1, zip(*words, strict=False))
    )


@dataclass(frozen=True)
class Curve:
    """One arm in a panel."""

    name: str
    curves: Curves
    style: LineStyle
    phase: float
    """The position among the panel's curves, in [0, 1), by which marks are shifted."""


Panels = list[tuple[Axes, list[Curve]]]


def panel_size(plan: PanelPlan, panels: int) -> tuple[float, float]:
    """The width and height of a panel in inches."""
    return (2.7, 2.6) if plan.shared else (9.0, 4.6) if panels == 1 else (6.2, 3.1)


def panel_title(plan: PanelPlan, group: ArmGroup, levels: Mapping[str, Any]) -> str:
    """The title of the group and the levels, on two lines in narrow panels."""
    return ("\n" if plan.shared else ", ").join(map(display_name, filter(None, [group.title, label(levels)])))


def most_ticks(plan: PanelPlan) -> int:
    """The most steps of an axis along the bottom of a panel."""
    return 3 if plan.shared else 6


def arm_panels(curves: Curves, plan: PanelPlan, marks: Sequence[Artist], *, sharex: bool) -> tuple[Figure, Panels]:
    """A figure with titles and a legend of `marks`, and the curves to draw in each panel; absent arms have none."""
    panels = [*plan]
    figure, axes = grid(len(panels), plan.columns, panel_size(plan, len(panels)), sharex=sharex)
    if plan.shared or marks:
        legend_above(figure, plan.shared, marks)
    drawn = []
    for ax, (group, levels) in zip(axes, panels, strict=True):
        ax.set_title(panel_title(plan, group, levels), fontsize=12 if plan.shared else None)
        of_arms = [
            Curve(name, curves.of(arm, levels), group.styles[arm], place / len(group.names))
            for place, (arm, name) in enumerate(group.names.items())
        ]
        drawn.append((ax, [curve for curve in of_arms if len(curve.curves.runs)]))
    return figure, drawn
