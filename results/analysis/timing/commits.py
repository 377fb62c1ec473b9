"""The times of two commits (commits.csv) as ratios: B over A, and the control, a second copy of A, over A."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from scipy import stats

from results.statistics import Interval, median_ratio

KEYS = ["suite", "case", "candidate"]


@dataclass(frozen=True)
class RoundRatio:
    """The median ratio over rounds, with its interval and the p of the two-sided sign test."""

    interval: Interval
    p: float


@dataclass(frozen=True)
class CommitRatio:
    suite: str
    case: str
    candidate: str
    ratio: RoundRatio
    """B over A."""
    control: RoundRatio
    """A second copy of A over A: it differs from 1 by the noise alone."""

    @property
    def name(self) -> str:
        return f"{self.suite}, {self.case}: {self.candidate}"


def commit_ratios(rows: pd.DataFrame) -> list[CommitRatio]:
    """The ratio of a round is the median over its bursts, in which all sides are timed right after each other.

    A round has new processes, so its ratio does not depend on those of other rounds.
    """
    bursts = rows.pivot_table(index=[*KEYS, "round", "burst"], columns="side", values="seconds", sort=False)
    ratios = bursts[["b", "control"]].div(bursts["a"], axis=0)
    rounds = ratios.groupby(level=[*KEYS, "round"], sort=False).median()
    found = []
    for key, of_case in rounds.groupby(level=KEYS, sort=False):
        suite, case, candidate = map(str, key)
        ratio, control = (_round_ratio(of_case[side].tolist()) for side in ("b", "control"))
        found.append(CommitRatio(suite, case, candidate, ratio, control))
    return found


def _round_ratio(ratios: Sequence[float]) -> RoundRatio:
    above, below = sum(ratio > 1 for ratio in ratios), sum(ratio < 1 for ratio in ratios)
    p = float(stats.binomtest(above, above + below).pvalue) if above + below else 1.0
    return RoundRatio(median_ratio(ratios, [1.0] * len(ratios)), p)
