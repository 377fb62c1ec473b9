"""The rows of finished runs, read back from the tables of a folder: the inverse of `studies.commands.export`.

With them, a study is continued whose database is lost, or of which the tables are published without it. A run is
recognised by its id, which is a hash of its content.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from results.tables import provenance
from results.tables.csv_io import factors_of, read_table
from results.tables.table_file import has_table
from studies.planning.plan import Plan
from studies.planning.run_rows import TABLES, Rows, rows_without_metrics

NEEDED = ("runs", "convergence", "by_length")
"""The tables without which no run is read. Attention weights are only drawn, and a published folder may lack them."""


def read_rows(folder: Path, plan: Plan) -> dict[str, Rows]:
    """Run id -> rows, for the runs of the plan that are finished in the tables of the folder; empty if it lacks one, or
    their provenance.
    InputError for a table that cannot be read.

    The tuning runs of an arm are left out if more of them are planned, since the pruner needs the curves of the earlier
    ones; then its reported runs are not known, and are left out too. A run whose example attention is not in
    alignments.csv has no rows of that table.
    """
    if "study" not in provenance.read(folder) or not all(has_table(folder, name) for name in NEEDED):
        return {}
    tuning = _read_tuning(folder, plan) if plan.tuning and has_table(folder, "tuning") else {}
    planned = {run.run_id for run in plan.planned_runs(tuning) if run.trial is None}
    by_table = {name: _by_run(folder, name) for name in TABLES if has_table(folder, name)}
    rows = {
        run_id: {name: by_table.get(name, {}).get(run_id, []) for name in TABLES}
        for run_id in by_table["runs"].keys() & planned
    }
    for of_run in rows.values():
        for point in of_run["convergence"]:
            point["epoch"] -= plan.study.first_epoch - 1
    return {**tuning, **rows} if rows else {}


def _read_tuning(folder: Path, plan: Plan) -> dict[str, Rows]:
    """The tuning runs of the variants whose tuning is complete."""
    rows = {}
    for run_id, (row,) in _by_run(folder, "tuning").items():
        kept = rows_without_metrics(row["status"], row["reason"])
        kept["runs"][0]["seconds"] = row["seconds"]
        rows[run_id] = {**kept, "tuning": [{"epochs": row["epochs"], "value": row["value"]}]}
    complete = [
        trials
        for trials, _ in plan.tuning_trials(rows)
        if plan.tuning and len(trials) == plan.tuning.trials_per_arm and trials[-1].result
    ]
    return {run.run_id: rows[run.run_id] for trials in complete for trial in trials for run in trial.runs}


def _by_run(folder: Path, name: str) -> dict[str, list[dict[str, Any]]]:
    """Run id -> its rows of the table as plain values, without the columns that identify the run."""
    table = read_table(folder, name)
    identity = ["run_id", "arm", *factors_of(table), "seed", *(["study"] if name == "runs" else [])]
    values = table.drop(columns=identity).astype(object)
    rows: dict[str, list[dict[str, Any]]] = {}
    for run_id, row in zip(table["run_id"], values.where(values.notna(), None).to_dict("records"), strict=True):
        rows.setdefault(run_id, []).append({str(column): value for column, value in row.items()})
    return rows
