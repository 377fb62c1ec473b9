"""What identifies a row in two folders, and how the output names it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any

import pandas as pd

from results.analysis import formatting
from results.analysis.study.factor_levels import name_at_levels
from results.analysis.timing.overhead import STORAGES, overhead_ratios
from results.analysis.timing.peers import WORKS
from results.tables.csv_io import factors_of
from results.tables.study_schema import KEYS

RowNames = dict[Hashable, tuple[str, str]]
"""Key of a row -> (group, item) that name it in the output, in the table's order."""


def _runs(runs: pd.DataFrame) -> RowNames:
    """Runs are identified by arm, levels and seed, since run ids change with each version of the numbers."""
    factors = factors_of(runs)
    named: RowNames = {}
    for row in runs.to_dict("records"):
        levels = {factor: row[factor] for factor in factors}
        named[(row["arm"], row["seed"], *levels.items())] = (name_at_levels(row["arm"], levels), f"seed {row['seed']}")
    return named


def _throughput(rows: pd.DataFrame) -> RowNames:
    return {
        _key("throughput", row): (f"{row['suite']}, {row['case']}", row["candidate"]) for row in rows.to_dict("records")
    }


def _peers(rows: pd.DataFrame) -> RowNames:
    return {
        _key("peers", row): (
            f"{WORKS[row['work']]}, {row['case']}, H = {row['hidden_size']}, batch {row['batch']}, {row['mode']}: "
            f"{row['ours']} against {row['peer']}",
            f"{formatting.plural(row['threads'], 'thread')}{' (memory)' * (row['measure'] == 'memory')}",
        )
        for row in rows.to_dict("records")
    }


def _overhead(rows: pd.DataFrame) -> RowNames:
    return {
        names: (f"overhead of {names[0]}, arm {names[1]}, profile {names[2]}", STORAGES[names[3]])
        for names, _, _ in overhead_ratios(rows)
    }


def _key(table: str, row: Mapping[Hashable, Any]) -> Hashable:
    return tuple(row[column] for column in KEYS[table])


ROW_NAMES: Mapping[str, Callable[[pd.DataFrame], RowNames]] = {
    "runs": _runs,
    "throughput": _throughput,
    "peers": _peers,
    "overhead": _overhead,
}
"""The tables whose rows are compared one by one; rows of other tables follow from these or are samples."""
