"""How many sources longer than those of the training a run is exact on (`TrainConfig.test_lengths`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from results.analysis.study.budget import settings_at
from results.analysis.study.factor_levels import split_levels
from results.tables.study_schema import LONGEST_OF_EXACT


def exact_on_longer(tables: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]) -> dict[str, float]:
    """run_id -> the mean over the lengths beyond those of the training of its exact match at the length.

    Every length counts the same, however many sequences it has. Runs without longer sources are left out.
    """
    return {
        str(run_id): float(mean)
        for levels, rows in lengths_by_levels(tables, settings)
        for run_id, mean in rows[rows["length"] > trained_lengths(settings, levels)[1]]
        .groupby("run_id")["exact_match"]
        .mean()
        .items()
    }


def lengths_by_levels(
    tables: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]
) -> Iterator[tuple[dict[str, Any], pd.DataFrame]]:
    """Yields each combination of levels that has test lengths, with its rows of by_length.csv.

    A length of more than 1,000 letters that a run has not decoded, since it was exact on no string of the length before
    (`evaluate_lengths`), has a row with n = 0 and the exact match 0.
    """
    for levels, rows in split_levels(tables["by_length"]) if "by_length" in tables else ():
        if lengths := _test_lengths(settings, levels):
            rows = rows[["run_id", "arm", "length", "n", "exact_match"]]
            very_long = pd.DataFrame({"length": [length for length in lengths if length > LONGEST_OF_EXACT]}, dtype=int)
            expected = rows[["run_id", "arm"]].drop_duplicates().merge(very_long, how="cross")
            yield levels, rows.merge(expected, how="outer").fillna({"n": 0, "exact_match": 0.0})


def _test_lengths(settings: Mapping[str, Any], levels: Mapping[str, Any]) -> Sequence[int]:
    """A level may bring test lengths of its own."""
    brought = settings_at(settings, levels).get("settings", {}) if "at_levels" in settings else {}
    lengths: Sequence[int] = brought.get("test_lengths", settings["training"].get("test_lengths", ()))
    return lengths


def trained_lengths(settings: Mapping[str, Any], levels: Mapping[str, Any]) -> tuple[int, int]:
    """The letters of the shortest and of the longest string of the training, counted as in by_length.csv."""
    at = settings_at(settings, levels)
    return (at["shortest_source"], at["longest_source"]) if "longest_source" in at else (1, at["longest_target"])


def counted_side(settings: Mapping[str, Any]) -> str:
    """`source` or `target`: whose letters by_length.csv counts. In folders of an earlier version it is the target."""
    return "source" if any("longest_source" in at for at in settings.get("at_levels", [])) else "target"
