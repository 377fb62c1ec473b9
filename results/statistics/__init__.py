"""Intervals and tests that survive what comes out of small studies: ceilings, ties, one seed, runs that never arrive.

Resampling is seeded, so the same rows give the same figures. The rule for a real difference is `Judged.verdict`, and
there is no other; `python -m results validity` measures how often it is wrong.
"""

from results.statistics.intervals import (
    LEVEL,
    MINIMUM_ROUNDS,
    Interval,
    Sample,
    interquartile_mean,
    mean_interval,
    median_ratio,
    proportion,
)
from results.statistics.paired import Difference, improvement, paired_difference
from results.statistics.significance import ALPHA, POWER, VERDICTS, Judged, Verdict, holm, judge, pairs_needed
from results.statistics.time_to_threshold import Arrival, arrival, arrival_ratio, log_rank_scores

__all__ = [
    "ALPHA",
    "LEVEL",
    "MINIMUM_ROUNDS",
    "POWER",
    "VERDICTS",
    "Arrival",
    "Difference",
    "Interval",
    "Judged",
    "Sample",
    "Verdict",
    "arrival",
    "arrival_ratio",
    "holm",
    "improvement",
    "interquartile_mean",
    "judge",
    "log_rank_scores",
    "mean_interval",
    "median_ratio",
    "paired_difference",
    "pairs_needed",
    "proportion",
]
