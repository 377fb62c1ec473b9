"""Changes of a study: its verdicts, and the accuracies of its arms on the same seeds."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from results.analysis import formatting
from results.analysis.study.comparisons import Comparison
from results.analysis.study.factor_levels import label, name_at_levels
from results.analysis.study.run_metrics import (
    ACCURACY,
    CURVE,
    EXACT,
    LONGER,
    STEPS,
    RunMetrics,
    metrics_by_levels,
)
from results.analysis.study.verdicts import bounded_effect_text, short_verdict
from results.compare.changes import Change, Direction
from results.report.folder import StudyResults
from results.statistics import JudgedDifference, judge, paired_difference, pairs_needed
from results.statistics.paired import ValuesBySeed

Levels = tuple[tuple[str, Any], ...]
"""A combination of levels."""
_DIRECTIONS: dict[str, Direction] = {"higher": "better", "lower": "worse"}
"""Verdict on the accuracies of an arm -> what it means."""
_RANKS = {"higher": 1, "lower": -1}
"""Other verdicts rank between the two."""
_BETTER = {STEPS: -1, **dict.fromkeys((ACCURACY, EXACT, CURVE, LONGER), 1)}
"""Metric -> 1 if higher is better, -1 if lower is."""


@dataclass(frozen=True)
class _Arm:
    """An arm that both studies have, at one combination of levels, with its accuracies by seed."""

    name: str
    before: ValuesBySeed
    after: ValuesBySeed

    @property
    def shared(self) -> list[int]:
        """The seeds that both studies have."""
        return sorted(self.before.keys() & self.after.keys())

    @property
    def changed(self) -> int:
        """The number of shared seeds whose accuracy differs."""
        return sum(self.after[seed] != self.before[seed] for seed in self.shared)


def arm_changes(before: StudyResults, after: StudyResults) -> list[Change]:
    """The arms whose accuracies differ, paired over the seeds that both studies have.

    All arms at all levels form one family, which is tested by the rule for a study's comparisons.
    """
    arms = _shared_arms(before, after)
    judged = judge([paired_difference([(arm.after, arm.before)]) for arm in arms], [{arm.name} for arm in arms])
    return [_arm_change(arm, one) for arm, one in zip(arms, judged, strict=True) if arm.changed]


def verdict_changes(before: Sequence[Comparison], after: Sequence[Comparison]) -> list[Change]:
    """Changed verdicts of the comparisons that both studies have, metric by metric.

    A verdict that went down is worse, for steps one that went up. Of an extra metric, such as perplexity, it is not
    known which is better.
    """
    had, has = ({_key(one): one for one in comparisons} for comparisons in (before, after))
    changed = [
        _verdict_change(_name(one), metric, judged, has[key].effects[metric])
        for key, one in had.items()
        if key in has
        for metric, judged in one.effects.items()
        if metric in has[key].effects and judged.verdict != has[key].effects[metric].verdict
    ]
    return [
        *changed,
        *(Change(f"no longer compared: {_name(one)}") for key, one in had.items() if key not in has),
        *(Change(f"newly compared: {_name(one)}") for key, one in has.items() if key not in had),
    ]


def _shared_arms(before: StudyResults, after: StudyResults) -> list[_Arm]:
    had, has = _metrics(before), _metrics(after)
    return [
        _Arm(name_at_levels(arm, dict(levels)), had[levels].values(ACCURACY, arm), has[levels].values(ACCURACY, arm))
        for levels in had
        if levels in has
        for arm in before.settings["arms"]
        if arm in after.settings["arms"]
    ]


def _metrics(study: StudyResults) -> dict[Levels, RunMetrics]:
    return {tuple(levels.items()): metrics for levels, metrics in metrics_by_levels(study.tables, study.settings)}


def _arm_change(arm: _Arm, judged: JudgedDifference) -> Change:
    interval = judged.difference.interval
    means = [fmean(values[seed] for seed in arm.shared) for values in (arm.before, arm.after)]
    text = (
        f"{arm.name}: {ACCURACY} A {means[0]:.3f}, B {means[1]:.3f}, difference {formatting.difference(interval)}, "
        f"n = {formatting.plural(interval.n, 'seed')}"
    )
    direction = _DIRECTIONS.get(judged.verdict, "other")
    if direction == "other":
        needed = f", {pairs_needed(judged.family)} needed" if judged.verdict == "not enough seeds" else ""
        text += f", {judged.verdict}{needed}; {arm.changed} of {formatting.plural(interval.n, 'run')} differ"
    return Change(text, direction, abs(interval.estimate))


def _key(one: Comparison) -> Hashable:
    return (*one.levels.items(), one.declared)


def _name(one: Comparison) -> str:
    return ", ".join(filter(None, [one.declared.label, label(one.levels)]))


def _verdict_change(compared: str, metric: str, before: JudgedDifference, after: JudgedDifference) -> Change:
    sides = [
        f"{side} {bounded_effect_text(metric, judged)}, {short_verdict(metric, judged.verdict)}"
        for side, judged in (("A", before), ("B", after))
    ]
    rise = _rank(metric, after) - _rank(metric, before)
    direction: Direction = "better" if rise > 0 else "worse" if rise < 0 else "other"
    estimates = [judged.difference.interval.estimate for judged in (before, after)]
    size = abs(math.log(estimates[1] / estimates[0]) if metric == STEPS else estimates[1] - estimates[0])
    return Change(f"{compared}: {metric}: {'; '.join(sides)}", direction, size)


def _rank(metric: str, judged: JudgedDifference) -> int:
    return _RANKS.get(judged.verdict, 0) * _BETTER.get(metric, 0)
