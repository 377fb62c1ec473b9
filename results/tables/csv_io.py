"""Reads and writes the tables of a folder. Writing is atomic; reading checks every cell.

A table is a CSV file in long form, one observation per row, that `pandas.read_csv` reads without arguments. The tables
of a study have a column for each of its factors between `arm` and `seed`; tuning.csv also has one for each searched
setting, between `trial` and `status`.
"""

from __future__ import annotations

import contextlib
import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from results.errors import InputError
from results.tables.column import CellError, Column, text
from results.tables.integrity import check_integrity
from results.tables.study_schema import (
    KEYS,
    REQUIRED_METRICS,
    TABLES,
    columns_of,
    extra_metrics_in,
    factors_in,
    searched_in,
)
from results.tables.table_file import has_table, read_text, table_file, write_text
from results.text import plural

if TYPE_CHECKING:  # pandas takes most of a second to import; commands that only write do not need it
    import pandas as pd


def write_table(directory: Path, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Writes the file of the table, replacing an older one; each row has a value for every column of the table.

    Other keys are factors; between `trial` and `status` they are searched settings, after the last fixed column extra
    metrics. Their order is that of the first row. None and numbers that are not finite become an empty cell if the
    column allows one. Raises InputError if a row does not fit; an older file then stays.
    """
    names = [column.name for column in TABLES[name]]
    keys = list(rows[0]) if rows else []
    searched = [key for key in searched_in(keys) if key not in names]
    extra = [key for key in extra_metrics_in(name, keys) if key not in names]
    factors = [key for key in keys if key not in [*names, *searched, *extra]]
    columns = columns_of(name, factors=factors, searched=searched, extra_metrics=extra)
    header = [column.name for column in columns]
    for key in [*factors, *searched, *extra]:
        try:
            text("column").format(key)
        except CellError as error:
            raise InputError(f"{name}.csv: {error}") from error
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    for number, row in enumerate(rows, start=1):
        place = f"{name}.csv, row {number}"
        _compare(header, row, place)
        try:
            writer.writerow([column.format(row[column.name]) for column in columns])
        except CellError as error:
            raise InputError(f"{place}: {error}") from error
    write_text(directory, name, out.getvalue())


def read_table(directory: Path, name: str) -> pd.DataFrame:
    """Reads the file of the table, compressed or not, and checks every cell; optional integers have the dtype Int64.

    Raises InputError with file and line for a missing or unknown column, a torn line, a cell that does not fit its
    column, a repeated row, and a run without a metric that its status requires.
    """
    import pandas as pd

    path = table_file(directory, name)
    lines = _lines(path)
    header = next(lines)[1]
    names = [column.name for column in TABLES[name]]
    columns = columns_of(
        name,
        factors=[key for key in factors_in(header) if key not in names],
        searched=[key for key in searched_in(header) if key not in names],
        extra_metrics=[key for key in extra_metrics_in(name, header) if key not in names],
    )
    expected = [column.name for column in columns]
    _compare(expected, header, f"{path}, line 1")
    if header != expected:
        raise InputError(f"{path}, line 1: columns out of order; expected {','.join(expected)}")
    parsers = {column.name: cache(column.parse) for column in columns}  # most cells repeat
    cells: list[list[str | int | float | None]] = [[] for _ in columns]
    seen: dict[tuple[object, ...], int] = {}
    for line, texts in lines:
        row = dict(zip(header, texts, strict=False))
        try:
            if len(texts) != len(header):
                raise CellError(f"{plural(len(texts), 'cell')}; expected {len(header)}, as in the header")
            required = REQUIRED_METRICS.get(name, {}).get(row.get("status", ""), ())
            required += tuple(extra_metrics_in(name, header)) if row.get("status") == "done" else ()
            if not all(row[metric] for metric in required):
                raise CellError(f"a run that is {row['status']} lacks metrics; expected {' and '.join(required)}")
            parsed = {name: parse(row[name]) for name, parse in parsers.items()}
            first = seen.setdefault(tuple(parsed[key] for key in KEYS[name]), line)
            if first != line:
                raise CellError(f"a second row for the same {', '.join(KEYS[name])} as line {first}; expected one")
            for column, values in zip(columns, cells, strict=True):
                values.append(parsed[column.name])
        except CellError as error:
            raise InputError(f"{path}, line {line}: {error}") from error
    return pd.DataFrame(
        {
            column.name: _level_series(values) if column.kind == "level" else pd.Series(values, dtype=_dtype(column))
            for column, values in zip(columns, cells, strict=True)
        }
    )


def read_tables(directory: Path) -> dict[str, pd.DataFrame]:
    """All tables of the folder, by name. Raises InputError without a table, or if one is incomplete."""
    if not directory.is_dir():
        raise InputError(f"{directory}: no such folder; expected one with tables such as runs.csv or throughput.csv")
    tables = {name: read_table(directory, name) for name in TABLES if has_table(directory, name)}
    if not tables:
        raise InputError(f"{directory}: no table in it; expected one of {', '.join(f'{name}.csv' for name in TABLES)}")
    for name in ("convergence", "by_length", "mean_alignments", "tuning"):
        if name in tables and "runs" not in tables:
            raise InputError(f"{directory}: {name}.csv without runs.csv; expected both")
    check_integrity(directory, tables)
    return tables


def factors_of(table: pd.DataFrame) -> list[str]:
    """The study's factors: the columns between `arm` and `seed`."""
    return factors_in(list(table.columns))


def _compare(expected: Sequence[str], found: Iterable[str], place: str) -> None:
    found = list(found)
    for word, these in (
        ("missing", [name for name in expected if name not in found]),
        ("unknown", [name for name in found if name not in expected]),
        ("repeated", [name for name in expected if found.count(name) > 1]),
    ):
        if these:
            raise InputError(f"{place}: {word} column {', '.join(these)}; expected {','.join(expected)}")


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yields (line number, cells) of each line. Raises InputError for a torn last line or invalid CSV."""
    text = read_text(path)
    if not text.endswith("\n"):
        torn = text.count("\n") + 1
        raise InputError(
            f"{path}, line {torn}: torn, without a line end; expected complete lines: write the table again"
        )
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for cells in reader:
            yield reader.line_num, cells
    except csv.Error as error:
        raise InputError(f"{path}, line {reader.line_num}: {error}; expected comma-separated values") from error


def _level_series(texts: list[Any]) -> pd.Series[Any]:
    """Levels as numbers if all are numbers, so that 10 sorts after 9."""
    import pandas as pd

    for column, dtype in ((Column("level", "integer"), "int64"), (Column("level", "number"), "float64")):
        with contextlib.suppress(CellError):
            return pd.Series([column.parse(text) for text in texts], dtype=dtype)
    return pd.Series(texts, dtype="str")


def _dtype(column: Column) -> str:
    if column.kind == "integer":
        return "Int64" if column.optional else "int64"
    return "float64" if column.is_float else "str"
