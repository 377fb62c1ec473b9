"""A value of each arm by level is read back from its figure."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.container import ErrorbarContainer

from results import figures
from results.figures.arm_panels import ArmGroup
from results.figures.by_level import LevelPanel
from results.figures.style import line_styles

ARMS = ("none", "dot")
POINTS = pd.DataFrame(
    [
        {"arm": arm, "level": level, "estimate": 0.5 * level * scale, "low": 0.4 * level * scale,
         "high": 0.7 * level * scale, "bound": arm == "none" and level == 40}
        for arm, scale in zip(ARMS, (1.0, 3.0), strict=True)
        for level in (10, 20, 40)
    ]
)  # fmt: skip


@pytest.mark.parametrize("log", [False, True])
def test_each_arm_has_its_values_its_intervals_and_hollow_lower_bounds_that_no_line_joins(log: bool) -> None:
    styles = line_styles(ARMS)
    panel = LevelPanel("title", ArmGroup("", styles, {arm: arm for arm in ARMS}), POINTS)
    drawn = figures.arms_by_level([panel], 1, level="max_length", value="seconds", log=log)
    (ax,) = drawn.axes
    assert (ax.get_title(), ax.get_xscale(), ax.get_yscale()) == ("title", "log", "log" if log else "linear")
    bars = [one for one in ax.containers if isinstance(one, ErrorbarContainer)]
    for arm, bar in zip(ARMS, bars, strict=True):
        rows = POINTS[POINTS["arm"] == arm]
        line, _, (reach,) = bar.lines
        assert line is not None
        assert to_hex(str(line.get_color())) == styles[arm].color.lower()
        np.testing.assert_allclose(line.get_ydata(), rows["estimate"])
        ends = np.array([segment[:, 1] for segment in reach.get_segments()])
        np.testing.assert_allclose(ends, rows[["low", "high"]])
    for arm, line in zip(ARMS, [one for one in ax.lines if one.get_linestyle() != "None"], strict=True):
        values = POINTS.loc[POINTS["arm"] == arm, "estimate"].to_numpy(copy=True)
        values[POINTS.loc[POINTS["arm"] == arm, "bound"]] = np.nan
        np.testing.assert_allclose(line.get_ydata(), values)
    hollow = [mark for mark in ax.lines if str(mark.get_markerfacecolor()) == "white"]
    found = np.concatenate([np.column_stack([mark.get_xdata(), mark.get_ydata()]) for mark in hollow])
    np.testing.assert_allclose(found, [[40.0, 20.0]])
    legend = [text.get_text() for text in drawn.legends[0].get_texts()]
    assert legend == [*ARMS, "95% interval", "lower bound"]


def test_levels_with_a_zero_are_on_a_linear_axis() -> None:
    """A logarithmic axis would leave the zero out."""
    points = POINTS.assign(level=POINTS["level"] - 10)
    panel = LevelPanel("title", ArmGroup("", line_styles(ARMS), {arm: arm for arm in ARMS}), points)
    (ax,) = figures.arms_by_level([panel], 1, level="dropout", value="seconds", log=False).axes
    assert ax.get_xscale() == "linear"
    assert ax.get_xlim()[0] <= 0
    assert list(ax.get_xticks()) == [0, 10, 30]
