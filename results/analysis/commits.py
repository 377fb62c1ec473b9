"""The times of two commits (commits.csv) as ratios: B over A, and the control, a second copy of A, over A."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from results.statistics import Interval, median_ratio

KEYS = ["suite", "case", "candidate"]


@dataclass(frozen=True)
class CommitRatio:
    suite: str
    case: str
    candidate: str
    ratio: Interval
    """B over A, over rounds."""
    control: Interval
    """A second copy of A over A: it differs from 1 by the noise alone."""

    @property
    def name(self) -> str:
        return f"{self.suite}, {self.case}: {self.candidate}"


def commit_ratios(rows: pd.DataFrame) -> list[CommitRatio]:
    """The ratio of a round is the median over its bursts, in which all sides are timed right after each other.

    A round has new processes, so rounds are independent; the interval of their median is that of the sign test.
    """
    bursts = rows.pivot_table(index=[*KEYS, "round", "burst"], columns="side", values="seconds", sort=False)
    ratios = bursts[["b", "control"]].div(bursts["a"], axis=0)
    rounds = ratios.groupby(level=[*KEYS, "round"], sort=False).median()
    found = []
    for key, of_case in rounds.groupby(level=KEYS, sort=False):
        suite, case, candidate = map(str, key)
        ratio, control = (median_ratio(of_case[side].tolist(), [1.0] * len(of_case)) for side in ("b", "control"))
        found.append(CommitRatio(suite, case, candidate, ratio, control))
    return found
