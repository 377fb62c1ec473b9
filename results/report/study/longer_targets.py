"""Tables of the exact match on targets longer than those of the training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from results.analysis.study.factor_levels import label
from results.analysis.study.longer_targets import lengths_by_levels
from results.page.elements import Table

MOST_LENGTHS = 12
"""The most lengths that a table has columns for. A task whose targets vary in length has many more."""
SOLVED = 0.99


def longer_target_tables(tables: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]) -> list[Table]:
    """A table for each combination of levels: the arms, and the lengths of the targets beyond those of the training."""
    return [
        _table(label(levels), rows, trained, settings["arms"])
        for levels, rows, trained in lengths_by_levels(tables, settings)
        if 0 < rows.loc[rows["length"] > trained, "length"].nunique() <= MOST_LENGTHS
    ]


def _table(at: str, rows: pd.DataFrame, trained: int, arms: Mapping[str, Any]) -> Table:
    lengths = sorted(rows.loc[rows["length"] > trained, "length"].unique())
    rows = rows.assign(group=rows["length"].where(rows["length"] > trained, 0), exact=rows["exact_match"] * rows["n"])
    sums = rows.groupby(["arm", "run_id", "group"])[["exact", "n"]].sum()
    exact = (
        sums["exact"] / sums["n"]
    ).unstack()  # arm and run x 0 (the lengths of the training) and the lengths beyond
    cells = []
    for arm in arms:
        if arm not in exact.index.get_level_values("arm"):
            continue
        of_arm = exact.loc[arm]
        solved = int((of_arm.to_numpy() >= SOLVED).all(axis=1).sum())
        cells.append([arm, *(f"{of_arm[length].mean():.3f}" for length in (0, *lengths)), f"{solved} of {len(of_arm)}"])
    return Table(
        title=f"Exact match by the target's length{f', {at}' if at else ''}",
        note=f"Means over the runs that are done: over all lengths up to {trained}, the longest in training, and at "
        f"each length beyond. Last, the runs with at least {SOLVED:.0%} in every column.",
        header=["arm", f"up to {trained}", *(f"{length:,}" for length in lengths), f"{SOLVED:.0%} everywhere"],
        rows=cells,
        source="by_length.csv",
    )
