"""Steps to a threshold as survival data: a run that does not reach it is censored and never dropped."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from results.statistics.intervals import Interval, Sample, bootstrap
from results.statistics.paired import ArmPairs, Difference, paired_values, sign_flip_p, without_rounding


@dataclass(frozen=True)
class TimeToThreshold:
    """Steps to a threshold over n runs, some of which may be censored."""

    median: float
    """inf if half of the runs or more are censored."""
    mean: float
    """The restricted mean: a censored run counts as its full budget."""
    reached: int
    n: int

    @property
    def censored(self) -> bool:
        """Whether a run does not reach the threshold."""
        return self.reached < self.n


def time_to_threshold(steps: Sequence[float], budget: float) -> TimeToThreshold:
    """Summarises steps to a threshold; inf is a censored run. `budget`: the steps of a full run."""
    if not len(steps):
        return TimeToThreshold(math.nan, math.nan, 0, 0)
    mean = float(np.minimum(steps, budget).mean())
    return TimeToThreshold(float(np.median(steps)), mean, sum(map(math.isfinite, steps)), len(steps))


def most_reach(times: Iterable[TimeToThreshold]) -> bool:
    """Whether more than half of all their runs reach the threshold, so that the median of the runs is known."""
    every = list(times)
    return 2 * sum(one.reached for one in every) > sum(one.n for one in every)


def steps_ratio(pairs: ArmPairs, budget: float) -> Difference:
    """The steps of the first arm over those of the second, and the p of the log-rank test, paired by seed.

    inf is a censored run. The ratio is that of the mean steps within `budget`, the steps of a full run (restricted
    means, Royston and Parmar 2013): a censored run counts as its full budget. If only runs of the second arm are
    censored, the true ratio is therefore smaller still. The test flips, seed by seed, which of the two log-rank scores
    belongs to which arm, and is exact for any number of seeds.

    Over several pairs of arms, the scores are summed seed by seed, and the ratio is the geometric mean of the pairs'
    ratios: as in the test, a pair with more steps has no more weight. A pair of which no run reaches the threshold is
    left out of the ratio, unless none does; its scores are 0.
    """
    first, second = paired_values(pairs)
    n = first.shape[1]
    if not n:
        nothing = Interval(math.nan, math.nan, math.nan, 0)
        return Difference(nothing, math.nan, 1.0, math.nan, (), 0, len(pairs), 0, (0, 0))
    scores = [log_rank_scores(np.concatenate(both)) for both in zip(first, second, strict=True)]
    # Scores are at most of the size of the number of runs' logarithm.
    score_differences = without_rounding(np.sum([both[:n] - both[n:] for both in scores], axis=0), 1.0)
    counted = np.isfinite(first).any(axis=1) | np.isfinite(second).any(axis=1)
    if counted.any():
        first, second = first[counted], second[counted]
    capped = tuple((np.isinf(first) | np.isinf(second)).any(axis=0).tolist())
    first_steps, second_steps = (np.minimum(side, budget) for side in (first, second))

    def ratio_of(seeds: Sample, axis: int) -> Sample:
        drawn = seeds.astype(int)
        return geometric_mean(first_steps[:, drawn].mean(axis=axis) / second_steps[:, drawn].mean(axis=axis))

    ratio = float(ratio_of(np.arange(n, dtype=np.float64), axis=-1))
    low, high, spread = math.nan, math.nan, math.nan
    per_seed = tuple(geometric_mean(first_steps / second_steps).tolist())
    if n > 1:
        low, high = (ratio, ratio) if len(set(per_seed)) == 1 else bootstrap(ratio_of, np.arange(n, dtype=np.float64))
        means = [side.mean(axis=1, keepdims=True) for side in (first_steps, second_steps)]
        relative = [  # of an arm whose runs all take 0 steps: 0
            side / np.where(mean > 0, mean, 1.0) for side, mean in zip((first_steps, second_steps), means, strict=True)
        ]
        spread = float((relative[0] - relative[1]).mean(axis=0).std(ddof=1))
    return Difference(
        Interval(ratio, low, high, n),
        sign_flip_p(score_differences),
        1.0,
        spread,
        per_seed,
        int(np.count_nonzero(score_differences)),
        len(first),
        -int(np.sign(without_rounding(score_differences.sum(), float(n * len(pairs))))),  # earlier runs score higher
        (int(np.isfinite(first).sum()), int(np.isfinite(second).sum())),
        capped,
    )


def geometric_mean(ratios: Sample) -> Sample:
    """Over the first axis, the pairs of arms. That of one pair is its ratio, without rounding."""
    mean: Sample = ratios.prod(axis=0) ** (1 / len(ratios))
    return mean


def log_rank_scores(steps: Sample) -> Sample:
    """The log-rank scores of n runs (Peto and Peto 1972), which sum to 0; earlier runs have higher scores.

    A score is 1 if the run reached the threshold (0 if censored: inf), minus the cumulative hazard of all runs up to
    its step. The sum over a group is the group's log-rank statistic.
    """
    reached = np.isfinite(steps)
    event_steps, events = np.unique(steps[reached], return_counts=True)
    at_risk = steps.size - np.searchsorted(np.sort(steps), event_steps)
    hazard = np.concatenate([[0.0], np.cumsum(events / at_risk)])
    scores: Sample = reached - hazard[np.searchsorted(event_steps, steps, side="right")]
    return scores
