"""One summary per arm and combination of levels: numbers of runs, mean accuracies, steps to 99%, cost."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from results.analysis.study.budget import step_budget
from results.analysis.study.factor_levels import declared_levels
from results.analysis.study.longer_sources import exact_on_longer
from results.analysis.study.run_metrics import EXACT, LONGER
from results.statistics import Interval, TimeToThreshold, interquartile_mean, mean_interval, time_to_threshold
from results.terminal.progress import progress


@dataclass(frozen=True, kw_only=True)
class ArmSummary:
    """An arm at one combination of levels. Means are over the runs that are done."""

    levels: Mapping[str, Any]
    arm: str
    planned: int
    done: int
    diverged: int
    failed: int
    accuracy: Interval
    interquartile_accuracy: Interval
    exact_match: Interval
    longer: Interval
    """The exact match on sources longer than those of the training; without any, it has no runs."""
    time_to_99: TimeToThreshold
    """Over the runs that are done or diverged."""
    steps: Sequence[float]
    """The steps to 99% of the runs that are done or diverged; inf is a run that did not reach 99%."""
    budget: float
    """The training steps of a full run."""
    rises: Sequence[float]
    """By how much the Levenshtein accuracy on the evaluation set rose over the last quarter of the epochs, for each run
    that is done; empty without convergence.csv."""
    parameters: float
    """The median over the runs that are done; nan without one."""
    seconds: float
    """As `parameters`; nan also for runs on processors that differ, which would compare the processors."""

    def mean(self, metric: str) -> Interval:
        """The mean of an accuracy at the end of training; of the Levenshtein accuracy for any other metric."""
        return {EXACT: self.exact_match, LONGER: self.longer}.get(metric, self.accuracy)

    @property
    def missing(self) -> int:
        """Planned runs without a row."""
        return self.planned - self.done - self.diverged - self.failed


def summarise(tables: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]) -> list[ArmSummary]:
    """A summary of every declared arm at every declared combination of levels, also without a single run."""
    arms = [(*at, arm) for at in declared_levels(tables["runs"], settings["factors"]) for arm in settings["arms"]]
    planned = len(settings["seeds"])
    rises = _rises(tables["convergence"]) if "convergence" in tables else {}
    longer = exact_on_longer(tables, settings)
    comparable = len(settings.get("processors", [])) < 2
    return [
        _summary(
            levels,
            rows if comparable else rows.assign(seconds=math.nan),
            arm,
            planned,
            rises,
            step_budget(rows, settings, levels),
            longer,
        )
        for levels, rows, arm in progress(arms, "summarising arms")
    ]


def _rises(convergence: pd.DataFrame) -> dict[str, float]:
    """run_id -> the rise over the last quarter of its epochs; runs of a single epoch are left out."""
    curves = convergence.sort_values("step").groupby("run_id")["levenshtein_accuracy"].agg(list)
    return {
        str(run_id): curve[-1] - curve[-1 - max(1, len(curve) // 4)]
        for run_id, curve in curves.items()
        if len(curve) > 1
    }


def _summary(
    levels: dict[str, Any],
    runs: pd.DataFrame,
    arm: str,
    planned: int,
    rises: Mapping[str, float],
    budget: float,
    longer: Mapping[str, float],
) -> ArmSummary:
    of_arm = runs[runs["arm"] == arm]
    done = of_arm[of_arm["status"] == "done"]
    steps = of_arm.loc[of_arm["status"] != "failed", "steps_to_99"].astype("float64").fillna(math.inf)
    return ArmSummary(
        levels=levels,
        arm=arm,
        planned=planned,
        done=len(done),
        diverged=int((of_arm["status"] == "diverged").sum()),
        failed=int((of_arm["status"] == "failed").sum()),
        accuracy=mean_interval(done["levenshtein_accuracy"].tolist()),
        interquartile_accuracy=interquartile_mean(done["levenshtein_accuracy"].tolist()),
        exact_match=mean_interval(done["exact_match"].tolist()),
        longer=mean_interval([longer[run_id] for run_id in done["run_id"] if run_id in longer]),
        time_to_99=time_to_threshold(steps.tolist(), budget),
        steps=steps.tolist(),
        budget=budget,
        rises=[rises[run_id] for run_id in done["run_id"] if run_id in rises],
        parameters=float(done["parameters"].astype("float64").median()),
        seconds=float(done["seconds"].median()),
    )
