"""The answer of a study: a word, a few sentences with their numbers, and a table of arms or comparisons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from results.analysis import formatting
from results.analysis.study.arm_summary import ArmSummary
from results.analysis.study.budget import stops_early
from results.analysis.study.comparisons import Comparison, primary_of
from results.analysis.study.factor_levels import at_levels, label
from results.analysis.study.own_data import question_of
from results.analysis.study.run_metrics import STEPS
from results.analysis.study.verdicts import detectable_text, short_verdict, verdict_text
from results.page.elements import Answer, Figure
from results.report.study.answer_table import answer_table
from results.report.study.decision import Decided, decide, leading_comparisons, ranked, verdict_order
from results.report.study.plateau import plateau_sentences
from results.report.study.sentences import Sentences
from results.report.study.tuning import tuned_sentence
from results.statistics import ALPHA, POWER, pairs_needed
from results.tables.provenance import SMOKE

NO_COMPARISON = "There is nothing to compare."
NOTHING_DECIDES = "The comparisons that answer the question were left out, with their arms"
NO_VERDICT = "The profiles quick and full measure what this study asks."
NO_VERDICT_ON_PAIRS = "The profile quick measures what this study asks."
"""Of own pairs, on which a profile that varies the length is refused."""
_SOLVED = (
    "A run ends soon after it reaches 99%, so the accuracies at the end of arms that reach it differ little, and say "
    "little of what longer training would give."
)
_MOST_OTHERS = 6
"""The most comparisons that do not decide whose verdicts the points give."""


def study_answer(
    summaries: Sequence[ArmSummary],
    comparisons: Sequence[Comparison],
    longer_sentences: Sequence[str],
    extra_sentences: Sequence[str],
    settings: Mapping[str, Any],
    profile: str,
    figure: Figure | None,
) -> Answer:
    """The answer on the primary metric; then the other metrics, the tuning and the counts of runs."""
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
            *longer_sentences,
            *([] if smoke or not comparisons else _not_deciding(comparisons, decided, sentences)),
            *([] if smoke else _other_metrics(comparisons, summaries, metric)),
            *([] if smoke or metric != STEPS or not stops_early(settings) else [_SOLVED]),
            *([] if smoke or metric != STEPS else plateau_sentences(summaries, settings)),
            *extra_sentences,
            tuned_sentence(settings),
            _counts(summaries),
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
                    _untestable(decided.untestable, metric),
                ],
            )
        )
    if decided.undecided:
        return f"{formatting.capital(_undecided(decided.undecided, sentences))}."
    few = [one for one in decided.deciding if one.effects[metric].verdict == "not enough seeds"]
    said = [f"{_pairs(few, metric)}." if few else "", _untestable(decided.untestable, metric)]
    return " ".join(filter(None, said))


def _larger(leader: Comparison, decided: Decided, metric: str) -> str:
    """Of the comparisons with the leader's verdict: whether the leader has the smallest of their effects, or how many
    there are if they are all that decide. Empty for one or two comparisons."""
    shown = next(some for some in (decided.yes, decided.opposite) if leader in some)
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
    more = f"{_alone(rest, sentences.metric)}{detectable}."
    if len(levels) == 1 and levels.isdisjoint(of_others):
        return f"{formatting.capital(levels.pop())}, no difference is shown in {len(rest)} comparisons{more}"
    return f"No difference is shown in {len(rest)} other comparisons{more}"


def _alone(comparisons: Sequence[Comparison], metric: str) -> str:
    """`, 2 of them significant without the correction ...`: they would show a difference without the others."""
    judged = [one.effects[metric].difference for one in comparisons]
    count = sum(one.p < ALPHA and one.interval.excludes(one.null) for one in judged)
    of_them = f"{count} of them " * (len(comparisons) > 1)
    return f", {of_them}significant without the correction for multiple comparisons" * bool(count)


def _untestable(comparisons: Sequence[Comparison], metric: str) -> str:
    if not comparisons:
        return ""
    if len(comparisons) == 1:
        what = at_levels(comparisons[0].declared.label, comparisons[0].levels)
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
    alone = _alone(undecided, metric)
    return (
        f"no difference in {metric} is shown in {len(undecided)} comparisons{alone}{_detectable(undecided, sentences)}"
    )


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
    few = [one for one in comparisons if one.effects[metric].verdict == "not enough seeds"]
    if few and not decided.word.startswith("Not enough seeds"):
        cautions.append(
            f"Not enough seeds for a verdict in {len(few)} of {formatting.plural(len(comparisons), 'comparison')}: "
            f"{_pairs(few, metric)}."
        )
    return cautions


def _pairs(comparisons: Sequence[Comparison], metric: str) -> str:
    judged = [one.effects[metric] for one in comparisons]
    pairs = formatting.counted([each.difference.interval.n for each in judged], "pair of seeds")
    return f"{pairs}, {pairs_needed(judged[0].family)} needed"


def _not_deciding(comparisons: Sequence[Comparison], decided: Decided, sentences: Sentences) -> list[str]:
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
            alone = "" if some[0].effects[metric].shown else _alone(some, metric)
            said.append(", ".join(filter(None, [where, _effects(some, sentences)])) + alone)
    return "; ".join(said)


def _effects(comparisons: Sequence[Comparison], sentences: Sentences) -> str:
    """`effects ×0.54 to ×0.66`; a single effect has its interval, and the place if others have no effect."""
    known = sorted(
        filter(sentences.has_effect, comparisons),
        key=lambda one: one.effects[sentences.metric].difference.interval.estimate,
    )
    if len(known) < len(comparisons):
        return ", ".join(f"{sentences.effect(one)} {sentences.where(one)}" for one in comparisons if one in known)
    if len(known) < 2:
        return "".join(map(sentences.effect, known))
    low, high = (sentences.effect(one).partition(" ")[0] for one in (known[0], known[-1]))
    return f"effects {low} to {high}"


def _other_metrics(comparisons: Sequence[Comparison], summaries: Sequence[ArmSummary], primary: str) -> list[str]:
    """A sentence for each other metric: the number of comparisons with each verdict, and the largest effect."""
    others = [metric for metric in (comparisons[0].effects if comparisons else []) if metric != primary]
    return [_tally(comparisons, Sentences(summaries, metric, {})) for metric in others]


def _tally(comparisons: Sequence[Comparison], sentences: Sentences) -> str:
    metric = sentences.metric
    counts = Counter(short_verdict(metric, one.effects[metric].verdict) for one in ranked(comparisons, metric))
    first, *others = [f"{verdict} in {count}" for verdict, count in counts.items()]
    total = formatting.plural(counts.total(), "comparison")
    text = f"{metric}: {', '.join([f'{first} of {total}', *others])}"
    shown = [one for one in comparisons if one.effects[metric].shown and sentences.has_effect(one)]
    if not shown:
        return f"{formatting.capital(text)}."
    largest = max(shown, key=lambda one: abs(one.effects[metric].difference.interval.estimate - 1 * (metric == STEPS)))
    what = at_levels(largest.declared.label, largest.levels)
    return f"{formatting.capital(text)}; largest: {what}, {sentences.effect(largest)}."


def _counts(summaries: Sequence[ArmSummary]) -> str:
    planned, done, diverged, failed, missing = (
        sum(getattr(s, field) for s in summaries) for field in ("planned", "done", "diverged", "failed", "missing")
    )
    return (
        f"Runs: {planned} planned, {done} done, {diverged} diverged, {failed} failed, {missing} missing. Mean "
        "accuracies are over the runs that are done."
    )
