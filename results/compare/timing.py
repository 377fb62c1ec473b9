"""Ratios of times in two folders that changed beyond their noise, changed verdicts, and aims.

Seconds are never compared, and ratios only if machine, threads, Python, torch and numpy are the same. A ratio changed
if the two intervals are disjoint and the ratios differ by more than `TOLERANCE`: an interval covers the noise of its
session's rounds, but the placement of matrices in memory makes differences of a few per cent that last as long as a
session. Two intervals of equal ratios are disjoint in 0.6% of cases, so fewer than one in 150 is reported by chance.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from results.analysis import formatting
from results.analysis.timing.overhead import overhead_ratios, overhead_verdict
from results.analysis.timing.peers import aim_verdict, speedup
from results.analysis.timing.suites import ratio_interval
from results.compare.changes import Change, Direction
from results.compare.row_keys import ROW_NAMES
from results.statistics import Interval, combine_ratios
from results.tables.study_schema import records

TOLERANCE = 0.05


@dataclass(frozen=True)
class TimedRatio:
    name: str
    ratio: Interval
    verdict: str
    baseline: str
    """What the ratio is relative to, on which device and with how many threads."""


Ratios = Mapping[Hashable, TimedRatio]


def ratio_changes(before: Ratios, after: Ratios) -> list[Change]:
    """The rows of both folders whose ratio or verdict changed."""
    found = [_change(before[key], after[key]) for key in before if key in after]
    return [change for change in found if change]


def moved(before: Interval, after: Interval) -> bool:
    """Whether a ratio changed beyond its noise; False without an interval."""
    disjoint = before.high < after.low or after.high < before.low
    low, high = sorted((before.estimate, after.estimate))
    return disjoint and high > low * (1 + TOLERANCE)


def quotient(before: Interval, after: Interval) -> Interval:
    """B over A of two independent ratios."""
    return combine_ratios(after, before.inverse)


def throughput_ratios(rows: pd.DataFrame) -> Ratios:
    """The ratios without those of a baseline to itself, which show noise alone."""
    return {
        key: _timed(name, row, row.baseline)
        for (key, name), row in zip(ROW_NAMES["throughput"](rows).items(), records(rows), strict=True)
        if row.candidate != row.baseline
    }


def peers_ratios(rows: pd.DataFrame) -> Ratios:
    """The ratios of times, without those of memory."""
    return {
        key: _timed(name, row, row.peer)
        for (key, name), row in zip(ROW_NAMES["peers"](rows).items(), records(rows), strict=True)
        if row.measure == "time"
    }


def overhead_of(rows: pd.DataFrame, storage: str) -> Ratios:
    rows = rows[rows["storage"] == storage]
    return {
        key: TimedRatio(": ".join(name), ratio, overhead_verdict(ratio), "the bare training")
        for (key, name), (_, _, ratio) in zip(ROW_NAMES["overhead"](rows).items(), overhead_ratios(rows), strict=True)
    }


def aim_changes(before: pd.DataFrame, after: pd.DataFrame, *, times_too: bool) -> list[Change]:
    """Changed verdicts on aims, of the rows that both folders have.

    Memory is always compared, since it is counted, not timed.
    """
    had, has = _aims(before), _aims(after)
    return [
        _aim_change(name, row, has[key][1])
        for key, (name, row) in had.items()
        if key in has and (times_too or row.measure == "memory") and aim_verdict(row) != aim_verdict(has[key][1])
    ]


def _timed(name: tuple[str, str], row: Any, baseline: str) -> TimedRatio:
    ratio = ratio_interval(row)
    threads = formatting.plural(int(row.threads), "thread")
    return TimedRatio(
        ": ".join(name), ratio, formatting.ratio_verdict(ratio), f"{baseline} on {row.device} with {threads}"
    )


def _change(before: TimedRatio, after: TimedRatio) -> Change | None:
    if before.baseline != after.baseline:
        return Change(f"{before.name}: not compared: A is against {before.baseline}, B against {after.baseline}")
    beyond = moved(before.ratio, after.ratio)
    if not beyond and before.verdict == after.verdict:
        return None
    relative = quotient(before.ratio, after.ratio)
    sides = [
        f"{side} {formatting.ratio(one.ratio)}{f', {one.verdict}' * (before.verdict != after.verdict)}"
        for side, one in (("A", before), ("B", after))
    ]
    text = f"{before.name}: {'; '.join(sides)}; B over A {formatting.ratio(relative)}"
    text += "" if beyond else ", within the noise"
    slower = relative.estimate > 1
    return Change(text, ("worse" if slower else "better") if beyond else "other", abs(math.log(relative.estimate)))


def _aims(rows: pd.DataFrame) -> dict[Hashable, tuple[str, Any]]:
    return {
        key: (": ".join(name), row)
        for (key, name), row in zip(ROW_NAMES["peers"](rows).items(), records(rows), strict=True)
        if pd.notna(row.at_least)
    }


def _aim_change(name: str, before: Any, after: Any) -> Change:
    verdicts = [aim_verdict(row) or "no aim" for row in (before, after)]
    sides = [
        f"{side} {formatting.ratio(speedup(row))}, ×{row.at_least:g} {verdict}"
        for side, row, verdict in zip("AB", (before, after), verdicts, strict=True)
    ]
    relative = quotient(speedup(before), speedup(after))
    text = f"{name}: speedup {'; '.join(sides)}; B over A {formatting.ratio(relative)}"
    direction: Direction = (
        "worse" if verdicts == ["reached", "missed"] else "better" if verdicts[1] == "reached" else "other"
    )
    return Change(text, direction, abs(math.log(relative.estimate)))
