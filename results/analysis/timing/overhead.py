"""What the engine of studies costs: the time of a run under the engine over the time of the bare training."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Literal

import pandas as pd

from results.analysis import formatting
from results.errors import InputError
from results.statistics import MINIMUM_ROUNDS, Interval, median_ratio

LIMIT = 0.05
"""The fraction of the bare training's time that the engine may add."""
Word = Literal["Yes", "No", "Not shown"]
STORAGES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def overhead_ratios(overhead: pd.DataFrame) -> Iterator[tuple[tuple[str, ...], pd.DataFrame, Interval]]:
    """Yields for each run and storage: (study, arm, profile, storage), its rounds, and the ratio engine / bare.

    Raises InputError for times that are not positive.
    """
    for names, rounds in overhead.groupby(["study", "arm", "profile", "storage"], sort=False):
        try:
            ratio = median_ratio(rounds["engine_seconds"].tolist(), rounds["bare_seconds"].tolist())
        except ValueError as error:
            raise InputError("overhead.csv: a time of zero or less; expected the seconds that a run took") from error
        yield tuple(map(str, names)), rounds, ratio


def overhead_word(ratio: Interval) -> Word:
    """Whether the overhead is below `LIMIT`: yes or no if the interval shows it, in the digits that a report has."""
    if round(ratio.high, 3) < 1 + LIMIT:  # nan, without an interval, compares false
        return "Yes"
    return "No" if round(ratio.low, 3) >= 1 + LIMIT else "Not shown"


def overhead_verdict(ratio: Interval) -> str:
    """The same as a phrase."""
    return {"Yes": "", "No": "not ", "Not shown": "not shown to be "}[overhead_word(ratio)] + f"under {LIMIT:.0%}"


def overhead_sentences(overhead: pd.DataFrame) -> list[str]:
    """One sentence per run, over all storages. Raises InputError for times that are not positive."""
    phrases: dict[tuple[str, ...], list[str]] = {}
    for (study, arm, profile, storage), _, ratio in overhead_ratios(overhead):
        phrases.setdefault((study, arm, profile), []).append(_phrase(storage, ratio))
    return [
        f"The engine adds {' and '.join(each)} to the time of training; study {study}, arm {arm}, profile {profile}."
        for (study, arm, profile), each in phrases.items()
    ]


def _phrase(storage: str, ratio: Interval) -> str:
    few = "" if not math.isnan(ratio.high) else f", {formatting.plural(ratio.n, 'round')} of {MINIMUM_ROUNDS} needed"
    added = Interval(ratio.estimate - 1, ratio.low - 1, ratio.high - 1, ratio.n)
    return f"{formatting.percent(added)} on {STORAGES[storage]}{few}"
