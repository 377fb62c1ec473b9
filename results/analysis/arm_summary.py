"""One summary per arm and combination of levels: numbers of runs, mean accuracies, steps to 99%, cost."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from results.analysis.factor_levels import declared_levels
from results.analysis.run_metrics import step_budget
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
    time_to_99: TimeToThreshold
    """Over the runs that are done or diverged."""
    parameters: float
    seconds: float
    """Medians over the runs that are done; nan without one."""

    @property
    def missing(self) -> int:
        """Planned runs without a row."""
        return self.planned - self.done - self.diverged - self.failed


def summarise(runs: pd.DataFrame, settings: Mapping[str, Any]) -> list[ArmSummary]:
    """A summary of every declared arm at every declared combination of levels, also without a single run."""
    arms = [(*at, arm) for at in declared_levels(runs, settings["factors"]) for arm in settings["arms"]]
    planned = len(settings["seeds"])
    return [_summary(levels, rows, arm, planned) for levels, rows, arm in progress(arms, "summarising arms")]


def _summary(levels: dict[str, Any], runs: pd.DataFrame, arm: str, planned: int) -> ArmSummary:
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
        time_to_99=time_to_threshold(steps.tolist(), step_budget(runs)),
        parameters=float(done["parameters"].astype("float64").median()),
        seconds=float(done["seconds"].median()),
    )
