"""The Optuna storage of a study: a SQLite file beside the tables, or a PostgreSQL database that many machines share.

Optuna's default use of SQLite hands one waiting trial to two workers now and then: a transaction begins by reading,
and two of them may read the same state before either writes. Here every transaction takes the write lock as it
begins.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import optuna
import sqlalchemy
from filelock import FileLock
from optuna.exceptions import StorageInternalError
from optuna.storages import RDBStorage
from sqlalchemy import event
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from results.tables.atomic_write import InputError, reason_of
from results.terminal.command_line import checked_path
from studies.engine.retry import outage

FILE = "study.sqlite3"
BUSY_SECONDS = 120
"""How long a SQLite transaction waits for another to end; each takes milliseconds, but a machine may be busy."""
LOCK_POLL_SECONDS = 0.005
"""How often a planner that waits for another looks again; planning takes milliseconds."""
CONNECT_SECONDS = 10
"""How long a PostgreSQL server may take to answer."""


def url_in(folder: Path) -> str:
    """The storage of an output folder, if no other was asked for."""
    return str(sqlalchemy.URL.create("sqlite", database=str(folder / FILE)))


def parse(url: str) -> sqlalchemy.URL:
    """A storage's URL, with the driver that is used; InputError if it is none."""
    expected = "expected sqlite:///FILE or postgresql://USER@HOST/DATABASE"
    try:
        parsed = sqlalchemy.make_url(url)
    except (ArgumentError, ValueError) as error:
        raise InputError(f"--storage: the URL cannot be read; {expected}") from error  # it may hold a password
    if "@" in (parsed.host or ""):
        raise InputError("--storage: the URL has two @; expected %40 in the place of one that is in a password")
    kind = parsed.get_backend_name()
    if kind not in ("sqlite", "postgresql"):
        raise InputError(f"--storage: {kind} is no kind of storage that workers can share; {expected}")
    if not parsed.database or ":memory:" in parsed.database:
        raise InputError(f"--storage {shown(url)}: no database in it; {expected}")
    if kind == "sqlite" and parsed.query:
        raise InputError(f"--storage {shown(url)}: something follows the file; {expected}")
    if kind == "sqlite":
        checked_path(parsed.database)
    return parsed.set(drivername="sqlite" if kind == "sqlite" else "postgresql+psycopg")


def shown(url: str) -> str:
    """A storage's URL as it may be shown and logged: without a password, wherever in the URL it is."""
    parsed = sqlalchemy.make_url(url)
    return str(parsed.set(drivername=parsed.get_backend_name(), query={}))


@contextmanager
def open_storage(
    url: str, *, create: bool = True, before_tables: Callable[[], None] = lambda: None
) -> Iterator[RDBStorage]:
    """Opens a storage until the block ends; `create` makes the SQLite file and the tables where there are none, after
    a call of `before_tables`, which may refuse it.

    InputError for a URL that is no storage's, one that cannot be reached, a file that is something else, and tables of
    another Optuna.
    """
    parsed = parse(url)
    remedy = "choose another with --out or --storage" if create else "expected the storage that `run` made"
    if parsed.drivername == "sqlite" and not create and not Path(parsed.database or "").is_file():
        raise InputError(f"--storage {shown(url)}: no such file; {remedy}")
    try:
        if create and not _has_tables(parsed):
            before_tables()
        storage = _make(parsed) if create else connect(url)
    except ImportError as error:
        raise InputError(
            "PostgreSQL needs psycopg, which is not installed; pip install --editable '.[postgresql]'"
        ) from error
    except (SQLAlchemyError, StorageInternalError, OSError, RuntimeError) as error:
        raise InputError(f"{trouble_of(error, url)}; {remedy}") from error
    try:
        yield storage
    finally:
        storage.remove_session()
        storage.engine.dispose()


def connect(url: str) -> RDBStorage:
    """Opens a storage that is known to be good; errors are those of the driver, also if it is away for the moment."""
    return _Storage(parse(url), create=False)


def trouble_of(error: BaseException, url: str) -> str:
    """Which storage has what trouble, in one line, as its driver says it; never with the password."""
    cause = outage(error) or error.__cause__ or error
    reason = reason_of(getattr(cause, "orig", None) or cause)
    password = sqlalchemy.make_url(url).password
    reason = reason.replace(password, "***") if password else reason
    return f"{shown(url)}: {reason}"


@contextmanager
def planning(engine: sqlalchemy.Engine) -> Iterator[None]:
    """Holds a storage for one planner, of whatever process on whatever machine, until the block ends."""
    if engine.name == "sqlite":
        with FileLock(f"{engine.url.database}.lock").acquire(poll_interval=LOCK_POLL_SECONDS):
            yield
    else:
        key = int.from_bytes(hashlib.sha256(b"retrograde planner").digest()[:8], "big", signed=True)
        with engine.begin() as connection:
            connection.execute(sqlalchemy.select(sqlalchemy.func.pg_advisory_xact_lock(key)))
            yield


def _has_tables(url: sqlalchemy.URL) -> bool:
    """Optuna's. A SQLite file that is missing, or empty, stays so."""
    if url.drivername == "sqlite" and not Path(url.database or "").is_file():
        return False
    return sqlalchemy.inspect(sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)).has_table("studies")


def _make(url: sqlalchemy.URL) -> RDBStorage:
    """Alone, since Optuna fails where somebody else makes the same tables."""
    with planning(sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)):
        return _Storage(url, create=True)


class _Storage(RDBStorage):
    """Optuna's, which leaves no connection open if it cannot be opened. RuntimeError for tables of another Optuna."""

    def __init__(self, url: sqlalchemy.URL, *, create: bool) -> None:
        optuna.logging.set_verbosity(optuna.logging.ERROR)  # it warns of a cut-off read, which is told in our words
        words, options = url.render_as_string(hide_password=False), _engine_options(url)
        try:
            super().__init__(words, engine_kwargs=options, skip_table_creation=not create)
            if url.drivername == "sqlite":
                _take_lock_on_begin(self.engine)
            else:
                _tell_time_in_utc(self.engine)
            self.get_all_studies()
        except BaseException:
            if hasattr(self, "engine"):
                self.engine.dispose()
            raise


def _engine_options(url: sqlalchemy.URL) -> dict[str, Any]:
    if url.drivername == "sqlite":
        return {"connect_args": {"timeout": BUSY_SECONDS}}
    # One lasting connection a process: servers admit a hundred, and a cluster may have as many workers. It is tried
    # before each use, as the server may have been restarted in between.
    return {
        "pool_size": 1,
        "max_overflow": -1,
        "pool_pre_ping": True,
        "connect_args": {"connect_timeout": CONNECT_SECONDS},
    }


def _take_lock_on_begin(engine: sqlalchemy.Engine) -> None:
    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # or the driver begins transactions of its own, and late
        connection.execute("PRAGMA journal_mode=WAL")  # whoever reads does not hold up whoever writes
        # No commit waits for the disk: a power cut, though no crash, may take the last ones back, and what they told is
        # done again.
        connection.execute("PRAGMA synchronous=NORMAL")

    @event.listens_for(engine, "begin")
    def _begin(connection: sqlalchemy.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    engine.dispose()  # connections made before the listeners were there


def _tell_time_in_utc(engine: sqlalchemy.Engine) -> None:
    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.execute("SET TIME ZONE 'UTC'")  # heartbeats have no zone, and machines (PGTZ) may have several
        connection.commit()

    engine.dispose()
