"""The points below the answer of a study: the comparisons that do not decide, the other metrics, and the runs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from results.analysis import formatting
from results.analysis.study.arm_summary import ArmSummary
from results.analysis.study.budget import stops_early
from results.analysis.study.comparisons import Comparison
from results.analysis.study.factor_levels import label
from results.analysis.study.run_metrics import STEPS
from results.analysis.study.verdicts import short_verdict
from results.report.study.answer.decision import Decided, effect_size, ranked, verdict_order
from results.report.study.answer.sentences import Sentences
from results.statistics import ALPHA

SOLVED = (
    "A run ends soon after it reaches 99%, so the accuracies at the end of arms that reach it differ little, and say "
    "little of what longer training would give."
)
_MOST_OTHERS = 6
"""The most comparisons that do not decide whose verdicts the points give."""
_MOST_NAMED = 10
"""The most comparisons whose names stand beside the counts of verdicts on another metric."""


def not_deciding_points(comparisons: Sequence[Comparison], decided: Decided, sentences: Sentences) -> list[str]:
    """A sentence for each comparison that does not decide: the levels of each verdict, and the effects there."""
    others = [one for one in comparisons if one not in decided.deciding]
    names = [*dict.fromkeys(one.declared.label for one in others)]
    if len(names) > _MOST_OTHERS:
        return []
    return [
        f"{formatting.capital(name)}: {_by_verdict([one for one in others if one.declared.label == name], sentences)}."
        for name in names
    ]


def _by_verdict(comparisons: Sequence[Comparison], sentences: Sentences) -> str:
    """`fewer steps at 40 letters and at 80 letters, effects ×0.54 to ×0.66; no difference shown at 10 letters`."""
    metric, said = sentences.metric, []
    for verdict in verdict_order(metric):
        some = [one for one in comparisons if one.effects[metric].verdict == verdict]
        places = formatting.listed([place for place in map(sentences.where, some) if place])
        if some:
            where = " ".join(filter(None, [short_verdict(metric, verdict), places]))
            by_itself = "" if some[0].effects[metric].shown else alone(some, metric)
            said.append(", ".join(filter(None, [where, _effects(some, sentences)])) + by_itself)
    return "; ".join(said)


def _effects(comparisons: Sequence[Comparison], sentences: Sentences) -> str:
    """`effects ×0.54 to ×0.66`; a single effect has its interval, and the place if others have no effect."""
    known = sorted(
        filter(sentences.has_effect, comparisons),
        key=lambda one: one.effects[sentences.metric].difference.interval.estimate,
    )
    if len(known) < len(comparisons):
        return ", ".join(
            f"{sentences.effect_or_bound(one)} {sentences.where(one)}" for one in comparisons if one in known
        )
    if len(known) < 2:
        return "".join(map(sentences.effect_or_bound, known))
    low, high = (sentences.effect_or_bound(one).partition(" (")[0] for one in (known[0], known[-1]))
    return f"effects {low} to {high}"


def other_metrics_points(comparisons: Sequence[Comparison], sentences: Sentences) -> list[str]:
    """A sentence for each metric but that of `sentences`: the number of comparisons with each verdict, and the largest
    effect."""
    others = [metric for metric in (comparisons[0].effects if comparisons else []) if metric != sentences.metric]
    return [_tally(comparisons, replace(sentences, metric=metric)) for metric in others]


def _tally(comparisons: Sequence[Comparison], sentences: Sentences) -> str:
    metric = sentences.metric
    by_verdict: dict[str, list[Comparison]] = {}
    for one in ranked(comparisons, metric):
        by_verdict.setdefault(short_verdict(metric, one.effects[metric].verdict), []).append(one)
    shown = [one for one in comparisons if one.effects[metric].shown]
    said: list[str] = []
    for verdict, some in by_verdict.items():
        total = f" of {formatting.plural(len(comparisons), 'comparison')}" * (not said)
        named = f" ({_names(some, sentences)})" * (1 < len(shown) <= _MOST_NAMED and some[0] in shown)
        said.append(f"{verdict} in {len(some)}{total}{named}")
    text = f"{metric}: {', '.join(said)}"
    if not (known := [*filter(sentences.has_effect, shown)]):
        return f"{formatting.capital(text)}."
    largest = max(known, key=lambda one: effect_size(one, metric))
    return f"{formatting.capital(text)}; largest: {_names([largest], sentences)}, {sentences.effect(largest)}."


def _names(comparisons: Sequence[Comparison], sentences: Sentences) -> str:
    words = [" ".join(filter(None, [one.declared.label, sentences.where(one)])) for one in comparisons]
    return "; ".join(words) if any("," in one for one in words) else formatting.listed(words)


def differ_elsewhere(comparisons: Sequence[Comparison], metric: str) -> str:
    """`Of the 11, 8 are lower in mean accuracy over the epochs.`: those without a shown difference in `metric` that
    have one in another metric, by its direction; empty if none has."""
    said: list[str] = []
    for other in [other for other in comparisons[0].effects if other != metric] if comparisons else []:
        for verdict in ("higher", "lower"):
            if count := sum(one.effects[other].verdict == verdict for one in comparisons):
                word = short_verdict(other, verdict)
                verb = ("needs" if count == 1 else "need") if other == STEPS else ("is" if count == 1 else "are")
                said.append(f"{count} {verb} {word}{f' in {other}' * (other != STEPS)}")
    return f"Of the {len(comparisons)}, {formatting.listed(said)}." if said else ""


def solved_points(summaries: Sequence[ArmSummary], settings: Mapping[str, Any]) -> list[str]:
    """`SOLVED`, if runs have ended at 99%."""
    at_99 = stops_early(settings) and all(at["stop_at"] == 0.99 for at in settings["at_levels"])
    return [SOLVED] * (at_99 and any(one.time_to_99.reached for one in summaries))


def budget_points(summaries: Sequence[ArmSummary]) -> list[str]:
    """`A full run has 700 steps.`, level by level if they differ; none if it is not recorded."""
    budgets: dict[str, list[str]] = {}
    for one in summaries:
        if not math.isnan(one.budget):
            places = budgets.setdefault(formatting.steps(one.budget), [])
            places += [label(one.levels)] * (label(one.levels) not in places)
    if len(budgets) == 1:
        return [f"A full run has {next(iter(budgets))} steps."]
    each = [f"{steps} steps at {formatting.listed(places)}" for steps, places in budgets.items()]
    return [f"A full run has {'; '.join(each)}."] if each else []


def counts_point(summaries: Sequence[ArmSummary]) -> str:
    planned, done, diverged, failed, missing = (
        sum(getattr(s, field) for s in summaries) for field in ("planned", "done", "diverged", "failed", "missing")
    )
    return (
        f"Runs: {planned} planned, {done} done, {diverged} diverged, {failed} failed, {missing} missing. Mean "
        "accuracies are over the runs that are done."
    )


def alone(comparisons: Sequence[Comparison], metric: str) -> str:
    """`, 2 of them significant without the correction ...`: they would show a difference without the others."""
    judged = [one.effects[metric].difference for one in comparisons]
    count = sum(one.p < ALPHA and one.interval.excludes(one.null) for one in judged)
    of_them = f"{count} of them " * (len(comparisons) > 1)
    return f", {of_them}significant without the correction for multiple comparisons" * bool(count)
