"""Rows of a session of the peers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from synthetic_rows import record

from results.tables import csv_io
from results.tables.study_schema import TABLES


def row(**values: Any) -> dict[str, Any]:
    """A row of peers.csv in which the peer takes twice as long, between 1.6 and 2.5 times."""
    plain = {
        "work": "training",
        "case": "general",
        "ours": "padded_exact",
        "peer": "joeynmt",
        "device": "cpu",
        "threads": 1,
        "hidden_size": 64,
        "batch": 32,
        "source_length": 14,
        "mode": "eager",
        "rounds": 9,
        "stopped": "width",
        "our_median_seconds": 0.01,
        "peer_median_seconds": 0.02,
        "ratio": 0.5,
        "ratio_low": 0.4,
        "ratio_high": 0.625,
        "limit": "matmul",
        "share": 0.25,
        "measure": "time",
    }
    return {column.name: {**plain, **values}.get(column.name, float("nan")) for column in TABLES["peers"]}


def write_peers(folder: Path, rows: list[dict[str, Any]]) -> None:
    folder.mkdir(exist_ok=True)
    csv_io.write_table(folder, "peers", rows)
    record(folder, "peers", ["nox", "-s", "peers"], {})
