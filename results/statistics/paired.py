"""What differs between two arms, paired by seed: the same seed gives both the same data and the same test set."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from results.statistics.intervals import Interval, Sample, batch_of, bootstrap, mean_interval

BySeed = Mapping[int, float]
Pairs = Sequence[tuple[BySeed, BySeed]]
"""Two arms that differ in what is compared, or several such pairs that differ in the same: (with it, without it)."""
_EXACT = 13
"""Up to here all 2^n sign flips are counted; above, 9,999 are drawn."""
_DRAWN = 9999


@dataclass(frozen=True)
class Difference:
    """An effect over seeds, and the p of its two-sided sign-flip test, before any correction (nan below two pairs)."""

    interval: Interval
    p: float
    null: float
    """What no difference is: 0 of a difference, 1 of a ratio."""
    spread: float
    """The standard deviation over seeds of what `interval` is the mean of (nan below two pairs)."""
    each: tuple[float, ...]
    """What each seed gives."""


def paired_difference(pairs: Pairs) -> Difference:
    """With it less without it, of several pairs of arms their mean, by seed; what a pair lacks on a seed leaves the
    whole seed out, and `interval.n` counts those that are left."""
    on, off = by_seed(pairs)
    differences = (on - off).mean(axis=0)
    spread = float(differences.std(ddof=1)) if differences.size > 1 else math.nan
    each = tuple(differences.tolist())
    return Difference(mean_interval(each), sign_flip_p(differences), 0.0, spread, each)


def improvement(pairs: Pairs) -> Interval:
    """The probability that a run with it does better than a run without it of any seed, ties counted half (Agarwal et
    al. 2021), over the seeds that all have; 0.5 is no difference. Of several pairs of arms, their mean."""
    on, off = by_seed(pairs)
    n = on.shape[1]
    if not n:
        return Interval(math.nan, math.nan, math.nan, 0)
    estimate = float(_rates(on, off, np.arange(n)[None])[0])
    if n < 2:
        return Interval(estimate, math.nan, math.nan, n)

    def over_resampled(seeds: Sample, axis: int) -> Sample:
        rates = _rates(on, off, seeds.astype(int).reshape(-1, seeds.shape[axis]))
        return rates.reshape(seeds.shape[:-1])

    low, high = bootstrap(over_resampled, np.arange(n, dtype=np.float64))
    return Interval(estimate, low, high, n)


def by_seed(pairs: Pairs) -> tuple[np.ndarray, np.ndarray]:
    """(pairs,seeds) with it and without it, at the seeds that every arm has, in their order."""
    shared = sorted(set.intersection(*(set(values) for pair in pairs for values in pair)))
    on, off = (np.array([[pair[side][seed] for seed in shared] for pair in pairs], dtype=np.float64) for side in (0, 1))
    return on, off


def sign_flip_p(differences: Sample) -> float:
    """Two-sided, of the mean (Fisher 1935): under no difference each seed's could as well have the other sign."""
    if differences.size < 2:
        return math.nan
    test = stats.permutation_test(
        (differences, np.zeros_like(differences)),
        lambda x, y, axis: np.mean(x - y, axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=2**_EXACT if differences.size <= _EXACT else _DRAWN,
        batch=batch_of(differences.size),
        rng=np.random.default_rng(0),
    )
    return float(test.pvalue)


def _rates(on: np.ndarray, off: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """(pairs,seeds) each, and (resamples,draws) of seeds -> (resamples,): how often the first is above the second, of
    any two runs of a resample, over pairs of arms.

    A resample is counted seed by seed, and the counts are summed in the order of the second: memory grows with the
    seeds and not with their square.
    """
    resamples, n = len(drawn), on.shape[1]
    in_own_row = drawn + n * np.arange(resamples)[:, None]
    counts = np.bincount(in_own_row.ravel(), minlength=n * resamples).reshape(resamples, n)
    halves = np.zeros(resamples, dtype=np.int64)
    for first, second in zip(on, off, strict=True):
        order = np.argsort(second)
        below = np.pad(np.cumsum(counts[:, order], axis=1), ((0, 0), (1, 0)))
        for side in ("left", "right"):  # equals are below on one side only: a half
            halves += (counts * below[:, np.searchsorted(second[order], first, side)]).sum(axis=1)
    rates: np.ndarray = halves / (2 * len(on) * drawn.shape[1] ** 2)
    return rates
