"""Temporary errors are retried and reported; permanent errors are raised at once."""

import errno
import os
import re
import sqlite3
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from optuna.exceptions import DuplicatedStudyError, StorageInternalError
from optuna.storages import RDBStorage
from sqlalchemy import Connection, event
from sqlalchemy.exc import IntegrityError, OperationalError

import studies.engine.retry
from studies.engine.queue import Queue
from studies.engine.retry import TRANSIENT_ERRNOS, RetryTimeout, retry
from studies.engine.storage import SQLITE_FILE, default_url, open_storage

LOCKED = OperationalError("BEGIN", None, sqlite3.OperationalError("database is locked"))
FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "runs.csv")


def caused_by(cause: Exception) -> StorageInternalError:
    """The error that Optuna raises for an error of the driver."""
    error = StorageInternalError("An exception is raised during the commit.")
    error.__cause__ = cause
    return error


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(studies.engine.retry, "RETRY_SECONDS", 0.001)


def raising(*errors: Exception) -> Callable[[], str]:
    """A function that raises one of these per call, then returns."""
    left = list(errors)

    def call() -> str:
        if left:
            raise left.pop(0)
        return "got through"

    return call


def test_an_error_is_retried_and_reported_once_until_the_error_changes() -> None:
    notices: list[str] = []
    assert retry(raising(FULL, FULL, LOCKED, LOCKED, FULL), notices.append) == "got through"
    full, locked, again = notices
    assert full == again == "runs.csv: No space left on device; retrying"
    assert "database is locked" in locked


def test_an_error_wrapped_by_optuna_is_retried() -> None:
    assert retry(raising(caused_by(LOCKED)), lambda line: None) == "got through"


def clean_up(error: Exception) -> Callable[[], None]:
    """A call that is interrupted, and whose driver fails as it cleans up."""

    def call() -> None:
        try:
            try:
                raise KeyboardInterrupt
            finally:
                raise error
        except Exception as replaced:
            raise StorageInternalError("An exception is raised during the commit.") from replaced

    return call


@pytest.mark.parametrize(
    "error", [psycopg.ProgrammingError("can't change 'autocommit' now"), sqlite3.OperationalError()]
)
def test_an_interrupt_that_an_error_of_the_driver_replaces_is_still_an_interrupt(error: Exception) -> None:
    notices: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        retry(clean_up(error), notices.append)
    assert notices == []


def test_an_interrupt_as_a_storage_is_opened_is_not_reported_as_its_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def get_all_studies(storage: RDBStorage) -> None:
        clean_up(sqlite3.OperationalError())()

    monkeypatch.setattr(RDBStorage, "get_all_studies", get_all_studies)
    with pytest.raises(KeyboardInterrupt), open_storage(default_url(tmp_path)):
        pass


def test_an_outage_after_an_interrupt_is_still_an_outage() -> None:
    try:
        raise KeyboardInterrupt
    except KeyboardInterrupt:
        with pytest.raises(RetryTimeout):
            retry(raising(OSError(errno.EIO, os.strerror(errno.EIO))), lambda line: None, timeout=0)


def test_a_call_that_succeeds_reports_nothing() -> None:
    notices: list[str] = []
    assert retry(raising(), notices.append) == "got through"
    assert notices == []


@pytest.mark.parametrize(
    "error",
    [
        ValueError("no good"),
        DuplicatedStudyError("twice"),
        caused_by(IntegrityError("INSERT", None, sqlite3.IntegrityError("twice"))),
        StorageInternalError("of its own"),
    ],
    ids=["value", "optuna", "integrity", "storage"],
)
def test_an_error_that_no_retry_can_clear_is_raised_at_once(error: Exception) -> None:
    notices: list[str] = []
    with pytest.raises(type(error)) as passed:
        retry(raising(error), notices.append)
    assert passed.value is error
    assert notices == []


@pytest.mark.parametrize(
    "meet",
    [
        lambda folder: (folder / ("a" * 300)).write_bytes(b""),
        lambda folder: (folder / "gone" / "file").write_bytes(b""),
        lambda folder: folder.read_bytes(),
        lambda folder: (folder / "file" / "inside").write_bytes(b""),
        lambda folder: (folder / "loop").read_bytes(),
    ],
    ids=["name too long", "no folder", "a folder", "in a file", "a loop"],
)
def test_a_permanent_disk_error_is_raised_at_once(meet: Callable[[Path], object], tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    notices: list[str] = []
    with pytest.raises(RetryTimeout, match=f"^{re.escape(str(tmp_path))}"):
        retry(lambda: meet(tmp_path), notices.append, timeout=0.05)
    assert notices == []


def test_a_missing_table_is_raised_at_once(tmp_path: Path) -> None:
    notices: list[str] = []
    with open_storage(default_url(tmp_path)) as storage:
        queue = Queue(storage, "some", notices.append)
        queue.retry_seconds = 0.05
        with sqlite3.connect(tmp_path / SQLITE_FILE) as other:
            other.execute("DROP TABLE trials")
        other.close()
        with pytest.raises(RetryTimeout, match="no such table: trials"):
            queue.trials()
    assert notices == []


@pytest.mark.parametrize("number", sorted(TRANSIENT_ERRNOS))
def test_a_temporary_disk_error_is_retried(number: int) -> None:
    notices: list[str] = []
    assert retry(raising(OSError(number, os.strerror(number), "a")), notices.append) == "got through"
    assert notices == [f"a: {os.strerror(number)}; retrying"]


def test_retries_end_after_retry_seconds() -> None:
    notices: list[str] = []
    with pytest.raises(RetryTimeout, match=r"^runs\.csv: No space left on device$"):
        retry(raising(*[FULL] * 1000), notices.append, timeout=0.05)
    assert notices == ["runs.csv: No space left on device; retrying"]
    with pytest.raises(RetryTimeout):
        retry(raising(FULL), notices.append, timeout=0)
    assert len(notices) == 1, "without a retry there is no notice"


def test_of_nested_calls_the_outermost_is_retried(storage_url: str) -> None:
    """The error of the inner call may undo what the outer one did before, such as taking a lock."""
    notices: list[str] = []
    calls: list[str] = []
    with open_storage(storage_url) as storage:
        queue = Queue(storage, "some", notices.append)
        inner = raising(LOCKED, LOCKED)

        def outer() -> str:
            calls.append("lock")
            return queue.retry(inner)

        assert queue.retry(outer) == "got through"
    assert calls == ["lock"] * 3
    assert len(notices) == 1
    assert notices[0].endswith("database is locked; retrying")
    assert notices[0].startswith(storage_url.partition("://")[0])
    assert "sesame" not in notices[0]


def test_a_connection_that_breaks_during_a_read_is_opened_again(postgres: str) -> None:
    """Optuna takes the break for a query that is too long, and asks again, in the session that has none any more."""
    notices: list[str] = []
    cut: list[str] = []

    def cut_off(connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        if "FROM trials" in statement and not cut:
            cut.append(statement)
            with psycopg.connect(postgres) as other:
                process = connection.connection.dbapi_connection.info.backend_pid
                assert other.execute("SELECT pg_terminate_backend(%s, 10000)", [process]).fetchone() == (True,)

    with open_storage(postgres) as storage:
        queue = Queue(storage, "some", notices.append)
        event.listen(storage.engine, "before_cursor_execute", cut_off)
        assert queue.trials() == []
    assert cut
    (line,) = notices
    assert line.endswith("terminating connection due to administrator command; retrying")
