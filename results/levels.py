"""The combinations of a study's levels that its tables hold, and their names in text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeVar

import pandas as pd

from results.records import factors_of


class AtLevels(Protocol):
    @property
    def levels(self) -> Mapping[str, Any]: ...


Found = TypeVar("Found", bound=AtLevels)


def split_levels(table: pd.DataFrame) -> Iterator[tuple[dict[str, Any], pd.DataFrame]]:
    """Each combination of levels with its rows, the levels in order; one empty combination where there is no factor."""
    factors = factors_of(table)
    if not factors:
        yield {}, table
        return
    for levels, rows in table.groupby(factors):
        yield dict(zip(factors, levels, strict=True)), rows


def label(levels: Mapping[str, Any]) -> str:
    """`max_length = 20, dropout = 0.1`; empty where there is no factor."""
    return ", ".join(f"{factor} = {level}" for factor, level in levels.items())


def by_place(found: Sequence[Found]) -> list[tuple[str, list[Found]]]:
    """What was found at each combination of levels, with its label."""
    places: dict[str, list[Found]] = {}
    for one in found:
        places.setdefault(label(one.levels), []).append(one)
    return list(places.items())
