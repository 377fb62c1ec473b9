"""Who is alive: a worker lets the database write down the time, now and then, as long as it has a run in hand.

Optuna's own heartbeats beat only under `Study.optimize`, which this engine does without, and Optuna never finds a trial
stale that died before its first. The table is Optuna's; times are the database's, so clocks of machines do not matter.
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

from studies.engine.retry import Clock

BEAT_SECONDS = 10.0
NEXT_BEAT_SECONDS = 15.0
"""After which a worker that lives has made its next heartbeat."""
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


@dataclass(frozen=True)
class Beat:
    """A trial's last heartbeat."""

    at: datetime
    age: float
    """In seconds. Both are by the database's clock, which may have been set since: then an age is wrong, or negative"""


def beats(storage: RDBStorage) -> dict[int, Beat]:
    """The last heartbeat of every trial (id) that ever had one."""
    with storage.engine.begin() as connection:
        now: datetime = connection.execute(sqlalchemy.select(sqlalchemy.func.now())).scalar_one()
        now = now.replace(tzinfo=None)  # PostgreSQL's has a zone, and it is the zone that heartbeats are written in
        rows = connection.execute(sqlalchemy.select(_HEARTBEATS.c.trial_id, _HEARTBEATS.c.heartbeat)).all()
    return {trial_id: Beat(beat, (now - beat).total_seconds()) for trial_id, beat in rows}


class Watch:
    """For how long trials are silent, as one process sees it: while it looks on, their last heartbeat stays the same.

    No clock of the database can make a worker that lives silent, or keep a dead one alive, and neither can a pause of
    this process: a worker that was stopped together with it has time for the next heartbeat.
    """

    def __init__(self, storage: RDBStorage) -> None:
        self._storage = storage
        self._clock = Clock()
        self._beats: dict[int, Beat] = {}
        self._silences: dict[int, float] = {}

    def silences(self, grace: float) -> dict[int, float]:
        """Trial -> seconds. It takes looks for a quarter of `grace` at least until a trial is silent for so long."""
        now, gap = beats(self._storage), self._clock.since_last_look(grace / 4)
        self._silences = {trial: self._silence(trial, beat, gap, grace) for trial, beat in now.items()}
        self._beats = now
        return self._silences

    def _silence(self, trial: int, beat: Beat, gap: float, grace: float) -> float:
        if trial not in self._beats:  # an attempt of days ago, say: what its age claims is believed but for a quarter
            return min(max(beat.age, 0.0), grace * 3 / 4)
        return self._silences[trial] + gap if beat.at == self._beats[trial].at else 0.0


def ages(storage: RDBStorage, trials: Collection[int], grace: float, tell: Callable[[str], None]) -> dict[int, float]:
    """Trial -> seconds since its last heartbeat, of those that had one, for a process that does not stay to watch.

    Where the age says that a worker is silent, or cannot be, the next heartbeat decides; `tell` hears of the wait. An
    age is infinite if it is not known and no heartbeat follows.
    """
    seen = {trial: beat for trial, beat in beats(storage).items() if trial in trials}
    found = {trial: beat.age for trial, beat in seen.items()}
    doubtful = [trial for trial, age in found.items() if not -1 < age < grace]
    if doubtful:
        tell(f"waiting {NEXT_BEAT_SECONDS:g} s for heartbeats of workers that look silent")
        time.sleep(NEXT_BEAT_SECONDS)
        later = beats(storage)
        for trial in doubtful:
            if later.get(trial, seen[trial]).at != seen[trial].at:
                found[trial] = 0.0
            elif found[trial] < 0:
                found[trial] = math.inf
    return found
