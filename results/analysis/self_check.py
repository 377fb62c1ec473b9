"""How the benchmarks' intervals behave on cases whose true ratio is known: coverage, and power to detect a slowdown."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from results.analysis import formatting
from results.statistics import ALPHA, Interval, proportion


def by_true_ratio(checks: pd.DataFrame) -> Iterator[tuple[float, pd.DataFrame]]:
    """Yields each true ratio with its cases."""
    for planted in sorted(checks["planted"].unique()):
        yield planted, checks[checks["planted"] == planted]


def excluding(cases: pd.DataFrame, ratio: float) -> Interval:
    """The fraction of the cases whose interval excludes the ratio."""
    return proportion(int(((cases["ratio_low"] > ratio) | (cases["ratio_high"] < ratio)).sum()), len(cases))


def check_verdicts(checks: pd.DataFrame) -> list[str]:
    """One sentence per true ratio: how often the interval excluded it, and how often a difference was detected."""
    return [_verdict(planted, cases) for planted, cases in by_true_ratio(checks)]


def _verdict(planted: float, cases: pd.DataFrame) -> str:
    misses, count = excluding(cases, planted), formatting.plural(len(cases), "case")
    often = "no more often" if misses.low <= ALPHA else "more often"
    missed = (
        f"the 95% interval of the ratio excluded {planted:g} in {formatting.count_of(misses)}, {often} than the "
        f"nominal {ALPHA:.0%}"
    )
    if planted == 1.0:
        return f"Two identical functions were timed against each other in {count}: {missed}."
    detected = formatting.count_of(excluding(cases, 1.0))
    return f"A known slowdown of {planted - 1:.0%} was timed in {count} and detected in {detected}; {missed}."
