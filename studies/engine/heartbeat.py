"""Heartbeats of workers: which running trials still have a worker.

A worker has the database record the time at intervals while it trains. Optuna's own heartbeats run only under
`Study.optimize`, which this engine does not use, and Optuna never finds a trial stale whose worker died before the
first heartbeat. The table is Optuna's. All times are the database's, so the clocks of the machines do not matter.
"""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from threading import Event, Thread

import sqlalchemy
from optuna.exceptions import StorageInternalError
from optuna.storages import RDBStorage

from studies.engine.retry import CappedClock
from studies.engine.storage import only_reads

HEARTBEAT_SECONDS = 10.0
NEXT_HEARTBEAT_SECONDS = 15.0
"""A live worker records its next heartbeat within this time."""
GRACE_SECONDS = 120.0
"""A worker without a heartbeat for this time loses its run. A restart of a database takes less."""

_HEARTBEATS = sqlalchemy.table(
    "trial_heartbeats", sqlalchemy.column("trial_id"), sqlalchemy.column("heartbeat", sqlalchemy.DateTime)
)


@contextlib.contextmanager
def send_heartbeats(storage: RDBStorage, trials: Collection[int]) -> Iterator[None]:
    """Records heartbeats of the trials from a thread until the block ends; the collection may change meanwhile. A
    heartbeat that fails is sent again later."""
    stopped = Event()

    def send() -> None:
        while True:
            for trial_id in list(trials):
                with contextlib.suppress(StorageInternalError):
                    storage.record_heartbeat(trial_id)
            if stopped.wait(HEARTBEAT_SECONDS):
                break
        storage.remove_session()  # the connection of this thread

    thread = Thread(target=send, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()


@dataclass(frozen=True)
class Heartbeat:
    """The last heartbeat of a trial, by the database's clock."""

    at: datetime
    age: float
    """In seconds; wrong, and perhaps negative, if the clock was set since."""


def last_heartbeats(storage: RDBStorage) -> dict[int, Heartbeat]:
    """Trial id -> its last heartbeat, for the trials that have one."""
    with only_reads(), storage.engine.begin() as connection:
        now: datetime = connection.execute(sqlalchemy.select(sqlalchemy.func.now())).scalar_one()
        now = now.replace(tzinfo=None)  # PostgreSQL adds a time zone, the one that heartbeats are written in
        rows = connection.execute(sqlalchemy.select(_HEARTBEATS.c.trial_id, _HEARTBEATS.c.heartbeat)).all()
    return {trial_id: Heartbeat(at, (now - at).total_seconds()) for trial_id, at in rows}


class HeartbeatMonitor:
    """Measures for how long the last heartbeat of each trial has stayed the same, by the clock of this process.

    So neither a change of the database's clock nor a pause of this process makes a live worker look dead: a worker
    that was paused together with this process has time for its next heartbeat.
    """

    def __init__(self, storage: RDBStorage) -> None:
        self._storage = storage
        self._clock = CappedClock()
        self._last: dict[int, Heartbeat] = {}
        self._silent: dict[int, float] = {}

    def silent_seconds(self, grace: float) -> dict[int, float]:
        """Trial id -> seconds without a new heartbeat. One call adds at most a quarter of `grace`."""
        current, elapsed = last_heartbeats(self._storage), self._clock.elapsed(grace / 4)
        self._silent = {trial: self._silent_for(trial, beat, elapsed, grace) for trial, beat in current.items()}
        self._last = current
        return self._silent

    def _silent_for(self, trial: int, heartbeat: Heartbeat, elapsed: float, grace: float) -> float:
        if trial not in self._last:  # perhaps an attempt of days ago; its age counts for at most three quarters
            return min(max(heartbeat.age, 0.0), grace * 3 / 4)
        return self._silent[trial] + elapsed if heartbeat.at == self._last[trial].at else 0.0


def heartbeat_ages(
    storage: RDBStorage, trials: Collection[int], grace: float, notify: Callable[[str], None]
) -> dict[int, float]:
    """Trial id -> seconds since its last heartbeat, for those of `trials` that have one; for a single look.

    If an age is beyond `grace` or negative, waits for the next heartbeat, and calls `notify` with a line that says so.
    The age is infinite if it is negative and no heartbeat follows.
    """
    first = {trial: beat for trial, beat in last_heartbeats(storage).items() if trial in trials}
    found = {trial: beat.age for trial, beat in first.items()}
    doubtful = [trial for trial, age in found.items() if not -1 < age < grace]
    if doubtful:
        notify(f"waiting {NEXT_HEARTBEAT_SECONDS:g} s for heartbeats of workers that look dead")
        time.sleep(NEXT_HEARTBEAT_SECONDS)
        later = last_heartbeats(storage)
        for trial in doubtful:
            if later.get(trial, first[trial]).at != first[trial].at:
                found[trial] = 0.0
            elif found[trial] < 0:
                found[trial] = math.inf
    return found
