"""Whether the comparisons of a study answer its question with yes or no.

A study declares the comparisons that decide, and the effect on its primary metric that means yes (`Decision` in
`studies/design/comparisons.py`). The word follows from their verdicts:

Yes            every deciding comparison shows this effect, or an effect if either direction means yes
No             every deciding comparison shows the opposite effect
Depends        some show this effect, others the opposite
Not shown      none shows an effect; with the number of those that show the opposite, if some do
Not testable   in none could any outcome have shown an effect
Not enough seeds
Not answered   the command left out all comparisons that decide, with their arms

If only some show the effect, the word says how many, or at which levels. If the command left some out with their arms,
the word says how many. Without a declaration, all comparisons decide whether a difference is shown.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from results.analysis import formatting
from results.analysis.study.comparisons import Comparison, primary_of
from results.analysis.study.factor_levels import group_by_levels, label
from results.analysis.study.run_metrics import STEPS
from results.errors import InputError
from results.statistics import VERDICTS, Verdict

NOT_ANSWERED = "Not answered"
_MOST_LEVELS = 3
"""The most combinations of levels that the word names."""


@dataclass(frozen=True)
class Decided:
    word: str
    deciding: Sequence[Comparison]
    yes: Sequence[Comparison]
    """The deciding comparisons whose effect means yes."""
    opposite: Sequence[Comparison]
    undecided: Sequence[Comparison]
    """The deciding comparisons in which no difference is shown, although they could be tested."""
    untestable: Sequence[Comparison]
    """The deciding comparisons that are not testable."""
    left_out: Sequence[str]
    """Comparisons that decide too, but need an arm that the command left out."""


def decide(comparisons: Sequence[Comparison], settings: Mapping[str, Any]) -> Decided:
    """Raises InputError for a deciding comparison that the study does not have."""
    metric = primary_of(settings)
    declared = settings.get("decision")
    deciding = [*comparisons]
    if declared:
        known = {one.declared.label for one in comparisons}
        for words in declared["comparisons"]:
            if words not in known:
                raise InputError(
                    f"provenance.json: parts.study.settings.decision names {words!r}; expected one of "
                    f"{', '.join(sorted(known))}"
                )
        deciding = [one for words in declared["comparisons"] for one in comparisons if one.declared.label == words]
    meaning = declared["yes"] if declared else "different"

    def of(*verdicts: Verdict) -> list[Comparison]:
        return [one for one in deciding if one.effects[metric].verdict in verdicts]

    means_yes: dict[str, list[Verdict]] = {"lower": ["lower"], "higher": ["higher"], "different": ["lower", "higher"]}
    opposite: dict[str, list[Verdict]] = {"lower": ["higher"], "higher": ["lower"], "different": []}
    decided = Decided(
        "",
        deciding,
        of(*means_yes[meaning]),
        of(*opposite[meaning]),
        of("no difference shown"),
        of("not testable"),
        declared.get("left_out", []) if declared else [],
    )
    if decided.left_out and not deciding:
        word = NOT_ANSWERED
    elif not declared:
        word = _either_direction(decided, metric, "Difference shown").replace("Not shown", "No difference shown")
    elif meaning == "different":
        word = _either_direction(decided, metric, "Yes")
    else:
        word = _by_levels(decided, metric, declared.get("phrases", {})) or _word(decided, metric)
    if decided.left_out and declared and deciding:
        at_each = len({label(one.levels) for one in deciding})
        left_out, compared = (at_each * len(some) for some in (decided.left_out, declared["comparisons"]))
        word = f"{word} ({left_out} of {compared + left_out} comparisons left out)"
    return replace(decided, word=word)


def verdict_order(metric: str) -> tuple[Verdict, ...]:
    """The verdicts, the two of a difference first, and of these the better one: fewer steps, a higher accuracy."""
    return ("lower", "higher", *VERDICTS[2:]) if metric == STEPS else VERDICTS


def ranked(comparisons: Sequence[Comparison], metric: str) -> list[Comparison]:
    """Sorted by verdict, those with a difference shown first, the largest of each direction leading."""
    order = verdict_order(metric)

    def key(one: Comparison) -> tuple[int, float]:
        judged = one.effects[metric]
        return order.index(judged.verdict), -effect_size(one, metric) if judged.shown else 0.0

    return sorted(comparisons, key=key)


def effect_size(one: Comparison, metric: str) -> float:
    """The distance from no difference; of a ratio on a logarithmic scale, so that half and double are equally large."""
    estimate = one.effects[metric].difference.interval.estimate
    if metric != STEPS:
        return abs(estimate)
    return abs(math.log(estimate)) if estimate > 0 else math.inf  # runs at 99% at step 0


def leading_comparisons(decided: Decided, metric: str) -> list[Comparison]:
    """The deciding comparisons that the text of the answer gives: all that show an effect if at most two decide,
    otherwise one in each direction, first of those that mean yes."""
    if len(decided.deciding) <= 2:
        return [*decided.yes, *decided.opposite]
    shown = [
        [one for one in some if one.effects[metric].verdict == verdict]
        for some in (decided.yes, decided.opposite)
        for verdict in verdict_order(metric)[:2]
    ]
    return [_foremost(some, metric) for some in shown if some]


def _foremost(comparisons: Sequence[Comparison], metric: str) -> Comparison:
    """The one with the largest effect. If one arm is compared with several, the one with the smallest: the others are
    further from it."""
    firsts, seconds = ({tuple(pair[side] for pair in one.declared.pairs) for one in comparisons} for side in (0, 1))
    nearest = len(firsts) == 1 and len(seconds) > 1
    return ranked(comparisons, metric)[-1 if nearest else 0]


def _word(decided: Decided, metric: str) -> str:
    total, yes, opposite = (len(some) for some in (decided.deciding, decided.yes, decided.opposite))
    if yes and opposite:
        return "Depends"
    if yes == total:
        return "Yes"
    if 2 * yes >= total:
        return f"Yes, in {yes} of {total} comparisons"
    if yes:
        counts = Counter(one.effects[metric].verdict for one in decided.deciding if one not in decided.yes)
        (most, count), *others = sorted(counts.items(), key=lambda item: (-item[1], VERDICTS.index(item[0])))
        rest = [f"{verdict} in {of}" for verdict, of in [*others, ("yes", yes)]]
        text = ", ".join([f"{most} in {count} of {total} comparisons", *rest])
        return formatting.capital(text.replace("no difference shown", "not shown"))
    if opposite == total:
        return "No"
    if opposite:
        return f"Not shown, and the opposite in {opposite} of {total} comparisons"
    return _nothing_shown(decided.deciding, metric)


def _by_levels(decided: Decided, metric: str, phrases: Mapping[str, str]) -> str:
    """`No without attention, not shown with attention`: the words at each combination of levels.

    Empty if one word holds at all levels, or if the comparisons at one level differ.
    """
    words = {}
    for levels, deciding in group_by_levels(decided.deciding):
        yes, opposite = ([one for one in some if one in deciding] for some in (decided.yes, decided.opposite))
        if 0 < len(yes) + len(opposite) < len(deciding) or (yes and opposite):
            return ""
        words[phrases.get(levels, f"at {levels}")] = _word(
            replace(decided, deciding=deciding, yes=yes, opposite=opposite), metric
        )
    if len(set(words.values())) == 1 or len(words) > _MOST_LEVELS:
        return ""
    order = ("Yes", "No", "Not shown", "Not testable", "Not enough seeds")
    first, *rest = [f"{word} {place}" for place, word in sorted(words.items(), key=lambda item: order.index(item[1]))]
    return ", ".join([first, *(f"{one[0].lower()}{one[1:]}" for one in rest)])


def _either_direction(decided: Decided, metric: str, word: str) -> str:
    """`word`, or in how many comparisons, if an effect in either direction means yes."""
    shown, total = len(decided.yes), len(decided.deciding)
    if not shown:
        return _nothing_shown(decided.deciding, metric)
    return word if shown == total else f"{word}{',' * (word == 'Yes')} in {shown} of {total} comparisons"


def _nothing_shown(deciding: Sequence[Comparison], metric: str) -> str:
    verdicts = {one.effects[metric].verdict for one in deciding}
    if "no difference shown" in verdicts:
        return "Not shown"
    return "Not testable" if verdicts == {"not testable"} else "Not enough seeds"
