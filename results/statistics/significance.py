"""The rule for a verdict on a difference, the same in every report."""

from __future__ import annotations

import math
from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import stats

from results.statistics.paired import Difference, smallest_p

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
    """Its p after the correction over the family, see `adjusted_p_values` (nan below two pairs)."""
    family: int
    """The number of comparisons in the family."""
    counted: int
    """The number of comparisons that the correction counts for this one where it is significant: at most `family`."""
    needed: int
    """The fewest pairs that differ with which its p could be significant after the correction."""

    @property
    def verdict(self) -> Verdict:
        """The rule.

        Higher or lower: the 95% interval excludes 0 (a ratio: 1), the adjusted p is below 0.05, and both point the same
        way (see `Difference.direction`). Not testable: so few pairs differ that p cannot be below 0.05, even without
        the correction. Not enough seeds: the adjusted p cannot be below 0.05, even if every pair differs.
        """
        interval, direction = self.difference.interval, self.difference.direction
        if self.adjusted_p < ALPHA and interval.excludes(self.difference.null) and direction:
            return "higher" if direction > 0 else "lower"
        non_zero = self.difference.non_zero
        if interval.n < self.needed and (non_zero or not interval.n):
            return "not enough seeds"
        return "no difference shown" if smallest_p(non_zero) < ALPHA else "not testable"

    @property
    def shown(self) -> bool:
        """Whether the verdict is a difference."""
        return self.verdict in ("higher", "lower")

    @property
    def smallest_detectable_effect(self) -> float:
        """The difference that this number of seeds detects with the probability `POWER`, given the spread.

        It is that of the t-test, which the sign-flip test approaches, at the level of the correction's first step. nan
        if too few pairs differ for any outcome to be significant, or if half of the runs of either side or more do not
        reach the threshold: the spread of steps that are mostly the budget says nothing about it.
        """
        if self.difference.non_zero < self.needed or self.difference.mostly_censored:
            return math.nan
        n = self.difference.interval.n
        quantiles = stats.t.ppf(1 - ALPHA / self.counted / 2, n - 1) + stats.t.ppf(POWER, n - 1)
        return float(quantiles * self.difference.spread / math.sqrt(n))


def judge(family: Sequence[Difference], arms: Sequence[Collection[Hashable]]) -> list[JudgedDifference]:
    """Each difference of the family with its corrected p. `arms`: the arms that each of them compares."""
    p_values = [difference.p for difference in family]
    smallest = [smallest_p(difference.non_zero) for difference in family]
    shared = np.array([[not set(one).isdisjoint(other) for other in arms] for one in arms], dtype=bool)
    adjusted = adjusted_p_values(p_values, smallest, shared)

    def needed(place: int) -> int:
        """The fewest pairs that would be significant if they all pointed the same way."""
        enough = pairs_needed(len(family))  # where every comparison counts
        for pairs in range(1, enough):
            ps, attainable = (
                [*values[:place], smallest_p(pairs), *values[place + 1 :]] for values in (p_values, smallest)
            )
            if adjusted_p_values(ps, attainable, shared)[place] < ALPHA:
                return pairs
        return enough

    return [
        JudgedDifference(difference, adjusted[place], len(family), _counted(smallest, shared[place]), needed(place))
        for place, difference in enumerate(family)
    ]


def adjusted_p_values(ps: Sequence[float], smallest: Sequence[float], shared: np.ndarray) -> list[float]:
    """The p values after Holm's correction without the comparisons that could not be significant (Tarone 1990).

    Holm (1979) multiplies the smallest p by the number of comparisons, the next one by one fewer, and so on. Here a
    comparison counts for a given p only if its own smallest attainable p, `smallest`, is no larger. This is the
    step-down form of Tarone's modification (Hommel and Krummenauer 1998) whose corrected p never falls as p grows.

    `shared` (comparisons, comparisons) marks comparisons with a common arm, the diagonal included, which always count.
    Their non-zero pairs may change with the signs of the tested one; without this rule, 40 equal arms compared with one
    baseline can have a false alarm in 7% of studies. With it, given all runs but the signs of comparison i, the numbers
    that count for i are fixed, so a true null hypothesis i is rejected with a probability of at most its largest
    attainable x_i with x_i times the number counted at x_i <= 0.05. Summed over the comparisons that can reach their
    x_i, this is at most 0.05, since all of them are counted at the largest x_i.

    A nan stays nan; it counts for a comparison with a common arm.
    """
    p_values = np.asarray(ps, dtype=np.float64)
    adjusted = np.full_like(p_values, math.nan)
    remaining = np.ones(p_values.size, dtype=bool)
    largest = 0.0
    for place in np.argsort(p_values, kind="stable")[: np.count_nonzero(~np.isnan(p_values))]:
        counts = shared[place] | (np.asarray(smallest) <= p_values[place])
        largest = max(largest, float(p_values[place] * np.count_nonzero(counts & remaining)))
        adjusted[place] = min(largest, 1.0)
        remaining[place] = False
    return [float(p) for p in adjusted]


def pairs_needed(family: int) -> int:
    """The fewest seeds with which a family of this size can have a verdict of higher or lower.

    The sign-flip test of n pairs that all point the same way gives p = 2 / 2^n.
    """
    return math.floor(math.log2(2 * family / ALPHA)) + 1


def _counted(smallest: Sequence[float], shared: np.ndarray) -> int:
    """The number of comparisons that count at 0.05 over this number: Tarone's K."""
    counts = (np.count_nonzero(shared | (np.asarray(smallest) <= ALPHA / k)) for k in range(1, len(smallest) + 1))
    return next(k for k, count in enumerate(counts, 1) if count <= k)
