"""What a figure shows is read back from the figure, not from the code that drew it."""

from __future__ import annotations

from itertools import pairwise

import matplotlib
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex
from matplotlib.text import Text

from results import figures
from results.analysis.study.attention_maps import example_maps, mean_maps
from results.analysis.study.seed_curves import mean_curves
from results.figures.arm_panels import plan_panels
from results.figures.style import darken, line_styles
from results.figures.svg import svg
from results.tables.csv_io import read_tables

DRAWN = {
    "learning_curves": ("convergence", lambda table: mean_curves(table, "step", "levenshtein_accuracy")),
    "accuracy_by_length": ("by_length", lambda table: mean_curves(table, "length", "levenshtein_accuracy")),
    "alignments": ("alignments", lambda table: example_maps(table, {})),
    "mean_alignments": ("mean_alignments", lambda table: mean_maps(table, {})),
}


CURVES = {"learning_curves": {"log": False}, "accuracy_by_length": {"axis": "source length (letters)", "trained": None}}


def draw(name, table, pairs=(), **options):
    plan = [plan_panels(table, pairs)] if name in CURVES else []
    return getattr(figures, name)(DRAWN[name][1](table), *plan, **CURVES.get(name, {}) | options)


@pytest.fixture(scope="module")
def tables(rows_folder):
    return read_tables(rows_folder)


@pytest.mark.parametrize("name", DRAWN)
def test_a_figure_names_its_axes_and_does_not_change_table_or_settings(tables, name):
    table = tables[DRAWN[name][0]]
    before, settings = table.copy(), dict(matplotlib.rcParams)
    figure = draw(name, table)
    assert figure.get_supxlabel()
    assert figure.get_supylabel()
    assert table.equals(before)
    assert dict(matplotlib.rcParams) == settings


@pytest.mark.parametrize("log", [False, True])
def test_learning_curves_draw_every_seed_and_the_mean(tables, log):
    table = tables["convergence"]
    axes = draw("learning_curves", table, log=log).axes
    assert {ax.get_xscale() for ax in axes} == {"log" if log else "linear"}
    assert [ax.get_title() for ax in axes] == ["max_length = 7", "max_length = 14"]
    color = line_styles(["general"])["general"].color
    (mean,) = [line for line in axes[0].lines if to_hex(line.get_color()) == color.lower()]
    rows = table[(table["arm"] == "general") & (table["max_length"] == 7)]
    np.testing.assert_allclose(mean.get_ydata(), rows.groupby("step")["levenshtein_accuracy"].mean())
    (thin,) = [
        drawn
        for drawn in axes[0].collections
        if isinstance(drawn, LineCollection) and to_hex(drawn.get_color()[0]) == color.lower()
    ]
    for line, (_, run) in zip(thin.get_segments(), rows.groupby("seed"), strict=True):
        at_steps = np.interp(run["step"], *line.T)  # the points of a flat end may be left out
        np.testing.assert_array_equal(at_steps, run["levenshtein_accuracy"])
        assert len(line) <= len(run)


@pytest.mark.parametrize("name", CURVES)
def test_an_svg_of_many_seeds_is_no_larger_than_the_image_that_it_holds(tables, name):
    rows = tables[DRAWN[name][0]]
    rows = rows[(rows["arm"] == "general") & (rows["max_length"] == 7) & (rows["seed"] < 3)]
    sizes = []
    for seeds in (900, 1800):
        copies = [rows.assign(seed=rows["seed"] + 3 * copy) for copy in range(seeds // 3)]
        sizes.append(len(svg(draw(name, pd.concat(copies, ignore_index=True)))))
    assert sizes[1] < 1.1 * sizes[0] < 300_000


def test_a_diverged_run_is_marked_where_it_ended(tables):
    plain, diverged = draw("learning_curves", tables["convergence"]).axes
    assert not [line for line in plain.lines if line.get_marker() == "x"]
    (cross,) = [line for line in diverged.lines if line.get_marker() == "x"]
    assert cross.get_xdata() == [250]


def test_a_single_low_seed_does_not_stretch_the_axis_but_a_diverged_one_does(tables):
    rows = tables["convergence"]
    rows = rows[(rows["max_length"] == 7) & (rows["arm"] == "general")].drop(columns="max_length")
    ends = [draw("learning_curves", rows).axes[0].get_ylim()[0]]
    first = rows["step"].min()
    low = rows.assign(
        levenshtein_accuracy=rows["levenshtein_accuracy"].mask((rows["seed"] == 0) & (rows["step"] == first), 0.0)
    )
    assert low["levenshtein_accuracy"].min() == 0.0
    ends.append(draw("learning_curves", low).axes[0].get_ylim()[0])
    ends.append(draw("learning_curves", low[(low["seed"] > 0) | (low["step"] == first)]).axes[0].get_ylim()[0])
    assert ends[1] > 0.0 > ends[2]


def test_a_study_without_factors_and_with_one_seed_has_one_plain_panel(tables):
    rows = tables["convergence"]
    rows = rows[(rows["max_length"] == 7) & (rows["seed"] == 0)].drop(columns="max_length")
    (ax,) = draw("learning_curves", rows).axes
    assert ax.get_title() == ""


def crowd(table, arms):
    """The table with these arms, each with the rows of the arm general at one level."""
    rows = table[(table["arm"] == "general") & (table["max_length"] == 7)].drop(columns="max_length")
    return pd.concat([rows.assign(arm=arm) for arm in arms], ignore_index=True)


def names_of(group):
    return [group.names[arm] for arm in group.styles]


def test_up_to_eight_arms_share_a_panel_and_keep_their_names():
    table = pd.DataFrame({"arm": [f"arm_{number}" for number in range(8)]})
    (group,) = plan_panels(table, []).groups
    assert (group.title, names_of(group)) == ("", list(table["arm"]))


WIRINGS = ["cell_first", "cell_first_fed", "attention_first", "attention_first_fed"]


def test_compared_arms_share_a_panel_that_is_named_by_the_common_part_of_their_names():
    arms = [f"{score}_{wiring}" for score in ("dot", "scaled_dot", "general") for wiring in WIRINGS]
    pairs = [(arms[start + one], arms[start]) for start in (0, 4, 8) for one in (1, 2, 3)]
    plan = plan_panels(pd.DataFrame({"arm": arms}), pairs)
    assert [group.title for group in plan.groups] == ["dot", "scaled_dot", "general"]
    assert [names_of(group) for group in plan.groups] == [WIRINGS] * 3
    assert [arm for group in plan.groups for arm in group.styles] == arms
    assert "the names of its arms: cell_first in the first panel is dot_cell_first." in plan.caption
    assert [*plan.groups[0].styles.values()] == [*plan.groups[1].styles.values()]


def test_arms_compared_with_few_others_are_split_by_the_arm_they_are_compared_with():
    """The names of both_ways and both_ways_sum are not shortened, since they are not of the same pattern."""
    arms = ["packed", *(f"other_{number}" for number in range(9)), "both_ways", "both_ways_sum", "alone"]
    pairs = [(arm, "packed") for arm in arms[1:11]] + [("both_ways_sum", "both_ways")]
    plan = plan_panels(pd.DataFrame({"arm": arms}), pairs)
    assert [(group.title, names_of(group)) for group in plan.groups] == [
        ("compared with packed", ["packed", *arms[1:6]]),
        ("compared with packed", ["packed", *arms[6:11]]),
        ("compared with both_ways", ["both_ways", "both_ways_sum"]),
        ("compared with no arm", ["alone"]),
    ]


@given(arms=st.integers(1, 60), levels=st.integers(1, 20), data=st.data())
def test_every_arm_has_a_panel_with_distinct_styles_and_a_figure_has_at_most_twelve(arms, levels, data):
    names = [f"arm_{number}" for number in range(arms)]
    pairs = data.draw(st.lists(st.tuples(st.sampled_from(names), st.sampled_from(names))))
    rows = [{"arm": name, "max_length": level, "seed": 0} for level in range(levels) for name in names]
    plan = plan_panels(pd.DataFrame(rows), pairs)
    panels = [*plan]
    assert 1 <= len(panels) <= 12
    assert panels[-1][1] == {"max_length": levels - 1}
    for group in plan.groups:
        looks = {(style.color, style.marker) for style in group.styles.values()}
        assert len(looks) == len(group.styles) <= 8
    drawn = {arm for group in plan.groups for arm in group.styles}
    left_out = drawn != set(names) or len({levels["max_length"] for _, levels in panels}) < levels
    assert left_out == ("panels are drawn; the named table has all" in plan.caption)


@pytest.mark.parametrize("name", CURVES)
def test_each_panel_has_the_curves_of_its_arms(tables, name):
    arms = [f"arm_{number}" for number in range(9)]
    many = crowd(tables[DRAWN[name][0]], arms)
    many = many.assign(levenshtein_accuracy=many["arm"].str[-1].astype(int) / 10)
    figure = draw(name, many, [(arm, "arm_0") for arm in arms[1:5]] + [(arm, "arm_5") for arm in arms[6:]])
    assert [ax.get_title() for ax in figure.axes] == ["", ""]
    heights = [{round(float(y), 6) for line in ax.lines for y in line.get_ydata()} - {0.99} for ax in figure.axes]
    assert heights == [{0.0, 0.1, 0.2, 0.3, 0.4}, {0.5, 0.6, 0.7, 0.8}]
    assert max(figure.get_size_inches()) < 20


@pytest.mark.parametrize("name", CURVES)
def test_every_line_is_named_at_its_end_and_no_name_lies_over_another(tables, name):
    arms = [f"arm_{number}" for number in range(8)]
    figure = draw(name, crowd(tables[DRAWN[name][0]], arms))
    figure.draw_without_rendering()
    (ax,) = figure.axes
    names = [text for text in ax.texts if text.get_text() != "99%"]
    assert sorted(text.get_text() for text in names) == arms
    boxes = sorted((Text.get_window_extent(text) for text in names), key=lambda box: box.y0)  # without the line to it
    assert all(lower.y1 <= upper.y0 + 1 for lower, upper in pairwise(boxes))
    assert max(box.x1 for box in boxes) <= figure.bbox.x1
    styles = line_styles(arms)
    for text in names:
        assert to_hex(text.get_color()) == darken(styles[text.get_text()].color)


def test_each_name_keeps_its_style_and_no_two_share_one():
    alone, together = line_styles(["additive"]), line_styles(["none", "first", "additive", "second"])
    assert alone["additive"] == together["additive"]
    assert len({(look.color, look.marker) for look in together.values()}) == 4


@pytest.mark.parametrize("name", CURVES)
def test_panels_with_the_same_names_stand_side_by_side_under_one_legend(tables, name):
    arms = [f"{score}_{wiring}" for score in ("dot", "scaled_dot", "general") for wiring in WIRINGS]
    pairs = [(arms[start + one], arms[start]) for start in (0, 4, 8) for one in (1, 2, 3)]
    one_level = crowd(tables[DRAWN[name][0]], arms)
    figure = draw(
        name,
        pd.concat([one_level.assign(max_length=length)[[*tables[DRAWN[name][0]].columns]] for length in (8, 16)]),
        pairs,
    )
    titles = [f"{score}\nmax_length = {length}" for length in (8, 16) for score in ("dot", "scaled_dot", "general")]
    assert [ax.get_title() for ax in figure.axes] == titles
    assert figure.axes[0].get_subplotspec().get_gridspec().ncols == 3
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()][:4] == WIRINGS
    assert not [text for ax in figure.axes for text in ax.texts if text.get_text() != "99%"]
    width, height = figure.get_size_inches()
    assert height < width


def test_arms_with_a_prefix_share_the_styles_of_those_without_and_have_a_panel_of_their_own():
    plain = ["none", "dot", "general", "additive", "first"]
    arms = [*plain, *(f"padded_{arm}" for arm in plain)]
    rows = [{"arm": arm, "max_length": level, "seed": 0} for arm in arms for level in (10, 20, 40)]
    plan = plan_panels(pd.DataFrame(rows), [("padded_dot", "dot"), ("general", "none")])
    assert [(group.title, [*group.names.values()]) for group in plan.groups] == [("", plain), ("padded", plain)]
    assert [*plan.shared] == plain
    assert plan.columns == 3
    assert [(group.title, levels["max_length"]) for group, levels in plan][:4] == [
        ("", 10), ("", 20), ("", 40), ("padded", 10),
    ]  # fmt: skip
    assert "dot in panel padded is padded_dot" not in plan.caption
    assert "none in panel padded is padded_none" in plan.caption
