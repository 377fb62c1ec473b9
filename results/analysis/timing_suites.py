"""The suites of the benchmarks: what each is called, which of its candidates an answer names, what its cases differ in.

A case is told from its neighbours by the length of its sources and by a few columns; figures have a panel, and tables a
column, for those of them that vary.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from results.analysis import formatting
from results.statistics import Interval

DIRECTIONS = {1: "one direction", 2: "two directions"}
WORDS: dict[str, Callable[[Any], str]] = {
    "baseline": "beside {}".format,
    "cell": "{}".format,
    "directions": lambda directions: DIRECTIONS[directions],
    "target_length": lambda length: "one step" if length == 1 else f"targets of {length}",
    "source_length": "sources of {}".format,
    "padding_ratio": lambda ratio: f"padding {ratio:.2g}",
    "batch": "batch {}".format,
    "hidden_size": "hidden size {}".format,
}
"""How a column's value is said; in this order."""
SETTING = ["device", "threads"]
"""What a figure and a table hold fixed; rows that differ in it are shown apart."""


@dataclass(frozen=True, kw_only=True)
class Suite:
    title: str
    headlines: tuple[str, ...]
    """The candidates that the answer names; all others are in the tables."""
    apart: tuple[str, ...]
    """What its cases may differ in beside the length of their sources."""
    counted: str | None = None
    """The column by whose values the answer counts cases apart."""


SUITES = {
    "encoder": Suite(
        title="Encoders, forward and backward",
        headlines=("padded_exact",),
        apart=("cell", "directions", "padding_ratio", "batch", "hidden_size"),
        counted="padding_ratio",
    ),
    "score": Suite(
        title="Scores, forward and backward",
        headlines=("additive", "additive_compiled"),
        apart=("target_length", "batch", "hidden_size"),
        counted="target_length",
    ),
    "decoder": Suite(
        title="A known target at once and step by step, forward and backward",
        headlines=("general_parallel", "additive_parallel"),
        apart=("baseline", "batch", "hidden_size"),
    ),
    "greedy": Suite(
        title="Greedy decoding",
        headlines=("general", "additive"),
        apart=("batch", "hidden_size"),
    ),
    "training": Suite(
        title="A training step of the whole model",
        headlines=("padded_exact", "general", "additive", "additive_previous", "additive_compiled"),
        apart=("baseline", "batch", "hidden_size"),
    ),
    "metric": Suite(
        title="The edit distance in an evaluation",
        headlines=("levenshtein",),
        apart=("batch", "hidden_size"),
    ),
}


def settings(throughput: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Each suite and setting that there is: the suite's name, and its rows."""
    # The padding that is planned for is met to within a token: what was planned alike belongs together.
    throughput = throughput.assign(padding_ratio=throughput["padding_ratio"].round(2))
    for name in SUITES:
        of_suite = throughput[throughput["suite"] == name]
        for _, rows in of_suite.groupby(SETTING, sort=False):
            yield name, rows


def where(rows: pd.DataFrame) -> str:
    """What the rows of a suite and setting have in common, in words: `cpu, 2 threads, batch 32`."""
    first = records(rows)[0]
    columns = {*SUITES[first.suite].apart, "padding_ratio"} - {"baseline", *varying(rows, list(WORDS))}
    return ", ".join([setting(rows), *said(first, columns)])


def setting(rows: pd.DataFrame) -> str:
    """`cpu, 2 threads`, of rows that have it in common."""
    first = records(rows)[0]
    return f"{first.device}, {formatting.plural(first.threads, 'thread')}"


def varying(rows: pd.DataFrame, columns: Sequence[str]) -> list[str]:
    """Those of the columns in which the rows differ."""
    return [column for column in columns if rows[column].nunique(dropna=False) > 1]


def said(row: Any, columns: Collection[str]) -> list[str]:
    """The values of a row in words, those that it has."""
    values = {column: getattr(row, column) for column in WORDS if column in columns}
    return [WORDS[column](value) for column, value in values.items() if not pd.isna(value)]


def panels(rows: pd.DataFrame, columns: Sequence[str]) -> list[tuple[str, pd.DataFrame]]:
    """The rows in groups that agree in the columns, each with a title of what tells it from the others."""
    names = varying(rows, columns)
    if not names:
        return [("", rows)]
    return [(", ".join(said(records(part)[0], names)), part) for _, part in rows.groupby(names)]


def main_plane(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of the batch and the hidden size that most of them have."""
    size = rows.groupby(["batch", "hidden_size"])["case"].transform("size")
    main: pd.DataFrame = rows[size == size.max()]
    return main


def records(rows: pd.DataFrame) -> list[Any]:
    return list(rows.itertuples(index=False))


def interval(row: Any) -> Interval:
    """A row's ratio."""
    return Interval(row.ratio, row.ratio_low, row.ratio_high, row.rounds)


def slope(line: pd.DataFrame) -> float:
    """Of the logarithm of time on that of length, by least squares over the longer half of the lengths, two at least;
    nan where there is only one.

    1 is linear growth, 2 quadratic.
    """
    longer = line.sort_values("source_length").tail(max(2, -(-len(line) // 2)))
    if longer["source_length"].nunique() < 2:
        return math.nan
    return float(np.polyfit(np.log(longer["source_length"]), np.log(longer["median_seconds"]), 1)[0])
