"""The forest plot: its marks and sides, headings of groups, long labels, comparisons that are not testable."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import pytest

from results import figures
from results.figures.forest import ForestRow
from results.figures.svg import svg
from results.statistics import paired_difference, steps_ratio

SIDES = ("first arm needs fewer steps", "more")


def forest_rows(*groups):
    each = paired_difference([({0: 0.1, 1: 0.2}, {0: 0.0, 1: 0.0})])
    return [ForestRow("words on what differs\ndot against none", each, "+0.15", True, group) for group in groups]


def test_the_forest_plot_explains_its_marks_and_sides():
    figure = figures.forest(forest_rows(""), "x", SIDES, ratio=False)
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == [
        "estimate, difference shown",
        "95% interval",
        "one seed",
    ]
    less, _, more = figure.axes[0].texts
    assert (less.get_text(), more.get_text()) == ("← first arm needs fewer steps", "more →")
    assert (less.get_horizontalalignment(), more.get_horizontalalignment()) == ("right", "left")


def test_the_rows_of_a_forest_plot_have_one_heading_for_each_group_and_do_not_overlap():
    rows = forest_rows("max_length = 8", "max_length = 8", "max_length = 16")
    figure = figures.forest(rows, "x", SIDES, ratio=True)
    figure.draw_without_rendering()
    names = figure.axes[0].get_yticklabels()
    bold = [name.get_text() for name in names if name.get_fontweight() == "bold"]
    assert bold == ["max_length\u00a0=\u00a08", "max_length\u00a0=\u00a016"]
    assert len(names) == len(rows) + 2
    boxes = [name.get_window_extent() for name in names]
    assert all(lower.y1 < upper.y0 for upper, lower in pairwise(boxes))
    assert min(box.x0 for box in boxes) >= 0


def test_many_rows_with_the_same_labels_in_each_group_have_a_panel_for_each_group():
    (row,) = forest_rows("")
    rows = [
        replace(row, label=f"pair {place}", group=group) for group in ("score = a", "score = b") for place in range(7)
    ]
    figure = figures.forest(rows, "x", SIDES, ratio=False)
    assert [ax.get_title() for ax in figure.axes] == ["score = a", "score = b"]
    for ax in figure.axes:
        assert len([line for line in ax.lines if line.get_marker() == "D"]) == 7
    assert [name.get_text() for name in figure.axes[0].get_yticklabels()] == [f"pair {place}" for place in range(7)]
    (together,) = figures.forest(rows[:-1], "x", SIDES, ratio=False).axes
    assert len(together.get_yticks()) == len(rows) - 1 + 2


@pytest.mark.parametrize("lowest", [0.9, 0.5, 0.2, 0.1, 0.04, 0.01, 0.005, 0.003, 0.001, 0.0002, 0.0001, 0.00001])
def test_the_numbers_of_a_logarithmic_axis_do_not_overlap(lowest: float) -> None:
    (row,) = forest_rows("")
    assert row.difference is not None
    wide = replace(row, difference=replace(row.difference, per_seed=(lowest, 1.3)), effect="≤ ×0.163 (0.140 to 0.183)")
    figure = figures.forest([wide, replace(row, label="attention before the cell, additive")], "x", SIDES, ratio=True)
    figure.draw_without_rendering()
    (ax,) = figure.axes
    left, right = ax.get_xlim()
    shown = [label for label in ax.get_xticklabels() if left <= label.get_position()[0] <= right]
    boxes = [label.get_window_extent() for label in shown]
    assert len(boxes) >= 2
    assert all(one.x1 < other.x0 for one, other in pairwise(boxes))


def test_three_groups_share_a_panel_that_has_room_for_its_axes():
    """Three panels side by side collapse between the labels, the effects and the texts below (a warning)."""
    (row,) = forest_rows("")
    row = replace(row, label="attention before the cell", effect="+0.006 (+0.003 to +0.007)")
    rows = [replace(row, group=f"max_length = {level}") for level in (10, 20, 40) for _ in range(5)]
    figure = figures.forest(rows, "Levenshtein accuracy: first arm - second arm", SIDES, ratio=False)
    figure.draw_without_rendering()
    (ax,) = figure.axes
    assert len(ax.get_yticks()) == len(rows) + 3


def test_a_label_on_several_lines_has_no_short_last_line():
    (row,) = forest_rows("")
    text = "attention before the cell, without input feeding"
    figure = figures.forest([replace(row, label=text)], "x", SIDES, ratio=False)
    (name,) = figure.axes[0].get_yticklabels()
    assert name.get_text() == "attention before the cell,\nwithout input feeding"


def test_a_comparison_that_is_not_testable_has_a_text_and_no_diamond():
    one, other = forest_rows("", "")
    figure = figures.forest([one, replace(other, difference=None)], "x", SIDES, ratio=False)
    ax = figure.axes[0]
    assert len([line for line in ax.lines if line.get_marker() == "D"]) == 1
    (text,) = [text for text in ax.texts if text.get_text() == "not testable"]
    assert text.xy[1] == ax.get_yticks()[1]
    (right,) = ax.child_axes
    assert [name.get_text() for name in right.get_yticklabels()] == ["+0.15", ""]


def test_the_ratio_of_a_seed_whose_run_does_not_reach_99_is_hollow():
    """It is a ratio of budgets, and looked like a measured one."""
    ratio = steps_ratio([({0: 100.0, 1: 200.0, 2: math.inf}, {0: 300.0, 1: math.inf, 2: math.inf})], 400.0)
    assert ratio.capped == (False, True, True)
    (row,) = forest_rows("")
    figure = figures.forest([replace(row, difference=ratio)], "x", SIDES, ratio=True)
    (ax,) = figure.axes
    of_face = {dots.get_markerfacecolor(): list(dots.get_xdata()) for dots in ax.lines if dots.get_marker() == "."}
    assert of_face.pop("none") == [0.5, 1.0]
    assert [*of_face.values()] == [[100 / 300]]
    assert "with a capped run" in [text.get_text() for text in figure.legends[0].get_texts()]


def test_a_forest_plot_of_nothing_testable_has_an_axis():
    row = replace(forest_rows("")[0], difference=None)
    for ratio in (True, False):
        assert svg(figures.forest([row], "x", SIDES, ratio=ratio))
