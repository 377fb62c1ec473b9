"""What a study answers: of each figure a sentence with the largest differences, and each comparison in a line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from results.analysis import formatting
from results.analysis.arm_summary import ArmSummary
from results.analysis.comparisons import Comparison, primary_of
from results.analysis.factor_levels import by_place, label
from results.analysis.run_metrics import STEPS
from results.page.elements import Answer, Table
from results.statistics import POWER, VERDICTS, Verdict, pairs_needed

NOTHING = "There is nothing to compare."
_FEWER_FIRST: Sequence[Verdict] = ("lower", "higher", *VERDICTS[2:])
_PHRASES = {
    "higher": "{subject} raises the {name} by {size} against {without}",
    "lower": "{subject} lowers the {name} by {size} against {without}",
}
_STEPS_PHRASES = {
    # What takes more steps may not arrive at all; what takes fewer does.
    "higher": "{subject} spends {size} times the steps of {without} on the way to 99%",
    "lower": "{subject} reaches 99% in {size} times the steps of {without}",
}
_MANY_ARMS = 4


def study_answer(
    summaries: Sequence[ArmSummary],
    comparisons: Sequence[Comparison],
    measures: Sequence[str],
    settings: Mapping[str, Any],
) -> Answer:
    """The verdict by the primary figure; then the other figures, how many runs arrived, and the counts."""
    primary = primary_of(settings)
    others = [name for name in (comparisons[0].outcomes if comparisons else []) if name != primary]
    return Answer(
        question=settings["question"],
        verdict=gist(comparisons, primary, settings, _tuned(settings)) if comparisons else NOTHING,
        table=_lines(comparisons, primary) if comparisons else None,
        points=[
            *(gist(comparisons, name, settings) for name in others),
            *(_reached(place, arms) for place, arms in by_place(summaries)),
            *measures,
            _counts(summaries),
        ],
    )


def gist(found: Sequence[Comparison], name: str, settings: Mapping[str, Any], *more: str) -> str:
    """One figure of all comparisons: the largest difference that is shown in each direction, or that none is; with n,
    what `more` there is to say, and how all of them came out."""
    tally = Counter(one.outcomes[name].verdict for one in found)
    leading = {one.outcomes[name].verdict: one for one in reversed(_ranked(found, name))}
    shown = [_shown(leading[verdict], name) for verdict in _order(name) if verdict in _PHRASES and verdict in leading]
    if shown:
        said = "; ".join(shown)
    elif tally["no difference shown"]:
        said = _undecided([one for one in found if one.outcomes[name].verdict == "no difference shown"], name)
    else:
        said = f"Not enough seeds to tell of {name}: {_pairs(found, name)}"
    if said.split(maxsplit=1)[0].rstrip(",") not in settings["arms"]:
        said = said[0].upper() + said[1:]
    n = f"n = {formatting.counted([one.outcomes[name].difference.interval.n for one in found], 'seed')}"
    return f"{said} ({'; '.join([', '.join([n, *more]), *_tally(tally, name)])})."


def _order(name: str) -> Sequence[Verdict]:
    """What a reader asks for first: more of an accuracy, fewer steps."""
    return _FEWER_FIRST if name == STEPS else VERDICTS


def _ranked(found: Sequence[Comparison], name: str) -> list[Comparison]:
    """Those first of which a difference is shown, in each direction the largest leading."""

    def place(one: Comparison) -> tuple[int, float]:
        judged = one.outcomes[name]
        size = abs(judged.difference.interval.estimate - judged.difference.null)
        return _order(name).index(judged.verdict), -size if judged.verdict in _PHRASES else 0.0

    return sorted(found, key=place)


def _shown(one: Comparison, name: str) -> str:
    (_, against), *more = one.declared.pairs
    subject = one.declared.says.removesuffix(f" against {against}")
    interval, verdict = one.outcomes[name].difference.interval, one.outcomes[name].verdict
    phrases, size = (_STEPS_PHRASES, formatting.ratio) if name == STEPS else (_PHRASES, formatting.unsigned)
    said = phrases[verdict].format(
        subject=f"{subject}," if "," in subject else subject,
        without="its counterparts" if more else against,
        name=name,
        size=size(interval),
    )
    return f"at {label(one.levels)}, {said}" if one.levels else said


def _undecided(these: Sequence[Comparison], name: str) -> str:
    sizes = sorted(judged.detectable for one in these if (judged := one.outcomes[name]).detectable > 0)
    seen = " to ".join(dict.fromkeys(formatting.detectable(name, size) for size in (*sizes[:1], *sizes[-1:])))
    what = f"{len(these)} comparisons" if len(these) > 1 else f"{these[0].declared.says}, {_effect(these[0], name)}"
    return f"no difference in {name} could be shown in {what}{f'; {seen} would have been seen' if seen else ''}"


def _tuned(settings: Mapping[str, Any]) -> str:
    if "tuning" not in settings:
        return "not tuned"
    return f"each arm tuned with {formatting.plural(settings['tuning']['trials_per_arm'], 'trial')}"


def _tally(tally: Counter[Verdict], name: str) -> list[str]:
    """How several comparisons came out; nothing where the sentence says it, as all are alike and nothing is shown."""
    if tally.total() == 1 or set(tally) in ({"no difference shown"}, {"not enough seeds"}):
        return []
    kinds = [verdict for verdict in _order(name) if verdict in _PHRASES or tally[verdict]]
    first, *others = [f"{formatting.verdict(name, verdict)} in {tally[verdict]}" for verdict in kinds]
    return [", ".join([f"{first} of {tally.total()} comparisons", *others])]


def _lines(found: Sequence[Comparison], name: str) -> Table:
    return Table(
        title=f"Each comparison: {name}",
        note="Verdicts are by the rule that stands below, with p corrected for "
        f"{formatting.plural(len(found), 'comparison')}; where no difference is shown, one of the size in the last column "
        f"would have been seen in {POWER:.0%} of such studies.",
        header=[*found[0].levels, "compared", name, "verdict", "would have been seen"],
        rows=[
            [*map(str, one.levels.values()), one.declared.says, _effect(one, name), *_verdict(one, name)]
            for one in _ranked(found, name)
        ],
        source="runs.csv",
    )


def _effect(one: Comparison, name: str) -> str:
    return formatting.effect(name, one.outcomes[name].difference.interval)


def _verdict(one: Comparison, name: str) -> tuple[str, str]:
    judged = one.outcomes[name]
    said = formatting.verdict(name, judged.verdict)
    if judged.verdict == "not enough seeds":
        return f"{said}: {_pairs([one], name)}", "-"
    return said, formatting.detectable(name, judged.detectable) if judged.verdict == "no difference shown" else "-"


def _pairs(found: Sequence[Comparison], name: str) -> str:
    judged = [one.outcomes[name] for one in found]
    pairs = formatting.counted([each.difference.interval.n for each in judged], "pair of seeds")
    return f"{pairs}, {pairs_needed(judged[0].family)} needed"


def _reached(place: str, arms: Sequence[ArmSummary]) -> str:
    """How many runs got to 99%, which arms never, and which lead. An order is no claim."""
    known = [s for s in arms if s.arrival.n]
    reached, runs = sum(s.arrival.reached for s in known), sum(s.arrival.n for s in known)
    said = f"{f'At {place}, ' if place else ''}{reached} of {formatting.plural(runs, 'run')} reached 99%"
    never = [s.arm for s in known if not s.arrival.reached]
    if reached and never:
        said += f"; no run of {formatting.listed(never) if len(never) <= _MANY_ARMS else f'{len(never)} arms'}"
    leading = [s for s in known if _lead(s) == max(map(_lead, known))]
    if reached and len(leading) < len(known):
        counts = dict.fromkeys(f"{s.arrival.reached} of {s.arrival.n}" for s in leading)
        steps = formatting.plural(round(leading[0].arrival.mean), "step")
        said += f"; {formatting.listed([s.arm for s in leading])} {'lead' if len(leading) > 1 else 'leads'} "
        said += f"({formatting.listed(list(counts))}, {steps} on average)"
    return f"{said}."


def _lead(summary: ArmSummary) -> tuple[float, float]:
    """The more of its runs got there the better; of arms of which as many did, the fewer steps all of them took."""
    arrival = summary.arrival
    return arrival.reached / arrival.n, -arrival.mean


def _counts(summaries: Sequence[ArmSummary]) -> str:
    planned, done, diverged, failed, missing = (
        sum(getattr(s, field) for s in summaries) for field in ("planned", "done", "diverged", "failed", "missing")
    )
    return (
        f"Runs: {planned} planned, {done} done, {diverged} diverged, {failed} failed, {missing} missing. Only those "
        "that are done are in the means."
    )
