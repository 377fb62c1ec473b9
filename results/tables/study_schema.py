"""Which columns each table has. `results/README.md` says what each column means; here is what is checked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from results.tables.column import Column, number, share, symbol, text, whole
from results.tables.timing_schema import SPEED_KEYS, SPEED_TABLES

LONGEST_RECORDED = 100
"""Letters of the longest source whose attention weights a run records; of longer ones there are no rows."""
TABLES: dict[str, tuple[Column, ...]] = {
    "runs": (
        text("study"),
        text("run_id"),
        text("arm"),
        whole("seed"),
        text("status", "done", "diverged", "failed"),
        text("reason", optional=True),
        whole("steps", optional=True),
        number("seconds", optional=True),
        whole("parameters", optional=True),
        share("levenshtein_accuracy", optional=True),
        share("exact_match", optional=True),
        whole("steps_to_99", optional=True),
        number("anti_diagonal", optional=True),
    ),
    "convergence": (
        text("run_id"),
        text("arm"),
        whole("seed"),
        whole("step"),
        whole("epoch"),
        number("train_loss", optional=True),
        number("eval_loss", optional=True),
        share("levenshtein_accuracy"),
        share("exact_match"),
    ),
    "by_length": (
        text("run_id"),
        text("arm"),
        whole("seed"),
        whole("length"),
        whole("n"),
        share("levenshtein_accuracy"),
        share("exact_match"),
    ),
    "alignments": (
        text("run_id"),
        text("arm"),
        whole("seed"),
        whole("target_position"),
        symbol("predicted"),
        whole("source_position"),
        symbol("source"),
        number("weight"),
    ),
    "mean_alignments": (
        text("run_id"),
        text("arm"),
        whole("seed"),
        whole("target_position"),
        whole("source_position"),
        whole("n"),
        number("weight"),
    ),
    "examples": (
        text("run_id"),
        text("model"),
        symbol("example"),
        whole("target_position"),
        symbol("predicted"),
        whole("source_position"),
        symbol("source"),
        number("weight"),
    ),
    "tuning": (
        text("run_id"),
        text("arm"),
        whole("seed"),
        whole("trial"),
        text("status", "done", "pruned", "diverged", "failed"),
        text("outcome", "done", "pruned", "diverged", "failed", "unfinished"),
        whole("chosen"),
        text("reason", optional=True),
        whole("epochs"),
        number("seconds", optional=True),
        number("value", optional=True),
    ),
    "overhead": (
        text("study"),
        text("arm"),
        text("profile"),
        text("storage", "sqlite", "postgresql"),
        whole("seed"),
        whole("round"),
        text("order", "engine_first", "bare_first"),
        whole("epochs"),
        number("bare_seconds"),
        number("engine_seconds"),
    ),
    "validity": (
        text("scenario"),
        text("primary"),
        number("effect"),
        whole("seeds"),
        whole("draws"),
        whole("false_alarms"),
        whole("intervals_missed"),
        whole("found", optional=True),
    ),
    **SPEED_TABLES,
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
    **SPEED_KEYS,
}
"""The columns whose values no two rows of a table share: a row that is there twice would count twice."""

FIGURES: dict[str, dict[str, tuple[str, ...]]] = {
    "runs": {"done": ("steps", "levenshtein_accuracy", "exact_match"), "diverged": ("steps",)},
    "tuning": {"done": ("value",)},
}
"""Table -> status -> the columns that a row of that status has figures in."""


MEASURED = ("runs", "convergence")
"""The tables that may have figures of a study's own, in columns after the fixed ones."""


def columns_of(
    table: str, *, factors: Iterable[str], searched: Iterable[str], measures: Iterable[str] = ()
) -> list[Column]:
    """The table's columns, with a study's own among them: its factors, the settings that its tuning searches, and its
    measures, which a run without figures has none of."""
    own = {"seed": factors, "status": searched}
    columns = []
    for column in TABLES[table]:
        columns += [Column(name, "level") for name in own.get(column.name, ())]
        columns.append(column)
    return columns + [number(name, optional=table == "runs") for name in measures]


def measures_in(table: str, header: Sequence[str]) -> list[str]:
    """A study's own figures: the columns after the last fixed one."""
    last = TABLES[table][-1].name
    return [*header[header.index(last) + 1 :]] if table in MEASURED and last in header else []


def factors_in(header: Sequence[str]) -> list[str]:
    """A study's factors: the columns between `arm` and `seed`."""
    return _between("arm", "seed", header)


def searched_in(header: Sequence[str]) -> list[str]:
    """The settings that a tuning searches: the columns of its table between `trial` and `status`."""
    return _between("trial", "status", header)


def _between(first: str, last: str, header: Sequence[str]) -> list[str]:
    return [*header[header.index(first) + 1 : header.index(last)]] if {first, last} <= set(header) else []
