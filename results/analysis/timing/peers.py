"""How many times faster this project does the same work than another library, and whether an aim is reached."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import pandas as pd

from results.analysis.timing.suites import ratio_interval
from results.statistics import Interval

WORKS = {
    "training": "training step",
    "encoder": "encoder, forward and backward",
    "scoring": "additive energies, forward and backward",
    "greedy": "greedy decoding",
    "metric": "Levenshtein accuracies of an evaluation",
}
LIBRARIES = ("joeynmt", "eole")
"""The peers that are other libraries; the others are plain torch, or the evaluation that a metric is a part of."""
WHOLE = "evaluation"
"""The peer of a metric: the evaluation of this package that it is a part of."""
ORDERS = {"current": "cell first", "previous": "attention first"}
"""The state that is the query -> what runs first in a step of the decoder."""
SETTINGS: dict[str, Callable[[Any], object]] = {
    "against": lambda row: row.peer,
    "model": lambda row: row.ours,
    "compiled": lambda row: "yes" if row.mode == "compile" else "no",
    "cell": lambda row: "-" if pd.isna(row.cell) else row.cell,
    "score": lambda row: "-" if pd.isna(row.score) else row.score,
    "order": lambda row: ORDERS.get(row.query, "-"),
    "letters": lambda row: _letters(row),
    "steps": lambda row: f"{row.target_length:,.0f}" if row.work == "greedy" else "-",
    "H": lambda row: row.hidden_size,
    "batch": lambda row: f"{row.batch:,}",
}
"""A setting of a row, by which a reader finds it -> its value."""
_OF_A_MODEL = ("cell", "score", "order", "letters", "steps")
NAMED_BY_CASE = ("encoder", "scoring", "metric")
"""The works whose rows differ in settings that have no column, so that only the text of a case distinguishes them."""
AimVerdict = Literal["reached", "not shown", "missed"]
AIM_VERDICTS: tuple[AimVerdict, ...] = ("reached", "not shown", "missed")


def libraries_first(peers: pd.DataFrame) -> pd.DataFrame:
    """The rows of other libraries, then the others, each in their order."""
    return peers.sort_values("peer", key=lambda names: ~names.isin(LIBRARIES), kind="stable")


def settings_of(work: str) -> list[str]:
    """The settings by which a reader finds a row of a work, in the order of a table's columns."""
    return [name for name in SETTINGS if work not in NAMED_BY_CASE or name not in _OF_A_MODEL]


def speedup(row: Any) -> Interval:
    """Peer over ours of a row of peers.csv: how many times faster, or in rows of memory how many times smaller."""
    return ratio_interval(row).inverse


def aim_verdict(row: Any) -> AimVerdict | None:
    """Reached if the interval is at or above the aim, missed if it is below; None without an aim.

    Memory is counted, not sampled, and has no interval: its estimate decides.
    """
    if pd.isna(row.at_least):
        return None
    times = speedup(row)
    low, high = (times.estimate, times.estimate) if row.measure == "memory" else (times.low, times.high)
    if low >= row.at_least:
        return "reached"
    return "missed" if high < row.at_least else "not shown"


def _letters(row: Any) -> str:
    """`5 to 14`, the lengths of the sources of a batch."""
    if pd.isna(row.shortest) or row.shortest == row.source_length:
        return f"{row.source_length:,}"
    return f"{int(row.shortest)} to {row.source_length:,}"
