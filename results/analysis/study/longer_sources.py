"""How many sources longer than those of the training a run is exact on (`TrainConfig.test_lengths`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from results.analysis.study.budget import settings_at
from results.analysis.study.factor_levels import includes, split_levels
from results.tables.csv_io import factors_of
from results.tables.study_schema import LONGEST_OF_EXACT

SOLVED = 0.99
"""The exact match from which on a run solves a length."""


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
    """Yields each combination of levels that has test lengths, with its rows of by_length.csv, completed by
    `with_untested`."""
    for levels, rows in split_levels(tables["by_length"]) if "by_length" in tables else ():
        if test_lengths(settings, levels):
            yield levels, with_untested(rows, settings, levels)


def with_untested(rows: pd.DataFrame, settings: Mapping[str, Any], levels: Mapping[str, Any]) -> pd.DataFrame:
    """The rows of by_length.csv at these levels, and those of test lengths above 1,000 letters that a run has not
    decoded, since it was exact on no string of the length before (`evaluate_lengths`): n = 0, exact match 0."""
    lengths = [length for length in test_lengths(settings, levels) if length > LONGEST_OF_EXACT]
    runs = rows[["run_id", "arm", *factors_of(rows), "seed"]].drop_duplicates()
    expected = runs.assign(exact_match=0.0, n=0).merge(pd.DataFrame({"length": lengths}, dtype=int), how="cross")
    tested = pd.MultiIndex.from_frame(rows[["run_id", "length"]])
    untested = expected[~pd.MultiIndex.from_frame(expected[["run_id", "length"]]).isin(tested)]
    return pd.concat([rows, untested], ignore_index=True) if len(untested) else rows


def test_lengths(settings: Mapping[str, Any], levels: Mapping[str, Any]) -> Sequence[int]:
    """The test lengths at these levels; a level may bring its own."""
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


def exact_on_trained(tables: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]) -> dict[str, float]:
    """run_id -> its exact match over all tested sequences of the lengths of the training; runs without any are left
    out."""
    by_levels = split_levels(tables["by_length"]) if "by_length" in tables else ()
    return {
        str(run_id): float(exact)
        for levels, rows in by_levels
        for run_id, exact in _over_sequences(
            rows[rows["length"].between(*trained_lengths(settings, levels))], ["run_id"]
        ).items()
    }


def _over_sequences(rows: pd.DataFrame, groups: list[str]) -> pd.Series[float]:
    """The exact match of each group of rows, in which each sequence counts the same."""
    sums = rows.assign(exact=rows["exact_match"] * rows["n"]).groupby(groups)[["exact", "n"]].sum()
    return sums["exact"] / sums["n"].clip(lower=1)


@dataclass(frozen=True)
class LongerSources:
    """The exact match of the runs that are done on sources longer than those of the training, at some levels."""

    levels: Mapping[str, Any]
    shortest: int
    longest: int
    """In letters, of the training."""
    rows: pd.DataFrame
    """Of by_length.csv"""
    ended: pd.Series[int]
    """Arm -> its runs that are done or diverged"""

    @cached_property
    def lengths(self) -> list[int]:
        """Those beyond the training."""
        return sorted(self.rows.loc[self.rows["length"] > self.longest, "length"].unique())

    @cached_property
    def exact(self) -> pd.DataFrame:
        """Arm and run x `lengths`, and 0 for those of the training, if strings of these were tested. Shorter ones are
        left out."""
        rows = self.rows[self.rows["length"] >= self.shortest]
        rows = rows.assign(group=rows["length"].where(rows["length"] > self.longest, 0))
        return _over_sequences(rows, ["arm", "run_id", "group"]).unstack()

    def of_arm(self, arm: str) -> pd.DataFrame:
        return self.exact[self.exact.index.get_level_values("arm") == arm]

    def solved(self, arm: str) -> str:
        """`9 of 10`: the runs of an arm that solve each of `lengths`, of those that are done or diverged."""
        return f"{int((self.of_arm(arm)[self.lengths] >= SOLVED).all(axis='columns').sum())} of {self.ended[arm]}"

    @property
    def trained_range(self) -> str:
        """`up to 40`, or `6 to 15`: the lengths of the training."""
        return f"up to {self.longest}" if self.shortest == 1 else f"{self.shortest} to {self.longest}"

    @property
    def tests_trained(self) -> bool:
        """Whether strings of the lengths of the training were tested."""
        return 0 in self.exact.columns

    def trained(self, arm: str) -> int:
        """The number of runs of an arm that solve the lengths of the training, if these were tested."""
        return int((self.of_arm(arm)[0] >= SOLVED).sum())


def longer_sources(tables: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]) -> Iterator[LongerSources]:
    """The exact match at each combination of levels that has sources longer than those of the training."""
    for levels, rows in lengths_by_levels(tables, settings):
        runs = next(runs for at, runs in split_levels(tables["runs"]) if includes(at, levels))
        ended = runs[runs["status"] != "failed"].groupby("arm").size()
        found = LongerSources(levels, *trained_lengths(settings, levels), rows, ended)
        if found.lengths:
            yield found
