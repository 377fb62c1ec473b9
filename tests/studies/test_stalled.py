"""A worker that stalls until its run is given to another changes nothing when it continues."""

import contextlib
import os
import signal
import sqlite3
import threading
import time
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

import psycopg
import pytest
from commands import LONG, planned, tables_of
from optuna.trial import FrozenTrial, TrialState

import studies.engine.heartbeat
import studies.engine.pool
import studies.engine.scheduler
from studies.commands.export import export_tables
from studies.engine.heartbeat import last_heartbeats, send_heartbeats
from studies.engine.local_pool import PRELOADED, LocalPool
from studies.engine.queue import Queue, Worker, run_id
from studies.engine.scheduler import enqueue
from studies.engine.storage import default_url, open_storage, parse_url
from studies.engine.worker import WorkerConfig

pytestmark = [pytest.mark.slow, pytest.mark.faults]

T = TypeVar("T")
PATIENCE_SECONDS = 120.0
"""After which the worker is woken in any case: what is asserted then fails, and nothing hangs."""


def come(look: Callable[[], T]) -> T:
    """Waits until `look` returns a true value, at most for `retry_seconds`."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not (seen := look()) and time.monotonic() < end:
        time.sleep(0.02)
    return seen


def nobody_holds(url: str) -> bool:
    """Whether the database is seen without an open transaction: one of a process that is stopped stays."""
    if url.startswith("sqlite"):
        database = sqlite3.connect(parse_url(url).database or "", timeout=1)
        with contextlib.closing(database) as other, contextlib.suppress(sqlite3.OperationalError):
            other.execute("BEGIN IMMEDIATE")
            return True
        return False
    busy = """SELECT COUNT(*) FROM pg_stat_activity
              WHERE datname = current_database() AND backend_type = 'client backend' AND state <> 'idle'
              AND pid <> pg_backend_pid()"""
    with psycopg.connect(url, autocommit=True) as other:
        return any(other.execute(busy).fetchone() == (0,) for _ in range(100))


def stop(pid: int, url: str) -> None:
    """Stops the process between two transactions, where it is nearly always."""
    while True:
        os.kill(pid, signal.SIGSTOP)
        if nobody_holds(url):
            return
        os.kill(pid, signal.SIGCONT)
        time.sleep(0.05)


def in_hand(queue: Queue) -> FrozenTrial | None:
    trials = queue.trials(TrialState.RUNNING)
    return next((trial for trial in trials if 1 <= len(trial.intermediate_values) <= LONG["epochs"] / 2), None)


def test_a_stalled_worker_that_continues_changes_nothing(
    tmp_path: Path, storage_url: str, bare: dict[str, list[list[str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Of this process alone, which looks for workers that are silent; they themselves are as ever.
    monkeypatch.setattr(studies.engine.scheduler, "GRACE_SECONDS", 3.0)
    monkeypatch.setattr(studies.engine.pool, "ENQUEUE_SECONDS", 0.5)
    stalled: list[FrozenTrial] = []

    def stall() -> None:
        with open_storage(storage_url) as storage:
            watched = Queue(storage, "attention", lambda line: None)
            victim = come(lambda: in_hand(watched))
            assert victim is not None
            pid = victim.user_attrs["worker"]["pid"]
            stop(pid, storage_url)
            stalled.append(victim)
            come(lambda: run_id(victim) in watched.finished_rows())
            os.kill(pid, signal.SIGCONT)

    disturber = threading.Thread(target=stall)
    with open_storage(storage_url) as storage:
        queue = Queue(storage, "attention", lambda line: None)
        disturber.start()
        todo = planned(LONG)
        job = WorkerConfig(plan=todo, study="attention", url=queue.url, pool_id="ours", folder=tmp_path)
        progress = LocalPool(queue, job, workers=2).run()
        disturber.join()
        trials = queue.trials()
    export_tables(tmp_path, "attention", todo, progress.finished)
    assert tables_of(tmp_path) == bare
    assert sum(trial.state == TrialState.COMPLETE for trial in trials) == 4
    (victim,) = stalled
    first, *_, last = (trial for trial in trials if run_id(trial) == run_id(victim))
    assert (first.number, first.state) == (victim.number, TrialState.FAIL)
    assert "rows" not in first.user_attrs
    assert last.state == TrialState.COMPLETE
    assert last.user_attrs["worker"]["pid"] != first.user_attrs["worker"]["pid"]
    assert len(first.intermediate_values) < LONG["epochs"], "it went on writing"


def hold(url: str) -> None:
    """Holds a run and sends heartbeats until it is killed."""
    studies.engine.heartbeat.HEARTBEAT_SECONDS = 0.2
    with open_storage(url) as storage:
        queue = Queue(storage, "attention", lambda line: None)
        claim = queue.claim(enqueue(queue, planned(LONG)).positions, Worker("ours", "here", os.getpid(), "now"))
        assert claim is not None
        with send_heartbeats(storage, [claim.trial_id]):
            threading.Event().wait()


def watch(url: str) -> None:
    """Looks for silent workers until it is killed."""
    studies.engine.scheduler.GRACE_SECONDS = 2.5
    with open_storage(url) as storage:
        queue = Queue(storage, "attention", lambda line: None)
        while True:
            enqueue(queue, planned(LONG))
            time.sleep(0.1)


def test_a_worker_that_is_stopped_together_with_its_monitor_keeps_its_run(tmp_path: Path) -> None:
    """As when a laptop sleeps. A worker that is stopped alone loses its run."""
    url = default_url(tmp_path)
    with open_storage(url) as storage:
        queue = Queue(storage, "attention", lambda line: None)
        context = get_context("forkserver")
        context.set_forkserver_preload(PRELOADED)  # one server for all tests: imports take seconds
        processes = [context.Process(target=target, args=(url,)) for target in (watch, hold)]
        for process in processes:
            process.start()
        watcher, holder = (process.pid or 0 for process in processes)
        try:
            assert come(lambda: queue.trials(TrialState.RUNNING) and last_heartbeats(storage))
            time.sleep(0.5)
            for pid in (watcher, holder):
                stop(pid, url)
            time.sleep(3)
            os.kill(watcher, signal.SIGCONT)
            time.sleep(0.4)  # it looks before the worker has a chance to beat
            os.kill(holder, signal.SIGCONT)
            time.sleep(0.6)
            assert [trial.state for trial in queue.trials() if "worker" in trial.user_attrs] == [TrialState.RUNNING]
            stop(holder, url)
            assert come(lambda: queue.trials(TrialState.FAIL))
        finally:
            for process in processes:
                process.kill()
                process.join()
