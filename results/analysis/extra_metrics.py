"""The measures that a study has beside those of every study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from results.analysis import formatting
from results.analysis.factor_levels import by_place
from results.analysis.run_metrics import ACCURACY, outcomes_by_levels
from results.page.elements import Table
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


def measure_sentences(found: Sequence[Measured], settings: Mapping[str, Any]) -> list[str]:
    """Of the baseline, and of what somebody published, how far the measure is from the Levenshtein accuracy."""
    named = {settings["baseline"], *(point["arm"] for point in settings.get("published", []))}
    sentences = []
    for place, measured in by_place(found):
        said = ", ".join(f"{one.arm} {formatting.signed(one.beyond)}" for one in measured if one.arm in named)
        opening = f"At {place}, on" if place else "On"
        sentences.append(f"{opening} the same runs, {measured[0].measure} less Levenshtein accuracy: {said}.")
    return sentences


def measure_tables(found: Sequence[Measured]) -> list[Table]:
    if not found:
        return []
    return [
        Table(
            title="The study's own measures",
            note="Means over seeds on the test set, and the measure less the Levenshtein accuracy of the same runs.",
            header=[*found[0].levels, "arm", "measure", "mean", "less Levenshtein accuracy", "n"],
            rows=[
                [
                    *map(str, one.levels.values()),
                    one.arm,
                    one.measure,
                    formatting.accuracy(one.mean),
                    formatting.signed(one.beyond),
                    str(one.mean.n),
                ]
                for one in found
            ],
            source="runs.csv",
        )
    ]
