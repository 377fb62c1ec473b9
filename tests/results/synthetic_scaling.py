"""Rows of measurements of how cost grows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from synthetic_rows import record

from results.tables.csv_io import write_table
from results.tables.timing_schema import scaling_parts

SIZES = (16, 32, 64, 128)
STEP = {
    "work": "step", "axis": "length", "cell": "gru", "score": "general", "query": "current", "length": 32, "batch": 32,
    "hidden_size": 64, "storage": None, "cluster": None, "workers": None, "calls": 1,
}  # fmt: skip
STUDY = {
    **dict.fromkeys(("cell", "score", "query", "length", "batch", "hidden_size", "work_seconds")),
    "work": "study", "axis": "runs", "storage": "sqlite", "cluster": None, "workers": 2, "calls": 1,
}  # fmt: skip


def steps(
    cost: Callable[[int], float], work: Callable[[int], float], *, rounds: int = 6, **names: Any
) -> list[dict[str, Any]]:
    """A line whose rounds differ by a factor, as on a machine that others use."""
    return [
        {**STEP, **names, "size": size, "round": number, "seconds": number * cost(size), "work_seconds": work(size)}
        for number in range(1, rounds + 1)
        for size in SIZES
    ]


def studies(seconds: Sequence[float], sizes: Sequence[int] = (100, 1000, 10_000), **names: Any) -> list[dict[str, Any]]:
    """A study of each size, measured once."""
    return [
        {**STUDY, **names, "size": size, "round": 1, "seconds": one} for size, one in zip(sizes, seconds, strict=True)
    ]


def write_scaling(folder: Path, rows: list[dict[str, Any]]) -> None:
    folder.mkdir(exist_ok=True)
    write_table(folder, "scaling", rows)
    parts = scaling_parts(rows)
    for part in dict.fromkeys(parts):
        record(folder, part, ["retrograde", part], {"rows": parts.count(part)})
