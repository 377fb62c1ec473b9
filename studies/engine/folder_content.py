"""What an output folder holds: one study, and the runs in its tables."""

from __future__ import annotations

import contextlib
import csv
import io
from pathlib import Path

from optuna.storages import RDBStorage

from results.errors import InputError
from results.tables.table_file import read_text, table_file


def check_same_study(folder: Path, storage: RDBStorage, study: str, *, remedy: str) -> None:
    """InputError with `remedy` if the folder's own storage holds another study."""
    for other in storage.get_all_studies():
        if other.study_name != study:
            raise InputError(f"{folder} holds the study {other.study_name!r}, not {study!r}; {remedy}")


def held_ids(folder: Path) -> set[str]:
    """The ids of the runs in the folder's runs.csv and tuning.csv. InputError if one of them is not a table of runs."""
    return {row["run_id"] for table in ("runs", "tuning") for row in read_runs(folder, table)}


def read_runs(folder: Path, table: str = "runs") -> list[dict[str, str]]:
    """The rows of the folder's runs.csv or tuning.csv; empty without that file. InputError if it is not a table of
    runs."""
    path = table_file(folder, table)
    if not path.exists():
        return []
    with contextlib.suppress(csv.Error):
        rows = csv.DictReader(io.StringIO(read_text(path, errors="replace"), newline=""))
        if "run_id" in (rows.fieldnames or ()):
            return list(rows)
    raise InputError(f"{path} is not a table of runs: it has no column run_id; choose another folder with --out")
