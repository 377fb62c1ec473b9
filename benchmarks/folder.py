"""The output folder of a session or a check: a table in it is never replaced by one with fewer rows."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from results.tables.atomic_write import InputError


def refuse_fewer(out: Path, table: str, planned: int, what: str) -> None:
    """InputError if the folder's table holds more than is planned; `what` names what is counted."""
    held = held_in(out, table)
    if planned < held:
        raise InputError(
            f"{out / table}.csv holds {held} {what}, and this command measures {planned}; choose another folder with "
            "--out"
        )


def held_in(out: Path, table: str) -> int:
    """How many candidates, or rows of another table, the folder's table holds; 0 where no table can be read."""
    try:
        with (out / f"{table}.csv").open(newline="", errors="replace") as file:
            return count(csv.DictReader(file))
    except (OSError, csv.Error):
        return 0


def count(rows: Iterable[Mapping[str, Any]]) -> int:
    """How many candidates have these rows; in peers.csv some have a second row, of their memory."""
    return sum(row.get("measure") != "memory" for row in rows)
