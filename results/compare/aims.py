"""Aims of the peers that are reached in one of two folders and not in the other."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import pandas as pd

from results.analysis.timing_suites import records
from results.compare.changes import Change
from results.compare.row_keys import NAMED
from results.report.peers import aim_verdict, times


def aim_changes(before: pd.DataFrame, after: pd.DataFrame, *, times_too: bool) -> list[Change]:
    """Of the rows that both have. Memory is compared in any case: it is counted, not timed."""
    had, has = _asked(before), _asked(after)
    return [
        _change(name, row, has[key][1])
        for key, (name, row) in had.items()
        if key in has and (times_too or row.measure == "memory") and aim_verdict(row) != aim_verdict(has[key][1])
    ]


def _asked(rows: pd.DataFrame) -> dict[Hashable, tuple[str, Any]]:
    return {
        key: (": ".join(name), row)
        for (key, name), row in zip(NAMED["peers"](rows).items(), records(rows), strict=True)
        if pd.notna(row.at_least)
    }


def _change(name: str, before: Any, after: Any) -> Change:
    aims = " -> ".join(dict.fromkeys(f"{row.at_least:g}" for row in (before, after)))
    verdicts = [aim_verdict(row) for row in (before, after)]
    return Change(
        f"{name}: {' -> '.join(verdicts)}: {times(before)} -> {times(after)} times, where {aims} was aimed at",
        "aim missed" if verdicts == ["reached", "missed"] else None,
    )
