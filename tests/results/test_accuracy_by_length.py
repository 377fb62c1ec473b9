"""Accuracy by length: dots and bars, or lines and bands of many lengths, on a logarithmic axis beyond the training."""

from __future__ import annotations

import pandas as pd
import pytest
from matplotlib.collections import LineCollection

from results import figures
from results.analysis.study.seed_curves import mean_curves
from results.figures.arm_panels import plan_panels


def draw(table, trained=None):
    curves = mean_curves(table, "length", "levenshtein_accuracy")
    return figures.accuracy_by_length(curves, plan_panels(table, []), "source length (letters)", trained)


def test_each_panel_of_accuracy_by_length_has_the_lengths_of_its_level():
    rows = [
        {"arm": "none", "max_length": level, "seed": seed, "length": length, "levenshtein_accuracy": 0.9}
        for level in (10, 80)
        for seed in range(2)
        for length in range(level // 2, level + 1)
    ]
    table = pd.DataFrame(rows)
    figure = draw(table)
    ends = [ax.get_xlim() for ax in figure.axes]
    assert [(round(low), round(high)) for low, high in ends] == [(5, 10), (38, 82)]


@pytest.mark.parametrize("count", [24, 25])
def test_more_lengths_than_bars_have_room_for_are_lines_and_bands(count):
    table = pd.DataFrame(
        {"arm": "none", "seed": seed, "length": length, "levenshtein_accuracy": 1 - (seed + length % 2) / 50}
        for seed in range(3)
        for length in range(1, count + 1)
    )
    figure = draw(table)
    (ax,) = figure.axes
    thin = [drawn for drawn in ax.collections if isinstance(drawn, LineCollection)]
    dots = [line for line in ax.lines if line.get_linestyle() == "None"]
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == ["mean over seeds", "its 95% interval", "one seed"]
    if count == 24:
        assert len(thin[0].get_segments()) == count  # an interval at each length
        assert len(dots[0].get_ydata()) == len(table)
    else:
        assert [len(line) for line in thin[0].get_segments()] == [count] * 3  # a line for each seed
        assert not dots


def test_a_seed_that_fails_is_on_the_axis_and_a_single_length_has_a_marker():
    table = pd.DataFrame(
        {"arm": "none", "max_length": level, "seed": seed, "length": length, "levenshtein_accuracy": float(seed > 0)}
        for level in (1, 30)
        for seed in range(20)
        for length in range(1, level + 1)
    )
    axes = draw(table).axes
    assert all(ax.get_ylim()[0] < 0 for ax in axes)
    (mean,) = axes[0].lines
    assert mean.get_marker() != "None"
    assert mean.get_markevery() is None


@pytest.mark.parametrize(
    ("all_lengths", "last"),
    [
        ((*range(1, 41), 60, 1000), [1000, 1000]),
        # Arms are side by side: 0.6 of the smallest gap, from 40 to 60, is divided among two arms.
        ((1, 6, 40, 60, 1000), [1000 * 1.5**-0.15, 1000 * 1.5**0.15]),
    ],
)
def test_lengths_beyond_the_training_are_on_a_logarithmic_axis_with_those_of_the_training_shaded(all_lengths, last):
    rows = [
        {"arm": arm, "seed": seed, "length": length, "levenshtein_accuracy": 1.0 if length <= 40 else end + seed / 50}
        for arm, end in (("none", 0.3), ("shift", 0.9))
        for seed in range(3)
        for length in all_lengths
    ]
    table = pd.DataFrame(rows)
    figure = draw(table, [(6, 40)])
    (ax,) = figure.axes
    assert ax.get_xscale() == "log"
    (shade,) = [patch for patch in ax.patches if patch.get_width() > 1]
    assert shade.get_x() + shade.get_width() == pytest.approx(40)
    assert shade.get_x() == pytest.approx(6)
    assert ax.get_xlim()[0] < 1
    assert ax.xaxis.get_major_formatter()(1000) == "1,000"
    ends = [line.get_xdata()[-1] for line in ax.lines if line.get_linestyle() not in ("None", "")]
    assert ends == pytest.approx(last)


def test_lengths_within_a_factor_of_ten_are_on_a_linear_axis_which_has_numbers():
    """A logarithmic axis from 65 to 128 had the number 100 alone."""
    table = pd.DataFrame(
        {"arm": "none", "seed": seed, "length": length, "levenshtein_accuracy": 0.5}
        for seed in range(3)
        for length in range(65, 129)
    )
    (ax,) = draw(table, [(8, 64)]).axes
    assert ax.get_xscale() == "linear"
    low, high = ax.get_xlim()
    assert len([tick for tick in ax.get_xticks() if low <= tick <= high]) >= 4
    assert low < 65
