"""What a figure of the benchmarks shows is read back from the figure: planted ratios, crossovers and growth."""

from __future__ import annotations

import math
from itertools import pairwise

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.contour import ContourSet
from synthetic_timing import LENGTHS, PADDINGS, crossing, encoder_rows, frame, row, speed_rows

from results import figures
from results.analysis.timing_suites import slope
from results.figures.style import darken, line_styles
from results.report.timing.figures import timing_figures


def exact_plane(**changes):
    """padded_exact's rows of one cell and direction."""
    rows = frame(encoder_rows(**changes))
    return rows[(rows["candidate"] == "padded_exact") & (rows["cell"] == "gru") & (rows["directions"] == 1)]


def growth(power, lengths=(10, 20, 50, 100, 200, 500)):
    """Candidates whose times grow as the powers of length that they are named by."""
    return frame(
        [{**row("score", "", name, "one", 1.0, length), "median_seconds": 1e-3 * length**exponent}
         for length in lengths for name, exponent in power.items()]
    )  # fmt: skip


@pytest.mark.parametrize("name", ["crossover_map", "scaling_curves", "ratio_intervals"])
def test_a_figure_names_its_axes_and_panels_and_leaves_rows_and_settings_alone(name):
    rows, settings = exact_plane(), dict(matplotlib.rcParams)
    before = rows.copy()
    figure = getattr(figures, name)([("first", rows), ("second", rows)], 2)
    assert figure.get_supxlabel()
    assert figure.get_supylabel()
    assert [ax.get_title() for ax in figure.axes[:2]] == ["first", "second"]
    assert rows.equals(before)
    assert dict(matplotlib.rcParams) == settings


def test_the_line_of_a_map_runs_where_the_planted_ratio_is_one():
    ax = figures.crossover_map([("", exact_plane())], 1).axes[0]
    (line,) = [drawn for drawn in ax.collections if isinstance(drawn, ContourSet)]
    points = line.get_paths()[0].vertices
    np.testing.assert_allclose(points[:, 1], [crossing(length) for length in points[:, 0]], rtol=1e-3)
    assert points[:, 0].min() == pytest.approx(min(LENGTHS))
    assert points[:, 0].max() == pytest.approx(max(LENGTHS))


def test_a_map_has_each_ratio_in_its_cell_and_a_ring_where_the_interval_holds_1():
    rows = exact_plane().copy()
    rows.loc[(rows["source_length"] == 50) & (rows["padding_ratio"] == 0.25), "ratio_high"] = 1.0
    rows.loc[(rows["source_length"] == 200) & (rows["padding_ratio"] == 0.25), "ratio_high"] = 0.995
    ax = figures.crossover_map([("", rows)], 1).axes[0]
    assert {(x.get_position(), x.get_text()) for x in ax.texts} == {
        ((length, padding), f"{ratio:.2f}")
        for length, padding, ratio in zip(rows["source_length"], rows["padding_ratio"], rows["ratio"], strict=True)
    }
    assert [(ring.get_xdata()[0], ring.get_ydata()[0]) for ring in ax.lines] == [(50, 0.25)]
    mesh = ax.collections[0]
    assert (mesh.norm.vmin, mesh.norm.vmax) == (-2, 2)  # white is a ratio of 1


def test_a_cell_whose_test_failed_is_white_and_a_plane_of_one_cell_has_an_extent():
    rows = exact_plane()
    mesh = figures.crossover_map([("", rows.iloc[1:])], 1).axes[0].collections[0]
    assert mesh.get_array().mask.sum() == 1
    ax = figures.crossover_map([("", rows.iloc[:1])], 1).axes[0]
    assert ax.get_xlim()[0] < LENGTHS[0] < ax.get_xlim()[1]
    assert ax.get_ylim()[0] < PADDINGS[0] < ax.get_ylim()[1]


def test_a_slope_is_that_of_the_longer_half():
    line = growth({"one": 1.0})
    lengths = line["source_length"]
    line["median_seconds"] = lengths.where(lengths < 100, lengths**2 / 100)
    assert slope(line) == pytest.approx(2.0)
    assert slope(line[::-1]) == pytest.approx(2.0)
    assert slope(line[:2]) == pytest.approx(1.0)
    assert math.isnan(slope(line[:1]))
    assert math.isnan(slope(line.assign(source_length=10)))


def test_each_line_has_its_slope_in_its_colour_and_none_lies_on_another():
    power = {"one": 1.0, "two": 2.0, "nearly_two": 1.97}
    figure = figures.scaling_curves([("", growth(power))], 1)
    (ax,) = figure.axes
    named = line_styles([*power])
    assert {x.get_text(): x.get_color() for x in ax.texts} == {
        f"{power[name]:.2f}": darken(named[name].color) for name in power
    }
    figure.draw_without_rendering()
    boxes = sorted((text.get_window_extent() for text in ax.texts), key=lambda box: box.y0)
    assert all(below.y1 <= above.y0 + 1 for below, above in pairwise(boxes))
    assert all(box.x1 <= ax.get_window_extent().x1 for box in boxes)


def test_a_line_of_one_point_has_no_slope_and_its_panel_a_margin():
    for name in ("scaling_curves", "ratio_intervals"):
        # Panels share their axis; a logarithmic one of no width warns, and here a warning is an error.
        ax = getattr(figures, name)([("", growth({"one": 1.0}, lengths=(10,)))], 1).axes[0]
        assert not ax.texts
        low, high = ax.get_xlim()
        assert low < 10 < high


def test_ratios_are_drawn_with_the_ends_of_their_intervals():
    rows = exact_plane()
    rows = rows[rows["padding_ratio"] == 0.5]
    ax = figures.ratio_intervals([("", rows)], 1).axes[0]
    (container,) = ax.containers
    np.testing.assert_array_equal(container.lines[0].get_ydata(), rows["ratio"])
    ends = np.array(container.lines[2][0].get_segments())[:, :, 1]
    np.testing.assert_allclose(ends, rows[["ratio_low", "ratio_high"]])
    colors = {to_hex(line.get_color()) for line in ax.lines} - {"#666666"}  # the line at 1
    assert colors == {line_styles(["padded_exact"])["padded_exact"].color.lower()}


def test_a_report_has_a_panel_for_each_cell_direction_batch_and_hidden_size():
    rows = encoder_rows() + encoder_rows(batch=128) + encoder_rows(lengths=(10, 50), hidden_size=256)
    figures = {picture.name: picture for picture in timing_figures(frame(rows))}
    titles = [ax.get_title() for ax in figures["encoder_map"].drawing.axes if ax.get_title()]
    assert len(titles) == len(set(titles)) == 3 * 6
    assert "lstm, two directions, batch 128, hidden size 64" in titles
    curves = figures["encoder_times"]
    assert [ax.get_title() for ax in curves.drawing.axes] == [
        f"{cell}, {directions}" for directions in ("one direction", "two directions") for cell in ("gru", "lstm", "rnn")
    ]
    assert "padding 0.5" in curves.caption
    assert "padding 0.5" not in figures["encoder_map"].caption


def test_each_suite_has_its_pictures_and_another_device_its_own():
    rows = speed_rows()
    twice = rows + [{**line, "device": "cuda"} for line in rows]
    names = [picture.name for picture in timing_figures(frame(twice))]
    assert len(names) == len(set(names)) == 12
    assert {"score_times", "score_times_2", "training_ratios", "training_ratios_2"} < {*names}
