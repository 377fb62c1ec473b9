"""The comparisons that a study wants beyond each arm against the baseline: one change alone, or one in many arms."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

import pandas as pd

from results.columns import measures_in
from results.files import InputError
from results.levels import split_levels
from results.statistics import Difference, Interval, mean_interval, paired_difference

ACCURACY, CURVE = "Levenshtein accuracy", "mean over the epochs"
"""The latter is that of the Levenshtein accuracy on the evaluation set: the sooner and the higher a curve rises, the
larger it is, also where no run or every run gets to the top."""
BySeed = Mapping[Hashable, float]


@dataclass(frozen=True)
class Comparison:
    """What one change does, at one combination of levels: with it minus without it, paired by seed."""

    levels: Mapping[str, Any]
    says: str
    arm: str
    against: str
    differences: Mapping[str, Difference]
    """Figure -> the difference; of a switch over several pairs of arms, of their mean a seed."""


class Figures:
    """Each run's figures by arm and seed, at one combination of levels; of runs that are done."""

    def __init__(self, runs: pd.DataFrame, convergence: pd.DataFrame) -> None:
        self._runs = runs[runs["status"] == "done"]
        self._curves = convergence.groupby("run_id")["levenshtein_accuracy"].mean()
        self.names = [ACCURACY, CURVE, *measures_in("runs", list(runs.columns))]

    def of(self, figure: str, arm: str) -> dict[Hashable, float]:
        """Seed -> the figure."""
        mine = self._runs[self._runs["arm"] == arm]
        if figure == CURVE:
            values = mine["run_id"].map(self._curves)
        else:
            values = mine["levenshtein_accuracy" if figure == ACCURACY else figure]
        return {seed: float(value) for seed, value in zip(mine["seed"], values, strict=True)}


def contrasts(tables: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]) -> list[Comparison]:
    """Each of the study's contrasts at each combination of levels. InputError for one of an arm that there is not."""
    wanted = settings.get("contrasts", [])
    _check(settings, [arm for contrast in wanted for arm in (contrast["arm"], contrast["against"])])
    return [
        Comparison(
            levels,
            contrast["says"],
            contrast["arm"],
            contrast["against"],
            {
                name: paired_difference(figures.of(name, contrast["arm"]), figures.of(name, contrast["against"]))
                for name in figures.names
            },
        )
        for levels, figures in _by_levels(tables, wanted)
        for contrast in wanted
    ]


def switches(tables: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]) -> list[list[Comparison]]:
    """Each of the study's switches at each combination of levels: first over all of its pairs of arms, then each pair.

    InputError for a pair with an arm that there is not.
    """
    wanted = settings.get("switches", [])
    _check(settings, [arm for switch in wanted for pair in switch["pairs"] for arm in pair])
    found = []
    for levels, figures in _by_levels(tables, wanted):
        for switch in wanted:
            pairs = [
                Comparison(
                    levels,
                    switch["says"],
                    on,
                    off,
                    {name: paired_difference(figures.of(name, on), figures.of(name, off)) for name in figures.names},
                )
                for on, off in switch["pairs"]
            ]
            means = {name: _over_pairs(figures, name, switch["pairs"]) for name in figures.names}
            found.append([Comparison(levels, switch["says"], "all pairs", "", means), *pairs])
    return found


@dataclass(frozen=True)
class Measured:
    """One of the study's own measures of an arm, and the same less the Levenshtein accuracy, run by run."""

    levels: Mapping[str, Any]
    arm: str
    measure: str
    mean: Interval
    beyond: Interval


def own_measures(tables: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]) -> list[Measured]:
    """Each of the study's own measures of each arm at each combination of levels; none if it has none."""
    return [
        Measured(
            levels,
            arm,
            measure,
            mean_interval([*figures.of(measure, arm).values()]),
            paired_difference(figures.of(measure, arm), figures.of(ACCURACY, arm)).interval,
        )
        for levels, figures in _by_levels(tables, measures_in("runs", list(tables["runs"].columns)))
        for measure in figures.names[2:]
        for arm in settings["arms"]
    ]


def _over_pairs(figures: Figures, name: str, pairs: Sequence[Sequence[str]]) -> Difference:
    """Of the mean over pairs, by seed; a seed that a pair lacks is left out."""
    with_it = [figures.of(name, on) for on, _ in pairs]
    without = [figures.of(name, off) for _, off in pairs]
    shared = set.intersection(*(set(values) for values in [*with_it, *without]))
    return paired_difference(_mean(with_it, shared), _mean(without, shared))


def _mean(values: Sequence[BySeed], seeds: set[Hashable]) -> dict[Hashable, float]:
    return {seed: fmean(value[seed] for value in values) for seed in sorted(seeds, key=str)}


def _by_levels(tables: Mapping[str, pd.DataFrame], wanted: Sequence[Any]) -> list[tuple[dict[str, Any], Figures]]:
    if not wanted or "convergence" not in tables:
        return []
    return [(levels, Figures(rows, tables["convergence"])) for levels, rows in split_levels(tables["runs"])]


def _check(settings: Mapping[str, Any], arms: Sequence[str]) -> None:
    unknown = {arm for arm in arms if arm not in settings["arms"]}
    if unknown:
        raise InputError(
            f"provenance.json: parts.study.settings compares {', '.join(sorted(unknown))}, which is no arm; expected "
            f"{', '.join(settings['arms'])}"
        )
