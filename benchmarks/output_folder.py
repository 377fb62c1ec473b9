"""The output folder of a session or a check: a table in it is never replaced by one with fewer rows.

A session replaces the rows of the devices that it measures. Rows of another device stay.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from results.errors import InputError
from results.tables import provenance
from results.tables.csv_io import read_table
from results.tables.study_schema import plain_rows
from results.tables.table_file import read_text, table_file
from results.tables.timing_schema import SESSION_PARTS

_OF_A_CASE = ["suite", "case", "candidate"]


def refuse_fewer_rows(out: Path, table: str, planned: int, unit: str, devices: Collection[str] | None = None) -> None:
    """Raises InputError if the table in the folder has more rows on these devices, or on all, than are planned; `unit`
    names what a row is."""
    existing = existing_rows(out, table, devices)
    if planned < existing:
        raise InputError(
            f"{table_file(out, table)} holds {existing} {unit}, but this command measures {planned}; choose another "
            "folder with --out"
        )


def existing_rows(out: Path, table: str, devices: Collection[str] | None = None) -> int:
    """The number of rows of the table in the folder on these devices, or on all; 0 if there is no readable table."""
    path = table_file(out, table)
    try:
        rows = [*csv.DictReader(io.StringIO(read_text(path, errors="replace"), newline=""))]
    except (InputError, csv.Error):
        return 0
    # A row of a damaged table, without a device, is one that would be replaced.
    return count_candidates(row for row in rows if devices is None or row.get("device") in (None, *devices))


def rows_of_other_devices(out: Path, devices: Collection[str]) -> dict[str, list[dict[str, Any]]]:
    """Table -> the rows of a session in the folder that were measured on none of these devices. Raises InputError for a
    damaged table, and for rows without their provenance."""
    if existing_rows(out, "throughput") == existing_rows(out, "throughput", devices):
        return {}
    throughput, rounds, ceilings = (read_table(out, name) for name in ("throughput", "rounds", "ceilings"))
    others = throughput[~throughput["device"].isin([*devices])]
    for device in others["device"].unique():
        part = SESSION_PARTS[device == "cuda"]
        if part not in provenance.read(out):
            raise InputError(
                f"{out / 'provenance.json'}: parts.{part} is missing; expected the session that measured the rows on "
                f"{device} in throughput.csv; choose another folder with --out"
            )
    return {
        "throughput": plain_rows(others),
        "rounds": plain_rows(rounds.merge(others[_OF_A_CASE])),
        "ceilings": plain_rows(ceilings[~ceilings["device"].isin([*devices])]),
    }


def count_candidates(rows: Iterable[Mapping[str, Any]]) -> int:
    """The number of rows, without the rows of peers.csv that hold the memory of a case that has a row already."""
    return sum(row.get("measure") != "memory" for row in rows)
