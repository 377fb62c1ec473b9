"""The answer of a study: a word, a few sentences with their numbers, and a table of arms or comparisons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from results.analysis import formatting
from results.analysis.study.arm_summary import ArmSummary
from results.analysis.study.comparisons import Comparison, primary_of
from results.analysis.study.factor_levels import label, name_at_levels
from results.analysis.study.own_data import question_of
from results.analysis.study.run_metrics import ACCURACY, LONGER, STEPS
from results.analysis.study.verdicts import detectable_text, verdict_text
from results.page.elements import Answer, Figure
from results.report.study.answer.decision import Decided, decide, leading_comparisons, ranked
from results.report.study.answer.plateau import plateau_sentences
from results.report.study.answer.points import (
    alone,
    budget_points,
    counts_point,
    differ_elsewhere,
    not_deciding_points,
    other_metrics_points,
    solved_points,
)
from results.report.study.answer.sentences import Sentences
from results.report.study.answer.table import answer_table
from results.report.study.tuning import tuned_sentence
from results.statistics import POWER, pairs_needed
from results.tables.provenance import SMOKE

NO_COMPARISON = "There is nothing to compare."
NOTHING_DECIDES = "The comparisons that answer the question were left out, with their arms"
NO_VERDICT = "The profiles quick and full measure what this study asks."
NO_VERDICT_ON_PAIRS = "The profile quick measures what this study asks."
"""Of own pairs, on which a profile that varies the length is refused."""


def study_answer(
    summaries: Sequence[ArmSummary],
    comparisons: Sequence[Comparison],
    first_points: Sequence[str],
    extra_sentences: Sequence[str],
    settings: Mapping[str, Any],
    profile: str,
    figure: Figure | None,
) -> Answer:
    """The answer on the primary metric; then the given points, the other metrics, the tuning and the counts of runs."""
    metric = primary_of(settings)
    phrases = settings.get("decision", {}).get("phrases", {})
    sentences = Sentences(summaries, metric, phrases)
    smoke = profile == SMOKE
    no_verdict = NO_VERDICT_ON_PAIRS if settings.get("data") else NO_VERDICT
    decided = decide(comparisons, settings)
    return Answer(
        question=question_of(settings),
        word="No verdict" if smoke else decided.word if comparisons or decided.left_out else "",
        text=no_verdict if smoke else _text(decided, comparisons, sentences),
        cautions=_cautions(summaries, comparisons, decided, metric, smoke=smoke),
        figure=figure,
        table=answer_table(summaries, comparisons, decided, sentences, verdicts=not smoke),
        points=[
            *first_points,
            *([] if smoke or not comparisons else not_deciding_points(comparisons, decided, sentences)),
            *([] if smoke else other_metrics_points(comparisons, sentences)),
            *([] if smoke else solved_points(summaries, settings)),
            *([] if smoke or metric != STEPS else plateau_sentences(summaries, settings)),
            *extra_sentences,
            *budget_points(summaries),
            tuned_sentence(settings),
            counts_point(summaries),
        ],
    )


def _text(decided: Decided, comparisons: Sequence[Comparison], sentences: Sentences) -> str:
    if decided.left_out and not decided.deciding:
        return f"{NOTHING_DECIDES}: {formatting.listed(decided.left_out)}."
    if not comparisons:
        return NO_COMPARISON
    metric = sentences.metric
    if leading := leading_comparisons(decided, metric):
        shown = [
            sentences.sentence(one, first_only=_same_reference(one, leading[0]) and one is not leading[0])
            for one in leading
        ]
        rivals = [_nearest_rival(leading[0], comparisons, decided, sentences)] if len(leading) == 1 else []
        return " ".join(
            filter(
                None,
                [
                    *shown,
                    _larger(leading[0], decided, metric),
                    *rivals,
                    _rest(decided, sentences),
                    _elsewhere(decided, metric),
                    _untestable(decided.untestable, metric),
                ],
            )
        )
    if decided.undecided:
        undecided = f"{formatting.capital(_undecided(decided.undecided, sentences))}."
        return " ".join(filter(None, [undecided, _elsewhere(decided, metric), _untestable(decided.untestable, metric)]))
    few = [one for one in decided.deciding if one.effects[metric].verdict == "not enough seeds"]
    said = [f"{_pairs(few, metric)}." if few else "", _untestable(decided.untestable, metric)]
    return " ".join(filter(None, said))


def _larger(leader: Comparison, decided: Decided, metric: str) -> str:
    """Of the comparisons with the leader's verdict: whether the leader has the smallest of their effects, or how many
    there are if they are all that decide. Empty for one or two comparisons."""
    group = next(some for some in (decided.yes, decided.opposite) if leader in some)
    shown = [one for one in group if one.effects[metric].verdict == leader.effects[metric].verdict]
    if len(decided.deciding) <= 2 or len(shown) < 2:
        return ""
    others = formatting.plural(len(shown) - 1, "other comparison")
    if ranked(shown, metric)[-1] is leader:
        return f"In {others}, the {'effect' if metric == STEPS else 'difference'} is at least as large."
    return f"The verdict is the same in {others}." if len(shown) == len(decided.deciding) else ""


def _same_reference(one: Comparison, other: Comparison) -> bool:
    """Whether both are comparisons with the same arms at the same levels."""
    references = [[second for _, second in each.declared.pairs] for each in (one, other)]
    return references[0] == references[1] and label(one.levels) == label(other.levels)


def _nearest_rival(
    leader: Comparison, comparisons: Sequence[Comparison], decided: Decided, sentences: Sentences
) -> str:
    """The leading arm beside the arm nearest to it, of the comparisons that do not decide; empty without one."""
    arm = leader.declared.pairs[0][0]
    others = [
        one
        for one in comparisons
        if one not in decided.deciding
        and label(one.levels) == label(leader.levels)
        and one.declared.pairs[0][0] == arm
        and len(one.declared.pairs) == 1
        and one.effects[sentences.metric].shown
        and sentences.has_effect(one)
    ]
    return sentences.short(ranked(others, sentences.metric)[-1]) if others else ""


def _rest(decided: Decided, sentences: Sentences) -> str:
    """The deciding comparisons in which no difference is shown, beside others in which one is."""
    rest = decided.undecided
    if not rest:
        return ""
    detectable = _detectable(rest, sentences)
    if len(rest) == 1:
        what = " ".join(filter(None, [rest[0].declared.label, sentences.where(rest[0])]))
        return f"No difference is shown for {what}{_reason(rest, sentences.metric)}{detectable}."
    levels = {sentences.where(one) for one in rest}
    of_others = {sentences.where(one) for one in decided.deciding if one not in rest}
    more = f"{alone(rest, sentences.metric)}{detectable}."
    if len(levels) == 1 and levels.isdisjoint(of_others):
        return f"{formatting.capital(levels.pop())}, no difference is shown in {len(rest)} comparisons{more}"
    return f"No difference is shown in {len(rest)} other comparisons{more}"


def _elsewhere(decided: Decided, metric: str) -> str:
    """What other metrics show of several comparisons that show no difference."""
    return differ_elsewhere(decided.undecided, metric) if len(decided.undecided) > 1 else ""


def _untestable(comparisons: Sequence[Comparison], metric: str) -> str:
    if not comparisons:
        return ""
    if len(comparisons) == 1:
        what = name_at_levels(comparisons[0].declared.label, comparisons[0].levels)
        return f"{formatting.capital(what)} is not testable{_reason(comparisons, metric)}."
    return f"{len(comparisons)} comparisons are not testable{_reason(comparisons, metric)}."


def _reason(comparisons: Sequence[Comparison], metric: str) -> str:
    """`: no run of either arm reached 99%`, the reason of a verdict; empty if there is none, or if they differ."""
    reasons = {verdict_text(metric, one.effects[metric]).partition(": ")[2] for one in comparisons}
    return f": {reasons.pop()}" if len(reasons) == 1 and "" not in reasons else ""


def _undecided(undecided: Sequence[Comparison], sentences: Sentences) -> str:
    metric = sentences.metric
    if len(undecided) == 1:
        why = _reason(undecided, metric)
        return f"{sentences.sentence(undecided[0])} No difference is shown{why}{_detectable(undecided, sentences)}"
    more = f"{alone(undecided, metric)}{_detectable(undecided, sentences)}"
    return f"no difference in {metric} is shown in {len(undecided)} comparisons{more}"


def _detectable(comparisons: Sequence[Comparison], sentences: Sentences) -> str:
    """` (smallest detectable effect, 80% power: 33% to 83%)`; empty if it is unknown for one of them.

    Where runs do not reach 99%, the spread of the capped steps says nothing about it.
    """
    if not all(map(sentences.has_effect, comparisons)):
        return ""
    metric = sentences.metric
    sizes = [one.effects[metric].smallest_detectable_effect for one in comparisons]
    known = sorted(size for size in sizes if size > 0)
    ends = " to ".join(dict.fromkeys(detectable_text(metric, size) for size in (*known[:1], *known[-1:])))
    return f" (smallest detectable effect, {POWER:.0%} power: {ends})" if ends else ""


def _cautions(
    summaries: Sequence[ArmSummary],
    comparisons: Sequence[Comparison],
    decided: Decided,
    metric: str,
    *,
    smoke: bool,
) -> list[str]:
    if smoke:
        return [formatting.SMOKE_CAUTION]
    cautions = []
    if decided.left_out and decided.deciding:
        cautions.append(
            "The answer is that of the arms that were run. Other comparisons that decide were left out, with their "
            f"arms: {formatting.listed(decided.left_out)}."
        )
    missing, planned = sum(one.missing for one in summaries), sum(one.planned for one in summaries)
    if missing:
        are = "is" if missing == 1 else "are"
        cautions.append(f"The study is not finished: {missing} of {formatting.plural(planned, 'run')} {are} missing.")
    if lost := _lost(summaries):
        cautions.append(f"Accuracies are of the runs that are done. Diverged or failed: {lost}.")
    if metric == LONGER and (untrained := _untrained(summaries, decided)):
        cautions.append(
            f"No run of {formatting.listed(untrained)} reaches a {ACCURACY} of 99% on the lengths of the training, so "
            f"its {metric} is that of a model that has not learnt the task."
        )
    few = [one for one in comparisons if one.effects[metric].verdict == "not enough seeds"]
    if few and decided.word.partition(" (")[0] != "Not enough seeds":  # some comparisons may be left out
        cautions.append(
            f"Not enough seeds for a verdict in {len(few)} of {formatting.plural(len(comparisons), 'comparison')}: "
            f"{_pairs(few, metric)}."
        )
    return cautions


def _pairs(comparisons: Sequence[Comparison], metric: str) -> str:
    judged = [one.effects[metric] for one in comparisons]
    pairs = formatting.counted([each.difference.interval.n for each in judged], "pair of seeds")
    return f"{pairs}, {pairs_needed(judged[0].family)} needed"


def _untrained(summaries: Sequence[ArmSummary], decided: Decided) -> list[str]:
    """The compared arms that have runs, none of which reaches 99%; with the levels, unless it holds at all of them."""
    compared = {arm for one in decided.deciding for pair in one.declared.pairs for arm in pair}
    named = []
    for arm in sorted(compared):
        trained = [one for one in summaries if one.arm == arm and one.time_to_99.n]
        without = [one.levels for one in trained if not one.time_to_99.reached]
        if without and len(without) == len(trained):
            named.append(arm)
        else:
            named += [name_at_levels(arm, levels) for levels in without]
    return named


def _lost(summaries: Sequence[ArmSummary]) -> str:
    """`3 of 10 runs of additive`: how many runs of each arm have no accuracy at the end; empty if all have one."""
    lost: dict[str, tuple[int, int]] = {}
    for one in summaries:
        before, planned = lost.get(one.arm, (0, 0))
        lost[one.arm] = before + one.diverged + one.failed, planned + one.planned
    return formatting.listed(
        [f"{count} of {formatting.plural(planned, 'run')} of {arm}" for arm, (count, planned) in lost.items() if count]
    )
