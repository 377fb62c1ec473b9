"""The worker pool of one command: starts the workers, forwards their notices, replaces those that die, shows a bar.

`--workers` sets the number of processes that `run_workers` starts.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import pickle
import signal
import sys
import time
from collections.abc import Mapping
from multiprocessing import forkserver, get_context, resource_tracker
from multiprocessing.connection import Connection, Listener, wait
from multiprocessing.context import ForkServerContext, SpawnContext
from multiprocessing.process import BaseProcess
from typing import NoReturn

from tqdm import tqdm

from results.cores import usable_cores
from results.tables.atomic_write import InputError, reason_of
from results.tables.column import plural
from results.terminal.process import say
from studies.engine.queue import Queue
from studies.engine.retry import RetryTimeout
from studies.engine.scheduler import PlanProgress, enqueue
from studies.engine.worker import EXIT_OTHER_CODE, EXIT_RETRY_TIMEOUT, WorkerConfig, start_worker
from studies.sources.code import changes, files_of
from studies.sources.source import find

POLL_SECONDS = 0.5
ENQUEUE_SECONDS = 5.0
"""Interval between two calls of the scheduler, which finds interrupted runs and newly planned ones."""
PRELOADED = ["studies.engine.worker", "alembic.command"]
"""What a worker needs, and what Optuna imports at its first use."""
HAS_FORKSERVER = "forkserver" in multiprocessing.get_all_start_methods()
"""False on Windows, where each worker imports everything again."""
MAX_POLLING_FRACTION = 0.05
"""The fraction of its time that this process spends on reading the storage, which is slow with many runs."""
MAX_IDLE_CRASHES = 5
"""No more workers are started after so many in a row died without a claimed run."""
REPEAT_NOTICE_SECONDS = 60.0
"""A notice that several workers send is shown once in this time."""


def notify(line: str) -> None:
    """Shows a line to the user on stderr, above the progress bar if there is one."""
    with tqdm.external_write_mode(file=sys.stderr):
        say(line)


def default_workers(device: str) -> int:
    """One per core; one on a GPU, which several runs would only share."""
    return 1 if device == "cuda" else usable_cores()


def run_workers(queue: Queue, config: WorkerConfig, workers: int) -> PlanProgress:
    """Trains the runs of a plan in `workers` processes; returns the progress at the end.

    The run of a worker that dies continues from its checkpoint, and a new worker is started. Any exception,
    KeyboardInterrupt included, ends the workers and releases their runs.
    """
    pool: dict[BaseProcess, Connection] = {}
    progress = enqueue(queue, config.plan)
    last_shown: dict[str, float] = {}
    idle_crashes = 0
    schedule, redraw = _Throttle(ENQUEUE_SECONDS), _Throttle(POLL_SECONDS)
    if not progress.unfinished:
        return progress
    with _bar(config.study) as bar:
        _advance(bar, config, progress, queue.unfinished())
        bar.initial = bar.n  # the speed is estimated from the epochs of this command alone
        try:
            for _ in range(min(workers, config.plan.size)):
                _start_worker(pool, config)
            while pool:
                wait([process.sentinel for process in pool], timeout=POLL_SECONDS)
                for process, notices in list(pool.items()):
                    has_exited = not process.is_alive()
                    _forward_notices(notices, last_shown)
                    if not has_exited:
                        continue
                    pool.pop(process).close()
                    if process.exitcode == EXIT_OTHER_CODE:
                        check_unchanged(config)
                    if process.exitcode and process.exitcode != EXIT_RETRY_TIMEOUT:
                        idle_crashes = 0 if queue.release(config.pool_id, process.pid) else idle_crashes + 1
                        if idle_crashes < MAX_IDLE_CRASHES:
                            _start_worker(pool, config)
                if schedule.due():
                    with schedule:
                        progress = enqueue(queue, config.plan)
                if redraw.due():
                    with redraw:
                        _advance(bar, config, progress, queue.unfinished())
            progress = enqueue(queue, config.plan)
            _advance(bar, config, progress, queue.unfinished())
        except (KeyboardInterrupt, InputError):
            _stop_workers(pool)
            queue.retry_seconds = 0  # an interrupted command does not wait for the storage
            with contextlib.suppress(RetryTimeout):
                queue.release(config.pool_id)
            raise
        finally:
            _stop_workers(pool)
    return progress


def check_unchanged(config: WorkerConfig) -> None:
    """InputError if the files of a study from outside this project are no longer those that this command has read."""
    assert config.source
    different = changes(dict(find(config.source).code), dict(files_of(config.source).code))
    if different:
        raise InputError(
            f"{config.source}: {different} while its runs were trained; finished runs are kept; to resume, restore the "
            "code, or choose another folder with --out"
        )


class _Throttle:
    """Limits how often work is done: at most every so many seconds, and less often if the work is slow."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._due = self._started = time.monotonic()

    def due(self) -> bool:
        return time.monotonic() >= self._due

    def __enter__(self) -> None:
        self._started = time.monotonic()

    def __exit__(self, *_: object) -> None:
        now = time.monotonic()
        self._due = now + max(self._seconds, (now - self._started) / MAX_POLLING_FRACTION)


def check_start() -> None:
    """InputError, before any work, if this process cannot start workers."""
    if not HAS_FORKSERVER:
        return
    try:
        Listener(family="AF_UNIX").close()  # the fork server listens at such a socket
    except OSError as error:
        raise InputError(
            f"TMPDIR={os.environ.get('TMPDIR', '')}: workers cannot be started, as they need a socket in that folder "
            f"({reason_of(error)}); expected a short path to a folder that can be written, such as TMPDIR=/tmp"
        ) from error


def start_fork_server() -> None:
    """Starts the process that forks the workers, which first imports what they need; returns at once."""
    if not HAS_FORKSERVER:
        return
    get_context("forkserver").set_forkserver_preload(PRELOADED)
    # Ctrl-C reaches every process of a terminal. The server and its workers inherit a blocked SIGINT, because this
    # process ends them in order. A SIGINT that reaches this process meanwhile is delivered when the block ends.
    resource_tracker.ensure_running()  # its start would lift the block
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)


def _start_worker(pool: dict[BaseProcess, Connection], config: WorkerConfig) -> None:
    context: ForkServerContext | SpawnContext = get_context("forkserver") if HAS_FORKSERVER else get_context("spawn")
    start_fork_server()  # workers start at once and share memory; a server that has died is replaced
    receiver, sender = context.Pipe(duplex=False)
    code = find(config.source).code if config.source else ()
    process = context.Process(
        target=start_worker, args=(config.source, code, pickle.dumps(config), sender), daemon=True
    )
    process.start()
    sender.close()
    pool[process] = receiver


def _stop_workers(pool: dict[BaseProcess, Connection]) -> None:
    for process in pool:
        process.terminate()
    for process in pool:
        process.join()


def _forward_notices(notices: Connection, last_shown: dict[str, float]) -> None:
    with contextlib.suppress(EOFError):  # the worker has exited
        while notices.poll():
            line: str = notices.recv()
            if time.monotonic() > last_shown.get(line, -REPEAT_NOTICE_SECONDS) + REPEAT_NOTICE_SECONDS:
                last_shown[line] = time.monotonic()
                notify(line)


def _bar(study: str) -> tqdm[NoReturn]:
    """A bar over epochs, so that it estimates the time before the first run is finished; rarely redrawn in a file."""
    return tqdm(
        desc=study,
        total=1,
        smoothing=0,
        mininterval=POLL_SECONDS if sys.stderr.isatty() else 15,
        bar_format="{desc} |{bar:30}| {percentage:3.0f}% [{elapsed}<{remaining}]",
    )


def _advance(bar: tqdm[NoReturn], config: WorkerConfig, progress: PlanProgress, unfinished: Mapping[str, int]) -> None:
    """Moves the bar. Tuning runs that cannot be planned yet count as long as the longest planned run."""
    epochs = {run.run_id: run.setup.training.epochs for run in progress.runs}
    unplanned = config.plan.size - len(epochs)
    open_ids = epochs.keys() & unfinished.keys()
    finished = len(epochs) - len(open_ids)
    bar.set_description_str(f"{config.study}: {finished} of {plural(config.plan.size, 'run')}", refresh=False)
    bar.total = sum(epochs.values()) + unplanned * max(epochs.values())
    bar.update(sum(epochs.values()) - sum(epochs[i] - unfinished[i] for i in open_ids) - bar.n)
