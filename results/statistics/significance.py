"""The rule for a verdict on a difference, the same in every report."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import stats

from results.statistics.paired import Difference

ALPHA = 0.05
"""The highest probability that a family in which nothing differs has a verdict of higher or lower."""
POWER = 0.8
"""The power of the smallest detectable effect."""
Verdict = Literal["higher", "lower", "no difference shown", "not testable", "not enough seeds"]
VERDICTS: tuple[Verdict, ...] = ("higher", "lower", "no difference shown", "not testable", "not enough seeds")


@dataclass(frozen=True)
class JudgedDifference:
    """A difference as one of a family of comparisons that a study declares."""

    difference: Difference
    adjusted_p: float
    """Its p after Holm's correction over the family (nan below two pairs)."""
    family: int
    """The number of comparisons in the family."""

    @property
    def verdict(self) -> Verdict:
        """The rule.

        Higher or lower: the 95% interval excludes no difference, and the adjusted p is below 0.05. Not enough seeds: no
        outcome of so few seeds could meet both conditions.
        """
        interval, null = self.difference.interval, self.difference.null
        if self.adjusted_p < ALPHA and interval.excludes(null):
            return "higher" if interval.estimate > null else "lower"
        return "no difference shown" if interval.n >= pairs_needed(self.family) else "not enough seeds"

    @property
    def smallest_detectable_effect(self) -> float:
        """The difference that this number of seeds detects with the probability `POWER`, given the spread.

        It is that of the t-test, which the sign-flip test approaches, at the level of Holm's first step. nan with too
        few seeds to detect any difference.
        """
        n = self.difference.interval.n
        if n < pairs_needed(self.family):
            return math.nan
        quantiles = stats.t.ppf(1 - ALPHA / self.family / 2, n - 1) + stats.t.ppf(POWER, n - 1)
        return float(quantiles * self.difference.spread / math.sqrt(n))


def judge(family: Sequence[Difference]) -> list[JudgedDifference]:
    """Each difference of the family with its corrected p."""
    adjusted = holm([difference.p for difference in family])
    return [JudgedDifference(difference, p, len(family)) for difference, p in zip(family, adjusted, strict=True)]


def holm(ps: Sequence[float]) -> list[float]:
    """The p values after the step-down correction over all of them (Holm 1979).

    A nan stays nan and counts as one of the family: a comparison that could not be tested was declared all the same.
    """
    p_values = np.asarray(ps, dtype=np.float64)
    order = np.argsort(p_values)  # nan last
    steps = p_values[order] * np.arange(len(p_values), 0, -1)
    adjusted = np.empty_like(p_values)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return [float(p) for p in adjusted]


def pairs_needed(family: int) -> int:
    """The fewest seeds with which a family of this size can have a verdict of higher or lower.

    The sign-flip test of n pairs that all point the same way gives p = 2 / 2^n.
    """
    return math.floor(math.log2(2 * family / ALPHA)) + 1
