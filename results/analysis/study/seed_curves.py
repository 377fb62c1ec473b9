"""A metric along an axis, such as the training step or the length: every run, and the means over seeds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cache
from typing import Any

import pandas as pd

from results.analysis import formatting
from results.analysis.study.factor_levels import split_levels
from results.statistics import Interval, mean_interval
from results.terminal.progress import progress


@dataclass(frozen=True)
class Curves:
    """A metric of many runs along `x`."""

    runs: pd.DataFrame
    """A row for each run and x."""
    x: str
    metric: str
    means: pd.DataFrame
    """A row for each combination of levels, arm and x; the last columns are the fields of an Interval over seeds."""

    def of(self, arm: str, levels: Mapping[str, Any]) -> Curves:
        """The curves of one arm at one combination of levels."""
        runs, means = self.runs, self.means
        for name, value in {"arm": arm, **levels}.items():
            runs, means = runs[runs[name] == value], means[means[name] == value]
        return replace(self, runs=runs, means=means)

    @property
    def header(self) -> list[str]:
        """The header of `rows`."""
        return [*self.means.columns[:-4], f"{self.metric.replace('_', ' ')}, mean [95% interval]", "n"]

    @property
    def rows(self) -> list[list[str]]:
        """The means as text."""
        means = [(row[:-4], Interval(*row[-4:])) for row in self.means.itertuples(index=False)]
        return [[*map(str, names), formatting.fraction(interval), str(interval.n)] for names, interval in means]


def mean_curves(runs: pd.DataFrame, x: str, metric: str) -> Curves:
    """The curves of `runs`, all of which have the metric, with their means at each x; arms keep their order."""
    groups = [
        ({**levels, "arm": arm, x: at_x}, tuple(rows[metric]))
        for levels, group in split_levels(runs)
        for arm, of_arm in group.groupby("arm", sort=False)
        for at_x, rows in of_arm.groupby(x)
    ]
    interval = cache(mean_interval)  # runs that end early keep their last value, so many steps have the same values
    means = [{**at, **asdict(interval(values))} for at, values in progress(groups, f"{metric} by {x}")]
    return Curves(runs, x, metric, pd.DataFrame(means))
