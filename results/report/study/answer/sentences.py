"""A comparison of a study in a sentence: what the runs of both sides do, and the effect.

A ratio of steps is given only if more than half of the runs of both sides reach 99%. Otherwise the sentence says how
many do, within how many steps, and the mean accuracy of all runs at the end.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from results.analysis import formatting
from results.analysis.study.arm_summary import ArmSummary
from results.analysis.study.comparisons import Comparison
from results.analysis.study.factor_levels import label
from results.analysis.study.run_metrics import ACCURACY, EXACT, STEPS
from results.analysis.study.verdicts import bounded_effect_text, effect_text
from results.report.study.answer.plateau import still_rising
from results.statistics import TimeToThreshold, mean_interval, most_reach, time_to_threshold

_CLOSE = 0.95
"""Accuracies from here on are given to a tenth of a percent."""


@dataclass(frozen=True)
class Side:
    """The arms on one side of a comparison, with their runs pooled."""

    phrase: str
    arms: Sequence[ArmSummary]

    @property
    def budget(self) -> float:
        return self.arms[0].budget

    @cached_property
    def time_to_99(self) -> TimeToThreshold:
        return time_to_threshold([steps for arm in self.arms for steps in arm.steps], self.budget)

    @property
    def reaches(self) -> bool:
        """Whether more than half of the runs reach 99%, so that the median is known."""
        return most_reach([self.time_to_99])

    def mean(self, metric: str) -> float:
        """The mean over arms and seeds at the end of training; nan if no run is done."""
        means = [mean.estimate for arm in self.arms if (mean := arm.mean(metric)).n]
        return sum(means) / len(means) if means else math.nan

    def end_text(self, metric: str) -> str:
        """`0.994`: the mean; `-` if no run is done."""
        mean = self.mean(metric)
        return "-" if math.isnan(mean) else f"{mean:.3f}"

    @property
    def still_rising(self) -> bool:
        """Whether the accuracy rose over the last quarter of the epochs."""
        return still_rising(mean_interval([rise for arm in self.arms for rise in arm.rises]))

    def reach(self) -> str:
        """`all 10 runs reach`, `1 of 10 runs reaches`."""
        return f"{self.count()} {'reach' if self.time_to_99.reached > 1 else 'reaches'}"

    def count(self) -> str:
        reached, n = self.time_to_99.reached, self.time_to_99.n
        if not reached:
            return f"no run of {n}"
        return f"all {n} runs" if reached == n > 1 else f"{reached} of {formatting.plural(n, 'run')}"

    def half(self) -> str:
        """`half of them within 425 steps`; of all runs, also of those that do not reach 99%."""
        them = f"the {self.time_to_99.n}" if self.time_to_99.censored else "them"
        return f"half of {them} within {formatting.steps(self.time_to_99.median)} steps"

    def end(self) -> str:
        if math.isnan(self.mean(ACCURACY)):
            return "no run is done"
        accuracy, exact = (percent(self.mean(metric)) for metric in (ACCURACY, EXACT))
        return f"mean accuracy at the end: {accuracy}, exact match: {exact}{', still rising' * self.still_rising}"


@dataclass(frozen=True)
class Sentences:
    """The sentences of one study on one metric."""

    summaries: Sequence[ArmSummary]
    metric: str
    phrases: Mapping[str, str]
    """An arm, a comparison or a level -> its words, where the study declares some."""

    def sides(self, one: Comparison) -> tuple[Side, Side]:
        """The sides of a comparison, first and second."""
        by_arm = {summary.arm: summary for summary in self.summaries if label(summary.levels) == label(one.levels)}
        (first, second), *more = one.declared.pairs
        if one.declared.label == f"{first} against {second}":
            phrase = self.phrases.get(first, f"with {first}")
        else:
            phrase = self.phrases.get(one.declared.label, f"with {one.declared.label}")
        against = "in the arms it is compared with" if more else self.phrases.get(second, f"with {second}")
        firsts, seconds = zip(*one.declared.pairs, strict=True)
        # The sentences add the comma that ends a phrase.
        return Side(phrase.removesuffix(","), [by_arm[arm] for arm in firsts]), Side(
            against, [by_arm[arm] for arm in seconds]
        )

    def has_effect(self, one: Comparison) -> bool:
        """Whether the effect may be given as a number: not untested, nor a ratio of arms that do not reach 99%."""
        if one.effects[self.metric].verdict == "not testable":
            return False
        pairs = zip(*(side.arms for side in self.sides(one)), strict=True)
        # A pair of which no run reaches 99% is not in the ratio.
        counted = [arm.time_to_99 for pair in pairs if any(arm.time_to_99.reached for arm in pair) for arm in pair]
        return self.metric != STEPS or all(most_reach([time]) for time in counted)

    def effect(self, one: Comparison) -> str:
        """The effect as text; `-` where it may not be given."""
        interval = one.effects[self.metric].difference.interval
        return effect_text(self.metric, interval) if self.has_effect(one) else "-"

    def effect_or_bound(self, one: Comparison) -> str:
        """As `effect`, and a ratio of steps also where it is a bound; see `bounded_effect_text`."""
        text = bounded_effect_text(self.metric, one.effects[self.metric])
        return text if text[0] in "≤≥" or self.has_effect(one) else "-"

    def where(self, one: Comparison) -> str:
        """`without attention` or `at max_length = 20`; empty without factors."""
        levels = label(one.levels)
        return self.phrases.get(levels, f"at {levels}") if levels else ""

    def sentence(self, one: Comparison, *, first_only: bool = False) -> str:
        """What the runs of both sides do, with the effect. `first_only`: an earlier sentence says it of the second."""
        first, second = self.sides(one)
        say = self._steps if self.metric == STEPS else self._accuracies
        where = self.where(one)
        text = say(one, first, second, first_only=first_only)
        return formatting.capital(f"{where}, {text}." if where else f"{text}.")

    def short(self, one: Comparison) -> str:
        """`Against general, additive needs ×0.87 (0.73 to 0.95) the steps.`, for one pair of arms."""
        ((first, second),) = one.declared.pairs
        if self.metric == STEPS:
            return f"Against {second}, {first} needs {self.effect_or_bound(one)} the steps{_capped(*self.sides(one))}."
        return f"Against {second}, {first} ends at {self.effect(one)}."

    def _steps(self, one: Comparison, first: Side, second: Side, *, first_only: bool) -> str:
        at_99 = "99%" if first_only else f"99% {ACCURACY}"
        if first.reaches and second.reaches:
            ratio = self.effect_or_bound(one)
            medians = [formatting.steps(side.time_to_99.median) for side in (first, second)]
            of_second = "" if first_only else f", {second.phrase} within {medians[1]}"
            effect = f": ratio of mean steps {ratio}{self._shared(one, first, second)}{_capped(first, second)}" * (
                ratio != "-"
            )
            return f"{first.phrase}, half of the runs reach {at_99} within {medians[0]} steps{of_second}{effect}"
        budget = f"within {formatting.steps(second.budget)} steps"
        if first.reaches:
            do = "do" if second.time_to_99.reached > 1 else "does"
            text, of_second = (
                f"{first.reach()} {at_99}, {first.half()}",
                f"{second.count()} {do} {budget} ({second.end()})",
            )
        else:
            text = f"{first.reach()} {at_99} {budget} ({first.end()})"
            of_second = f"{second.count()}{f' do, {second.half()}' * second.reaches}"
        return f"{first.phrase}, {text}{'' if first_only else f'; {second.phrase}, {of_second}'}"

    def _accuracies(self, one: Comparison, first: Side, second: Side, *, first_only: bool) -> str:
        article = "an" if self.metric[0] in "aeiou" else "a"
        ends = [
            f"{side.end_text(self.metric)}{', still rising' * (self.metric == ACCURACY and side.still_rising)}"
            for side in (first, second)
        ]
        of_second = "" if first_only else f"; {second.phrase} at {ends[1]}"
        at_end = f"the runs end at {article} {self.metric} of {ends[0]}{of_second}"
        return f"{first.phrase}, {at_end}; difference {self.effect(one)}{self._shared(one, first, second)}"

    def _shared(self, one: Comparison, *sides: Side) -> str:
        """The number of seeds behind the effect, if an arm has runs of others, which the means or medians contain."""
        n = one.effects[self.metric].difference.interval.n
        runs = [arm.time_to_99.n if self.metric == STEPS else arm.done for side in sides for arm in side.arms]
        return f", over the {formatting.plural(n, 'seed')} that both have" * (n < max(runs))


def _capped(*sides: Side) -> str:
    """What the ratio counts for runs that do not reach 99%."""
    budget = formatting.steps(sides[0].budget)
    return f" (a run that does not reach 99% counts as {budget})" * any(side.time_to_99.censored for side in sides)


def percent(accuracy: float) -> str:
    return f"{accuracy:.1%}" if accuracy >= _CLOSE else f"{accuracy:.0%}"
