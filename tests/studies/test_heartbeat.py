"""Heartbeats continue until a run ends, also after an outage, and have the time of the database."""

import time
from datetime import datetime, timedelta

import pytest
import sqlalchemy
from hypothesis import given
from hypothesis import strategies as st
from optuna.storages import RDBStorage
from postgres import Server

import studies.engine.heartbeat
from studies.engine.heartbeat import Heartbeat, HeartbeatMonitor, last_heartbeats, send_heartbeats
from studies.engine.queue import Queue
from studies.engine.storage import open_storage


def new_trial(storage: RDBStorage) -> int:
    return storage.create_new_trial(Queue(storage, "some", lambda line: None).study_id)


def last_beat(storage: RDBStorage) -> object:
    with storage.engine.begin() as connection:
        return connection.execute(sqlalchemy.text("SELECT MAX(heartbeat) FROM trial_heartbeats")).scalar_one()


def wait_for_a_beat_after(before: object, storage: RDBStorage) -> None:
    while last_beat(storage) == before:
        time.sleep(0.02)


def test_the_heartbeat_is_written_at_once_and_until_the_end(storage_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(studies.engine.heartbeat, "HEARTBEAT_SECONDS", 0.05)
    with open_storage(storage_url) as storage:
        trial = new_trial(storage)
        assert last_heartbeats(storage) == {}
        with send_heartbeats(storage, [trial]):
            wait_for_a_beat_after(None, storage)
            assert 0 <= last_heartbeats(storage)[trial].age < 60
            wait_for_a_beat_after(last_beat(storage), storage)
        ended = last_beat(storage)
        time.sleep(1.1)  # SQLite's clock tells whole seconds
        assert last_beat(storage) == ended
        assert last_heartbeats(storage)[trial].age >= 1


def test_the_heartbeat_continues_after_an_outage(own_postgres: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(studies.engine.heartbeat, "HEARTBEAT_SECONDS", 0.05)
    with open_storage(own_postgres.create_database()) as storage, send_heartbeats(storage, [new_trial(storage)]):
        wait_for_a_beat_after(None, storage)
        own_postgres.stop()
        time.sleep(0.3)  # some heartbeats fail
        own_postgres.start()
        wait_for_a_beat_after(last_beat(storage), storage)


def test_the_heartbeat_does_not_depend_on_the_time_zone(postgres: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_storage(postgres) as storage:
        trial = new_trial(storage)
    for writes, looks in (("Asia/Tokyo", "America/Lima"), ("America/Lima", "Asia/Tokyo")):
        monkeypatch.setenv("PGTZ", writes)
        with open_storage(postgres) as storage:
            storage.record_heartbeat(trial)
        monkeypatch.setenv("PGTZ", looks)
        with open_storage(postgres) as storage:
            assert 0 <= last_heartbeats(storage)[trial].age < 3600


def write_beat(storage: RDBStorage, trial: int, seconds: int) -> None:
    """Writes a heartbeat of so many seconds from now, as if the clock of the database had been changed since."""
    moments = {"sqlite": f"datetime('now', '{seconds} seconds')", "postgresql": f"now() + interval '{seconds} s'"}
    with storage.engine.begin() as connection:
        connection.execute(sqlalchemy.text(f"UPDATE trial_heartbeats SET heartbeat = {moments[storage.engine.name]}"))


def silent_after(watch: HeartbeatMonitor, trial: int, looks: int) -> bool:
    """Whether the trial is silent within `looks` checks, with a grace period of 0.2 s."""
    for _ in range(looks):
        if watch.silent_seconds(0.2)[trial] >= 0.2:
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_change_of_the_clock_makes_no_worker_silent_and_hides_no_silence(hours: int, storage_url: str) -> None:
    with open_storage(storage_url) as storage:
        trial, watch = new_trial(storage), HeartbeatMonitor(storage)
        storage.record_heartbeat(trial)
        watch.silent_seconds(0.2)
        write_beat(storage, trial, hours * 3600)
        assert watch.silent_seconds(0.2)[trial] == 0, "who has just written a heartbeat lives"
        assert silent_after(watch, trial, looks=200)


def test_an_old_heartbeat_without_an_observed_change_gets_a_quarter_of_the_grace_period(storage_url: str) -> None:
    with open_storage(storage_url) as storage:
        trial = new_trial(storage)
        storage.record_heartbeat(trial)
        write_beat(storage, trial, -3600)
        assert HeartbeatMonitor(storage).silent_seconds(120.0)[trial] == 90
        write_beat(storage, trial, 3600)
        assert HeartbeatMonitor(storage).silent_seconds(120.0)[trial] == 0


@given(
    steps=st.lists(st.tuples(st.floats(0.01, 1e6), st.booleans()), min_size=1, max_size=30),
    grace=st.floats(1, 1000),
)
def test_a_silence_counts_only_while_it_is_observed(steps: list[tuple[float, bool]], grace: float) -> None:
    """However long this process is stopped between two looks, it gives up nobody who has not had several of them."""
    at = datetime(2026, 1, 1)
    clock, beaten = 0.0, 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "monotonic", lambda: clock)
        patch.setattr(
            studies.engine.heartbeat,
            "last_heartbeats",
            lambda storage: {1: Heartbeat(at + timedelta(seconds=beaten), -clock)},
        )
        watch = HeartbeatMonitor(None)  # type: ignore[arg-type]  # it is read through `beats` alone
        watch.silent_seconds(grace)
        quiet = 0
        for seconds, beats_now in steps:
            clock += seconds
            beaten += beats_now
            quiet = 0 if beats_now else quiet + 1
            silence = watch.silent_seconds(grace)[1]
            assert silence <= quiet * grace / 4 + 1e-6
            assert (silence == 0) == (quiet == 0)
