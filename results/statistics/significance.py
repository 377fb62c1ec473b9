"""The rule by which a difference is called real, the same in every report."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import stats

from results.statistics.paired import Difference

ALPHA = 0.05
"""How often, at the most, a family of comparisons in which nothing differs may have one that is called different."""
POWER = 0.8
"""The difference that would have been seen is the one that would have been in so many of such studies."""
Verdict = Literal["higher", "lower", "no difference shown", "not enough seeds"]
VERDICTS: tuple[Verdict, ...] = ("higher", "lower", "no difference shown", "not enough seeds")


@dataclass(frozen=True)
class Judged:
    """A difference as one of a family of comparisons that a study declares."""

    difference: Difference
    adjusted: float
    """Its p after Holm's correction over the family (nan below two pairs)."""
    family: int

    @property
    def verdict(self) -> Verdict:
        """The rule. Higher or lower: the 95% interval excludes no difference, and the adjusted p is below 0.05. Not
        enough seeds: no outcome of so few could have been called that."""
        interval, null = self.difference.interval, self.difference.null
        if self.adjusted < ALPHA and interval.excludes(null):
            return "higher" if interval.estimate > null else "lower"
        return "no difference shown" if interval.n >= pairs_needed(self.family) else "not enough seeds"

    @property
    def detectable(self) -> float:
        """How large a difference of that spread has to be to be seen with the probability `POWER`, with as many seeds,
        at the level of Holm's first step; by the t-test that the sign-flip test comes close to. nan for so few
        seeds that none would be, however large."""
        n = self.difference.interval.n
        if n < pairs_needed(self.family):
            return math.nan
        quantiles = stats.t.ppf(1 - ALPHA / self.family / 2, n - 1) + stats.t.ppf(POWER, n - 1)
        return float(quantiles * self.difference.spread / math.sqrt(n))


def judge(family: Sequence[Difference]) -> list[Judged]:
    """Each difference of the family, with its p corrected for the others."""
    adjusted = holm([difference.p for difference in family])
    return [Judged(difference, p, len(family)) for difference, p in zip(family, adjusted, strict=True)]


def holm(ps: Sequence[float]) -> list[float]:
    """Each p after the step-down correction over all of them (Holm 1979). A nan stays one, and counts as one of them:
    what could not be tested was declared all the same."""
    known = np.asarray(ps, dtype=np.float64)
    order = np.argsort(known)  # nan last
    steps = known[order] * np.arange(len(known), 0, -1)
    adjusted = np.empty_like(known)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return [float(p) for p in adjusted]


def pairs_needed(family: int) -> int:
    """The fewest seeds with which the rule can call any difference of a family of so many real, where all of them point
    the same way: the sign-flip test of n pairs gives 2 / 2^n at the least."""
    return math.floor(math.log2(2 * family / ALPHA)) + 1
