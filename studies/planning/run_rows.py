"""What a settled run leaves behind: its rows, plain JSON that travels through the storage from any machine."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean
from typing import Any

from results.tables.column import on_a_line

Rows = dict[str, list[dict[str, Any]]]
"""Table -> its rows of one run, without the columns that say which run it is."""
LONGEST_REASON = 1000
"""Letters. The message of a compiler may be longer than what a reader of CSV takes for one cell."""


def without_figures(status: str, reason: str) -> Rows:
    """The rows of a run that came to nothing: its place in runs.csv, the reason in one line, and no figure."""
    figures = (
        "steps",
        "seconds",
        "parameters",
        "levenshtein_accuracy",
        "exact_match",
        "steps_to_99",
        "anti_diagonal",
    )
    run = {"status": status, "reason": on_a_line(" ".join(reason.split()))[:LONGEST_REASON], **dict.fromkeys(figures)}
    return {"runs": [run], "convergence": [], "by_length": [], "alignments": [], "mean_alignments": []}


def failed(reason: str) -> Rows:
    return without_figures("failed", reason)


def status_of(rows: Rows) -> str:
    """done, diverged, failed or pruned."""
    (run,) = rows["runs"]
    status: str = run["status"]
    return status


def value_of(primary: str, rows: Rows) -> float | None:
    """The value of a tuning run; of one that was pruned, as far as it came; None if it diverged or failed."""
    if status_of(rows) not in ("done", "pruned"):
        return None
    column = "exact_match" if primary == "exact_match" else "levenshtein_accuracy"
    return progress(primary, [point[column] for point in rows["convergence"]])


def progress(primary: str, curve: Sequence[float]) -> float:
    """What a curve with a figure after each epoch comes to, up to now."""
    return fmean(curve) if primary == "steps_to_99" else curve[-1]
