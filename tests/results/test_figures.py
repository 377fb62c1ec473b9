"""What a figure shows is read back from the figure, not from the code that drew it."""

from __future__ import annotations

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex

from results import figures
from results.analysis.attention_maps import example_maps, mean_maps
from results.analysis.seed_curves import mean_curves
from results.figures.forest import ForestRow
from results.figures.style import line_styles
from results.figures.svg import svg
from results.statistics import paired_difference
from results.tables.csv_io import read_tables

DRAWN = {
    "learning_curves": ("convergence", lambda table: mean_curves(table, "step", "levenshtein_accuracy")),
    "accuracy_by_length": ("by_length", lambda table: mean_curves(table, "length", "levenshtein_accuracy")),
    "alignments": ("alignments", lambda table: example_maps(table, {})),
    "mean_alignments": ("mean_alignments", lambda table: mean_maps(table, {})),
}


def draw(name, table, *baseline):
    return getattr(figures, name)(DRAWN[name][1](table), *baseline)


@pytest.fixture(scope="module")
def tables(rows_folder):
    return read_tables(rows_folder)


@pytest.mark.parametrize("name", DRAWN)
def test_a_figure_names_its_axes_and_leaves_table_and_settings_alone(tables, name):
    table = tables[DRAWN[name][0]]
    before, settings = table.copy(), dict(matplotlib.rcParams)
    baseline = ["none"] if name in ("learning_curves", "accuracy_by_length") else []
    figure = draw(name, table, *baseline)
    assert figure.get_supxlabel()
    assert figure.get_supylabel()
    assert table.equals(before)
    assert dict(matplotlib.rcParams) == settings


def test_learning_curves_draw_every_seed_and_the_mean(tables):
    table = tables["convergence"]
    axes = draw("learning_curves", table, "none").axes
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
        np.testing.assert_array_equal(line, run[["step", "levenshtein_accuracy"]])


@pytest.mark.parametrize("name", ["learning_curves", "accuracy_by_length"])
def test_an_svg_of_many_seeds_is_no_larger_than_the_image_that_it_holds(tables, name):
    rows = tables[DRAWN[name][0]]
    rows = rows[(rows["arm"] == "general") & (rows["max_length"] == 7) & (rows["seed"] < 3)]
    sizes = []
    for seeds in (900, 1800):
        copies = [rows.assign(seed=rows["seed"] + 3 * copy) for copy in range(seeds // 3)]
        sizes.append(len(svg(draw(name, pd.concat(copies, ignore_index=True), "general"))))
    assert sizes[1] < 1.1 * sizes[0] < 300_000


def test_a_diverged_run_is_marked_where_it_ended(tables):
    plain, diverged = draw("learning_curves", tables["convergence"], "none").axes
    assert not [line for line in plain.lines if line.get_marker() == "x"]
    (cross,) = [line for line in diverged.lines if line.get_marker() == "x"]
    assert cross.get_xdata() == [250]


def test_a_study_without_factors_and_with_one_seed_has_one_plain_panel(tables):
    rows = tables["convergence"]
    rows = rows[(rows["max_length"] == 7) & (rows["seed"] == 0)].drop(columns="max_length")
    (ax,) = draw("learning_curves", rows, "none").axes
    assert ax.get_title() == ""


def crowd(table, arms):
    """The table with as many arms, each with the rows of the arm general."""
    rows = table[table["arm"] == "general"]
    return pd.concat([rows.assign(arm=f"arm_{number}") for number in range(arms)], ignore_index=True)


@pytest.mark.parametrize("name", ["learning_curves", "accuracy_by_length"])
def test_many_arms_have_a_panel_each_with_the_baseline_in_grey(tables, name):
    table = tables[DRAWN[name][0]]
    few = draw(name, crowd(table, 8), "arm_3")
    assert [ax.get_title() for ax in few.axes] == ["max_length = 7", "max_length = 14"]
    many = crowd(table, 9)
    shifted = many["levenshtein_accuracy"].where(many["arm"] == "arm_3", 0.25)
    many = many.assign(levenshtein_accuracy=shifted)
    figure = draw(name, many, "arm_3")
    assert [ax.get_title() for ax in figure.axes] == [
        f"arm_{arm}\nmax_length = {length}" for length in (7, 14) for arm in range(9)
    ]
    for place, ax in enumerate(figure.axes):
        colors = {to_hex(line.get_color()) for line in ax.lines} - {"#666666"}  # the line at 99%
        assert colors == ({"#999999"} if place % 9 == 3 else {"#999999", "#0072b2"})
        blue = [line.get_ydata() for line in ax.lines if to_hex(line.get_color()) == "#0072b2"]
        assert all((np.asarray(y) == 0.25).all() for y in blue)
    assert max(figure.get_size_inches()) < 20


def test_names_keep_their_look_and_no_two_share_one():
    alone, together = line_styles(["additive"]), line_styles(["none", "first", "additive", "second"])
    assert alone["additive"] == together["additive"]
    assert len({(look.color, look.marker) for look in together.values()}) == 4


def test_the_forest_plot_says_what_its_marks_are_and_keeps_a_level_with_its_factor():
    each = paired_difference([({0: 0.1, 1: 0.2}, {0: 0.0, 1: 0.0})])
    figure = figures.forest(
        [ForestRow("what is compared, of many words, max_length = 16", each, "+0.15", shown=True)], "x", ratio=False
    )
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == [
        "mean, difference shown", "mean, difference not shown", "its 95% interval", "every seed",
    ]  # fmt: skip
    (label,) = [tick.get_text() for tick in figure.axes[0].get_yticklabels()]
    assert label.splitlines()[-1].endswith("max_length\u00a0=\u00a016")
