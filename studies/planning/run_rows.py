"""The rows of a finished run: plain JSON, which any machine can send through the storage."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean
from typing import Any

from results.text import single_line

Rows = dict[str, list[dict[str, Any]]]
"""Table -> its rows of one run, without the columns that identify the run. Only a tuning run that was restored from the
tables of a folder has rows in `tuning`; they hold its epochs and value in place of its curve."""
TABLES = ("runs", "convergence", "by_length", "alignments", "mean_alignments")
"""The tables of the reported runs. Tuning runs are in tuning.csv."""
PLANNED_BY = ("runs", "convergence", "tuning")
"""The tables of finished runs that decide which runs are planned next. Attention weights take far more memory."""
MAX_REASON_LENGTH = 1000
"""In characters. The message of a compiler may be longer than what CSV readers accept in one cell."""


def rows_without_metrics(status: str, reason: str) -> Rows:
    """The rows of a run without metrics: one row of runs.csv with the reason in one line."""
    metrics = (
        "steps",
        "seconds",
        "parameters",
        "levenshtein_accuracy",
        "exact_match",
        "steps_to_99",
        "anti_diagonal",
    )
    run = {
        "status": status,
        "reason": single_line(" ".join(reason.split()))[:MAX_REASON_LENGTH],
        **dict.fromkeys(metrics),
    }
    return {**{table: [] for table in TABLES}, "runs": [run]}


def failed_rows(reason: str) -> Rows:
    return rows_without_metrics("failed", reason)


def status_of(rows: Rows) -> str:
    """done, diverged, failed or pruned."""
    (run,) = rows["runs"]
    status: str = run["status"]
    return status


def trial_value(primary: str, rows: Rows, epochs: int) -> float | None:
    """The value of a tuning run of that many epochs, of a pruned one up to its last; None if it diverged or failed."""
    if "tuning" in rows:
        (row,) = rows["tuning"]
        value: float | None = row["value"]
        return value
    if status_of(rows) not in ("done", "pruned"):
        return None
    return objective(primary, curve_of(rows, objective_column(primary), epochs))


def epochs_of(rows: Rows) -> int:
    """The number of epochs that a run has trained."""
    return sum(row["epochs"] for row in rows["tuning"]) if "tuning" in rows else len(rows["convergence"])


def curve_of(rows: Rows, column: str, epochs: int) -> list[float]:
    """A metric after each epoch. A run that ended early because it was solved keeps its last value."""
    curve = [point[column] for point in rows["convergence"]]
    return curve + curve[-1:] * (epochs - len(curve)) if status_of(rows) == "done" else curve


def objective_column(primary: str) -> str:
    """The metric of an epoch that the value of a tuning run is made of, as `OBJECTIVES` defines it."""
    return "exact_match" if primary == "exact_match" else "levenshtein_accuracy"


def objective(primary: str, curve: Sequence[float]) -> float:
    """The value of a learning curve with one number per epoch, as `OBJECTIVES` defines it."""
    return fmean(curve) if primary == "steps_to_99" else curve[-1]
