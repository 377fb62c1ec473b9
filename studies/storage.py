"""The Optuna storage of an output folder: a SQLite file beside the tables, and the lock on the folder.

Optuna's default use of SQLite hands one waiting trial to two workers now and then: a transaction begins by reading,
and two of them may read the same state before either writes. Here every transaction takes the write lock as it
begins.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import optuna
import sqlalchemy
from optuna.exceptions import StorageInternalError
from optuna.storages import RDBStorage
from sqlalchemy import event
from sqlalchemy.exc import SQLAlchemyError

from results.files import InputError

FILE = "study.sqlite3"
LOCK = "study.lock"
BUSY_SECONDS = 120
"""How long a transaction waits for another to end; each takes milliseconds, but a machine may be busy."""


def open_storage(folder: Path) -> RDBStorage:
    """Opens the folder's storage, making it if there is none; InputError if the file is something else."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    path = folder / FILE
    try:
        storage = RDBStorage(f"sqlite:///{path}", engine_kwargs={"connect_args": {"timeout": BUSY_SECONDS}})
        _take_lock_on_begin(storage.engine)
        storage.get_all_studies()
    except (SQLAlchemyError, StorageInternalError, RuntimeError) as error:  # RuntimeError: a schema of another Optuna
        reason = str(error.__cause__ or error).splitlines()[0]
        raise InputError(
            f"{path} is no storage that this Optuna can use: {reason}; choose another with --out"
        ) from error
    return storage


def check_owner(folder: Path, storage: RDBStorage, study: str) -> None:
    """Refuses, with InputError, a folder whose storage holds another study."""
    for other in storage.get_all_studies():
        if other.study_name != study:
            raise InputError(
                f"{folder} belongs to the study {other.study_name!r}, not {study!r}; choose another with --out"
            )


def check_rows_have_storage(folder: Path) -> None:
    """Refuses, with InputError, a folder with rows that no storage backs: exporting would put others in their place."""
    if (folder / "runs.csv").exists() and not (folder / FILE).exists():
        raise InputError(f"{folder} holds a runs.csv without its {FILE}, which cannot go on; choose another with --out")


@contextmanager
def lock(folder: Path) -> Iterator[None]:
    """Holds the folder for this process, until the block or the process ends; InputError if another process has it."""
    with (folder / LOCK).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise InputError(
                f"{folder}: another run is at work in it; wait for it, or choose another with --out"
            ) from error
        yield


def _take_lock_on_begin(engine: sqlalchemy.Engine) -> None:
    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # or the driver begins transactions of its own, and late
        connection.execute("PRAGMA journal_mode=WAL")  # whoever reads does not hold up whoever writes

    @event.listens_for(engine, "begin")
    def _begin(connection: sqlalchemy.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    engine.dispose()  # connections made before the listeners were there
