"""The combinations of a study's levels that its tables hold, and their names in text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from results.records import factors_of


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
