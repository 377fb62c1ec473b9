"""The Optuna storage of a study: a SQLite file beside the tables, or a PostgreSQL database that many machines share.

With Optuna's default use of SQLite, two workers sometimes get the same waiting trial: a transaction begins with a read,
and two transactions may read the same state before either writes. Here every transaction takes the write lock when it
begins, except those that only read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import optuna
import sqlalchemy
from filelock import FileLock
from optuna.exceptions import StorageInternalError
from optuna.storages import RDBStorage
from sqlalchemy import event
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from results.errors import InputError, reason_of
from results.terminal.command_line import checked_path
from studies.engine.retry import find_outage, keep_interrupts

SQLITE_FILE = "study.sqlite3"
BUSY_SECONDS = 120
"""How long a SQLite transaction waits for another one, which takes milliseconds unless the machine is busy."""
LOCK_POLL_SECONDS = 0.005
"""Interval between two attempts at the planning lock, which is held for milliseconds."""
CONNECT_SECONDS = 10
"""Timeout for a connection to a PostgreSQL server."""


_only_reads = ContextVar("_only_reads", default=False)


@contextmanager
def only_reads() -> Iterator[None]:
    """Transactions that begin in this block only read. On SQLite they take no lock, so a long one keeps no worker from
    writing."""
    token = _only_reads.set(True)
    try:
        yield
    finally:
        _only_reads.reset(token)


def default_url(folder: Path) -> str:
    """The URL of the SQLite file in an output folder, the storage if the user names no other."""
    return str(sqlalchemy.URL.create("sqlite", database=str(folder / SQLITE_FILE)))


def parse_url(url: str) -> sqlalchemy.URL:
    """Parses the URL of a storage and sets its driver; InputError if it is not such a URL."""
    expected = "expected sqlite:///FILE or postgresql://USER@HOST/DATABASE"
    try:
        parsed = sqlalchemy.make_url(url)
    except (ArgumentError, ValueError) as error:
        raise InputError(f"--storage: the URL cannot be read; {expected}") from error  # it may hold a password
    if "@" in (parsed.host or ""):
        raise InputError("--storage: the URL has two @; write an @ in a password as %40")
    kind = parsed.get_backend_name()
    if kind not in ("sqlite", "postgresql"):
        raise InputError(f"--storage: {kind} is not supported; {expected}")
    if not parsed.database or ":memory:" in parsed.database:
        raise InputError(f"--storage {redact_url(url)}: the URL names no database; {expected}")
    if kind == "sqlite" and parsed.query:
        raise InputError(f"--storage {redact_url(url)}: the URL has a query after the file; {expected}")
    if kind == "sqlite":
        checked_path(parsed.database)
    return parsed.set(drivername="sqlite" if kind == "sqlite" else "postgresql+psycopg")


def redact_url(url: str) -> str:
    """A storage's URL without its password, in the authority or the query; safe to show and log."""
    parsed = sqlalchemy.make_url(url)
    return str(parsed.set(drivername=parsed.get_backend_name(), query={}))


@contextmanager
def open_storage(
    url: str, *, create: bool = True, before_create: Callable[[], None] = lambda: None
) -> Iterator[RDBStorage]:
    """Opens a storage until the block ends.

    With `create`, a missing SQLite file or missing tables are created, after a call of `before_create`, which may raise
    to prevent it. InputError if the URL is invalid, the server cannot be reached, the file is not a database, or the
    tables belong to another version of Optuna.
    """
    parsed = parse_url(url)
    remedy = "choose another with --out or --storage" if create else "expected the storage of an earlier `run`"
    if parsed.drivername == "sqlite" and not create and not Path(parsed.database or "").is_file():
        raise InputError(f"--storage {redact_url(url)}: file not found; {remedy}")
    if parsed.drivername == "sqlite" and not Path(parsed.database or "").absolute().parent.is_dir():
        raise InputError(f"--storage {redact_url(url)}: its folder does not exist; expected a folder that exists")
    try:
        with keep_interrupts():
            if create and not _has_tables(parsed):
                before_create()
            storage = _create(parsed) if create else connect(url)
    except ImportError as error:
        raise InputError(
            "--storage: PostgreSQL needs the package psycopg; pip install --editable '.[postgresql]'"
        ) from error
    except (SQLAlchemyError, StorageInternalError, OSError, RuntimeError) as error:
        raise InputError(f"{describe_error(error, url)}; {remedy}") from error
    try:
        yield storage
    finally:
        storage.remove_session()
        storage.engine.dispose()


def connect(url: str) -> RDBStorage:
    """Opens a storage that exists. Raises the errors of the driver, which may be transient."""
    return _Storage(parse_url(url), create=False)


def describe_error(error: BaseException, url: str) -> str:
    """One line: the storage and the message of its driver, without the password."""
    cause = find_outage(error) or error.__cause__ or error
    reason = reason_of(getattr(cause, "orig", None) or cause)
    password = sqlalchemy.make_url(url).password
    reason = reason.replace(password, "***") if password else reason
    return f"{redact_url(url)}: {reason}"


@contextmanager
def planning_lock(engine: sqlalchemy.Engine) -> Iterator[None]:
    """Locks the storage against other planners, on all machines, until the block ends."""
    if engine.name == "sqlite":
        with FileLock(f"{engine.url.database}.lock").acquire(poll_interval=LOCK_POLL_SECONDS):
            yield
    else:
        key = int.from_bytes(hashlib.sha256(b"retrograde planner").digest()[:8], "big", signed=True)
        with engine.begin() as connection:
            connection.execute(sqlalchemy.select(sqlalchemy.func.pg_advisory_xact_lock(key)))
            yield


def _has_tables(url: sqlalchemy.URL) -> bool:
    """Whether Optuna's tables exist. Does not create a missing SQLite file."""
    if url.drivername == "sqlite" and not Path(url.database or "").is_file():
        return False
    return sqlalchemy.inspect(sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)).has_table("studies")


def _create(url: sqlalchemy.URL) -> RDBStorage:
    """Under the lock, because Optuna fails if two processes create its tables at the same time."""
    with planning_lock(sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)):
        return _Storage(url, create=True)


class _Storage(RDBStorage):
    """Optuna's storage, which closes its connections if it cannot be opened.

    RuntimeError if the tables belong to another version of Optuna.
    """

    def __init__(self, url: sqlalchemy.URL, *, create: bool) -> None:
        optuna.logging.set_verbosity(optuna.logging.ERROR)  # its warning of an interrupted read repeats our notice
        full_url, options = url.render_as_string(hide_password=False), _engine_options(url)
        try:
            super().__init__(full_url, engine_kwargs=options, skip_table_creation=not create)
            if url.drivername == "sqlite":
                _lock_at_begin(self.engine)
            else:
                _use_utc(self.engine)
            self.get_all_studies()
        except BaseException:
            if hasattr(self, "engine"):
                self.engine.dispose()
            raise


def _engine_options(url: sqlalchemy.URL) -> dict[str, Any]:
    if url.drivername == "sqlite":
        return {"connect_args": {"timeout": BUSY_SECONDS}}
    # One persistent connection per process: servers admit a hundred by default, and a cluster may have as many workers.
    # It is tested before each use, because the server may have been restarted.
    return {
        "pool_size": 1,
        "max_overflow": -1,
        "pool_pre_ping": True,
        "connect_args": {"connect_timeout": CONNECT_SECONDS},
    }


def _lock_at_begin(engine: sqlalchemy.Engine) -> None:
    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # otherwise the driver begins transactions itself, and late
        connection.execute("PRAGMA journal_mode=WAL")  # readers must not block writers
        # Commits do not wait for the disk. A power cut, but not a crash, may undo the last ones.
        connection.execute("PRAGMA synchronous=NORMAL")

    @event.listens_for(engine, "begin")
    def _begin(connection: sqlalchemy.Connection) -> None:
        connection.exec_driver_sql("BEGIN" if _only_reads.get() else "BEGIN IMMEDIATE")

    engine.dispose()  # drops connections that were opened without the listeners


def _use_utc(engine: sqlalchemy.Engine) -> None:
    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.execute("SET TIME ZONE 'UTC'")  # heartbeats have no time zone, and machines (PGTZ) may differ
        connection.commit()

    engine.dispose()
