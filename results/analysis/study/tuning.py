"""The trials of a tuning, and what each arm chose: its budget, the chosen trial, and the trials near the best."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from results.analysis.study.factor_levels import split_levels
from results.tables.csv_io import factors_of

NEAR = 0.01
"""Completed trials whose values are within this distance of the best are reported as near it."""
END = 0.05
"""The outer fraction of a range, at either end, in which a chosen value is reported as at the end."""


@dataclass(frozen=True, kw_only=True)
class ArmTuning:
    """The tuning of one arm at one combination of levels."""

    levels: Mapping[str, Any]
    arm: str
    trials: pd.DataFrame

    def count(self, outcome: str) -> int:
        return int((self.trials["outcome"] == outcome).sum())

    @property
    def chosen(self) -> pd.Series[Any] | None:
        """The chosen trial; None without one."""
        rows = self.trials[self.trials["chosen"] == 1]
        return rows.iloc[0] if len(rows) else None

    @property
    def near(self) -> pd.DataFrame:
        """The completed trials within `NEAR` of the best."""
        done = self.trials["value"].where(self.trials["outcome"] == "done")
        near: pd.DataFrame = self.trials[done >= done.max() - NEAR]
        return near


def trials_of(tuning: pd.DataFrame) -> pd.DataFrame:
    """One row per trial, with the table's columns: the value is the mean over its runs, epochs are summed."""
    by = [*factors_of(tuning), "arm", "trial"]
    how = {column: "first" for column in tuning.columns if column not in by}
    trials = tuning.groupby(by, sort=False, as_index=False).agg({**how, "value": "mean", "epochs": "sum"})
    has_value = trials["outcome"].isin(["done", "pruned"])
    return trials[list(tuning.columns)].assign(value=trials["value"].where(has_value))


def summarise_tuning(trials: pd.DataFrame, settings: Mapping[str, Any]) -> list[ArmTuning]:
    return [
        ArmTuning(levels=levels, arm=arm, trials=rows[rows["arm"] == arm])
        for levels, rows in split_levels(trials)
        for arm in settings["arms"]
    ]


def at_an_end(value: Any, attributes: Mapping[str, Any]) -> bool:
    """Whether a chosen number lies in the outer `END` of its range, on the scale on which it is sampled."""
    if "choices" in attributes:
        return False
    scale = math.log if attributes["log"] else float
    low, high = scale(attributes["low"]), scale(attributes["high"])
    position = (scale(value) - low) / (high - low)
    return min(position, 1 - position) <= END
