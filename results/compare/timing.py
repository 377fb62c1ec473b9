"""Ratios of times in two folders: which moved beyond their noise, and what their intervals are said to show.

Seconds are never compared, and ratios only if machine, threads, Python, torch and numpy are the same. A ratio has moved
if the two intervals are apart and it differs by more than `TOLERANCE`: the intervals hold the noise of one session's
rounds, but where in memory the matrices of a session lie makes differences of a few per cent that last as long as it
does. Of equals measured again, fewer than one in 150 is so called moved: two such intervals are apart in 0.6%.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass

import pandas as pd

from results.analysis import formatting
from results.analysis.timing_suites import interval, records
from results.compare.changes import Change
from results.compare.row_keys import NAMED
from results.report.overhead import overhead_ratios, overhead_verdict
from results.statistics import Interval

TOLERANCE = 0.05


@dataclass(frozen=True)
class Timed:
    """A ratio of times: what it is called, what its interval is said to show, and beside what it was timed."""

    name: str
    ratio: Interval
    shows: str
    beside: str


Ratios = Mapping[Hashable, Timed]


def ratio_changes(before: Ratios, after: Ratios) -> tuple[list[Change], str]:
    """Of the rows that both have: those that moved or show something else, and how many did."""
    both = [(before[key], after[key]) for key in before if key in after]
    changed = [change for change in (_change(*pair) for pair in both) if change]
    comparable = [(had.ratio, has.ratio) for had, has in both if had.beside == has.beside]
    moves = [has.estimate > had.estimate for had, has in comparable if moved(had, has)]
    return (
        changed,
        f"of {formatting.plural(len(comparable), 'ratio')} {sum(moves)} rose and {len(moves) - sum(moves)} fell",
    )


def moved(before: Interval, after: Interval) -> bool:
    """Whether a ratio is another, beyond its noise; never where there is no interval."""
    apart = before.high < after.low or after.high < before.low
    low, high = sorted((before.estimate, after.estimate))
    return apart and high > low * (1 + TOLERANCE)


def throughput_ratios(rows: pd.DataFrame) -> Ratios:
    """Without those of a baseline beside itself, which tell of the noise alone."""
    return {
        key: Timed(": ".join(name), interval(row), formatting.speed_verdict(interval(row)), _beside(row.baseline, row))
        for (key, name), row in zip(NAMED["throughput"](rows).items(), records(rows), strict=True)
        if row.candidate != row.baseline
    }


def peers_ratios(rows: pd.DataFrame) -> Ratios:
    """Without the rows of memory, which are no times."""
    return {
        key: Timed(": ".join(name), interval(row), formatting.speed_verdict(interval(row)), _beside(row.peer, row))
        for (key, name), row in zip(NAMED["peers"](rows).items(), records(rows), strict=True)
        if row.measure == "time"
    }


def overhead_of(rows: pd.DataFrame, storage: str) -> Ratios:
    rows = rows[rows["storage"] == storage]
    return {
        key: Timed(": ".join(name), ratio, overhead_verdict(ratio), "the bare training")
        for (key, name), (_, _, ratio) in zip(NAMED["overhead"](rows).items(), overhead_ratios(rows), strict=True)
    }


def _beside(baseline: str, row: pd.Series[float]) -> str:
    return f"{baseline} on {row.device} with {formatting.plural(int(row.threads), 'thread')}"


def _change(before: Timed, after: Timed) -> Change | None:
    if before.beside != after.beside:
        return Change(f"{before.name}: not compared: beside {before.beside} -> {after.beside}")
    beyond = moved(before.ratio, after.ratio)
    if not beyond and before.shows == after.shows:
        return None
    says = f"{before.name}: {formatting.ratio(before.ratio)} -> {formatting.ratio(after.ratio)}"
    says += ", beyond its noise" if beyond else ", within its noise"
    says += f": {before.shows} -> {after.shows}" if before.shows != after.shows else ""
    return Change(says, "ratio higher" if beyond and after.ratio.estimate > before.ratio.estimate else None)
