"""The answer of a study: for each metric a sentence with the largest differences, and a table of all comparisons."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from results.analysis import formatting
from results.analysis.arm_summary import ArmSummary
from results.analysis.comparisons import Comparison, primary_of
from results.analysis.factor_levels import group_by_levels, label
from results.analysis.run_metrics import STEPS
from results.page.elements import Answer, Table
from results.statistics import POWER, VERDICTS, Verdict, pairs_needed

NO_COMPARISON = "There is nothing to compare."
_FEWER_FIRST: Sequence[Verdict] = ("lower", "higher", *VERDICTS[2:])
_PHRASES = {
    "higher": "{subject} raises the {metric} by {size} against {reference}",
    "lower": "{subject} lowers the {metric} by {size} against {reference}",
}
_STEPS_PHRASES = {
    # An arm with more steps may not reach 99% at all; its censored runs count as their full budget.
    "higher": "{subject} takes {size} the steps of {reference} to 99%, within the budget",
    "lower": "{subject} reaches 99% in {size} the steps of {reference}",
}
_MAX_ARMS_LISTED = 4


def study_answer(
    summaries: Sequence[ArmSummary],
    comparisons: Sequence[Comparison],
    extra_sentences: Sequence[str],
    settings: Mapping[str, Any],
) -> Answer:
    """The verdict on the primary metric; then the other metrics, how many runs reached 99%, and the counts of runs."""
    primary = primary_of(settings)
    others = [metric for metric in (comparisons[0].effects if comparisons else []) if metric != primary]
    return Answer(
        question=settings["question"],
        word="",
        text=gist(comparisons, primary, settings, _tuned(settings)) if comparisons else NO_COMPARISON,
        table=_table(comparisons, primary) if comparisons else None,
        points=[
            *(gist(comparisons, metric, settings) for metric in others),
            *(_reached(levels, arms) for levels, arms in group_by_levels(summaries)),
            *extra_sentences,
            _counts(summaries),
        ],
    )


def gist(comparisons: Sequence[Comparison], metric: str, settings: Mapping[str, Any], *more: str) -> str:
    """One metric of all comparisons in a sentence: the largest difference shown in each direction, or that none is.

    In parentheses: n, the texts of `more`, and the number of comparisons with each verdict.
    """
    tally = Counter(one.effects[metric].verdict for one in comparisons)
    leading = {one.effects[metric].verdict: one for one in reversed(_ranked(comparisons, metric))}
    shown = [
        _shown(leading[verdict], metric) for verdict in _order(metric) if verdict in _PHRASES and verdict in leading
    ]
    if shown:
        text = "; ".join(shown)
    elif tally["no difference shown"]:
        undecided = [one for one in comparisons if one.effects[metric].verdict == "no difference shown"]
        text = _undecided(undecided, metric)
    elif tally["not enough seeds"]:
        text = f"Not enough seeds for a verdict on {metric}: {_pairs(comparisons, metric)}"
    else:
        text = f"no comparison of {metric} is testable"
    if text.split(maxsplit=1)[0].rstrip(",") not in settings["arms"]:
        text = text[0].upper() + text[1:]
    n = f"n = {formatting.counted([one.effects[metric].difference.interval.n for one in comparisons], 'seed')}"
    return f"{text} ({'; '.join([', '.join([n, *more]), *_tally(tally, metric)])})."


def _order(metric: str) -> Sequence[Verdict]:
    """The verdicts in the order of interest: higher accuracies first, fewer steps first."""
    return _FEWER_FIRST if metric == STEPS else VERDICTS


def _ranked(comparisons: Sequence[Comparison], metric: str) -> list[Comparison]:
    """Sorted by verdict; comparisons with a difference shown first, the largest of each direction leading."""

    def key(one: Comparison) -> tuple[int, float]:
        judged = one.effects[metric]
        size = abs(judged.difference.interval.estimate - judged.difference.null)
        return _order(metric).index(judged.verdict), -size if judged.verdict in _PHRASES else 0.0

    return sorted(comparisons, key=key)


def _shown(one: Comparison, metric: str) -> str:
    (_, against), *more = one.declared.pairs
    subject = one.declared.label.removesuffix(f" against {against}")
    interval, verdict = one.effects[metric].difference.interval, one.effects[metric].verdict
    phrases, size = (_STEPS_PHRASES, formatting.ratio) if metric == STEPS else (_PHRASES, formatting.magnitude)
    text = phrases[verdict].format(
        subject=f"{subject}," if "," in subject else subject,
        reference="its counterparts" if more else against,
        metric=metric,
        size=size(interval),
    )
    return f"at {label(one.levels)}, {text}" if one.levels else text


def _undecided(comparisons: Sequence[Comparison], metric: str) -> str:
    sizes = sorted(
        judged.smallest_detectable_effect
        for one in comparisons
        if (judged := one.effects[metric]).smallest_detectable_effect > 0
    )
    ends = " to ".join(dict.fromkeys(formatting.detectable(metric, size) for size in (*sizes[:1], *sizes[-1:])))
    one = comparisons[0]
    what = (
        f"{len(comparisons)} comparisons" if len(comparisons) > 1 else f"{one.declared.label}, {_effect(one, metric)}"
    )
    detectable = f"; smallest detectable effect ({POWER:.0%} power): {ends}" if ends else ""
    return f"no difference in {metric} is shown in {what}{detectable}"


def _tuned(settings: Mapping[str, Any]) -> str:
    if "tuning" not in settings:
        return "not tuned"
    return f"each arm tuned with {formatting.plural(settings['tuning']['trials_per_arm'], 'trial')}"


def _tally(tally: Counter[Verdict], metric: str) -> list[str]:
    """The number of comparisons with each verdict; empty if the sentence says it already."""
    if tally.total() == 1 or set(tally) in ({"no difference shown"}, {"not testable"}, {"not enough seeds"}):
        return []
    kinds = [verdict for verdict in _order(metric) if verdict in _PHRASES or tally[verdict]]
    first, *others = [f"{formatting.verdict(metric, verdict)} in {tally[verdict]}" for verdict in kinds]
    return [", ".join([f"{first} of {tally.total()} comparisons", *others])]


def _table(comparisons: Sequence[Comparison], metric: str) -> Table:
    return Table(
        title=f"Each comparison: {metric}",
        note="Verdicts follow the rule at the end of this report, with p corrected for "
        f"{formatting.plural(len(comparisons), 'comparison')}. The last column is the smallest detectable effect "
        f"({POWER:.0%} power) where no difference is shown.",
        header=[*comparisons[0].levels, "compared", metric, "verdict", "smallest detectable effect"],
        rows=[
            [*map(str, one.levels.values()), one.declared.label, _effect(one, metric), *_verdict(one, metric)]
            for one in _ranked(comparisons, metric)
        ],
        source="runs.csv",
    )


def _effect(one: Comparison, metric: str) -> str:
    return formatting.judged_effect(metric, one.effects[metric])


def _verdict(one: Comparison, metric: str) -> tuple[str, str]:
    judged = one.effects[metric]
    size = judged.smallest_detectable_effect if judged.verdict == "no difference shown" else math.nan
    return formatting.verdict_text(metric, judged), formatting.detectable(metric, size)


def _pairs(comparisons: Sequence[Comparison], metric: str) -> str:
    judged = [one.effects[metric] for one in comparisons]
    pairs = formatting.counted([each.difference.interval.n for each in judged], "pair of seeds")
    return f"{pairs}, {pairs_needed(judged[0].family)} needed"


def _reached(levels: str, arms: Sequence[ArmSummary]) -> str:
    """How many runs reached 99%, the arms without such a run, and the arms that lead. The order is no verdict."""
    with_runs = [s for s in arms if s.time_to_99.n]
    reached, runs = sum(s.time_to_99.reached for s in with_runs), sum(s.time_to_99.n for s in with_runs)
    text = f"{f'At {levels}, ' if levels else ''}{reached} of {formatting.plural(runs, 'run')} reached 99%"
    never = [s.arm for s in with_runs if not s.time_to_99.reached]
    if reached and never:
        text += f"; no run of {formatting.listed(never) if len(never) <= _MAX_ARMS_LISTED else f'{len(never)} arms'}"
    leading = [s for s in with_runs if _lead(s) == max(map(_lead, with_runs))]
    if reached and len(leading) < len(with_runs):
        counts = dict.fromkeys(f"{s.time_to_99.reached} of {s.time_to_99.n}" for s in leading)
        steps = formatting.plural(round(leading[0].time_to_99.mean), "step")
        text += f"; {formatting.listed([s.arm for s in leading])} {'lead' if len(leading) > 1 else 'leads'} "
        text += f"({formatting.listed(list(counts))}, {steps} on average)"
    return f"{text}."


def _lead(summary: ArmSummary) -> tuple[float, float]:
    """Sorts by the fraction of runs that reached 99%, then by the mean steps of all runs, fewer first."""
    time = summary.time_to_99
    return time.reached / time.n, -time.mean


def _counts(summaries: Sequence[ArmSummary]) -> str:
    planned, done, diverged, failed, missing = (
        sum(getattr(s, field) for s in summaries) for field in ("planned", "done", "diverged", "failed", "missing")
    )
    return (
        f"Runs: {planned} planned, {done} done, {diverged} diverged, {failed} failed, {missing} missing. Means are "
        "over the runs that are done."
    )
