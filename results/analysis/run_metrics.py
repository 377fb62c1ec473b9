"""What the runs of a study came to, figure by figure, arm by arm and seed by seed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from results.analysis.factor_levels import declared_levels
from results.statistics import Difference, arrival_ratio, paired_difference
from results.statistics.paired import BySeed
from results.tables.study_schema import measures_in

STEPS, ACCURACY, EXACT = "steps to 99%", "Levenshtein accuracy", "exact match"
CURVE = "mean over the epochs"
"""It is that of the Levenshtein accuracy on the evaluation set: the sooner and the higher a curve rises, the
larger it is, also where no run or every run gets to the top."""
PRIMARY = {"steps_to_99": STEPS, "levenshtein_accuracy": ACCURACY, "exact_match": EXACT}
_COLUMNS = {name: column for column, name in PRIMARY.items()}


class Outcomes:
    """The figures of each run, at one combination of levels."""

    def __init__(self, runs: pd.DataFrame, curves: pd.Series[float] | None) -> None:
        self._done = runs[runs["status"] == "done"]
        self._went = runs[runs["status"] != "failed"]
        self._curves = curves
        self.horizon = horizon_of(runs)
        self.names = [STEPS, ACCURACY, *([] if curves is None else [CURVE]), *measures_in("runs", list(runs.columns))]

    def of(self, name: str, arm: str) -> BySeed:
        """Seed -> the figure. Of accuracies, of the runs that are done; of steps, also of those that diverged: inf if
        they never got there."""
        rows = self._went if name == STEPS else self._done
        mine = rows[rows["arm"] == arm]
        if name == STEPS:
            values = mine["steps_to_99"].astype("float64").fillna(math.inf)
        elif name == CURVE and self._curves is not None:
            values = mine["run_id"].map(self._curves)
        else:
            values = mine[_COLUMNS.get(name, name)]
        return {int(seed): float(value) for seed, value in zip(mine["seed"], values, strict=True)}

    def difference(self, name: str, arms: Sequence[tuple[str, str]]) -> Difference:
        """What the first of each pair of arms has more of than the second; of steps, how many times as many."""
        pairs = [(self.of(name, on), self.of(name, off)) for on, off in arms]
        return arrival_ratio(pairs, self.horizon) if name == STEPS else paired_difference(pairs)


def horizon_of(runs: pd.DataFrame) -> float:
    """The steps that a run at these levels has; nan where no run has any."""
    return float(runs["steps"].max()) if runs["steps"].notna().any() else math.nan


def outcomes_by_levels(
    tables: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]
) -> Iterator[tuple[dict[str, Any], Outcomes]]:
    """Those of each combination of levels that the study declares."""
    curves = None
    if "convergence" in tables:
        curves = tables["convergence"].groupby("run_id")["levenshtein_accuracy"].mean()
    for levels, rows in declared_levels(tables["runs"], settings["factors"]):
        yield levels, Outcomes(rows, curves)
