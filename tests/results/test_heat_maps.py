"""A heat map holds the weights of its rows, and marks the position of the letter that is to be written."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthetic_rows import alignment

from results import figures
from results.analysis.study.attention_maps import (
    ExpectedAlignment,
    alignment_caption,
    chosen_maps,
    common_name,
    example_maps,
    expected_alignment,
    mean_maps,
    selected_maps,
    selection_caption,
)
from results.tables.csv_io import read_tables


@pytest.fixture(scope="module")
def tables(rows_folder):
    return read_tables(rows_folder)


def test_a_heat_map_holds_the_weights_of_the_lowest_seed(tables):
    table = tables["alignments"]
    figure = figures.alignments(example_maps(table[table["seed"] != 0], {}))
    first = figure.axes[0]
    rows = table[(table["arm"] == "dot") & (table["max_length"] == 7) & (table["seed"] == 1)]
    weights = rows.pivot(index="target_position", columns="source_position", values="weight").to_numpy()
    np.testing.assert_array_equal(first.images[0].get_array(), weights)
    assert first.get_title() == "dot\nmax_length = 7"
    source = rows.drop_duplicates("source_position")["source"]
    assert [label.get_text()[0] for label in first.get_xticklabels()] == list(source)


def test_the_anti_diagonal_is_marked_as_the_expected_alignment_of_reversal(tables):
    ax = figures.alignments(example_maps(tables["alignments"], {})).axes[0]
    (marks,) = ax.lines
    assert list(zip(marks.get_xdata(), marks.get_ydata(), strict=True))[:2] == [(7, 1), (6, 2)]


@given(letters=st.integers(1, 40), halvings=st.integers(0, 3))
def test_the_expected_position_in_a_pyramid_is_the_one_that_covers_the_letter(letters, halvings):
    """Written out: position p of a pyramid covers the letters above it, 2 ** halvings of them, the last one fewer."""
    wide = 2**halvings
    covers = [range(start, start + wide) for start in range(0, letters, wide)]
    wanted = [next(p for p, these in enumerate(covers, 1) if letter in these) for letter in reversed(range(letters))]
    expected = expected_alignment({}, {}, letters=letters, positions=len(covers))
    assert expected == ExpectedAlignment(wanted, "anti-diagonal")


def test_a_mean_alignment_is_the_mean_over_seeds_and_shows_its_share_of_the_anti_diagonal(tables):
    table = tables["mean_alignments"]
    rows = table[(table["arm"] == "general") & (table["max_length"] == 7)]
    axes = figures.mean_alignments(mean_maps(table, {})).axes
    ax = next(ax for ax in axes if ax.get_title().startswith("general\nmax_length = 7"))
    cubes = [
        run.pivot(index="target_position", columns="source_position", values="weight").to_numpy()
        for _, run in rows.groupby("seed")
    ]
    assert len(cubes) == 10
    np.testing.assert_allclose(ax.images[0].get_array(), np.mean(cubes, axis=0))
    share = np.mean([np.mean(cubes, axis=0)[step, 6 - step] for step in range(7)])
    assert ax.get_title() == f"general\nmax_length = 7\n{share:.2f} on the anti-diagonal"


def recorded(**positions):
    """The settings of a study over tasks, which record where each expects attention on sources of seven letters."""
    return {
        "task": {"max_length": 7},
        "expected_alignments": [{"task": task, "length": 7, "positions": positions[task]} for task in positions],
    }


DOUBLED = [letter // 2 for letter in range(14)]


@pytest.mark.parametrize(
    ("positions", "halvings", "cells", "name"),
    [
        ([0, 1, 2, 3, 4, 5, 6], 0, [1, 2, 3, 4, 5, 6, 7], "diagonal"),
        ([0, 1, 2, 3, 4, 5, 6], 1, [1, 1, 2, 2, 3, 3, 4], "diagonal"),
        ([6, 5, 4, 3, 2, 1, 0], 2, [2, 2, 2, 1, 1, 1, 1], "anti-diagonal"),
        (DOUBLED, 0, [letter + 1 for letter in DOUBLED], "expected alignment"),
        (DOUBLED, 2, [1] * 8 + [2] * 6, "expected alignment"),
        (None, 0, [], "expected alignment"),
    ],
)
def test_the_recorded_alignment_of_a_task_is_found_in_a_pyramid_too(positions, halvings, cells, name):
    """Also where the target is not as long as the source, so that the number of steps says nothing of the letters."""
    settings = recorded(other=[0], mine=positions)
    found = expected_alignment(settings, {"task": "mine", "length": 7}, letters=15, positions=-(-7 // 2**halvings))
    assert found == ExpectedAlignment(cells, name)


def test_the_levels_determine_the_task_of_a_map():
    """A task or a length that is a factor goes over the study's own; the length of a level is the level's."""
    noise = np.random.default_rng(0)
    runs = [{"arm": "dot", "max_length": size, "task": task, "seed": 0} for size in (4, 7) for task in ("copy", "none")]
    rows = pd.DataFrame([row for run in runs for row in alignment(run, run["max_length"], noise)])
    settings = {
        "task": {"max_length": 99},
        "expected_alignments": [
            {"task": task, "length": size, "positions": list(range(size)) if task == "copy" else None}
            for size in (4, 7)
            for task in ("copy", "none")
        ],
    }
    maps = example_maps(rows, settings)
    assert {(one.labels["max_length"], one.labels["task"]): one.expected.positions for one in maps} == {
        ("4", "copy"): [1, 2, 3, 4],
        ("4", "none"): [],
        ("7", "copy"): [1, 2, 3, 4, 5, 6, 7],
        ("7", "none"): [],
    }
    assert alignment_caption(maps).startswith(" Squares mark the diagonal:")
    assert alignment_caption([one for one in maps if not one.expected.positions]) == ""
    means = mean_maps(rows, settings)
    assert ["on the diagonal" in one.title for one in means] == [True, False, True, False]
    assert [len(ax.lines[0].get_xdata()) for ax in figures.mean_alignments(means).axes if ax.images] == [4, 0, 7, 0]


def test_alignments_of_several_tasks_have_a_common_name():
    both = [ExpectedAlignment([1], "diagonal"), ExpectedAlignment([2], "anti-diagonal")]
    assert common_name(both) == "expected alignment"
    assert common_name([both[0], ExpectedAlignment([], "expected alignment")]) == "diagonal"
    assert common_name([]) is None


def pyramid_rows(example, halvings):
    """An example whose every position covers 2 ** halvings letters, the last one the rest of them."""
    wide = 2**halvings
    size = len(example)
    parts = [example[start : start + wide] for start in range(0, size, wide)]
    return [
        {"run_id": "r", "model": "deep", "example": example, "target_position": t, "predicted": letter,
         "source_position": s, "source": part, "weight": float(t + s)}
        for t, letter in enumerate([*reversed(example), "</s>"], 1)
        for s, part in enumerate(parts, 1)
    ]  # fmt: skip


def test_a_chosen_example_of_a_pyramid_has_letters_on_both_axes_and_marks_at_their_positions():
    rows = pd.DataFrame([*pyramid_rows("abcde", 1), *pyramid_rows("dd", 1)])
    first, second, _ = figures.examples(chosen_maps(rows, {})).axes
    assert (first.get_title(), second.get_title()) == ("deep\nabcde", "deep\ndd")
    assert [label.get_text().split("\n")[0] for label in first.get_xticklabels()] == ["ab", "cd", "e"]
    assert [label.get_text() for label in first.get_yticklabels()] == ["e 1", "d 2", "c 3", "b 4", "a 5", "</s> 6"]
    (marks,) = first.lines
    assert list(zip(marks.get_xdata(), marks.get_ydata(), strict=True)) == [(3, 1), (2, 2), (2, 3), (1, 4), (1, 5)]
    assert second.images[0].get_array().shape == (3, 1)


@pytest.mark.parametrize(
    ("chosen", "columns"),
    [(["abc"], 3), (["ab", "dcba"], 2), (["ab", "dcba", "cc", "aaa"], 4), (["a", "b", "c", "d", "aa", "bb"], 4)],
)
def test_chosen_examples_have_a_column_each_and_arms_a_row_while_there_is_room(chosen, columns):
    arms = ["general", "additive", "dot"]
    rows = [
        {**row, "run_id": arm, "model": arm} for example in chosen for arm in arms for row in pyramid_rows(example, 0)
    ]
    figure = figures.examples(chosen_maps(pd.DataFrame(rows), {}))
    panels = [ax for ax in figure.axes if ax.images]
    assert [ax.get_title() for ax in panels] == [f"{arm}\n{example}" for arm in arms for example in chosen]
    assert panels[0].get_gridspec().ncols == columns
    for ax in panels:
        size = len(ax.get_title().split("\n")[1])
        weights = np.add.outer(np.arange(1, size + 2), np.arange(1, size + 1))
        np.testing.assert_array_equal(ax.images[0].get_array(), weights)
    assert figure.get_size_inches()[0] <= 20


def many_maps(arms, levels):
    """Maps of so many arms at these levels."""
    noise = np.random.default_rng(0)
    runs = [{"arm": f"arm_{arm}", "max_length": level, "seed": 0} for arm in range(arms) for level in levels]
    return example_maps(pd.DataFrame([row for run in runs for row in alignment(run, run["max_length"], noise)]), {})


PAIRS = [[(f"arm_{2 * one}", f"arm_{2 * one + 1}") for one in range(start, start + 4)] for start in (0, 4, 8)]
"""Three comparisons of four pairs of arms, eight arms each."""


@pytest.mark.parametrize(
    ("arms", "levels", "drawn"),
    [(15, [4], range(15)), (8, [3, 4], range(8)), (24, [3, 4], range(8)), (24, [4], range(8))],
)
def test_of_many_maps_those_of_the_last_level_and_of_the_first_comparisons_are_drawn(arms, levels, drawn):
    maps = many_maps(arms, levels)
    chosen = selected_maps(maps, PAIRS)
    assert [(one.labels["arm"], one.labels["max_length"]) for one in chosen] == [(f"arm_{arm}", "4") for arm in drawn]
    assert {id(one) for one in chosen} <= {id(one) for one in maps}
    caption = selection_caption(maps, chosen)
    assert (f"{len(chosen)} of {len(maps)} maps are drawn" in caption) == (len(chosen) < len(maps))
    assert ("those at max_length = 4" in caption) == (len(levels) > 1)


def test_without_a_comparison_that_fits_the_first_fifteen_maps_are_drawn():
    maps = many_maps(20, [4])
    for comparisons in ([], [[(f"arm_{arm}", "arm_0") for arm in range(1, 20)]]):
        assert [one.labels["arm"] for one in selected_maps(maps, comparisons)] == [f"arm_{arm}" for arm in range(15)]


@pytest.mark.parametrize(("arms", "levels"), [(20, (10, 20)), (2, (21, 50)), (2, (51, 100))])
def test_many_and_wide_heat_maps_stay_legible(arms, levels):
    """No name on an axis lies over the next, and the figure is no wider than a page."""
    noise = np.random.default_rng(0)
    runs = [
        {"arm": f"arm_{arm}_with_a_long_name", "max_length": level, "seed": 0}
        for arm in range(arms)
        for level in levels
    ]
    rows = [row for run in runs for row in alignment(run, run["max_length"], noise)]
    figure = figures.alignments(example_maps(pd.DataFrame(rows), {}))
    figure.draw_without_rendering()
    width, height = figure.get_size_inches()
    assert width <= 16
    assert height <= 40
    panels = [ax for ax in figure.axes if ax.images]
    assert len(panels) == arms * len(levels)
    for ax in panels:
        for axis, ends in ((ax.xaxis, ("x0", "x1")), (ax.yaxis, ("y0", "y1"))):
            boxes = [name.get_window_extent() for name in axis.get_ticklabels()]
            spans = sorted(tuple(getattr(box, end) for end in ends) for box in boxes)
            assert all(end <= start + 2 for (_, end), (start, _) in pairwise(spans))
