"""The output folder of a command: one command at a time, and rows of one study, which its storage knows."""

from __future__ import annotations

import csv
import io
from collections.abc import Container, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout
from optuna.storages import RDBStorage

from results.tables.atomic_write import InputError
from results.tables.table_file import read_text, table_file

LOCK = "study.lock"


@contextmanager
def lock(folder: Path) -> Iterator[None]:
    """Holds the folder for this process, until the block or the process ends; InputError if another process has it."""
    try:
        held = FileLock(folder / LOCK).acquire(blocking=False)
    except Timeout as error:
        raise InputError(
            f"{folder}: another command is at work in it; wait for it, or choose another with --out"
        ) from error
    with held:
        yield


def check_owner(folder: Path, storage: RDBStorage, study: str) -> None:
    """Refuses, with InputError, a folder whose own storage holds another study."""
    for other in storage.get_all_studies():
        if other.study_name != study:
            raise InputError(
                f"{folder} belongs to the study {other.study_name!r}, not {study!r}; choose another with --out"
            )


def run_rows(folder: Path) -> list[dict[str, str]]:
    """The rows of the folder's runs.csv as they are written; none without one. InputError if it is something else."""
    path = table_file(folder, "runs")
    if not path.exists():
        return []
    table = csv.DictReader(io.StringIO(read_text(path, errors="replace"), newline=""))
    if "run_id" not in (table.fieldnames or ()):
        raise InputError(f"{path} is no table of runs; choose another folder with --out")
    return list(table)


def check_rows(folder: Path, settled: Container[str]) -> None:
    """Refuses, with InputError, a folder with rows of runs that the storage has not settled: an export would put
    others in their place."""
    for row in run_rows(folder):
        if row["run_id"] not in settled:
            raise InputError(
                f"{table_file(folder, 'runs')} holds the run {row['run_id']}, which the storage does not know, so it is of "
                "another study or storage; choose another with --out"
            )
