"""The rows of finished runs, read back from the tables of a folder: the inverse of `studies.commands.export`.

A study can be continued from them if its storage is lost, or if its tables were published without it. A run is
recognised by its id, which is a hash of its content.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from results.analysis.study.length_checks import check_lengths
from results.errors import InputError
from results.tables import provenance
from results.tables.csv_io import factors_of, read_table
from results.tables.integrity import check_counts, check_integrity
from results.tables.study_metadata import study_settings
from results.tables.study_schema import plain_rows
from results.tables.table_file import has_table, table_file
from studies.planning.plan import Plan
from studies.planning.pruner import EPOCH_PRUNERS
from studies.planning.run_rows import TABLES, Rows, rows_without_metrics

NEEDED = ("runs", "convergence", "by_length")
"""The tables without which no run is restored. Attention weights are only drawn, and a published folder may lack
them."""


def read_rows(folder: Path, study: str, plan: Plan) -> dict[str, Rows]:
    """Run id -> rows, for the planned runs that are finished in the tables of the folder; empty without tables.

    A run has no rows of a table that the folder lacks, and those of alignments.csv only if its example is drawn.
    InputError if the folder is of another study, if one of the tables `NEEDED` or the provenance is missing, or if a
    table is damaged or contradicts another.
    """
    if not any(has_table(folder, name) for name in ("runs", "tuning")):
        return {}
    tables = _checked_tables(folder, study, plan)
    tuning = _tuning_rows(tables["tuning"], plan) if plan.tuning else {}
    planned = {run.run_id for run in plan.planned_runs(tuning) if run.trial is None}
    by_table = {name: _by_run(table) for name, table in tables.items() if name in TABLES}
    rows = {
        run_id: {name: of_run.get(run_id, []) for name, of_run in by_table.items()}
        for run_id in by_table["runs"].keys() & planned
    }
    for of_run in rows.values():
        for point in of_run["convergence"]:
            point["epoch"] -= plan.study.first_epoch - 1
    return {**tuning, **rows}


def _checked_tables(folder: Path, study: str, plan: Plan) -> dict[str, pd.DataFrame]:
    needed = (*NEEDED, "tuning") if plan.tuning else NEEDED
    for missing in [table for table in needed if not has_table(folder, table)]:
        raise InputError(
            f"{table_file(folder, missing)}: file not found; expected it beside the other tables, or the storage of "
            "the runs"
        )
    tables = {name: read_table(folder, name) for name in (*TABLES, "tuning") if has_table(folder, name)}
    for other in set(tables["runs"]["study"]) - {study}:
        raise InputError(f"{folder} holds the study {other!r}, not {study!r}; choose another with --out")
    parts = provenance.read(folder)
    if "study" not in parts:
        raise InputError(
            f"{folder / 'provenance.json'}: no study in it; expected the file that was written with runs.csv"
        )
    check_integrity(folder, tables)
    try:
        check_counts(tables, parts)
        check_lengths(tables, study_settings(parts, tables["runs"]))
    except InputError as error:
        raise InputError(f"{folder}: {error}") from error
    return tables


def without_curves(plan: Plan, rows: Mapping[str, Rows]) -> list[str]:
    """The ids of restored tuning runs whose learning curves a pruner needs, since their arm has an unfinished trial.

    The tables have no curves of tuning runs.
    """
    if plan.tuning is None or plan.tuning.pruner not in EPOCH_PRUNERS:
        return []
    unfinished = [
        trials
        for trials, _ in plan.tuning_trials(rows)
        if len(trials) < plan.tuning.trials_per_arm or trials[-1].result is None
    ]
    runs = [run.run_id for trials in unfinished for trial in trials for run in trial.runs]
    return [run_id for run_id in runs if "tuning" in rows.get(run_id, {})]


def _tuning_rows(table: pd.DataFrame, plan: Plan) -> dict[str, Rows]:
    rows = {}
    for run_id, (row,) in _by_run(table).items():
        rows[run_id] = rows_without_metrics(row["status"], row["reason"])
        rows[run_id]["runs"][0]["seconds"] = row["seconds"]
        rows[run_id]["tuning"] = [{"epochs": row["epochs"], "value": row["value"]}]
    planned = [run.run_id for trials, _ in plan.tuning_trials(rows) for trial in trials for run in trial.runs]
    return {run_id: rows[run_id] for run_id in planned if run_id in rows}


def _by_run(table: pd.DataFrame) -> dict[str, list[dict[str, Any]]]:
    """Run id -> its rows of the table as plain values, without the columns that identify the run."""
    identity = [name for name in ("study", "run_id", "arm", *factors_of(table), "seed") if name in table.columns]
    rows: dict[str, list[dict[str, Any]]] = {}
    for run_id, row in zip(table["run_id"], plain_rows(table.drop(columns=identity)), strict=True):
        rows.setdefault(run_id, []).append(row)
    return rows
