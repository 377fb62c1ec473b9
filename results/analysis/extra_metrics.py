"""The measures that a study has beside those of every study."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from results.analysis.run_metrics import ACCURACY, outcomes_by_levels
from results.statistics import Interval, mean_interval, paired_difference
from results.tables.study_schema import measures_in


@dataclass(frozen=True)
class Measured:
    """One of them of an arm, and the same less the Levenshtein accuracy, run by run."""

    levels: Mapping[str, Any]
    arm: str
    measure: str
    mean: Interval
    beyond: Interval


def own_measures(tables: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]) -> list[Measured]:
    """Each of each arm at each combination of levels; none if the study has none."""
    return [
        Measured(
            levels,
            arm,
            measure,
            mean_interval([*outcomes.of(measure, arm).values()]),
            paired_difference([(outcomes.of(measure, arm), outcomes.of(ACCURACY, arm))]).interval,
        )
        for levels, outcomes in outcomes_by_levels(tables, settings)
        for measure in measures_in("runs", list(tables["runs"].columns))
        for arm in settings["arms"]
    ]
