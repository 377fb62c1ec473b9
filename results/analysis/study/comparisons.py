"""The comparisons that a study declares, tested as one family; by default each arm against the baseline."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from results.analysis.study.run_metrics import ACCURACY, PRIMARY, RunMetrics, metrics_by_levels
from results.errors import InputError
from results.statistics import Difference, Interval, JudgedDifference, judge, probability_of_improvement
from results.terminal.progress import progress

ArmPair = tuple[str, str]


@dataclass(frozen=True)
class DeclaredComparison:
    """A comparison of one or several pairs of arms, which differ in the compared setting alone."""

    label: str
    pairs: tuple[ArmPair, ...]
    """(the arm with the setting, the arm without it)."""


@dataclass(frozen=True)
class PairDifferences:
    """One of several pairs of arms of a comparison. It is shown but has no verdict."""

    pair: ArmPair
    differences: Mapping[str, Difference]
    """Metric -> the difference of this pair."""


@dataclass(frozen=True)
class Comparison:
    """The effects of a declared comparison at one combination of levels."""

    levels: Mapping[str, Any]
    declared: DeclaredComparison
    effects: Mapping[str, JudgedDifference]
    """Metric -> first arm minus second (for steps: over), tested in one family with the same metric of all comparisons
    at all levels."""
    probability_of_improvement: Interval
    """The probability that a run of the first arm ends with a higher Levenshtein accuracy than one of the second."""
    pair_differences: Sequence[PairDifferences]
    """One per pair of arms if there are several, else empty."""


def declared_comparisons(settings: Mapping[str, Any]) -> list[DeclaredComparison]:
    """The study's family: its contrasts and switches, or each arm against the baseline if it declares none."""
    contrasts = [
        DeclaredComparison(one["says"], ((one["arm"], one["against"]),)) for one in settings.get("contrasts", [])
    ]
    switches = [
        DeclaredComparison(one["says"], tuple((first, second) for first, second in one["pairs"]))
        for one in settings.get("switches", [])
    ]
    baseline = settings["baseline"]
    return [*contrasts, *switches] or [
        DeclaredComparison(f"{arm} against {baseline}", ((arm, baseline),))
        for arm in settings["arms"]
        if arm != baseline
    ]


def compare_arms(tables: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]) -> list[Comparison]:
    """Each declared comparison at each combination of levels. Raises InputError for an arm that the study lacks."""
    family = declared_comparisons(settings)
    _check(settings, family)
    by_levels = [*metrics_by_levels(tables, settings)]
    names = [*dict.fromkeys([*by_levels[0][1].names, primary_of(settings)])]
    judged = {
        name: judge_family([metrics for _, metrics in by_levels], family, name) for name in progress(names, "comparing")
    }
    members = [(levels, metrics, declared) for levels, metrics in by_levels for declared in family]
    return [
        Comparison(
            levels,
            declared,
            {name: judged[name][index] for name in names},
            probability_of_improvement(
                [
                    (metrics.values(ACCURACY, first), metrics.values(ACCURACY, second))
                    for first, second in declared.pairs
                ]
            ),
            _pair_differences(metrics, declared, names) if len(declared.pairs) > 1 else [],
        )
        for index, (levels, metrics, declared) in enumerate(progress(members, "comparing runs"))
    ]


def judge_family(
    by_levels: Sequence[RunMetrics], family: Sequence[DeclaredComparison], metric: str
) -> list[JudgedDifference]:
    """One metric of every comparison at every combination of levels, in this order."""
    return judge(
        [metrics.difference(metric, declared.pairs) for metrics in by_levels for declared in family],
        [
            {(place, arm) for arm in itertools.chain(*declared.pairs)}
            for place in range(len(by_levels))
            for declared in family
        ],
    )


def primary_of(settings: Mapping[str, Any]) -> str:
    """The name of the metric that the study's question asks about."""
    return PRIMARY[settings["primary"]]


def _pair_differences(metrics: RunMetrics, declared: DeclaredComparison, names: Sequence[str]) -> list[PairDifferences]:
    return [
        PairDifferences(pair, {name: metrics.difference(name, [pair]) for name in names}) for pair in declared.pairs
    ]


def _check(settings: Mapping[str, Any], family: Sequence[DeclaredComparison]) -> None:
    compared = itertools.chain(*(pair for declared in family for pair in declared.pairs))
    unknown = {arm for arm in compared if arm not in settings["arms"]}
    if unknown:
        raise InputError(
            f"provenance.json: parts.study.settings compares {', '.join(sorted(unknown))}, which is no arm; expected "
            f"{', '.join(settings['arms'])}"
        )
    if settings["primary"] not in PRIMARY:
        raise InputError(
            f"provenance.json: parts.study.settings.primary is {settings['primary']!r}; expected one of "
            f"{', '.join(PRIMARY)}"
        )
