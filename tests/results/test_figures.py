"""What a figure shows is read back from the figure, not from the code that drew it."""

from __future__ import annotations

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from results import figures
from results.figures.style import looks
from results.records import read_tables

TABLE = {
    "learning_curves": "convergence",
    "accuracy_by_length": "by_length",
    "alignments": "alignments",
    "mean_alignments": "mean_alignments",
    "encoder_times": "throughput",
    "score_times": "throughput",
    "training_times": "throughput",
}


@pytest.fixture(scope="module")
def tables(rows_folder):
    return read_tables(rows_folder)


@pytest.mark.parametrize("name", TABLE)
def test_a_figure_names_its_axes_and_leaves_table_and_settings_alone(tables, name):
    table = tables[TABLE[name]]
    before, settings = table.copy(), dict(matplotlib.rcParams)
    more = ["none"] if name in ("learning_curves", "accuracy_by_length") else []
    figure = getattr(figures, name)(table, *more)
    assert figure.get_supxlabel()
    assert figure.get_supylabel() or name == "training_times"  # there the candidates' names stand at the axis
    assert table.equals(before)
    assert dict(matplotlib.rcParams) == settings


def test_learning_curves_draw_every_seed_and_the_mean(tables):
    table = tables["convergence"]
    axes = figures.learning_curves(table, "none").axes
    assert [ax.get_title() for ax in axes] == ["max_length = 7", "max_length = 14"]
    color = looks(["general"])["general"].color
    lines = [line for line in axes[0].lines if to_hex(line.get_color()) == color.lower()]
    thick = max(lines, key=lambda line: line.get_linewidth())
    rows = table[(table["arm"] == "general") & (table["max_length"] == 7)]
    assert len(lines) == rows["seed"].nunique() + 1
    np.testing.assert_allclose(thick.get_ydata(), rows.groupby("step")["levenshtein_accuracy"].mean())


def test_a_diverged_run_is_marked_where_it_ended(tables):
    plain, diverged = figures.learning_curves(tables["convergence"], "none").axes
    assert not [line for line in plain.lines if line.get_marker() == "x"]
    (cross,) = [line for line in diverged.lines if line.get_marker() == "x"]
    assert cross.get_xdata() == [250]


def test_a_study_without_factors_and_with_one_seed_has_one_plain_panel(tables):
    rows = tables["convergence"]
    rows = rows[(rows["max_length"] == 7) & (rows["seed"] == 0)].drop(columns="max_length")
    (ax,) = figures.learning_curves(rows, "none").axes
    assert ax.get_title() == ""


def crowd(table, arms):
    """The table with as many arms, each with the rows of the arm general."""
    rows = table[table["arm"] == "general"]
    return pd.concat([rows.assign(arm=f"arm_{number}") for number in range(arms)], ignore_index=True)


@pytest.mark.parametrize("name", ["learning_curves", "accuracy_by_length"])
def test_many_arms_have_a_panel_each_with_the_baseline_in_grey(tables, name):
    table = tables[TABLE[name]]
    few = getattr(figures, name)(crowd(table, 8), "arm_3")
    assert [ax.get_title() for ax in few.axes] == ["max_length = 7", "max_length = 14"]
    many = crowd(table, 9)
    shifted = many["levenshtein_accuracy"].where(many["arm"] == "arm_3", 0.25)
    many = many.assign(levenshtein_accuracy=shifted)
    figure = getattr(figures, name)(many, "arm_3")
    assert [ax.get_title() for ax in figure.axes] == [
        f"arm_{arm}\nmax_length = {length}" for length in (7, 14) for arm in range(9)
    ]
    for place, ax in enumerate(figure.axes):
        colors = {to_hex(line.get_color()) for line in ax.lines} - {"#666666"}  # the line at 99%
        assert colors == ({"#999999"} if place % 9 == 3 else {"#999999", "#0072b2"})
        blue = [line.get_ydata() for line in ax.lines if to_hex(line.get_color()) == "#0072b2"]
        assert all((np.asarray(y) == 0.25).all() for y in blue)
    assert max(figure.get_size_inches()) < 20


def test_encoder_panels_are_cells_by_directions_with_the_ratios_of_the_table(tables):
    table = tables["throughput"]
    axes = figures.encoder_times(table).axes
    assert [ax.get_title() for ax in axes] == [
        f"{cell}, {directions}" for directions in ("one direction", "two directions") for cell in ("gru", "lstm", "rnn")
    ]
    rows = table[(table["cell"] == "lstm") & (table["directions"] == 2) & (table["candidate"] == "padded_exact")]
    drawn = [container.lines[0].get_ydata() for container in axes[4].containers]
    assert any(np.array_equal(line, rows["ratio"]) for line in drawn)
    assert {ax.get_yscale() for ax in axes} == {"log"}


def test_a_single_length_has_a_margin_on_either_side(tables):
    # Panels share their axis; a logarithmic one of no width warns, and here a warning is an error.
    table = tables["throughput"]
    figure = figures.encoder_times(table[(table["cell"] == "lstm") & (table["source_length"] == 10)])
    low, high = figure.axes[-1].get_xlim()
    assert low < 10 < high


def test_a_candidate_whose_test_failed_is_left_out_of_its_panel(tables):
    table = tables["throughput"]
    lost = (table["suite"] == "training") & (table["candidate"] == "additive") & (table["source_length"] == 59)
    assert [len(ax.patches) for ax in figures.training_times(table[~lost]).axes] == [4, 3, 4]


def test_names_keep_their_look_and_no_two_share_one():
    alone, together = looks(["additive"]), looks(["none", "first", "additive", "second"])
    assert alone["additive"] == together["additive"]
    assert len({(look.color, look.marker) for look in together.values()}) == 4
