"""The comparisons that a study declares, judged as one family: each arm against the baseline, unless it says others."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from results.analysis.run_metrics import ACCURACY, PRIMARY, Outcomes, outcomes_by_levels
from results.statistics import Difference, Interval, Judged, improvement, judge
from results.tables.atomic_write import InputError
from results.terminal.progress import progress

Pair = tuple[str, str]


@dataclass(frozen=True)
class Declared:
    """One thing that is compared: what it says, and the arms (with it, without it) that differ in it alone."""

    says: str
    pairs: tuple[Pair, ...]


@dataclass(frozen=True)
class Part:
    """One of several pairs of arms of a comparison; not judged by itself."""

    pair: Pair
    differences: Mapping[str, Difference]


@dataclass(frozen=True)
class Comparison:
    """What one declared thing does, at one combination of levels."""

    levels: Mapping[str, Any]
    declared: Declared
    outcomes: Mapping[str, Judged]
    """Figure -> with it less without it (of steps: over), judged among the same figure of all comparisons, at all
    levels."""
    improvement: Interval
    """The probability that a run with it ends at a higher Levenshtein accuracy than one without."""
    parts: Sequence[Part]
    """Each pair of arms, where there are several."""


def declared_in(settings: Mapping[str, Any]) -> list[Declared]:
    """The study's family: its contrasts and switches, or else each arm against the baseline."""
    contrasts = [Declared(one["says"], ((one["arm"], one["against"]),)) for one in settings.get("contrasts", [])]
    switches = [
        Declared(one["says"], tuple((on, off) for on, off in one["pairs"])) for one in settings.get("switches", [])
    ]
    baseline = settings["baseline"]
    others = [Declared(f"{arm} against {baseline}", ((arm, baseline),)) for arm in settings["arms"] if arm != baseline]
    return [*contrasts, *switches] or others


def compare_arms(tables: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]) -> list[Comparison]:
    """Each declared comparison at each combination of levels. InputError for one of an arm that there is not."""
    family = declared_in(settings)
    _check(settings, family)
    places = [*outcomes_by_levels(tables, settings)]
    names = [*dict.fromkeys([*places[0][1].names, primary_of(settings)])]
    judged = {
        name: judge_family([outcomes for _, outcomes in places], family, name) for name in progress(names, "comparing")
    }
    found = [(levels, outcomes, one) for levels, outcomes in places for one in family]
    return [
        Comparison(
            levels,
            one,
            {name: judged[name][place] for name in names},
            improvement([(outcomes.of(ACCURACY, on), outcomes.of(ACCURACY, off)) for on, off in one.pairs]),
            _parts(outcomes, one) if len(one.pairs) > 1 else [],
        )
        for place, (levels, outcomes, one) in enumerate(progress(found, "comparing runs"))
    ]


def judge_family(places: Sequence[Outcomes], family: Sequence[Declared], name: str) -> list[Judged]:
    """One figure of every comparison at every combination of levels, in this order."""
    return judge([outcomes.difference(name, one.pairs) for outcomes in places for one in family])


def primary_of(settings: Mapping[str, Any]) -> str:
    """The figure that the study's question asks for."""
    return PRIMARY[settings["primary"]]


def _parts(outcomes: Outcomes, one: Declared) -> list[Part]:
    return [Part(pair, {name: outcomes.difference(name, [pair]) for name in outcomes.names}) for pair in one.pairs]


def _check(settings: Mapping[str, Any], family: Sequence[Declared]) -> None:
    compared = itertools.chain(*(pair for one in family for pair in one.pairs))
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
