"""What runs come to along an axis: every run, and the means over seeds, worked out once for all who show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import pandas as pd

from results.analysis import formatting
from results.analysis.factor_levels import split_levels
from results.statistics import Interval, mean_interval
from results.terminal.progress import progress


@dataclass(frozen=True)
class Curves:
    """A measure of many runs along `x`."""

    runs: pd.DataFrame
    """A row for each run and x."""
    x: str
    measure: str
    means: pd.DataFrame
    """A row for each combination of levels, arm and x; its last columns are the fields of an Interval over seeds."""

    def of(self, arm: str, levels: Mapping[str, Any]) -> Curves:
        """Those of one arm at one combination of levels."""
        runs, means = self.runs, self.means
        for name, value in {"arm": arm, **levels}.items():
            runs, means = runs[runs[name] == value], means[means[name] == value]
        return replace(self, runs=runs, means=means)

    @property
    def header(self) -> list[str]:
        """Of `rows`."""
        return [*self.means.columns[:-4], f"{self.measure.replace('_', ' ')}, mean [95% interval]", "n"]

    @property
    def rows(self) -> list[list[str]]:
        """The means, rounded for reading."""
        found = [(row[:-4], Interval(*row[-4:])) for row in self.means.itertuples(index=False)]
        return [[*map(str, names), formatting.accuracy(interval), str(interval.n)] for names, interval in found]


def over_seeds(runs: pd.DataFrame, x: str, measure: str) -> Curves:
    """`runs`, none of which is without the measure, and its means at each x; arms keep their order."""
    groups = [
        ({**levels, "arm": arm, x: place}, at_place[measure].tolist())
        for levels, at_levels in split_levels(runs)
        for arm, of_arm in at_levels.groupby("arm", sort=False)
        for place, at_place in of_arm.groupby(x)
    ]
    means = [{**at, **asdict(mean_interval(values))} for at, values in progress(groups, f"{measure} by {x}")]
    return Curves(runs, x, measure, pd.DataFrame(means))
