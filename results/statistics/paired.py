"""Differences between arms, paired by seed: the same seed gives both arms the same data and the same test set."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from results.statistics.intervals import Interval, Sample, bootstrap, finite, mean_interval, proportion, resample_batch

ValuesBySeed = Mapping[int, float]
ArmPairs = Sequence[tuple[ValuesBySeed, ValuesBySeed]]
"""One or several pairs of arms (first, second), which differ in the compared setting alone."""
_EXACT = 13
"""The largest n for which all 2^n sign flips are enumerated; above, `_DRAWN` are sampled."""
_DRAWN = 9999
_ROUNDING = 1e-12
"""The largest relative difference of two numbers that are equal but for rounding."""


@dataclass(frozen=True)
class Difference:
    """An effect over seeds with the p of its two-sided sign-flip test, uncorrected (nan below two pairs)."""

    interval: Interval
    p: float
    null: float
    """The value of no difference: 0 for a difference, 1 for a ratio."""
    spread: float
    """The standard deviation over seeds (nan below two pairs); for a ratio, that of the differences of both arms, each
    relative to its mean."""
    per_seed: tuple[float, ...]
    """The difference, or ratio, of each seed."""
    non_zero: int
    """The number of pairs whose difference in the test statistic is not zero. They alone determine the smallest p."""
    pairs: int
    """The number of pairs of arms in the estimate. Each arm has as many runs as `interval.n`."""
    tested_sign: int
    """The direction in which the test points: 1 higher, -1 lower, 0 neither. That of the log-rank test can differ from
    that of the ratio of the mean steps."""
    reached: tuple[int, int] | None = None
    """For steps: how many runs of the first and of the second arms reached the threshold."""
    capped: tuple[bool, ...] = ()
    """For steps: whether a run of each seed did not reach the threshold, so that the ratio of the seed is that of
    budgets."""

    @property
    def side(self) -> int:
        """-1 if the true ratio of steps is smaller than the estimate, 1 if it is larger, else 0.

        A run that does not reach the threshold counts as its full budget, so the ratio is a bound if such runs are
        among the second arms alone (-1) or among the first arms alone (1).
        """
        if self.reached is None:
            return 0
        first, second = (reached < self.interval.n * self.pairs for reached in self.reached)
        return int(first) - int(second)

    @property
    def mostly_censored(self) -> bool:
        """Whether half of the runs or more, of the first or of the second arms, do not reach the threshold."""
        runs = self.interval.n * self.pairs
        return self.reached is not None and any(2 * reached <= runs for reached in self.reached)

    @property
    def direction(self) -> int:
        """1 higher, -1 lower; 0 if there is none, or if the test points the other way than the estimate."""
        sign = int(self.interval.estimate > self.null) - int(self.interval.estimate < self.null)
        return sign if sign == self.tested_sign else 0


def paired_difference(pairs: ArmPairs) -> Difference:
    """The first arm minus the second, averaged over pairs, by seed.

    A seed that any arm lacks is left out; `interval.n` counts the remaining seeds.
    """
    first, second = paired_values(pairs)
    sizes = np.maximum(np.abs(first), np.abs(second)).max(axis=0)
    differences = without_rounding(finite((first - second).mean(axis=0)), sizes)
    spread = float(differences.std(ddof=1)) if differences.size > 1 else math.nan
    per_seed = tuple(differences.tolist())
    return Difference(
        mean_interval(per_seed),
        sign_flip_p(differences),
        0.0,
        spread,
        per_seed,
        int(np.count_nonzero(differences)),
        len(pairs),
        int(np.sign(differences.sum())),
    )


def probability_of_improvement(pairs: ArmPairs) -> Interval:
    """The probability that a run of the first arm is higher than one of the second (Agarwal et al. 2021).

    Runs of any two seeds are compared, over the seeds that all arms have; ties count half, 0.5 is no difference.
    Several pairs of arms are averaged. At 0 and 1, where all resamples are equal, the interval is that of a proportion
    of n seeds.
    """
    first, second = paired_values(pairs)
    n = first.shape[1]
    if not n:
        return Interval(math.nan, math.nan, math.nan, 0)
    estimate = float(_rates(first, second, np.arange(n)[None])[0])
    if n < 2:
        return Interval(estimate, math.nan, math.nan, n)

    def over_resampled(seeds: Sample, axis: int) -> Sample:
        rates = _rates(first, second, seeds.astype(int).reshape(-1, seeds.shape[axis]))
        return rates.reshape(seeds.shape[:-1])

    if estimate in (0.0, 1.0):
        return proportion(round(estimate * n), n)
    low, high = bootstrap(over_resampled, np.arange(n, dtype=np.float64))
    return Interval(estimate, low, high, n)


def paired_values(pairs: ArmPairs) -> tuple[np.ndarray, np.ndarray]:
    """(pairs, seeds) of the first arms and of the second arms, at the seeds that every arm has, in ascending order."""
    shared = sorted(set.intersection(*(set(values) for pair in pairs for values in pair)))
    first, second = (
        np.array([[pair[side][seed] for seed in shared] for pair in pairs], dtype=np.float64) for side in (0, 1)
    )
    return first, second


def without_rounding(differences: Sample, sizes: Sample | float) -> Sample:
    """Differences of values of these sizes, those that are zero but for rounding as zeros."""
    exact: Sample = np.where(np.abs(differences) <= _ROUNDING * sizes, 0.0, differences)
    return exact


def sign_flip_p(differences: Sample) -> float:
    """The two-sided sign-flip test of the mean (Fisher 1935): without a difference, either sign is equally likely.

    The sign of a zero does not matter, so only non-zero differences are flipped.
    """
    if differences.size < 2:
        return math.nan
    flipped = differences[differences != 0]
    if flipped.size < 2:
        return 1.0
    test = stats.permutation_test(
        (flipped, np.zeros_like(flipped)),
        lambda x, y, axis: np.mean(x - y, axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=2**_EXACT if flipped.size <= _EXACT else _DRAWN,
        batch=resample_batch(flipped.size),
        rng=np.random.default_rng(0),
    )
    return float(test.pvalue)


def smallest_p(non_zero: int) -> float:
    """The smallest p that `sign_flip_p` can give for this number of non-zero differences, whatever their sizes.

    The mean is farthest from 0 if all signs are the same, which are 2 of 2^m outcomes, and in no other case.
    """
    return min(1.0, 2.0 ** (1 - non_zero)) if non_zero <= _EXACT else 2 / (_DRAWN + 1)


def _rates(first: np.ndarray, second: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """(pairs, seeds) of both arms, and (resamples, draws) of seed indices -> (resamples,): P(first > second).

    The probability is over any two runs of a resample, and over pairs of arms. A resample is stored as a count for each
    seed, and counts are summed in the order of the second arm's values: memory is linear in the seeds.
    """
    resamples, n = len(drawn), first.shape[1]
    in_own_row = drawn + n * np.arange(resamples)[:, None]
    counts = np.bincount(in_own_row.ravel(), minlength=n * resamples).reshape(resamples, n)
    halves = np.zeros(resamples, dtype=np.int64)
    for higher, lower in zip(first, second, strict=True):
        order = np.argsort(lower)
        below = np.pad(np.cumsum(counts[:, order], axis=1), ((0, 0), (1, 0)))
        for side in ("left", "right"):  # ties are below on one side only: a half
            halves += (counts * below[:, np.searchsorted(lower[order], higher, side)]).sum(axis=1)
    rates: np.ndarray = halves / (2 * len(first) * drawn.shape[1] ** 2)
    return rates
