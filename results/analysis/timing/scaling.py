"""How the cost of a training step, a study and a report grows with a size, and how the work itself grows.

A growth curve is a series of measurements in which one size varies. Its slope is the exponent b of
seconds = a * size^b. The work of a study is its number of runs, that of a report its number of rows; that of a training
step is counted (`benchmarks/roofline/work.py`), in seconds at the peak rates of the machine.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from results.analysis import formatting
from results.analysis.timing.overhead import STORAGES
from results.errors import InputError
from results.statistics import Interval, log_slope, slope_of_costs, slope_of_rounds
from results.tables.study_schema import records

TOLERANCE = 0.1
"""A slope of so much more than that of the work is not called faster growth: ×1.26 in cost for ten times the size."""
LINE = ["work", "axis", "cell", "score", "query", "storage", "cluster", "workers"]
"""The columns that name a growth curve."""
WORKS = {"step": "training step", "study": "study", "report": "report"}
AXES = {
    "length": "source length (tokens)",
    "batch": "batch (sequences)",
    "hidden_size": "hidden size (channels)",
    "runs": "runs",
    "rows": "rows",
}
Word = Literal["Yes", "No", "Not shown"]


@dataclass(frozen=True, kw_only=True)
class Growth:
    """A growth curve and its slopes."""

    work: str
    axis: str
    name: str
    score: str
    """Of a training step; else empty."""
    points: pd.DataFrame
    """A row for each size, in rising order: `size`, the median `seconds` over the rounds, and the `work_seconds`,
    which have another unit for a study and a report: runs and rows."""
    rounds: int
    """The smallest number of rounds of a size."""
    slope: Interval
    work_slope: float
    last: Interval
    """The slope between the two largest sizes."""
    last_work: float

    def word(self) -> Word:
        """Whether the cost grows no faster than the work, over all sizes and between the two largest."""
        pairs = [(self.slope, self.work_slope), (self.last, self.last_work)]
        # Two sizes that are timed once each have a slope without an interval: nothing shows that it is larger.
        excess = [
            (-math.inf if math.isnan(slope.low) else slope.low - work,
             (slope.estimate if math.isnan(slope.high) else slope.high) - work)
            for slope, work in pairs
            if not math.isnan(slope.estimate)
        ]  # fmt: skip
        if any(low > TOLERANCE for low, _ in excess):
            return "No"
        flat = not math.isnan(self.slope.high) and all(high <= TOLERANCE for _, high in excess)
        return "Yes" if flat else "Not shown"

    @property
    def excess(self) -> float:
        """How far the steeper of the two slopes lies above that of the work."""
        return max(self.slope.estimate - self.work_slope, self.last.estimate - self.last_work)


def growths(scaling: pd.DataFrame) -> list[Growth]:
    """The growth curves with at least two sizes, in the order of the table. Raises InputError for a size of zero."""
    found = []
    for _, rows in scaling.groupby(LINE, sort=False, dropna=False):
        if rows["size"].nunique() > 1:
            try:
                found.append(_growth(rows))
            except ValueError as error:
                raise InputError("scaling.csv: a size of zero or less; expected positive numbers") from error
    return found


def _growth(rows: pd.DataFrame) -> Growth:
    work_seconds = rows["work_seconds"].fillna(rows["size"].astype(float))
    by_size = rows.assign(work_seconds=work_seconds).groupby("size")
    points = by_size.agg(seconds=("seconds", "median"), work_seconds=("work_seconds", "first")).reset_index()
    points = points.assign(rounds=by_size.size().to_numpy())
    last = points.tail(2)
    return Growth(
        work=rows["work"].iloc[0],
        axis=rows["axis"].iloc[0],
        name=line_name(rows),
        score=rows["score"].iloc[0],
        points=points,
        rounds=int(points["rounds"].min()),
        slope=_slope(rows),
        work_slope=log_slope(points["size"].tolist(), points["work_seconds"].tolist()),
        last=_slope(rows[rows["size"].isin(last["size"])]),
        last_work=log_slope(last["size"].tolist(), last["work_seconds"].tolist()),
    )


def _slope(rows: pd.DataFrame) -> Interval:
    """By round if each round has every size, otherwise from all measurements at once."""
    table = rows.pivot_table(index="round", columns="size", values="seconds")
    if table.notna().all(axis=None):
        return slope_of_rounds([float(size) for size in table.columns], np.asarray(table, dtype=float).tolist())
    return slope_of_costs(rows["size"].tolist(), rows["seconds"].tolist())


def line_name(rows: pd.DataFrame) -> str:
    """`gru, general`, `gru, additive, attention first`, `SQLite, 2 workers`, `Dask, 16 workers`, `bare training`."""
    row = records(rows)[0]
    if row.work == "step":
        score = "no attention" if row.score == "none" else row.score
        return ", ".join([row.cell, score, *(["attention first"] if row.query == "previous" else [])])
    if row.work == "report":
        return "report of a study"
    if not row.storage:
        return "bare training"
    return f"{'Dask' if row.cluster else STORAGES[row.storage]}, {formatting.plural(row.workers, 'worker')}"


def overall_word(lines: Sequence[Growth]) -> str:
    """One word if all curves have it, else the number of curves of each: `Yes in 30 of 32 growth curves, no in 2`."""
    words = [line.word() for line in lines]
    counts = {word: words.count(word) for word in ("Yes", "No", "Not shown") if word in words}
    if len(counts) == 1:
        return words[0]
    first, *others = counts
    total = formatting.plural(len(words), "growth curve")
    return ", ".join([f"{first} in {counts[first]} of {total}", *(f"{one.lower()} in {counts[one]}" for one in others)])
