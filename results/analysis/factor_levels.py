"""The combinations of a study's levels that its tables hold, and their names in text."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeVar

import pandas as pd

from results.tables.atomic_write import InputError
from results.tables.column import spelt
from results.tables.csv_io import factors_of


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


def declared_levels(
    runs: pd.DataFrame, factors: Mapping[str, Sequence[Any]]
) -> Iterator[tuple[dict[str, Any], pd.DataFrame]]:
    """Each combination of the levels that a study declares with its runs; last those that have none yet: they were
    planned all the same. InputError for runs of a level that it does not declare."""
    if len(runs) and factors_of(runs) != list(factors):  # a table without rows has no columns of the study's own
        raise InputError(
            f"runs.csv: the factors {', '.join(factors_of(runs)) or 'none'}; expected {', '.join(factors) or 'none'}, "
            "as in provenance.json"
        )
    without = {tuple(map(_sameness, levels)): levels for levels in itertools.product(*factors.values())}
    for levels, rows in split_levels(runs) if len(runs) else ():
        if without.pop(tuple(map(_sameness, levels.values())), None) is None:
            raise InputError(f"runs.csv: {label(levels)} is not in provenance.json; expected levels that it declares")
        yield levels, rows
    for absent in without.values():
        plain = [level if type(level) in (int, float) else spelt(level) for level in absent]
        yield dict(zip(factors, plain, strict=True)), runs.iloc[:0]


def _sameness(level: Any) -> float | str:
    """What a level of a table and the one that was declared have in common: 1 may have become 1.0 beside 0.5."""
    try:
        return float(spelt(level))
    except ValueError:
        return spelt(level)


def label(levels: Mapping[str, Any]) -> str:
    """`max_length = 20, dropout = 0.1`; empty where there is no factor."""
    return ", ".join(f"{factor} = {level}" for factor, level in levels.items())


def by_place(found: Sequence[Found]) -> list[tuple[str, list[Found]]]:
    """What was found at each combination of levels, with its label."""
    places: dict[str, list[Found]] = {}
    for one in found:
        places.setdefault(label(one.levels), []).append(one)
    return list(places.items())
