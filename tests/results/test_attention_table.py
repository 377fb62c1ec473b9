"""The table of attention weights, also for a pyramid, which joins positions."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from results.analysis.study.attention_maps import ExpectedAlignment, expected_alignment
from results.report.study.attention import alignment_tables, weights_by_offset


def rows_of(arm: str, seed: int, weights: dict[tuple[int, int], float], sizes: tuple[int, int]) -> list[dict[str, Any]]:
    """All cells of a mean alignment of `sizes` target and source positions; missing weights are zero."""
    return [
        {"run_id": f"{arm}{seed}", "arm": arm, "seed": seed, "target_position": t, "source_position": s, "n": 100,
         "weight": weights.get((t, s), 0.0)}
        for t in range(1, sizes[0] + 1)
        for s in range(1, sizes[1] + 1)
    ]  # fmt: skip


def reversal(letters: int, positions: int) -> ExpectedAlignment:
    return expected_alignment({}, {}, letters=letters, positions=positions)


def test_the_share_on_each_offset_leaves_out_the_step_that_writes_eos() -> None:
    # Three letters, written from the third back: one letter late at the first step, right after that.
    weights = {(1, 3): 0.25, (1, 2): 0.75, (2, 2): 1.0, (3, 1): 0.5, (3, 2): 0.5, (4, 1): 1.0}
    by_offset = weights_by_offset(pd.DataFrame(rows_of("dot", 0, weights, (4, 3))), reversal(3, 3)).loc[0]
    assert by_offset[0] == pytest.approx((0.25 + 1.0 + 0.5) / 3)
    assert by_offset[-1] == pytest.approx(0.75 / 3)
    assert by_offset[1] == pytest.approx(0.5 / 3)
    assert by_offset.sum() == pytest.approx(1)


def test_a_position_of_a_pyramid_covers_all_of_its_letters() -> None:
    # Five letters in three positions: the fifth alone in the third, the fourth and third in the second, and so on.
    weights = {(1, 3): 1.0, (2, 2): 1.0, (3, 2): 1.0, (4, 1): 1.0, (5, 1): 1.0, (6, 1): 1.0}
    by_offset = weights_by_offset(pd.DataFrame(rows_of("dot", 0, weights, (6, 3))), reversal(5, 3)).loc[0]
    assert by_offset[0] == pytest.approx(1)


def test_the_table_names_the_offset_with_the_most_weight() -> None:
    late = {(t, min(3, 5 - t)): 1.0 for t in range(1, 5)}  # the position after the letter, where there is one
    right = {(t, 4 - t): 1.0 for t in range(1, 4)}
    rows = [
        row for seed in (0, 1) for arm, w in (("late", late), ("right", right)) for row in rows_of(arm, seed, w, (4, 3))
    ]
    (table,) = alignment_tables({"mean_alignments": pd.DataFrame(rows)}, {})
    assert table.rows == [
        ["late", "0.333 (0.333 to 0.333)", "+1", "0.667 (0.667 to 0.667)", "2"],
        ["right", "1.000 (1.000 to 1.000)", "0", "1.000 (1.000 to 1.000)", "2"],
    ]
    assert table.header[1] == "anti-diagonal"
    assert alignment_tables({}, {}) == []


def test_the_table_is_of_the_alignment_that_the_task_expects() -> None:
    # Two letters, each written twice: the steps that write a letter are four, and the fifth writes EOS.
    right = {(1, 1): 1.0, (2, 1): 1.0, (3, 2): 0.5, (3, 1): 0.5, (4, 2): 1.0, (5, 1): 1.0}
    tables = {"mean_alignments": pd.DataFrame(rows_of("dot", 0, right, (5, 2)))}
    entry = {"task": "doubled", "length": 2, "positions": [0, 0, 1, 1]}
    settings = {"task": {"task": "doubled", "max_length": 2}, "expected_alignments": [entry]}
    (table,) = alignment_tables(tables, settings)
    assert table.header == ["arm", "expected alignment", "most weight at", "weight there", "n"]
    assert table.rows == [["dot", "0.875", "0", "0.875", "1"]]
    assert alignment_tables(tables, {**settings, "expected_alignments": [{**entry, "positions": None}]}) == []
