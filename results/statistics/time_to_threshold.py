"""Steps to a threshold, as survival data: a run that never got there is later than all that did, and never dropped."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from results.statistics.intervals import Interval, Sample, bootstrap
from results.statistics.paired import Difference, Pairs, by_seed, sign_flip_p


@dataclass(frozen=True)
class Arrival:
    """Steps to a threshold over n runs, some of which may never have got there."""

    median: float
    """inf where half of the runs or more never got there."""
    mean: float
    """Restricted: a run that never got there counts with the steps that it had."""
    reached: int
    n: int


def arrival(steps: Sequence[float], horizon: float) -> Arrival:
    """Steps to a threshold; inf is a run that ended before it got there. `horizon`: the steps that a run has."""
    if not len(steps):
        return Arrival(math.nan, math.nan, 0, 0)
    mean = float(np.minimum(steps, horizon).mean())
    return Arrival(float(np.median(steps)), mean, sum(map(math.isfinite, steps)), len(steps))


def arrival_ratio(pairs: Pairs, horizon: float) -> Difference:
    """The steps with it over the steps without it, and the p of the log-rank test, paired by seed.

    inf is a run that never got there (censored). The ratio is that of the mean steps spent until the threshold within
    the `horizon`, the steps that a run has (restricted means, Royston and Parmar 2013): a run that never got there has
    spent them all, so that where only the runs without it are censored the true ratio is smaller still. The test flips,
    seed by seed, which of the two scores of the log-rank test belongs to which arm; that is exact however few seeds
    there are. Of several pairs of arms, scores and steps are summed seed by seed.
    """
    on, off = by_seed(pairs)
    n = on.shape[1]
    if not n:
        return Difference(Interval(math.nan, math.nan, math.nan, 0), math.nan, 1.0, math.nan, ())
    scores = [log_rank_scores(np.concatenate(both)) for both in zip(on, off, strict=True)]
    earlier = np.sum([both[:n] - both[n:] for both in scores], axis=0)
    spent_on, spent_off = (np.minimum(side, horizon).sum(axis=0) for side in (on, off))
    ratio = float(spent_on.mean() / spent_off.mean())
    low, high, spread = math.nan, math.nan, math.nan
    if n > 1:
        low, high = bootstrap(lambda a, b, axis: a.mean(axis=axis) / b.mean(axis=axis), spent_on, spent_off)
        spread = float(((spent_on - ratio * spent_off) / spent_off.mean()).std(ddof=1))
    each = tuple((spent_on / spent_off).tolist())
    return Difference(Interval(ratio, low, high, n), sign_flip_p(earlier), 1.0, spread, each)


def log_rank_scores(steps: Sample) -> Sample:
    """What each of n runs gives to the log-rank statistic of any group that it is in (Peto and Peto 1972): 1 if it
    arrived (0 if not: inf), less the hazard of all runs together up to its step. They sum to 0; the sooner, the higher.
    """
    arrived = np.isfinite(steps)
    moments, events = np.unique(steps[arrived], return_counts=True)
    at_risk = steps.size - np.searchsorted(np.sort(steps), moments)
    hazard = np.concatenate([[0.0], np.cumsum(events / at_risk)])
    scores: Sample = arrived - hazard[np.searchsorted(moments, steps, side="right")]
    return scores
