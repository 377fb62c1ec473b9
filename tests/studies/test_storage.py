"""SQLite and PostgreSQL storages: one writer and one planner at a time; invalid URLs and files are refused."""

import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import psycopg
import pytest
import sqlalchemy
from optuna.trial import TrialState

from results.errors import InputError
from studies.engine.queue import Queue
from studies.engine.storage import (
    SQLITE_FILE,
    connect,
    default_url,
    only_reads,
    open_storage,
    parse_url,
    planning_lock,
    redact_url,
)

SECRET = "sesame"


def execute(url: str, statement: str) -> None:
    """Executes a statement by SQLAlchemy, without the engine."""
    engine = sqlalchemy.create_engine(parse_url(url))
    with engine.begin() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


def tables_in(url: str) -> list[str]:
    engine = sqlalchemy.create_engine(parse_url(url))
    names = sqlalchemy.inspect(engine).get_table_names()
    engine.dispose()
    return names


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("", "cannot be read; expected sqlite:///FILE or postgresql://USER@HOST/DATABASE"),
        ("sesame", "cannot be read"),
        ("postgresql://me:sesame@host:port/database", "cannot be read"),
        ("postgresql://me:open@sesame@host/database", "two @; write an @ in a password as %40"),
        ("mysql://me:sesame@host/database", "mysql is not supported"),
        ("postgresql://me:sesame@host", r"postgresql://me:\*\*\*@host: the URL names no database"),
        ("sqlite://", "sqlite://: the URL names no database"),
        ("sqlite:///:memory:", "the URL names no database"),
        ("sqlite:///file:shared?mode=memory&uri=true", "the URL has a query after the file"),
    ],
)
def test_a_url_that_names_no_storage_is_refused(url: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as refusal, open_storage(url):
        pass
    assert SECRET not in str(refusal.value)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:sesame@host/database",
        "postgresql://me:%73esame@host/database",
        "postgresql://me@host/database?password=sesame",
        "postgresql:///database?user=me&password=sesame",
    ],
)
def test_a_url_is_shown_without_its_password(url: str) -> None:
    assert SECRET not in redact_url(url)
    assert "/database" in redact_url(url)


def test_a_refused_login_does_not_show_the_password(postgres: str) -> None:
    with (
        pytest.raises(InputError, match="password authentication failed") as refusal,
        open_storage(postgres.replace("open", "0pen")),
    ):
        pass
    assert SECRET not in str(refusal.value)


def test_an_unreachable_server_is_refused() -> None:
    url = "postgresql://me:sesame@127.0.0.1:1/database"
    with (
        pytest.raises(InputError, match="port 1 failed: Connection refused; choose another with") as refusal,
        open_storage(url),
    ):
        pass
    assert SECRET not in str(refusal.value)


@pytest.mark.parametrize("name", ["what?", "50%25", "a b", "{it}", "x:y", "a@b#c"])
def test_a_folder_may_have_any_name(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    with open_storage(default_url(folder)) as storage:
        Queue(storage, "some", lambda line: None)
    assert (folder / SQLITE_FILE).is_file()
    assert [study.study_name for study in connect(default_url(folder)).get_all_studies()] == ["some"]


def test_a_storage_in_a_missing_folder_is_refused(tmp_path: Path) -> None:
    """A misspelt folder would otherwise start a new study."""
    with (
        pytest.raises(InputError, match=r"nowhere/a\.db: its folder does not exist; expected a folder that exists"),
        open_storage(f"sqlite:///{tmp_path}/nowhere/a.db"),
    ):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_not_a_database_is_refused_and_not_changed(tmp_path: Path) -> None:
    (tmp_path / SQLITE_FILE).write_bytes(b"my notes" * 1000)
    for create in (True, False):
        with (
            pytest.raises(InputError, match=rf"{SQLITE_FILE}: file is not a database"),
            open_storage(default_url(tmp_path), create=create),
        ):
            pass
    assert (tmp_path / SQLITE_FILE).read_bytes() == b"my notes" * 1000


@pytest.mark.parametrize("version", ["v9.9.9", "v2.6.0.a"], ids=["newer", "older"])
def test_a_storage_of_another_version_of_optuna_is_refused(storage_url: str, version: str) -> None:
    with open_storage(storage_url):
        pass
    execute(storage_url, f"UPDATE alembic_version SET version_num = '{version}'")
    with (
        pytest.raises(InputError, match="no longer compatible with the table schema") as refusal,
        open_storage(storage_url),
    ):
        pass
    assert SECRET not in str(refusal.value)


def test_opening_without_create_creates_nothing(storage_url: str, tmp_path: Path) -> None:
    """Neither a file nor tables in the database of another program."""
    if storage_url.startswith("sqlite"):
        with (
            pytest.raises(InputError, match="file not found; expected the storage of an earlier `run`"),
            open_storage(storage_url, create=False),
        ):
            pass
        assert list(tmp_path.iterdir()) == []
    execute(storage_url, "CREATE TABLE notes (note TEXT)")
    with (
        pytest.raises(InputError, match="expected the storage of an earlier `run`"),
        open_storage(storage_url, create=False),
    ):
        pass
    assert tables_in(storage_url) == ["notes"]


def test_many_processes_can_create_the_same_storage_at_once(storage_url: str) -> None:
    """As if a cluster started many commands together."""
    together = threading.Barrier(4)

    def make(_: int) -> None:
        together.wait()
        with open_storage(storage_url) as storage:
            Queue(storage, "some", lambda line: None)

    with ThreadPoolExecutor(together.parties) as threads:
        assert list(threads.map(make, range(together.parties))) == [None] * 4
    with open_storage(storage_url, create=False) as storage:
        assert [study.study_name for study in storage.get_all_studies()] == ["some"]


def test_only_one_planner_runs_at_a_time(storage_url: str) -> None:
    entered = threading.Event()

    def enter() -> None:
        with open_storage(storage_url) as storage, planning_lock(storage.engine):
            entered.set()

    with open_storage(storage_url) as storage:
        other = threading.Thread(target=enter)
        with planning_lock(storage.engine):
            other.start()
            assert not entered.wait(1.0)
        other.join()
    assert entered.is_set()


def test_a_sqlite_transaction_takes_the_write_lock_when_it_begins(tmp_path: Path) -> None:
    """Otherwise two transactions could read that a trial waits before either claims it."""
    with open_storage(default_url(tmp_path)) as storage:
        other = sqlite3.connect(tmp_path / SQLITE_FILE, timeout=0)
        with storage.engine.begin() as connection:
            connection.exec_driver_sql("SELECT 1")
            assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)  # a reader does not block a writer
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                other.execute("BEGIN IMMEDIATE")
        other.execute("BEGIN IMMEDIATE")
        other.close()


def test_reading_the_runs_waits_for_no_writer_and_a_reader_keeps_none_waiting(tmp_path: Path) -> None:
    with open_storage(default_url(tmp_path)) as storage:
        queue = Queue(storage, "some", print)
        other = sqlite3.connect(tmp_path / SQLITE_FILE, timeout=0)
        with only_reads(), storage.engine.begin() as connection:
            connection.exec_driver_sql("SELECT COUNT(*) FROM trials")
            other.execute("BEGIN IMMEDIATE")
        with ThreadPoolExecutor(1) as pool:
            reading = pool.submit(queue.trials, TrialState.WAITING)
            wait([reading], timeout=30)  # seconds, of the 120 that a transaction waits for a writer
            was_done = reading.done()
            other.rollback()
        other.close()
    assert was_done
    assert reading.result() == []


def test_a_process_keeps_one_connection_to_postgresql(postgres: str) -> None:
    """A server admits a hundred, and a cluster has more processes than that.

    A connection that the process has closed stays listed until the server has ended its backend. Autovacuum may work in
    the database at any time.
    """
    others = """SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database()
                AND backend_type = 'client backend' AND pid <> pg_backend_pid()"""
    with open_storage(postgres) as storage, psycopg.connect(postgres, autocommit=True) as counter:
        for _ in range(3):
            with planning_lock(storage.engine):
                storage.get_all_studies()
        end = time.monotonic() + 30
        while (count := counter.execute(others).fetchone()) != (1,) and time.monotonic() < end:
            time.sleep(0.05)
    assert count == (1,)
