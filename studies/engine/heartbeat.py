"""Who is alive: a worker lets the database write down the time, now and then, as long as it has a run in hand.

Optuna's own heartbeats beat only under `Study.optimize`, which this engine does without, and Optuna never finds a trial
stale that died before its first. The table is Optuna's; times are the database's, so clocks of machines do not matter.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import datetime
from threading import Event, Thread

import sqlalchemy
from optuna.exceptions import StorageInternalError
from optuna.storages import RDBStorage

BEAT_SECONDS = 10.0
GRACE_SECONDS = 120.0
"""How long a worker may be silent before its run is given to another: longer than a database takes to restart."""

_HEARTBEATS = sqlalchemy.table(
    "trial_heartbeats", sqlalchemy.column("trial_id"), sqlalchemy.column("heartbeat", sqlalchemy.DateTime)
)


@contextlib.contextmanager
def beating(storage: RDBStorage, trial_id: int) -> Iterator[None]:
    """Beats for a trial, from a thread of its own, until the block ends; a storage that is away is tried again."""
    over = Event()

    def beat() -> None:
        while True:
            with contextlib.suppress(StorageInternalError):
                storage.record_heartbeat(trial_id)
            if over.wait(BEAT_SECONDS):
                break
        storage.remove_session()  # the thread's own connection

    thread = Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def silences(storage: RDBStorage) -> dict[int, float]:
    """Trial -> seconds since its last heartbeat, for every trial that ever had one."""
    with storage.engine.begin() as connection:
        now: datetime = connection.execute(sqlalchemy.select(sqlalchemy.func.now())).scalar_one()
        now = now.replace(tzinfo=None)  # PostgreSQL's has a zone, and it is the zone that heartbeats are written in
        rows = connection.execute(sqlalchemy.select(_HEARTBEATS.c.trial_id, _HEARTBEATS.c.heartbeat)).all()
    return {trial_id: (now - beat).total_seconds() for trial_id, beat in rows}
