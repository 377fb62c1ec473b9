"""One folder, one study, one command at a time."""

import sqlite3
from pathlib import Path

import pytest

from results.files import InputError
from studies.queue import Queue
from studies.storage import FILE, check_owner, check_rows_have_storage, lock, open_storage


def test_a_folder_belongs_to_one_study(tmp_path: Path) -> None:
    Queue(open_storage(tmp_path), "one")
    check_owner(tmp_path, open_storage(tmp_path), "one")
    with pytest.raises(InputError, match="belongs to the study 'one', not 'two'"):
        check_owner(tmp_path, open_storage(tmp_path), "two")


def test_rows_without_a_storage_are_not_replaced(tmp_path: Path) -> None:
    check_rows_have_storage(tmp_path)
    (tmp_path / "runs.csv").write_text("somebody's rows")
    with pytest.raises(InputError, match=r"runs\.csv without its study\.sqlite3"):
        check_rows_have_storage(tmp_path)


def test_one_command_at_a_time(tmp_path: Path) -> None:
    with lock(tmp_path), pytest.raises(InputError, match="another run is at work"), lock(tmp_path):
        pass
    with lock(tmp_path):
        pass


def test_a_file_that_is_no_database_is_refused_and_kept(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"my notes" * 1000)
    with pytest.raises(InputError, match="is no storage that this Optuna can use: file is not a database"):
        open_storage(tmp_path)
    assert (tmp_path / FILE).read_bytes() == b"my notes" * 1000


def test_a_storage_of_another_optuna_is_refused(tmp_path: Path) -> None:
    open_storage(tmp_path)
    with sqlite3.connect(tmp_path / FILE) as database:
        database.execute("UPDATE alembic_version SET version_num = 'v9.9.9'")
    database.close()
    with pytest.raises(InputError, match="no longer compatible with the table schema"):
        open_storage(tmp_path)


def test_transactions_take_the_write_lock_as_they_begin(tmp_path: Path) -> None:
    storage = open_storage(tmp_path)
    other = sqlite3.connect(tmp_path / FILE, timeout=0)
    with storage.engine.begin() as connection:
        connection.exec_driver_sql("SELECT 1")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
    other.execute("BEGIN IMMEDIATE")
    other.close()
