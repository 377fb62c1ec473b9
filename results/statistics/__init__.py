"""Intervals and tests for small studies: accuracies at their maximum, ties, a single seed, censored runs.

Resampling is seeded, so the same rows give the same numbers. The rule for a verdict is `JudgedDifference.verdict`, the
same in every report; `retrograde validity` measures its error rates.

intervals           means, ratios of times, products of ratios and proportions with 95% intervals
paired              differences paired by seed, the sign-flip test, the probability of improvement
time_to_threshold   steps to a threshold as survival data: restricted means and the log-rank test
slopes              how fast a cost grows with a size
significance        the correction over a family, verdicts, the smallest detectable effect
"""

from results.statistics.intervals import (
    LEVEL,
    MINIMUM_ROUNDS,
    Interval,
    Sample,
    combine_ratios,
    interquartile_mean,
    mean_interval,
    median_interval,
    median_ratio,
    proportion,
)
from results.statistics.paired import Difference, paired_difference, probability_of_improvement
from results.statistics.significance import ALPHA, POWER, VERDICTS, JudgedDifference, Verdict, judge, pairs_needed
from results.statistics.slopes import log_slope, slope_of_costs, slope_of_rounds
from results.statistics.time_to_threshold import (
    TimeToThreshold,
    geometric_mean,
    log_rank_scores,
    most_reach,
    steps_ratio,
    time_to_threshold,
)

__all__ = [
    "ALPHA",
    "LEVEL",
    "MINIMUM_ROUNDS",
    "POWER",
    "VERDICTS",
    "Difference",
    "Interval",
    "JudgedDifference",
    "Sample",
    "TimeToThreshold",
    "Verdict",
    "combine_ratios",
    "geometric_mean",
    "interquartile_mean",
    "judge",
    "log_rank_scores",
    "log_slope",
    "mean_interval",
    "median_interval",
    "median_ratio",
    "most_reach",
    "paired_difference",
    "pairs_needed",
    "probability_of_improvement",
    "proportion",
    "slope_of_costs",
    "slope_of_rounds",
    "steps_ratio",
    "time_to_threshold",
]
