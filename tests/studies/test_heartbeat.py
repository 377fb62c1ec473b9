"""Heartbeats go on until a run is over, whatever the database does, and are told by its clock."""

import time

import pytest
import sqlalchemy
from optuna.storages import RDBStorage
from postgres import Server

import studies.engine.heartbeat
from studies.engine.heartbeat import beating, silences
from studies.engine.queue import Queue
from studies.engine.storage import open_storage


def new_trial(storage: RDBStorage) -> int:
    return storage.create_new_trial(Queue(storage, "some", lambda line: None).study_id)


def last_beat(storage: RDBStorage) -> object:
    with storage.engine.begin() as connection:
        return connection.execute(sqlalchemy.text("SELECT MAX(heartbeat) FROM trial_heartbeats")).scalar_one()


def wait_for_a_beat_after(before: object, storage: RDBStorage) -> None:
    for _ in range(1500):
        if last_beat(storage) != before:
            return
        time.sleep(0.02)
    pytest.fail("no beat came")


def test_it_beats_at_once_and_until_the_end(storage_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(studies.engine.heartbeat, "BEAT_SECONDS", 0.05)
    with open_storage(storage_url) as storage:
        trial = new_trial(storage)
        assert silences(storage) == {}
        with beating(storage, trial):
            wait_for_a_beat_after(None, storage)
            assert 0 <= silences(storage)[trial] < 60
            wait_for_a_beat_after(last_beat(storage), storage)
        ended = last_beat(storage)
        time.sleep(1.1)  # SQLite's clock tells whole seconds
        assert last_beat(storage) == ended
        assert silences(storage)[trial] >= 1


def test_it_goes_on_after_an_outage(own_postgres: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(studies.engine.heartbeat, "BEAT_SECONDS", 0.05)
    with open_storage(own_postgres.create_database()) as storage, beating(storage, new_trial(storage)):
        wait_for_a_beat_after(None, storage)
        own_postgres.stop()
        time.sleep(0.3)  # some beats come to nothing
        own_postgres.start()
        wait_for_a_beat_after(last_beat(storage), storage)


def test_it_is_told_by_one_clock_whatever_zone_a_machine_is_in(postgres: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_storage(postgres) as storage:
        trial = new_trial(storage)
    for beats, looks in (("Asia/Tokyo", "America/Lima"), ("America/Lima", "Asia/Tokyo")):
        monkeypatch.setenv("PGTZ", beats)
        with open_storage(postgres) as storage:
            storage.record_heartbeat(trial)
        monkeypatch.setenv("PGTZ", looks)
        with open_storage(postgres) as storage:
            assert 0 <= silences(storage)[trial] < 3600
