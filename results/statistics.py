"""Intervals and tests that survive what comes out of small studies: ceilings, ties, one seed, runs that never arrive.

Resampling is seeded, so the same rows give the same figures. The rule for a real difference is `Difference.real`.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy import stats

LEVEL = 0.95
"""Confidence of every interval."""
ALPHA = 0.05
MINIMUM_PAIRS = 6
"""Below it no sign-flip p can be under `ALPHA`: five pairs give 0.0625 at the least, six 0.031."""
Sample = np.ndarray[tuple[int], np.dtype[np.float64]]
_RESAMPLES = 9999
_EXACT_PAIRS = 13
"""Up to here all 2^n sign flips are within `_RESAMPLES` and are counted; above, as many are drawn."""


@dataclass(frozen=True)
class Interval:
    """An estimate from n values with its interval; low and high are nan where n is too small, all three where n = 0."""

    estimate: float
    low: float
    high: float
    n: int

    def excludes(self, value: float) -> bool:
        """Whether the whole interval is on one side of `value`; False where there is no interval."""
        return self.low > value or self.high < value


@dataclass(frozen=True)
class Difference:
    """The mean of paired differences, and the p of the two-sided sign-flip test (nan below two pairs)."""

    interval: Interval
    p: float

    @property
    def enough(self) -> bool:
        """Whether there are pairs enough for the rule to be able to say yes."""
        return self.interval.n >= MINIMUM_PAIRS

    @property
    def real(self) -> bool:
        """The rule: six pairs or more, an interval that excludes zero, and p < 0.05."""
        return self.enough and self.interval.excludes(0.0) and self.p < ALPHA


@dataclass(frozen=True)
class Arrival:
    """Steps to a threshold: the median over n runs, inf where half of them or more never got there."""

    median: float
    reached: int
    n: int


def mean_interval(values: Sequence[float]) -> Interval:
    """The mean with its bias-corrected and accelerated bootstrap interval; a constant is its own interval."""
    sample = _finite(values)
    if sample.size < 2:
        return Interval(float(sample[0]) if sample.size else math.nan, math.nan, math.nan, sample.size)
    low, high = _bootstrap(sample, "BCa")
    if math.isnan(low) or math.isnan(high):  # the acceleration is undefined where values differ by rounding only
        low, high = _bootstrap(sample, "percentile")
    mean = float(np.clip(sample.mean(), sample.min(), sample.max()))  # rounding may carry the mean of equals past them
    return Interval(mean, low, high, sample.size)


def median_ratio(candidate: Sequence[float], baseline: Sequence[float]) -> Interval:
    """candidate / baseline, times of the same rounds: the median over rounds, with the interval of its sign test.

    The ends are two of the ratios themselves, chosen by the binomial distribution (Thompson 1936), so that equals are
    called different in at most 5% of cases whatever the noise is like, and however few rounds there are; below six
    rounds no two are far enough apart, and there is no interval. A bootstrap of seven ratios misses in 12%.

    Raises ValueError for times that are not positive, or lists of two lengths.
    """
    above, below = _finite(candidate), _finite(baseline)
    if above.shape != below.shape or not above.size or above.min() <= 0 or below.min() <= 0:
        raise ValueError(f"{above.size} and {below.size} times; expected as many of each, all above zero")
    ratios = above / below
    interval: Any = stats.quantile_test(ratios, p=0.5).confidence_interval(LEVEL)  # the stubs take it for a float
    return Interval(float(np.median(ratios)), float(interval.low), float(interval.high), ratios.size)


def proportion(count: int, n: int) -> Interval:
    """count / n, with its exact binomial interval (Clopper and Pearson 1934); n is at least 1."""
    interval = stats.binomtest(count, n).proportion_ci(LEVEL, method="exact")
    return Interval(count / n, float(interval.low), float(interval.high), n)


def paired_difference(a: Mapping[Hashable, float], b: Mapping[Hashable, float]) -> Difference:
    """a - b by key (the seed): what only one of the two has cannot be paired, and is not in `interval.n`."""
    differences = [a[key] - b[key] for key in a if key in b]
    interval = mean_interval(differences)
    if interval.n < 2:
        return Difference(interval, math.nan)
    sample = np.asarray(differences)
    test = stats.permutation_test(
        (sample, np.zeros_like(sample)),
        lambda x, y, axis: np.mean(x - y, axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=2**_EXACT_PAIRS if interval.n <= _EXACT_PAIRS else _RESAMPLES,
        rng=np.random.default_rng(0),
    )
    return Difference(interval, float(test.pvalue))


def arrival(steps: Sequence[float | None]) -> Arrival:
    """Steps to a threshold; None is a run that ended before it got there, and counts as later than all others."""
    times = [math.inf if step is None else float(step) for step in steps]
    median = float(np.median(times)) if times else math.nan
    return Arrival(median, sum(map(math.isfinite, times)), len(times))


def _finite(values: Sequence[float]) -> Sample:
    sample = np.asarray(values, dtype=np.float64)
    if sample.ndim != 1 or not np.isfinite(sample).all():
        raise ValueError("a value that is not finite; expected such runs to be counted, and left out before")
    return sample


def _bootstrap(sample: Sample, method: Literal["BCa", "percentile"]) -> tuple[float, float]:
    if np.ptp(sample) == 0:
        return float(sample[0]), float(sample[0])
    with warnings.catch_warnings(), np.errstate(invalid="ignore"):
        warnings.simplefilter("ignore", stats.DegenerateDataWarning)
        interval = stats.bootstrap(
            (sample,),
            np.mean,
            confidence_level=LEVEL,
            n_resamples=_RESAMPLES,
            method=method,
            vectorized=True,
            rng=np.random.default_rng(0),
        ).confidence_interval
    return float(interval.low), float(interval.high)
