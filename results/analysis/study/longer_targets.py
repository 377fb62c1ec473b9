"""How many targets longer than those of the training a run writes without an error (`TrainConfig.test_lengths`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from results.analysis.study.budget import settings_at
from results.analysis.study.factor_levels import split_levels


def exact_on_longer(tables: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]) -> dict[str, float]:
    """run_id -> the mean over the lengths beyond those of the training of its exact match at the length.

    Every length counts the same, however many sequences it has: above 1,000 letters, a run has fewer of them if none
    of the length before was exact (`evaluate_lengths`). Runs without longer targets are left out.
    """
    return {
        str(run_id): float(mean)
        for _, rows, trained in lengths_by_levels(tables, settings)
        for run_id, mean in rows[rows["length"] > trained].groupby("run_id")["exact_match"].mean().items()
    }


def lengths_by_levels(
    tables: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]
) -> Iterator[tuple[dict[str, Any], pd.DataFrame, int]]:
    """Yields each combination of levels with its rows of by_length.csv and the longest target of the training; nothing
    for a study without lengths of its own for the evaluation."""
    if "by_length" in tables and settings["training"].get("test_lengths"):
        for levels, rows in split_levels(tables["by_length"]):
            yield levels, rows, settings_at(settings, levels)["longest_target"]
