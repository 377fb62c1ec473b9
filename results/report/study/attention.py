"""Where the attention lies, in numbers: how much of it is on the letter to be written, and where most of it is."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from results.analysis import formatting
from results.analysis.attention_maps import held_positions
from results.analysis.factor_levels import split_levels
from results.page.elements import Table
from results.statistics import mean_interval


def alignment_tables(tables: Mapping[str, pd.DataFrame]) -> list[Table]:
    """One table, of the arms with attention; none if there is none."""
    if "mean_alignments" not in tables:
        return []
    rows = [
        [*map(str, levels.values()), str(arm), *_where(mine)]
        for levels, at_levels in split_levels(tables["mean_alignments"])
        for arm, mine in at_levels.groupby("arm", sort=False)
    ]
    levels, _ = next(iter(split_levels(tables["mean_alignments"])))
    return [
        Table(
            title="Where the attention lies",
            note="Over the steps that write a letter, of examples of the longest length. Anti-diagonal: the share of "
            "the weight on the letter that is to be written. Most weight at: how many positions after that letter (+, "
            "read later) or before it (-) the weight is greatest on average, and its share there.",
            header=[*levels, "arm", "anti-diagonal", "most weight at", "its share", "n"],
            rows=rows,
            source="mean_alignments.csv",
        )
    ]


def shares(rows: pd.DataFrame) -> pd.DataFrame:
    """One row a seed, a column for each offset from the position of the letter that is to be written: the mean weight
    there, over the steps that write a letter."""
    letters = int(rows["target_position"].max()) - 1  # the last step writes the end
    held = held_positions(letters, int(rows["source_position"].max()))
    writing = rows[rows["target_position"] <= letters]
    offsets = writing["source_position"] - writing["target_position"].map(dict(enumerate(held, start=1)))
    summed = writing.groupby([writing["seed"], offsets.rename("offset")])["weight"].sum()
    return summed.unstack().fillna(0.0) / letters


def _where(rows: pd.DataFrame) -> list[str]:
    by_seed = shares(rows)
    most = int(by_seed.columns.to_numpy()[by_seed.mean().to_numpy().argmax()])
    found = [mean_interval(by_seed[offset].tolist()) for offset in (0, most)]
    return [
        formatting.accuracy(found[0]),
        f"{most:+d}" if most else "0",
        formatting.accuracy(found[1]),
        str(found[0].n),
    ]
