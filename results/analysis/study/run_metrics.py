"""The metrics of each run of a study, by arm and seed, and the extra metrics that only some studies measure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from results.analysis.study.budget import step_budget
from results.analysis.study.factor_levels import declared_levels
from results.analysis.study.longer_sources import exact_on_longer
from results.statistics import Difference, Interval, mean_interval, paired_difference, steps_ratio
from results.statistics.paired import ValuesBySeed
from results.tables.study_schema import extra_metrics_in

STEPS, ACCURACY, EXACT = "steps to 99%", "Levenshtein accuracy", "exact match"
LONGER = "exact match on longer sources"
"""The mean over the lengths beyond those of the training (`exact_on_longer`)"""
CURVE = "mean accuracy over the epochs"
"""The mean over the epochs of the Levenshtein accuracy on the evaluation set. It grows the sooner and the higher a
learning curve rises, also if no run or every run reaches 99%."""
PRIMARY = {
    "steps_to_99": STEPS,
    "levenshtein_accuracy": ACCURACY,
    "exact_match": EXACT,
    "exact_match_on_longer": LONGER,
}
TABLES = {CURVE: "runs.csv and convergence.csv", LONGER: "runs.csv and by_length.csv"}
"""The tables of a metric, where runs.csv is not the only one"""
_COLUMNS = {name: column for column, name in PRIMARY.items()}


class RunMetrics:
    """The metrics of each run at one combination of levels."""

    def __init__(
        self,
        runs: pd.DataFrame,
        curves: pd.Series[float] | None,
        budget: float,
        longer: Mapping[str, float],
    ) -> None:
        """`curves`: run_id -> its mean accuracy over the epochs; None without convergence.csv. `budget`: the training
        steps of a full run. `longer`: run_id -> its exact match on longer sources, for the runs that have some."""
        self._done = runs[runs["status"] == "done"]
        self._not_failed = runs[runs["status"] != "failed"]
        self._curves = curves
        self._budget = budget
        self._longer = longer
        extra = extra_metrics_in("runs", list(runs.columns))
        self.names = [STEPS, ACCURACY, *([] if curves is None else [CURVE]), *([LONGER] if longer else []), *extra]

    def values(self, metric: str, arm: str) -> ValuesBySeed:
        """Seed -> the metric of an arm's run.

        Steps to 99% are of the runs that are done or diverged, inf if the run did not reach 99%. Other metrics are of
        the runs that are done; on longer sources, of those that have some.
        """
        rows = self._not_failed if metric == STEPS else self._done
        rows = rows[rows["arm"] == arm]
        if metric == STEPS:
            values = rows["steps_to_99"].astype("float64").fillna(math.inf)
        elif metric == CURVE and self._curves is not None:
            values = rows["run_id"].map(self._curves)
        elif metric == LONGER:
            rows = rows[rows["run_id"].isin([*self._longer])]
            values = rows["run_id"].map(self._longer)
        else:
            values = rows[_COLUMNS.get(metric, metric)]
        return {int(seed): float(value) for seed, value in zip(rows["seed"], values, strict=True)}

    def difference(self, metric: str, arms: Sequence[tuple[str, str]]) -> Difference:
        """The first arm of each pair minus the second, averaged over pairs; for steps, the first over the second."""
        pairs = [(self.values(metric, first), self.values(metric, second)) for first, second in arms]
        return steps_ratio(pairs, self._budget) if metric == STEPS else paired_difference(pairs)


def metrics_by_levels(
    tables: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]
) -> Iterator[tuple[dict[str, Any], RunMetrics]]:
    """Yields each combination of levels that the study declares, with its runs' metrics."""
    curves = None
    if "convergence" in tables:
        curves = tables["convergence"].groupby("run_id")["levenshtein_accuracy"].mean()
    longer = exact_on_longer(tables, settings)
    for levels, rows in declared_levels(tables["runs"], settings["factors"]):
        yield levels, RunMetrics(rows, curves, step_budget(rows, settings, levels), longer)


@dataclass(frozen=True)
class ExtraMetric:
    """A metric that only this study measures, of one arm at one combination of levels."""

    levels: Mapping[str, Any]
    arm: str
    metric: str
    mean: Interval
    minus_accuracy: Interval
    """The metric minus the Levenshtein accuracy of the same run, averaged over runs."""


def extra_metrics(tables: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]) -> list[ExtraMetric]:
    """Every extra metric of every arm at every combination of levels; empty if the study has none."""
    return [
        ExtraMetric(
            levels,
            arm,
            metric,
            mean_interval([*metrics.values(metric, arm).values()]),
            paired_difference([(metrics.values(metric, arm), metrics.values(ACCURACY, arm))]).interval,
        )
        for levels, metrics in metrics_by_levels(tables, settings)
        for metric in extra_metrics_in("runs", list(tables["runs"].columns))
        for arm in settings["arms"]
    ]
