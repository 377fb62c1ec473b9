"""Changes of a study: its verdicts, and the accuracies of its arms on the same seeds."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from results.analysis import formatting
from results.analysis.comparisons import Comparison
from results.analysis.factor_levels import label
from results.analysis.run_metrics import ACCURACY, STEPS, RunMetrics, metrics_by_levels
from results.compare.changes import Change, Group
from results.compare.row_keys import run_group
from results.report.folder import StudyResults
from results.statistics import JudgedDifference, judge, paired_difference, pairs_needed
from results.statistics.paired import ValuesBySeed

Levels = tuple[tuple[str, Any], ...]
"""A combination of levels."""
_RANKS = {"higher": 1, "lower": -1}
"""Other verdicts rank between the two."""


@dataclass(frozen=True)
class _Arm:
    """An arm that both studies have, at one combination of levels, with its accuracies by seed."""

    name: str
    before: ValuesBySeed
    after: ValuesBySeed

    @property
    def changed(self) -> int:
        """The number of shared seeds whose accuracy differs."""
        return sum(self.after[seed] != self.before[seed] for seed in self.before.keys() & self.after.keys())


def arm_changes(before: StudyResults, after: StudyResults) -> Group:
    """Accuracies paired over the seeds that both studies have.

    All arms at all levels form one family, which is tested by the rule for a study's comparisons.
    """
    arms = _shared_arms(before, after)
    judged = judge([paired_difference([(arm.after, arm.before)]) for arm in arms], [{arm.name} for arm in arms])
    changed = sum(arm.changed for arm in arms)
    total = sum(one.difference.interval.n for one in judged)
    counts = [Change(f"{changed} of {formatting.plural(total, 'run')} end at another {ACCURACY}")] if changed else []
    different = [
        _arm_change(arm, one) for arm, one in zip(arms, judged, strict=True) if one.verdict in ("higher", "lower")
    ]
    few = [one for arm, one in zip(arms, judged, strict=True) if one.verdict == "not enough seeds" and arm.changed]
    return Group(title="Accuracies of the arms, on the same seeds", changes=[*different, *counts], notes=_too_few(few))


def verdict_changes(before: Sequence[Comparison], after: Sequence[Comparison]) -> list[Change]:
    """Changed verdicts of the comparisons that both studies have, metric by metric.

    A verdict that went down is worse, for steps one that went up. Higher is taken to be better for extra metrics.
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
        _Arm(run_group(arm, dict(levels)), had[levels].values(ACCURACY, arm), has[levels].values(ACCURACY, arm))
        for levels in had
        if levels in has
        for arm in before.settings["arms"]
        if arm in after.settings["arms"]
    ]


def _metrics(study: StudyResults) -> dict[Levels, RunMetrics]:
    return {tuple(levels.items()): metrics for levels, metrics in metrics_by_levels(study.tables, study.settings)}


def _arm_change(arm: _Arm, judged: JudgedDifference) -> Change:
    interval = judged.difference.interval
    text = (
        f"{arm.name}: {judged.verdict} {ACCURACY}: {formatting.difference(interval)}, "
        f"n = {formatting.plural(interval.n, 'seed')}"
    )
    return Change(text, "arm less accurate" if judged.verdict == "lower" else None)


def _too_few(judged: list[JudgedDifference]) -> list[str]:
    if not judged:
        return []
    pairs = formatting.counted([one.difference.interval.n for one in judged], "pair of seeds")
    return [
        f"no verdict on {formatting.plural(len(judged), 'arm')} with changed accuracies: {pairs}, "
        f"{pairs_needed(judged[0].family)} needed for a family of {judged[0].family}"
    ]


def _key(one: Comparison) -> Hashable:
    return (*one.levels.items(), one.declared)


def _name(one: Comparison) -> str:
    return ", ".join(filter(None, [one.declared.label, label(one.levels)]))


def _verdict_change(compared: str, metric: str, before: JudgedDifference, after: JudgedDifference) -> Change:
    effects = " -> ".join(formatting.judged_effect(metric, judged) for judged in (before, after))
    verdicts = " -> ".join(formatting.verdict(metric, judged.verdict) for judged in (before, after))
    down = _rank(metric, after) < _rank(metric, before)
    return Change(f"{compared}: {metric}: {verdicts}: {effects}", "verdict changed" if down else None)


def _rank(metric: str, judged: JudgedDifference) -> int:
    rank = _RANKS.get(judged.verdict, 0)
    return -rank if metric == STEPS else rank
