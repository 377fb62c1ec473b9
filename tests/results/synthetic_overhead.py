"""Rows of a measurement of the engine's overhead."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from synthetic_rows import record

from results.tables.csv_io import write_table


def rounds(ratios: list[float], storage: str = "sqlite", bare: float = 10.0) -> list[dict[str, Any]]:
    """A round for each ratio; bare times differ from round to round by more than any overhead."""
    return [
        {
            "study": "attention", "arm": "none", "profile": "quick", "storage": storage, "seed": number,
            "round": number, "order": "bare_first" if number % 2 else "engine_first", "epochs": 14,
            "bare_seconds": bare * number, "engine_seconds": bare * number * ratio,
        }
        for number, ratio in enumerate(ratios, start=1)
    ]  # fmt: skip


def write_overhead(folder: Path, rows: list[dict[str, Any]]) -> None:
    folder.mkdir(exist_ok=True)
    write_table(folder, "overhead", rows)
    storages = [row["storage"] for row in rows]
    for storage in dict.fromkeys(storages):
        settings = {"rounds": storages.count(storage)}
        record(folder, f"overhead_{storage}", ["python", "-m", "studies", "overhead", "attention"], settings)
