"""Which columns each table has. `results/README.md` says what each column means; here is what is checked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from results.cells import Column


def _text(name: str, *choices: str, optional: bool = False) -> Column:
    return Column(name, "text", optional, choices)


def _whole(name: str, *, optional: bool = False) -> Column:
    return Column(name, "whole", optional)


def _number(name: str, *, optional: bool = False) -> Column:
    return Column(name, "number", optional)


_SUITE = _text("suite", "encoder", "score", "training")

TABLES: dict[str, tuple[Column, ...]] = {
    "runs": (
        _text("study"),
        _text("run_id"),
        _text("arm"),
        _whole("seed"),
        _text("status", "done", "diverged", "failed"),
        _text("reason", optional=True),
        _whole("steps", optional=True),
        _number("seconds", optional=True),
        _whole("parameters", optional=True),
        _number("levenshtein_accuracy", optional=True),
        _number("exact_match", optional=True),
        _whole("steps_to_99", optional=True),
        _number("anti_diagonal", optional=True),
    ),
    "convergence": (
        _text("run_id"),
        _text("arm"),
        _whole("seed"),
        _whole("step"),
        _whole("epoch"),
        _number("train_loss", optional=True),
        _number("eval_loss", optional=True),
        _number("levenshtein_accuracy"),
        _number("exact_match"),
    ),
    "by_length": (
        _text("run_id"),
        _text("arm"),
        _whole("seed"),
        _whole("length"),
        _whole("n"),
        _number("levenshtein_accuracy"),
        _number("exact_match"),
    ),
    "alignments": (
        _text("run_id"),
        _text("arm"),
        _whole("seed"),
        _whole("target_position"),
        _text("predicted"),
        _whole("source_position"),
        _text("source"),
        _number("weight"),
    ),
    "mean_alignments": (
        _text("run_id"),
        _text("arm"),
        _whole("seed"),
        _whole("target_position"),
        _whole("source_position"),
        _whole("n"),
        _number("weight"),
    ),
    "examples": (
        _text("model"),
        _text("example"),
        _whole("target_position"),
        _text("predicted"),
        _whole("source_position"),
        _text("source"),
        _number("weight"),
    ),
    "tuning": (
        _text("run_id"),
        _text("arm"),
        _whole("seed"),
        _whole("trial"),
        _text("status", "done", "pruned", "diverged", "failed"),
        _text("outcome", "done", "pruned", "diverged", "failed", "unfinished"),
        _whole("chosen"),
        _text("reason", optional=True),
        _whole("epochs"),
        _number("seconds", optional=True),
        _number("value", optional=True),
    ),
    "throughput": (
        _SUITE,
        _text("case"),
        _text("candidate"),
        _text("baseline"),
        _text("device"),
        _whole("threads"),
        _text("cell", optional=True),
        _whole("directions", optional=True),
        _whole("batch"),
        _whole("source_length"),
        _whole("target_length", optional=True),
        _number("padding_ratio", optional=True),
        _whole("hidden_size"),
        _whole("rounds"),
        _number("median_seconds"),
        _text("tokens", "source", "target"),
        _number("tokens_per_second"),
        _number("ratio"),
        _number("ratio_low", optional=True),
        _number("ratio_high", optional=True),
        _whole("peak_bytes", optional=True),
    ),
    "rounds": (
        _SUITE,
        _text("case"),
        _text("candidate"),
        _whole("round"),
        _text("order", "candidate_first", "baseline_first"),
        _number("candidate_seconds"),
        _number("baseline_seconds"),
    ),
    "overhead": (
        _text("study"),
        _text("arm"),
        _text("profile"),
        _text("storage", "sqlite", "postgresql"),
        _whole("seed"),
        _whole("round"),
        _text("order", "engine_first", "bare_first"),
        _whole("epochs"),
        _number("bare_seconds"),
        _number("engine_seconds"),
    ),
}

KEYS: dict[str, tuple[str, ...]] = {
    "runs": ("run_id",),
    "convergence": ("run_id", "step"),
    "by_length": ("run_id", "length"),
    "alignments": ("run_id", "target_position", "source_position"),
    "mean_alignments": ("run_id", "target_position", "source_position"),
    "examples": ("model", "example", "target_position", "source_position"),
    "tuning": ("run_id",),
    "throughput": ("suite", "case", "candidate"),
    "rounds": ("suite", "case", "candidate", "round"),
    "overhead": ("study", "arm", "profile", "storage", "round"),
}
"""The columns whose values no two rows of a table share: a row that is there twice would count twice."""

FIGURES: dict[str, tuple[str, ...]] = {"runs": ("levenshtein_accuracy", "exact_match"), "tuning": ("value",)}
"""The columns that a row whose status is done has figures in."""


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
        columns += [Column(name, "text") for name in own.get(column.name, ())]
        columns.append(column)
    return columns + [_number(name, optional=table == "runs") for name in measures]


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
