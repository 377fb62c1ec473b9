"""The combinations of a study's levels, and their labels."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeVar

import pandas as pd

from results.errors import InputError
from results.tables.csv_io import factors_of
from results.text import format_setting


class HasLevels(Protocol):
    @property
    def levels(self) -> Mapping[str, Any]: ...


T = TypeVar("T", bound=HasLevels)


def split_levels(table: pd.DataFrame) -> Iterator[tuple[dict[str, Any], pd.DataFrame]]:
    """Yields each combination of levels with its rows, in order; one empty combination without factors."""
    factors = factors_of(table)
    if not factors:
        yield {}, table
        return
    for levels, rows in table.groupby(factors):
        yield dict(zip(factors, levels, strict=True)), rows


def declared_levels(
    runs: pd.DataFrame, factors: Mapping[str, Sequence[Any]]
) -> Iterator[tuple[dict[str, Any], pd.DataFrame]]:
    """Yields each combination of levels that a study declares with its runs; last those without a run.

    Raises InputError for runs of a level that the study does not declare.
    """
    if len(runs) and factors_of(runs) != list(factors):  # a table without rows has no factor columns
        raise InputError(
            f"runs.csv: the factors {', '.join(factors_of(runs)) or 'none'}; expected {', '.join(factors) or 'none'}, "
            "as in provenance.json"
        )
    without_runs = {tuple(map(comparable, levels)): levels for levels in itertools.product(*factors.values())}
    for levels, rows in split_levels(runs) if len(runs) else ():
        if without_runs.pop(tuple(map(comparable, levels.values())), None) is None:
            raise InputError(f"runs.csv: {label(levels)} is not in provenance.json; expected levels that it declares")
        yield levels, rows
    for absent in without_runs.values():
        as_read = [level if type(level) in (int, float) else format_setting(level) for level in absent]
        yield dict(zip(factors, as_read, strict=True)), runs.iloc[:0]


def comparable(level: Any) -> float | str:
    """A level in a form that is equal in the table and in the declaration: pandas may read 1 as 1.0 beside 0.5."""
    try:
        return float(format_setting(level))
    except ValueError:
        return format_setting(level)


def includes(levels: Mapping[str, Any], some: Mapping[str, Any]) -> bool:
    """Whether a combination of levels has all of `some`."""
    return all(comparable(levels[factor]) == comparable(level) for factor, level in some.items())


def label(levels: Mapping[str, Any]) -> str:
    """`max_length = 20, dropout = 0.1`; empty without factors."""
    return ", ".join(f"{factor} = {level}" for factor, level in levels.items())


def name_at_levels(name: str, levels: Mapping[str, Any]) -> str:
    """`dot at max_length = 7`; the name alone without factors."""
    return f"{name} at {label(levels)}" if levels else name


def group_by_levels(items: Sequence[T]) -> list[tuple[str, list[T]]]:
    """The items of each combination of levels, with its label."""
    groups: dict[str, list[T]] = {}
    for item in items:
        groups.setdefault(label(item.levels), []).append(item)
    return list(groups.items())
