"""The numbers behind the pictures of the benchmarks: a row for each line of a panel, a column for each length."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from results.analysis import formatting
from results.analysis.timing_suites import interval, records, slope

Numbers = tuple[list[str], list[list[str]]]
"""A header and its rows."""


def plane(rows: pd.DataFrame, names: Sequence[str]) -> Numbers:
    """Of a map; `names` is what its panels differ in."""
    return _by_length(rows, [*names, "padding_ratio"], "ratio", _ratio)


def ratios(rows: pd.DataFrame, names: Sequence[str]) -> Numbers:
    """Of candidates against their baselines."""
    return _by_length(rows, [*names, "candidate"], "ratio", _ratio)


def times(rows: pd.DataFrame, names: Sequence[str]) -> Numbers:
    """Of candidates, with the slope that stands at each line's end."""
    keys = [*names, "candidate"]
    header, lines = _by_length(rows, keys, "ms", lambda row: formatting.rounded(1e3 * row.median_seconds))
    slopes = map(slope, _lines(rows, keys))
    ends = ["-" if math.isnan(found) else f"{found:.2f}" for found in slopes]
    return [*header, "slope"], [[*line, end] for line, end in zip(lines, ends, strict=True)]


def _by_length(rows: pd.DataFrame, keys: Sequence[str], unit: str, cell: Callable[[Any], str]) -> Numbers:
    lengths = sorted(rows["source_length"].unique())
    lines = []
    for line in _lines(rows, keys):
        cells = {row.source_length: cell(row) for row in records(line)}
        whose = [getattr(records(line)[0], key) for key in keys]
        lines.append(
            [*("-" if pd.isna(value) else str(value) for value in whose), *(cells.get(at, "-") for at in lengths)]
        )
    return [*(key.replace("_", " ") for key in keys), *(f"{unit} at {length}" for length in lengths)], lines


def _lines(rows: pd.DataFrame, keys: Sequence[str]) -> list[pd.DataFrame]:
    return [line for _, line in rows.groupby([*keys], dropna=False, sort=False)]


def _ratio(row: Any) -> str:
    return formatting.ratio(interval(row))
