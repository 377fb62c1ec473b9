"""The time of a call of each arm of a study, on each machine and at each combination of levels, from its rounds."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from results.analysis.timing.suites import ratio_interval
from results.statistics import Interval, combine_ratios, median_interval
from results.tables.study_schema import records
from results.tables.timing_schema import STUDY_SUITES


@dataclass(frozen=True)
class CallTime:
    """A training step of an arm, or greedy decoding of a batch."""

    seconds: Interval
    """The baseline's time (see `_baseline_time`) times `ratio`. A machine may be faster in the rounds of one arm than
    in those of another; the ratio, which is measured in interleaved rounds, does not depend on it."""
    ratio: Interval
    """Its time over that of the study's baseline, in interleaved rounds."""
    tokens_per_second: float
    peak_bytes: float


def call_times(throughput: pd.DataFrame, rounds: pd.DataFrame) -> dict[tuple[str, str, str], CallTime]:
    """(suite, case, candidate) -> its time, for the rows of a study."""
    key = ["suite", "case", "candidate"]
    of_study = throughput[throughput["suite"].isin(STUDY_SUITES)]
    by_baseline = rounds.merge(of_study[[*key, "baseline"]]).groupby(["suite", "case", "baseline"])
    medians = {tuple(map(str, names)): _baseline_time(rows) for names, rows in by_baseline}
    calls = {}
    for row in records(of_study):
        ratio, seconds = ratio_interval(row), medians[row.suite, row.case, row.baseline]
        if row.candidate != row.baseline:  # which was timed against itself
            seconds = combine_ratios(seconds, ratio)
        tokens = row.tokens_per_second * row.median_seconds  # of a call
        peak = math.nan if pd.isna(row.peak_bytes) else row.peak_bytes
        calls[row.suite, row.case, row.candidate] = CallTime(seconds, ratio, tokens / seconds.estimate, peak)
    return calls


def _baseline_time(rounds: pd.DataFrame) -> Interval:
    """The median time of the baseline over all rounds of a case, those of every candidate.

    The interval also covers the median of each candidate's rounds: they are measured one after the other, and a machine
    that changes its speed between them makes rounds of one candidate alike.
    """
    median = median_interval(rounds["baseline_seconds"].to_numpy(dtype=float))
    of_candidates = rounds.groupby("candidate")["baseline_seconds"].median()
    low, high = np.minimum(median.low, of_candidates.min()), np.maximum(median.high, of_candidates.max())
    return replace(median, low=float(low), high=float(high))
