"""The columns, keys and required metrics of each table. `results/README.md` explains each column."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from results.tables.column import Column, fraction, integer, number, symbol, text, weight
from results.tables.timing_schema import TIMING_KEYS, TIMING_TABLES

if TYPE_CHECKING:
    import pandas as pd

LONGEST_OF_ALL, LONGEST_OF_EXACT = 100, 1_000
"""Test sources of up to 100 letters are decoded for every run alike. A run that was exact on no string of the length
before decodes fewer of up to 1,000 letters, and none of more (see `seq2seq_core.evaluation.evaluate`)."""
LONGEST_RECORDED = 100
"""The longest source, in letters, whose attention weights a run records."""
TABLES: dict[str, tuple[Column, ...]] = {
    "runs": (
        text("study"),
        text("run_id"),
        text("arm"),
        integer("seed"),
        text("status", "done", "diverged", "failed"),
        text("reason", optional=True),
        integer("steps", optional=True),
        number("seconds", optional=True),
        integer("parameters", optional=True),
        fraction("levenshtein_accuracy", optional=True),
        fraction("exact_match", optional=True),
        integer("steps_to_99", optional=True),
        number("anti_diagonal", optional=True),
    ),
    "convergence": (
        text("run_id"),
        text("arm"),
        integer("seed"),
        integer("step"),
        integer("epoch"),
        number("train_loss", optional=True),
        number("eval_loss", optional=True),
        fraction("levenshtein_accuracy"),
        fraction("exact_match"),
    ),
    "by_length": (
        text("run_id"),
        text("arm"),
        integer("seed"),
        integer("length"),
        integer("n"),
        fraction("levenshtein_accuracy"),
        fraction("exact_match"),
    ),
    "alignments": (
        text("run_id"),
        text("arm"),
        integer("seed"),
        integer("target_position"),
        symbol("predicted"),
        integer("source_position"),
        symbol("source"),
        weight("weight"),
    ),
    "mean_alignments": (
        text("run_id"),
        text("arm"),
        integer("seed"),
        integer("target_position"),
        integer("source_position"),
        integer("n"),
        weight("weight"),
    ),
    "examples": (
        text("run_id"),
        text("model"),
        symbol("example"),
        integer("target_position"),
        symbol("predicted"),
        integer("source_position"),
        symbol("source"),
        weight("weight"),
    ),
    "tuning": (
        text("run_id"),
        text("arm"),
        integer("seed"),
        integer("trial"),
        text("status", "done", "pruned", "diverged", "failed"),
        text("outcome", "done", "pruned", "diverged", "failed", "unfinished"),
        integer("chosen"),
        text("reason", optional=True),
        integer("epochs"),
        number("seconds", optional=True),
        number("value", optional=True),
    ),
    "overhead": (
        text("study"),
        text("arm"),
        text("profile"),
        text("storage", "sqlite", "postgresql"),
        integer("seed"),
        integer("round"),
        text("order", "engine_first", "bare_first"),
        integer("epochs"),
        number("bare_seconds"),
        number("engine_seconds"),
    ),
    "validity": (
        text("scenario"),
        text("primary"),
        number("effect"),
        integer("seeds"),
        integer("draws"),
        integer("false_alarms"),
        integer("intervals_missed"),
        integer("found", optional=True),
    ),
    **TIMING_TABLES,
}

KEYS: dict[str, tuple[str, ...]] = {
    "runs": ("run_id",),
    "convergence": ("run_id", "step"),
    "by_length": ("run_id", "length"),
    "alignments": ("run_id", "target_position", "source_position"),
    "mean_alignments": ("run_id", "target_position", "source_position"),
    "examples": ("run_id", "example", "target_position", "source_position"),
    "tuning": ("run_id",),
    "overhead": ("study", "arm", "profile", "storage", "round"),
    "validity": ("scenario", "effect", "seeds"),
    **TIMING_KEYS,
}
"""The columns that identify a row; a repeated row is refused."""

REQUIRED_METRICS: dict[str, dict[str, tuple[str, ...]]] = {
    "runs": {"done": ("steps", "levenshtein_accuracy", "exact_match"), "diverged": ("steps",)},
    "tuning": {"done": ("value",)},
}
"""Table -> status -> the columns that are not empty in a row of that status."""


TABLES_WITH_EXTRA_METRICS = ("runs", "convergence", "by_length")
"""The tables that may have extra metrics of a study, in columns after the fixed ones."""


def columns_of(
    table: str, *, factors: Iterable[str], searched: Iterable[str], extra_metrics: Iterable[str]
) -> list[Column]:
    """The table's columns with those of the study: its factors, searched settings and extra metrics.

    Extra metrics may be empty in `runs`, since a run may not be done.
    """
    inserted = {"seed": factors, "status": searched}
    columns = []
    for column in TABLES[table]:
        columns += [Column(name, "level") for name in inserted.get(column.name, ())]
        columns.append(column)
    return columns + [number(name, optional=table == "runs") for name in extra_metrics]


def extra_metrics_in(table: str, header: Sequence[str]) -> list[str]:
    """The extra metrics of a study: the columns after the last fixed one."""
    last = TABLES[table][-1].name
    return [*header[header.index(last) + 1 :]] if table in TABLES_WITH_EXTRA_METRICS and last in header else []


def factors_in(header: Sequence[str]) -> list[str]:
    """A study's factors: the columns between `arm` and `seed`."""
    return _between("arm", "seed", header)


def searched_in(header: Sequence[str]) -> list[str]:
    """The settings that a tuning searches: the columns of its table between `trial` and `status`."""
    return _between("trial", "status", header)


def _between(first: str, last: str, header: Sequence[str]) -> list[str]:
    return [*header[header.index(first) + 1 : header.index(last)]] if {first, last} <= set(header) else []


def plain_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows as plain values, None for an empty cell, as `csv_io.write_table` takes them."""
    values = table.astype(object)
    rows = values.where(values.notna(), None).to_dict("records")
    return [{str(column): value for column, value in row.items()} for row in rows]


def records(table: pd.DataFrame) -> list[Any]:
    """The rows as named tuples, with an attribute for each column."""
    return list(table.itertuples(index=False))
