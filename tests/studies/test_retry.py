"""What may come back is waited for, and said; what waiting does not mend ends the work at once."""

import errno
import os
import re
import sqlite3
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from optuna.exceptions import DuplicatedStudyError, StorageInternalError
from sqlalchemy import Connection, event
from sqlalchemy.exc import IntegrityError, OperationalError

import studies.engine.retry
from studies.engine.queue import Queue
from studies.engine.retry import TRANSIENT_ERRNOS, RetryTimeout, retry
from studies.engine.storage import SQLITE_FILE, default_url, open_storage

LOCKED = OperationalError("BEGIN", None, sqlite3.OperationalError("database is locked"))
FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "runs.csv")


def caused_by(cause: Exception) -> StorageInternalError:
    """As Optuna passes on what a driver says."""
    error = StorageInternalError("An exception is raised during the commit.")
    error.__cause__ = cause
    return error


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(studies.engine.retry, "RETRY_SECONDS", 0.001)


def raising(*errors: Exception) -> Callable[[], str]:
    """Raises these, one a call, and then answers."""
    left = list(errors)

    def call() -> str:
        if left:
            raise left.pop(0)
        return "got through"

    return call


def test_it_is_waited_for_and_said_once_until_something_else_is_wrong() -> None:
    told: list[str] = []
    assert retry(raising(FULL, FULL, LOCKED, LOCKED, FULL), told.append) == "got through"
    full, locked, again = told
    assert full == again == "runs.csv: No space left on device; retrying"
    assert "database is locked" in locked


def test_what_optuna_passes_on_is_waited_for() -> None:
    assert retry(raising(caused_by(LOCKED)), lambda line: None) == "got through"


def test_nothing_is_said_of_what_works() -> None:
    told: list[str] = []
    assert retry(raising(), told.append) == "got through"
    assert told == []


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
def test_what_waiting_does_not_mend_passes_at_once(error: Exception) -> None:
    told: list[str] = []
    with pytest.raises(type(error)) as passed:
        retry(raising(error), told.append)
    assert passed.value is error
    assert told == []


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
def test_a_disk_that_waiting_does_not_mend_is_given_up_at_once(meet: Callable[[Path], object], tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    told: list[str] = []
    with pytest.raises(RetryTimeout, match=f"^{re.escape(str(tmp_path))}"):
        retry(lambda: meet(tmp_path), told.append, timeout=0.05)
    assert told == []


def test_a_table_that_is_gone_is_given_up_at_once(tmp_path: Path) -> None:
    told: list[str] = []
    with open_storage(default_url(tmp_path)) as storage:
        queue = Queue(storage, "some", told.append)
        queue.retry_seconds = 0.05
        with sqlite3.connect(tmp_path / SQLITE_FILE) as onlooker:
            onlooker.execute("DROP TABLE trials")
        onlooker.close()
        with pytest.raises(RetryTimeout, match="no such table: trials"):
            queue.trials()
    assert told == []


@pytest.mark.parametrize("number", sorted(TRANSIENT_ERRNOS))
def test_a_disk_that_may_come_back_is_waited_for(number: int) -> None:
    told: list[str] = []
    assert retry(raising(OSError(number, os.strerror(number), "a")), told.append) == "got through"
    assert told == [f"a: {os.strerror(number)}; retrying"]


def test_it_is_given_up_in_the_end() -> None:
    told: list[str] = []
    with pytest.raises(RetryTimeout, match=r"^runs\.csv: No space left on device$"):
        retry(raising(*[FULL] * 1000), told.append, timeout=0.05)
    assert told == ["runs.csv: No space left on device; retrying"]
    with pytest.raises(RetryTimeout):
        retry(raising(FULL), told.append, timeout=0)
    assert len(told) == 1, "whoever does not wait does not say so"


def test_of_calls_within_each_other_the_outermost_begins_again(storage_url: str) -> None:
    """What it did before, such as taking a lock, may be undone by what the inner one met."""
    told: list[str] = []
    taken: list[str] = []
    with open_storage(storage_url) as storage:
        queue = Queue(storage, "some", told.append)
        inner = raising(LOCKED, LOCKED)

        def outer() -> str:
            taken.append("lock")
            return queue.retry(inner)

        assert queue.retry(outer) == "got through"
    assert taken == ["lock"] * 3
    assert len(told) == 1
    assert told[0].endswith("database is locked; retrying")
    assert told[0].startswith(storage_url.partition("://")[0])
    assert "sesame" not in told[0]


def test_a_connection_that_breaks_in_the_middle_of_a_read_is_made_again(postgres: str) -> None:
    """Optuna takes the break for a query that is too long, and asks again, in the session that has none any more."""
    told: list[str] = []
    cut: list[str] = []

    def cut_off(connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        if "FROM trials" in statement and not cut:
            cut.append(statement)
            with psycopg.connect(postgres) as onlooker:
                process = connection.connection.dbapi_connection.info.backend_pid
                assert onlooker.execute("SELECT pg_terminate_backend(%s, 10000)", [process]).fetchone() == (True,)

    with open_storage(postgres) as storage:
        queue = Queue(storage, "some", told.append)
        event.listen(storage.engine, "before_cursor_execute", cut_off)
        assert queue.trials() == []
    assert cut
    (line,) = told
    assert line.endswith("terminating connection due to administrator command; retrying")
