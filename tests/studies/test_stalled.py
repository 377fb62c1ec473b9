"""A worker that stalls for so long that its run goes to another does no harm when it comes back."""

import contextlib
import os
import signal
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import psycopg
import pytest
from commands import LONG, planned, tables_of
from optuna.trial import FrozenTrial, TrialState

import studies.engine.crew
import studies.engine.enqueue
from studies.engine.crew import employ
from studies.engine.queue import Queue, run_id
from studies.engine.storage import open_storage, parse
from studies.engine.worker import Job
from studies.export import export_tables

pytestmark = pytest.mark.slow

T = TypeVar("T")
PATIENCE_SECONDS = 120.0
"""After which the worker is woken in any case: what is asserted then fails, and nothing hangs."""


def come(look: Callable[[], T]) -> T:
    """What is seen in the end, or at the end of patience."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not (seen := look()) and time.monotonic() < end:
        time.sleep(0.02)
    return seen


def nobody_holds(url: str) -> bool:
    """Whether the database is seen without an open transaction: one of a process that is stopped stays."""
    if url.startswith("sqlite"):
        database = sqlite3.connect(parse(url).database or "", timeout=1)
        with contextlib.closing(database) as other, contextlib.suppress(sqlite3.OperationalError):
            other.execute("BEGIN IMMEDIATE")
            return True
        return False
    busy = """SELECT COUNT(*) FROM pg_stat_activity
              WHERE datname = current_database() AND state <> 'idle' AND pid <> pg_backend_pid()"""
    with psycopg.connect(url, autocommit=True) as other:
        return any(other.execute(busy).fetchone() == (0,) for _ in range(100))


def stop(pid: int, url: str) -> None:
    """Where it stands in nobody's way: between two transactions, as it is nearly always."""
    while True:
        os.kill(pid, signal.SIGSTOP)
        if nobody_holds(url):
            return
        os.kill(pid, signal.SIGCONT)
        time.sleep(0.05)


def in_hand(queue: Queue) -> FrozenTrial | None:
    trials = queue.trials(TrialState.RUNNING)
    return next((trial for trial in trials if 1 <= len(trial.intermediate_values) <= LONG["epochs"] / 2), None)


def test_a_stalled_worker_that_comes_back_does_no_harm(
    tmp_path: Path, storage_url: str, bare: dict[str, list[list[str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Of this process alone, which looks for workers that are silent; they themselves are as ever.
    monkeypatch.setattr(studies.engine.enqueue, "GRACE_SECONDS", 3.0)
    monkeypatch.setattr(studies.engine.crew, "REVIEW_SECONDS", 0.5)
    stalled: list[FrozenTrial] = []

    def stall() -> None:
        with open_storage(storage_url) as storage:
            watched = Queue(storage, "attention", lambda line: None)
            victim = come(lambda: in_hand(watched))
            assert victim is not None
            pid = victim.user_attrs["worker"]["pid"]
            stop(pid, storage_url)
            stalled.append(victim)
            come(lambda: run_id(victim) in watched.settled())
            os.kill(pid, signal.SIGCONT)

    disturber = threading.Thread(target=stall)
    with open_storage(storage_url) as storage:
        queue = Queue(storage, "attention", lambda line: None)
        disturber.start()
        todo = planned(LONG)
        job = Job(plan=todo, study="attention", url=queue.url, crew="ours", folder=tmp_path, tensorboard=False)
        standing = employ(queue, job, workers=2)
        disturber.join()
        trials = queue.trials()
    export_tables(tmp_path, "attention", todo, standing.settled)
    assert tables_of(tmp_path) == bare
    assert sum(trial.state == TrialState.COMPLETE for trial in trials) == 4
    (victim,) = stalled
    first, *_, last = (trial for trial in trials if run_id(trial) == run_id(victim))
    assert (first.number, first.state) == (victim.number, TrialState.FAIL)
    assert "rows" not in first.user_attrs
    assert last.state == TrialState.COMPLETE
    assert last.user_attrs["worker"]["pid"] != first.user_attrs["worker"]["pid"]
    assert len(first.intermediate_values) < LONG["epochs"], "it went on writing"
