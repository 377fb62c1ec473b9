"""What a figure of the benchmarks shows is read back from the figure: known ratios, crossovers and growth."""

from __future__ import annotations

import math
from itertools import combinations, pairwise

import matplotlib
import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex
from matplotlib.text import Text
from synthetic_timing import CELLS, LENGTHS, PADDINGS, crossing, encoder_rows, frame, row, speed_rows

from results import figures
from results.analysis.timing.suites import slope, with_quartiles
from results.figures.style import darken, line_styles
from results.report.timing.figures import encoder_map, timing_figures


def exact_plane(**changes):
    """padded_exact's rows of one cell and direction."""
    rows = with_quartiles(frame(encoder_rows(**changes)), None)
    return rows[(rows["candidate"] == "padded_exact") & (rows["cell"] == "gru") & (rows["directions"] == 1)]


def growth(power, lengths=(10, 20, 50, 100, 200, 500)):
    """Candidates whose times grow as the powers of length that they are named by."""
    rows = [
        {**row("score", "", name, "one", 1.0, length), "median_seconds": 1e-3 * length**exponent}
        for length in lengths
        for name, exponent in power.items()
    ]
    return with_quartiles(frame(rows), None)


def title(ax):
    """A panel's title as one line; spaces that must not break are plain."""
    return ax.get_title().replace("\u00a0", " ").replace("\n", " ")


@pytest.mark.parametrize("name", ["crossover_map", "scaling_curves", "ratio_intervals"])
def test_a_figure_names_its_axes_and_panels_and_does_not_change_rows_or_settings(name):
    rows, set_before = exact_plane(), dict(matplotlib.rcParams)
    before = rows.copy()
    figure = getattr(figures, name)([[("first", rows), ("", rows[:0])], [("second", rows), ("third", rows)]])
    assert figure.get_supxlabel()
    assert figure.get_supylabel()
    assert [ax.get_title() for ax in figure.axes[:3]] == ["first", "second", "third"]
    assert rows.equals(before)
    assert dict(matplotlib.rcParams) == set_before


def test_each_edge_of_a_grid_with_holes_has_tick_labels():
    rows = exact_plane()
    holes = [[("first", rows), ("second", rows)], [("", rows[:0]), ("third", rows)]]
    axes = figures.ratio_intervals(holes).axes
    below = [any(label.get_visible() for label in ax.get_xticklabels()) for ax in axes]
    left = [any(label.get_visible() for label in ax.get_yticklabels()) for ax in axes]
    assert (below, left) == ([True, False, True], [True, False, True])


def test_the_line_of_a_map_divides_ratios_below_one_from_those_above():
    rows = exact_plane()
    ax = figures.crossover_map([[("", rows)]]).axes[0]
    (line,) = [drawn for drawn in ax.collections if isinstance(drawn, LineCollection)]
    drawn = {frozenset(map(tuple, side)) for side in line.get_segments()}
    expected = set()
    for x, length in enumerate(LENGTHS):
        for y, padding in enumerate(PADDINGS):
            below = padding < crossing(length)
            if y + 1 < len(PADDINGS) and below != (PADDINGS[y + 1] < crossing(length)):
                expected.add(frozenset([(x - 0.5, y + 0.5), (x + 0.5, y + 0.5)]))
            if x + 1 < len(LENGTHS) and below != (padding < crossing(LENGTHS[x + 1])):
                expected.add(frozenset([(x + 0.5, y - 0.5), (x + 0.5, y + 0.5)]))
    assert drawn == expected
    assert "same time" in legend_texts(ax.figure)
    faster = figures.crossover_map([[("", rows.assign(ratio=0.5))]])
    assert not [
        line for line in faster.axes[0].collections if isinstance(line, LineCollection) and len(line.get_segments())
    ]
    assert not legend_texts(faster)


def legend_texts(figure):
    return [text.get_text() for legend in figure.legends for text in legend.get_texts()]


def test_a_map_has_each_ratio_in_its_cell_and_a_ring_where_the_interval_holds_1():
    rows = exact_plane().copy()
    rows.loc[(rows["source_length"] == 50) & (rows["padding_ratio"] == 0.25), "ratio_high"] = 1.0
    rows.loc[(rows["source_length"] == 200) & (rows["padding_ratio"] == 0.25), "ratio_high"] = 0.995
    figure = figures.crossover_map([[("", rows)]])
    ax = figure.axes[0]
    assert {(x.get_position(), x.get_text()) for x in ax.texts} == {
        ((LENGTHS.index(length), PADDINGS.index(padding)), f"{ratio:.2f}")
        for length, padding, ratio in zip(rows["source_length"], rows["padding_ratio"], rows["ratio"], strict=True)
    }
    assert [tick.get_text() for tick in ax.get_xticklabels()] == [str(length) for length in LENGTHS]
    assert [ring.get_center() for ring in ax.patches] == [(1, 1)]
    assert "no difference shown" in legend_texts(figure)


@example([0.25, 2.0])
@given(st.lists(st.floats(0.001, 1000), min_size=1, max_size=4))
@settings(max_examples=20, deadline=None)
def test_the_colours_of_a_map_cover_its_ratios_and_change_at_one(ratios):
    rows = exact_plane().iloc[: len(ratios)].assign(ratio=ratios)
    mesh = figures.crossover_map([[("", rows)]]).axes[0].collections[0]
    steps = mesh.norm.boundaries
    assert min(steps) <= min(ratios)
    assert max(ratios) < max(steps)
    assert 1 in steps
    np.testing.assert_allclose(steps[1:] / steps[:-1], 2)
    darkness = mesh.cmap(mesh.norm(steps[:-1] * 1.5))[:, :3] @ [0.3, 0.59, 0.11]
    faster = steps[1:] <= 1
    assert (np.diff(darkness[faster]) > 0).all()
    assert (np.diff(darkness[~faster]) < 0).all()


def test_the_numbers_and_titles_of_a_map_fit():
    rows = encoder_rows((10, 20, 50, 100, 200, 500, 1000)) + encoder_rows((10, 50), hidden_size=256, batch=128)
    for drawn in (encoder_map(frame(rows)), timing_figures(frame(rows), None)[0]):
        figure = drawn.drawing
        figure.draw_without_rendering()
        assert figure.get_figwidth() * 96 == pytest.approx(700, abs=10)
        *axes, _bar = figure.axes
        for ax in axes:
            room = ax.transData.transform((0.8, 0.7)) - ax.transData.transform((0, 0))
            boxes = [text.get_window_extent() for text in ax.texts]
            assert all(box.width < room[0] and box.height < room[1] for box in boxes)
        titles = [ax.title.get_window_extent() for ax in axes]
        assert all(not one.overlaps(other) for one, other in combinations(titles, 2))


def test_a_cell_whose_test_failed_is_white_and_a_plane_of_one_cell_has_an_extent():
    rows = exact_plane()
    mesh = figures.crossover_map([[("", rows.iloc[1:])]]).axes[0].collections[0]
    assert mesh.get_array().mask.sum() == 1
    ax = figures.crossover_map([[("", rows.iloc[:1])]]).axes[0]
    assert ax.get_xlim()[0] < 0 < ax.get_xlim()[1]
    assert ax.get_ylim()[0] < 0 < ax.get_ylim()[1]


def test_a_slope_is_that_of_the_longer_half():
    line = growth({"one": 1.0})
    lengths = line["source_length"]
    line["median_seconds"] = lengths.where(lengths < 100, lengths**2 / 100)
    assert slope(line) == pytest.approx(2.0)
    assert slope(line[::-1]) == pytest.approx(2.0)
    assert slope(line[:2]) == pytest.approx(1.0)
    assert math.isnan(slope(line[:1]))
    assert math.isnan(slope(line.assign(source_length=10)))


@pytest.mark.parametrize("name", ["scaling_curves", "ratio_intervals"])
def test_each_line_has_its_name_in_its_colour_and_none_lies_on_another(name):
    power = {"one": 1.0, "two": 2.0, "nearly_two": 1.97, "nearly_two_as_well": 1.96, "lowest": 0.5, "low": 0.501}
    rows = growth(power)
    rows["ratio"] = rows["median_seconds"] / rows.groupby("source_length")["median_seconds"].transform("min")
    figure = getattr(figures, name)([[("", rows), ("", rows[rows["source_length"] < 100])]])
    named = line_styles([*power])
    figure.draw_without_rendering()
    for ax in figure.axes:
        assert {x.get_text().removesuffix(" (against itself)"): x.get_color() for x in ax.texts} == {
            name: darken(named[name].color) for name in power
        }
        boxes = sorted((Text.get_window_extent(name) for name in ax.texts), key=lambda box: box.y0)  # without the line
        assert all(below.y1 <= above.y0 + 2 for below, above in pairwise(boxes))
        panels = [panel.get_window_extent() for panel in figure.axes]
        assert all(not box.overlaps(panel) and box.x1 <= figure.bbox.x1 for box in boxes for panel in panels)
        order = sorted(ax.texts, key=lambda text: text.get_position()[1])
        assert [text.get_text().split()[0] for text in order] == sorted(power, key=power.get)


def test_a_line_of_one_point_has_its_name_and_its_panel_a_margin():
    for name in ("scaling_curves", "ratio_intervals"):
        # Panels share their axis; a logarithmic one of no width warns, and here a warning is an error.
        ax = getattr(figures, name)([[("", growth({"one": 1.0}, lengths=(10,)))]]).axes[0]
        assert len(ax.texts) == 1
        low, high = ax.get_xlim()
        assert low < 10 < high


def test_a_name_has_one_look_in_all_panels():
    first, second = growth({"one": 1.0, "two": 2.0}), growth({"three": 1.0, "two": 2.0})
    ax, other = figures.scaling_curves([[("", first), ("", second)]]).axes
    looks = [{text.get_text(): text.get_color() for text in panel.texts} for panel in (ax, other)]
    assert looks[0]["two"] == looks[1]["two"]
    assert looks[0]["one"] != looks[1]["three"]


def test_ratios_are_drawn_with_the_ends_of_their_intervals():
    rows = exact_plane()
    rows = rows[rows["padding_ratio"] == 0.5]
    figure = figures.ratio_intervals([[("", rows)]])
    (ax,) = figure.axes
    (container,) = ax.containers
    np.testing.assert_array_equal(container.lines[0].get_ydata(), rows["ratio"])
    ends = np.array(container.lines[2][0].get_segments())[:, :, 1]
    np.testing.assert_allclose(ends, rows[["ratio_low", "ratio_high"]])
    assert to_hex(container.lines[0].get_color()) == line_styles(["padded_exact"])["padded_exact"].color.lower()
    assert legend_texts(figure) == ["95% interval", "same time as the baseline"]


def test_times_have_the_quartiles_of_their_rounds():
    rows = frame([row("greedy", "", name, "none", 1.0, 10, median_seconds=0.1) for name in ("none", "general")])
    rounds = pd.DataFrame(
        [{"suite": "greedy", "case": rows["case"][0], "candidate": "general", "candidate_seconds": seconds}
         for seconds in (0.08, 0.09, 0.1, 0.2, 0.5)]
    )  # fmt: skip
    (figure,) = timing_figures(rows, rounds)
    none, general = figure.drawing.axes[0].containers
    np.testing.assert_allclose(general.lines[2][0].get_segments()[0][:, 1], [90, 200])
    assert not np.isfinite(none.lines[2][0].get_segments()[0]).any()
    assert [cells[1] for cells in figure.rows] == ["100", "100 (90.0 to 200)"]
    assert figure.header[1] == "ms at 10 (quartiles)"
    assert legend_texts(figure.drawing) == ["middle half of the rounds"]
    (without,) = timing_figures(rows, None)
    assert [cells[1] for cells in without.rows] == ["100", "100"]
    assert not legend_texts(without.drawing)


def test_columns_of_panels_are_directions_and_rows_are_cells():
    rows = [line for line in encoder_rows() if (line["cell"], line["directions"]) != ("gru", 1)]
    for drawn in (encoder_map(frame(rows)), *timing_figures(frame(rows), None)):
        axes = [ax for ax in drawn.drawing.axes if ax.get_title()]
        positions = {title(ax): ax.get_position() for ax in axes}
        assert set(positions) == {f"{cell}, {way}" for cell in CELLS for way in ("one direction", "two directions")} - {
            "gru, one direction"
        }
        for cell in ("lstm", "rnn"):
            one, two = positions[f"{cell}, one direction"], positions[f"{cell}, two directions"]
            assert one.x1 < two.x0
            assert one.y0 == pytest.approx(two.y0)
        assert positions["gru, two directions"].x0 == pytest.approx(positions["rnn, two directions"].x0)


def test_a_report_has_a_panel_for_each_cell_direction_batch_and_hidden_size():
    rows = encoder_rows() + encoder_rows(batch=128) + encoder_rows(lengths=(10, 50), hidden_size=256)
    figures = {picture.name: picture for picture in (encoder_map(frame(rows)), *timing_figures(frame(rows), None))}
    titles = {name: [title(ax) for ax in picture.drawing.axes if ax.get_title()] for name, picture in figures.items()}
    assert len(titles["encoder_map"]) == len({*titles["encoder_map"]}) == 2 * 6
    assert "lstm, two directions, batch 128" in titles["encoder_map"]
    assert len(titles["encoder_map_sizes"]) == len({*titles["encoder_map_sizes"]}) == 6
    assert "hidden size 256" in figures["encoder_map_sizes"].caption
    curves = figures["encoder_times"]
    assert titles["encoder_times"] == [
        f"{cell}, {directions}" for cell in ("gru", "lstm", "rnn") for directions in ("one direction", "two directions")
    ]
    assert "padding ratio 0.5" in curves.caption
    assert "padding ratio 0.5" not in figures["encoder_map"].caption


def test_the_map_of_the_answer_is_that_of_the_first_device():
    rows = speed_rows()
    answered = encoder_map(frame(rows + [{**line, "device": "cuda", "ratio": 1.5} for line in rows]))
    alone = encoder_map(frame(rows))
    assert answered.name == alone.name == "encoder_map"
    assert (answered.rows, answered.caption) == (alone.rows, alone.caption)
    assert encoder_map(frame([line for line in rows if line["candidate"] != "padded_exact"])) is None
    assert encoder_map(frame([line for line in rows if line["suite"] == "greedy"])) is None


def test_each_suite_has_its_figures_on_each_device():
    rows = speed_rows()
    twice = rows + [{**line, "device": "cuda"} for line in rows]
    names = [picture.name for picture in timing_figures(frame(twice), None)]
    assert len(names) == len(set(names)) == 11
    assert "encoder_map" not in names  # it is in the answer
    assert {"score_times", "score_times_2", "training_ratios", "training_ratios_2"} < {*names}
