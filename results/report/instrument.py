"""What a report says of the instrument itself: how it did where the truth was known, and the limits of the machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from results.analysis import formatting
from results.page.elements import Section, Table
from results.statistics import ALPHA, Interval, proportion

UNITS = {"matmul": "Gflop/s", "tanh": "G elements/s", "reciprocal": "G elements/s", "copy": "GB/s"}
WORKS = {
    "matmul": "product of matrices, {size} channels",
    "tanh": "tanh or sigmoid, the faster, of {size:,} elements",
    "reciprocal": "reciprocal of {size:,} elements",
    "copy": "copy of {size:,} elements, read and written",
}


def instrument_section(tables: Mapping[str, pd.DataFrame]) -> Section:
    """Of `checks` and `ceilings`, whichever there is."""
    checked, measured = tables.get("checks"), tables.get("ceilings")
    return Section(
        title="The instrument",
        paragraphs=[] if checked is None else check_verdicts(checked),
        tables=[
            *([] if checked is None else [checks_table(checked)]),
            *([] if measured is None else [ceilings_table(measured)]),
        ],
    )


def check_verdicts(checks: pd.DataFrame) -> list[str]:
    """A sentence for each planted ratio: how often its interval missed it, and how often the difference was found."""
    return [_verdict(planted, cases) for planted, cases in _planted(checks)]


def checks_table(checks: pd.DataFrame) -> Table:
    return Table(
        title="Works whose ratio is known",
        note="A case is found different where its 95% interval excludes 1. Brackets hold exact binomial intervals.",
        header=["true ratio", "cases", "rounds", "median ratio", "interval misses the truth", "found different"],
        rows=[
            [f"{planted:g}", f"{len(cases):,}", formatting.span(cases["rounds"].tolist()),
             f"{cases['ratio'].median():.4f}", _part(_missing(cases, planted)), _part(_missing(cases, 1.0))]
            for planted, cases in _planted(checks)
        ],
        source="checks.csv",
    )  # fmt: skip


def ceilings_table(ceilings: pd.DataFrame) -> Table:
    ordered = ceilings.sort_values(["device", "threads", "limit", "size"])
    rows: list[Any] = list(ordered.itertuples(index=False))
    return Table(
        title="The machine's own limits",
        note="The best median rate that torch reaches here; a candidate's share of a limit refers to these.",
        header=["device", "threads", "work", "rate"],
        rows=[
            [row.device, str(row.threads), WORKS[row.limit].format(size=row.size),
             f"{formatting.rounded(row.per_second / 1e9)} {UNITS[row.limit]}"]
            for row in rows
        ],
        source="ceilings.csv",
    )  # fmt: skip


def _verdict(planted: float, cases: pd.DataFrame) -> str:
    misses = _missing(cases, planted)
    often = "no more often" if misses.low <= ALPHA else "more often"
    missed = f"the 95% interval of the ratio missed {planted:g} in {_part(misses)} of them, {often} than is claimed"
    if planted == 1.0:
        return f"Equals were timed beside each other in {formatting.plural(len(cases), 'case')}: {missed}."
    return (
        f"A slowdown of {planted - 1:.0%} was planted in {formatting.plural(len(cases), 'case')}, and found in "
        f"{_part(_missing(cases, 1.0))} of them; {missed}."
    )


def _planted(checks: pd.DataFrame) -> Iterator[tuple[float, pd.DataFrame]]:
    """Each true ratio with its cases."""
    for planted in sorted(checks["planted"].unique()):
        yield planted, checks[checks["planted"] == planted]


def _missing(cases: pd.DataFrame, ratio: float) -> Interval:
    """The part of the cases whose interval does not hold the ratio."""
    return proportion(int(((cases["ratio_low"] > ratio) | (cases["ratio_high"] < ratio)).sum()), len(cases))


def _part(part: Interval) -> str:
    return f"{round(part.estimate * part.n):,} ({part.estimate:.1%} [{part.low:.1%}, {part.high:.1%}])"
