"""Where the attention is, in numbers: how much of it is on the expected alignment, and where most of it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from results.analysis import formatting
from results.analysis.alignments import ExpectedAlignment, common_name, expected_alignment, task_key
from results.analysis.factor_levels import split_levels
from results.page.elements import Table
from results.statistics import mean_interval


def alignment_tables(tables: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]) -> list[Table]:
    """One table, of the arms with attention on tasks with an expected alignment; none if there are no such arms."""
    if "mean_alignments" not in tables:
        return []
    found = [
        (levels, str(arm), rows, _expected(settings, levels, rows))
        for levels, at_levels in split_levels(tables["mean_alignments"])
        for arm, rows in at_levels.groupby("arm", sort=False)
    ]
    name = common_name(expected for *_, expected in found)
    if name is None:
        return []
    return [
        Table(
            title="Where the attention lies",
            note="Over the steps that write a letter, of examples of the longest length. "
            f"{name.capitalize()}: the share of the weight on the letter that is to be written. Most weight at: how "
            "many positions after that letter (+, read later) or before it (-) the weight is greatest on average, and "
            "its share there.",
            header=[*found[0][0], "arm", name, "most weight at", "its share", "n"],
            rows=[
                [*map(str, levels.values()), arm, *_where(rows, expected)]
                for levels, arm, rows, expected in found
                if expected.cells
            ],
            source="mean_alignments.csv",
        )
    ]


def shares(rows: pd.DataFrame, expected: ExpectedAlignment) -> pd.DataFrame:
    """One row a seed, a column for each offset from the expected position: the mean weight there, over the steps that
    write a letter."""
    letters = len(expected.cells)
    writing = rows[rows["target_position"] <= letters]
    offsets = writing["source_position"] - writing["target_position"].map(dict(enumerate(expected.cells, start=1)))
    summed = writing.groupby([writing["seed"], offsets.rename("offset")])["weight"].sum()
    return summed.unstack().fillna(0.0) / letters


def _expected(settings: Mapping[str, Any], levels: Mapping[str, Any], rows: pd.DataFrame) -> ExpectedAlignment:
    steps, positions = int(rows["target_position"].max()), int(rows["source_position"].max())
    letters = steps - 1  # the last step writes EOS
    return expected_alignment(settings, task_key(settings, levels), letters=letters, positions=positions)


def _where(rows: pd.DataFrame, expected: ExpectedAlignment) -> list[str]:
    by_seed = shares(rows, expected)
    most = int(by_seed.columns.to_numpy()[by_seed.mean().to_numpy().argmax()])
    found = [mean_interval(by_seed[offset].tolist()) for offset in (0, most)]
    return [
        formatting.accuracy(found[0]),
        f"{most:+d}" if most else "0",
        formatting.accuracy(found[1]),
        str(found[0].n),
    ]
