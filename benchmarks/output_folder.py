"""The output folder of a session or a check: a table in it is never replaced by one with fewer rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from results.errors import InputError
from results.tables.table_file import read_text, table_file


def refuse_fewer_rows(out: Path, table: str, planned: int, unit: str) -> None:
    """Raises InputError if the table in the folder has more rows than are planned; `unit` names what a row is."""
    existing = existing_rows(out, table)
    if planned < existing:
        raise InputError(
            f"{table_file(out, table)} holds {existing} {unit}, but this command measures {planned}; choose another "
            "folder with --out"
        )


def existing_rows(out: Path, table: str) -> int:
    """The number of rows of the table in the folder; 0 if there is no readable table."""
    path = table_file(out, table)
    try:
        return count_candidates(csv.DictReader(io.StringIO(read_text(path, errors="replace"), newline="")))
    except (InputError, csv.Error):
        return 0


def count_candidates(rows: Iterable[Mapping[str, Any]]) -> int:
    """The number of rows, without the rows of peers.csv that hold the memory of a case that has a row already."""
    return sum(row.get("measure") != "memory" for row in rows)
