"""From the runs of a study to figures with intervals: one summary an arm and combination of levels."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from results.analysis.factor_levels import declared_levels
from results.analysis.run_metrics import horizon_of
from results.statistics import Arrival, Interval, arrival, interquartile_mean, mean_interval
from results.terminal.progress import progress


@dataclass(frozen=True, kw_only=True)
class ArmSummary:
    """What an arm came to at one combination of levels. Means are over the runs that are done, and over no others."""

    levels: Mapping[str, Any]
    arm: str
    planned: int
    done: int
    diverged: int
    failed: int
    accuracy: Interval
    typical_accuracy: Interval
    """The interquartile mean."""
    exact_match: Interval
    arrival: Arrival
    """Steps to 99%, over the runs that are done or diverged."""
    parameters: float
    seconds: float
    """Medians over the runs that are done; nan if there are none."""

    @property
    def missing(self) -> int:
        """Runs that were planned and have no row."""
        return self.planned - self.done - self.diverged - self.failed


def summarise(runs: pd.DataFrame, settings: Mapping[str, Any]) -> list[ArmSummary]:
    """Every declared combination of levels, and at each every declared arm, also one without a single run."""
    arms = [(*at, arm) for at in declared_levels(runs, settings["factors"]) for arm in settings["arms"]]
    planned = len(settings["seeds"])
    return [_summary(levels, rows, arm, planned) for levels, rows, arm in progress(arms, "summarising arms")]


def _summary(levels: dict[str, Any], rows: pd.DataFrame, arm: str, planned: int) -> ArmSummary:
    mine = rows[rows["arm"] == arm]
    done = mine[mine["status"] == "done"]
    went = mine[mine["status"] != "failed"]
    return ArmSummary(
        levels=levels,
        arm=arm,
        planned=planned,
        done=len(done),
        diverged=int((mine["status"] == "diverged").sum()),
        failed=int((mine["status"] == "failed").sum()),
        accuracy=mean_interval(done["levenshtein_accuracy"].tolist()),
        typical_accuracy=interquartile_mean(done["levenshtein_accuracy"].tolist()),
        exact_match=mean_interval(done["exact_match"].tolist()),
        arrival=arrival(went["steps_to_99"].astype("float64").fillna(math.inf).tolist(), horizon_of(rows)),
        parameters=float(done["parameters"].astype("float64").median()),
        seconds=float(done["seconds"].median()),
    )
