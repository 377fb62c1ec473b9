"""How many times faster this project does the same work than another library, and whether an aim is reached."""

from __future__ import annotations

from typing import Any, Literal

import pandas as pd

from results.statistics import Interval

WORKS = {
    "training": "training step",
    "encoder": "encoder, forward and backward",
    "scoring": "additive energies, forward and backward",
    "greedy": "greedy decoding",
    "metric": "Levenshtein accuracies of an evaluation",
}
LIBRARIES = ("joeynmt", "eole")
"""The peers that are other libraries; the others are plain torch, or the evaluation that a metric is part of."""
AimVerdict = Literal["reached", "not shown", "missed"]
AIM_VERDICTS: tuple[AimVerdict, ...] = ("reached", "not shown", "missed")


def speedup(row: Any) -> Interval:
    """Peer over ours of a row of peers.csv: how many times faster, or in rows of memory how many times smaller."""
    return Interval(1 / row.ratio, 1 / row.ratio_high, 1 / row.ratio_low, row.rounds)  # nan stays nan


def aim_verdict(row: Any) -> AimVerdict | None:
    """Reached if the interval is at or above the aim, missed if it is below; None without an aim.

    Memory is counted, not sampled, and has no interval: its estimate decides.
    """
    if pd.isna(row.at_least):
        return None
    times = speedup(row)
    low, high = (times.estimate, times.estimate) if row.measure == "memory" else (times.low, times.high)
    if low >= row.at_least:
        return "reached"
    return "missed" if high < row.at_least else "not shown"
