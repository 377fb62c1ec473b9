"""An estimate and the interval around it."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special, stats

LEVEL = 0.95
"""Confidence of every interval."""
MINIMUM_ROUNDS = 6
"""With fewer rounds the sign test gives no 95% interval of a median: five on one side have the probability 0.06."""
Sample = np.ndarray[tuple[int], np.dtype[np.float64]]
_RESAMPLES = 9999
_AT_ONCE = 2_000_000
"""Values drawn at a time: all resamples of 200 seeds."""


@dataclass(frozen=True)
class Interval:
    """An estimate from n values with its interval; low and high are nan where n is too small, all three where n = 0."""

    estimate: float
    low: float
    high: float
    n: int

    def excludes(self, value: float) -> bool:
        """Whether the interval lies on one side of `value`; False without an interval."""
        return self.low > value or self.high < value

    @property
    def inverse(self) -> Interval:
        """The interval of 1 over a positive estimate."""
        return Interval(1 / self.estimate, 1 / self.high, 1 / self.low, self.n)


def mean_interval(values: Sequence[float]) -> Interval:
    """The mean with its bias-corrected and accelerated bootstrap interval, of zero width for equal values."""
    return _interval(np.mean, values)


def interquartile_mean(values: Sequence[float]) -> Interval:
    """The mean without the lowest and the highest quarter, rounded down (Agarwal et al. 2021), with its BCa interval.

    A single outlier does not change it.
    """
    return _interval(lambda sample, axis: stats.trim_mean(sample, 0.25, axis=axis), values)


def median_ratio(candidate: Sequence[float], baseline: Sequence[float]) -> Interval:
    """candidate / baseline, times of the same rounds: the median ratio with the interval of the sign test.

    Raises ValueError for times that are not positive, or lists of different lengths.
    """
    numerators, denominators = finite(candidate), finite(baseline)
    sizes = numerators.size, denominators.size
    if sizes[0] != sizes[1] or not sizes[0] or numerators.min() <= 0 or denominators.min() <= 0:
        raise ValueError(f"{sizes[0]} and {sizes[1]} times; expected equally many, all above zero")
    return median_interval(numerators / denominators)


def median_interval(values: Sample) -> Interval:
    """The median of one value a round, with the interval of the sign test.

    The ends are order statistics, chosen by the binomial distribution (Thompson 1936). The interval excludes the true
    median in at most 5% of cases for any distribution of noise and any number of rounds; below six rounds there is no
    interval. (A bootstrap of seven values excludes it in 12% of cases.)
    """
    interval: Any = stats.quantile_test(values, p=0.5).confidence_interval(LEVEL)  # the stubs declare a float
    return Interval(float(np.median(values)), float(interval.low), float(interval.high), values.size)


def combine_ratios(first: Interval, second: Interval) -> Interval:
    """The product of two independent positive estimates, with the interval that follows from theirs.

    By MOVER on the logarithms (Zou and Donner 2008): with estimates e1 and e2 and lower ends l1 and l2, the lower end
    is e1 e2 exp(-sqrt(log(e1 / l1)^2 + log(e2 / l2)^2)), and the upper end likewise. An interval that is not symmetric
    about its estimate keeps its shape: a certain factor, with both ends at its estimate, only scales the other one. The
    ends are nan if one of the two has no interval. n is the smaller of the two.

    Raises ValueError for an estimate or an end that is not positive.
    """
    logs = [[_log(end) for end in (one.estimate, one.low, one.high)] for one in (first, second)]
    estimate = logs[0][0] + logs[1][0]
    below = math.hypot(*(middle - low for middle, low, _ in logs))
    above = math.hypot(*(high - middle for middle, _, high in logs))
    low, high = math.exp(estimate - below), math.exp(estimate + above)
    return Interval(math.exp(estimate), low, high, min(first.n, second.n))


def proportion(count: int, n: int) -> Interval:
    """count / n with its exact binomial interval (Clopper and Pearson 1934); nan if n is 0."""
    if not n:
        return Interval(math.nan, math.nan, math.nan, 0)
    # Quantiles of beta distributions, as binomtest(...).proportion_ci has them, in a hundredth of its time.
    low = special.betaincinv(count, n - count + 1, (1 - LEVEL) / 2) if count else 0.0
    high = special.betaincinv(count + 1, n - count, (1 + LEVEL) / 2) if count < n else 1.0
    return Interval(count / n, float(low), float(high), n)


def finite(values: Sequence[float]) -> Sample:
    sample = np.asarray(values, dtype=np.float64)
    if sample.ndim != 1 or not np.isfinite(sample).all():
        raise ValueError("a value that is not finite; expected runs without the metric to be left out")
    return sample


def resample_batch(n: int) -> int:
    """How many resamples of n values are in memory at a time. It does not change the values drawn."""
    return max(1, _AT_ONCE // n)


def bootstrap(statistic: Callable[..., Any], *samples: Sample) -> tuple[float, float]:
    """The ends of the BCa interval (Efron 1987) of a statistic of samples that are resampled in pairs."""
    for method in ("BCa", "percentile"):  # the latter if the acceleration is undefined: values equal up to rounding
        with warnings.catch_warnings(), np.errstate(invalid="ignore"):
            warnings.simplefilter("ignore", stats.DegenerateDataWarning)
            interval = stats.bootstrap(
                samples,
                statistic,
                paired=True,
                confidence_level=LEVEL,
                n_resamples=_RESAMPLES,
                batch=resample_batch(samples[0].size),
                method=method,
                vectorized=True,
                rng=np.random.default_rng(0),
            ).confidence_interval
        if not math.isnan(interval.low + interval.high):
            break
    return float(interval.low), float(interval.high)


def _log(value: float) -> float:
    if value <= 0:
        raise ValueError(f"an interval with {value}; expected positive numbers")
    return math.log(value)


def _interval(statistic: Callable[..., Any], values: Sequence[float]) -> Interval:
    sample = finite(values)
    if sample.size < 2:
        return Interval(float(sample[0]) if sample.size else math.nan, math.nan, math.nan, sample.size)
    # Rounding may move the mean of equal values beyond them.
    estimate = float(np.clip(statistic(sample, axis=0), sample.min(), sample.max()))
    low, high = (estimate, estimate) if np.ptp(sample) == 0 else bootstrap(statistic, sample)
    return Interval(estimate, low, high, sample.size)
