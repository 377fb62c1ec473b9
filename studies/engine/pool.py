"""The workers of one command: started, listened to, replaced if they die; and the bar that says how long it takes."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
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

from results.tables.atomic_write import InputError, reason_of
from results.tables.column import plural
from studies.engine.queue import Queue
from studies.engine.retry import RetryTimeout
from studies.engine.scheduler import PlanProgress, enqueue
from studies.engine.worker import GAVE_UP, Job, work

POLL_SECONDS = 0.5
REVIEW_SECONDS = 5.0
"""How often it is looked for runs that were cut off elsewhere, or have come to be known."""
PRELOADED = ["studies.engine.worker", "torch._dynamo", "optuna.storages._rdb.models", "alembic.command"]
"""What a worker needs and what torch and Optuna import when they are first used, which takes seconds."""
FORKS = "forkserver" in multiprocessing.get_all_start_methods()
"""Whether a server forks the workers. Windows has none, and each worker imports everything again."""
SHARE = 0.05
"""The part of the time that this process may spend on reading the storage, which takes long where runs are many."""
IDLE_DEATHS = 5
"""So many workers in a row that died without a run in hand, and no more are started: the next would fare no better."""
SILENCE_SECONDS = 60.0
"""A line that several workers have to say is passed on once in so long a time."""


def say(line: str) -> None:
    """A line for the user, above the bar if there is one."""
    tqdm.write(f"retrograde: {line}", file=sys.stderr)


def run_workers(queue: Queue, job: Job, workers: int) -> PlanProgress:
    """Has the runs of the job's plan done by so many processes; returns how far it got.

    A worker that dies gives its run back, to go on from its checkpoint, and another takes the place. Whatever ends
    this, KeyboardInterrupt included, ends the workers too and leaves their runs to be taken up.
    """
    crew: dict[BaseProcess, Connection] = {}
    standing = enqueue(queue, job.plan)
    heard: dict[str, float] = {}
    idle_deaths = 0
    review, look = _Pace(REVIEW_SECONDS), _Pace(POLL_SECONDS)
    if not standing.unfinished:
        return standing
    with _bar(job.study) as bar:
        _advance(bar, job, standing, queue.unfinished())
        bar.initial = bar.n  # what was done before says nothing of how fast it goes now
        try:
            for _ in range(min(workers, job.plan.size)):
                _start(crew, job)
            while crew:
                wait([process.sentinel for process in crew], timeout=POLL_SECONDS)
                for process, notices in list(crew.items()):
                    over = not process.is_alive()
                    _pass_on(notices, heard)
                    if not over:
                        continue
                    crew.pop(process).close()
                    if process.exitcode and process.exitcode != GAVE_UP:
                        idle_deaths = 0 if queue.release(job.crew, process.pid) else idle_deaths + 1
                        if idle_deaths < IDLE_DEATHS:
                            _start(crew, job)
                if review.due():
                    with review:
                        standing = enqueue(queue, job.plan)
                if look.due():
                    with look:
                        _advance(bar, job, standing, queue.unfinished())
            standing = enqueue(queue, job.plan)
            _advance(bar, job, standing, queue.unfinished())
        except KeyboardInterrupt:
            _end(crew)
            queue.patience = 0  # whoever asks for an end waits for nothing
            with contextlib.suppress(RetryTimeout):
                queue.release(job.crew)
            raise
        finally:
            _end(crew)
    return standing


class _Pace:
    """When something is due again: some seconds after it was done, or later if it took long."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._due = self._began = time.monotonic()

    def due(self) -> bool:
        return time.monotonic() >= self._due

    def __enter__(self) -> None:
        self._began = time.monotonic()

    def __exit__(self, *_: object) -> None:
        now = time.monotonic()
        self._due = now + max(self._seconds, (now - self._began) / SHARE)


def check_start() -> None:
    """InputError, before any work, where the system does not let this process start workers."""
    if not FORKS:
        return
    try:
        Listener(family="AF_UNIX").close()  # what the server listens at
    except OSError as error:
        raise InputError(
            f"TMPDIR={os.environ.get('TMPDIR', '')}: workers cannot be started, as they need a socket in that folder "
            f"({reason_of(error)}); expected a short path to a folder that can be written, such as TMPDIR=/tmp"
        ) from error


def _start(crew: dict[BaseProcess, Connection], job: Job) -> None:
    context: ForkServerContext | SpawnContext = get_context("forkserver") if FORKS else get_context("spawn")
    if FORKS:
        # A server that has imported everything forks the workers: a new one is there at once, and memory is shared.
        context.set_forkserver_preload(PRELOADED)
        # Ctrl-C reaches every process of a terminal. The server, and the workers that it forks, are born deaf to it:
        # this process ends them, and in order. What reaches this one meanwhile is held back, not lost.
        resource_tracker.ensure_running()  # it would lift the block
        heard = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            forkserver.ensure_running()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, heard)
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=work, args=(job, theirs), daemon=True)
    process.start()
    theirs.close()
    crew[process] = ours


def _end(crew: dict[BaseProcess, Connection]) -> None:
    for process in crew:
        process.terminate()
    for process in crew:
        process.join()


def _pass_on(notices: Connection, heard: dict[str, float]) -> None:
    with contextlib.suppress(EOFError):  # the worker is gone
        while notices.poll():
            line: str = notices.recv()
            if time.monotonic() > heard.get(line, -SILENCE_SECONDS) + SILENCE_SECONDS:
                heard[line] = time.monotonic()
                say(line)


def _bar(study: str) -> tqdm[NoReturn]:
    """Over epochs, for an estimate before the first run is done; seldom redrawn where nobody watches it live."""
    return tqdm(
        desc=study,
        total=1,
        smoothing=0,
        mininterval=POLL_SECONDS if sys.stderr.isatty() else 15,
        bar_format="{desc} |{bar:30}| {percentage:3.0f}% [{elapsed}<{remaining}]",
    )


def _advance(bar: tqdm[NoReturn], job: Job, standing: PlanProgress, left: Mapping[str, int]) -> None:
    """What a tuning has not come to yet is taken to be as long as the longest run."""
    epochs = {run.run_id: run.training.epochs for run in standing.known}
    to_come = job.plan.size - len(epochs)
    mine = epochs.keys() & left.keys()
    bar.set_description_str(f"{job.study}: {len(epochs) - len(mine)} of {plural(job.plan.size, 'run')}", refresh=False)
    bar.total = sum(epochs.values()) + to_come * max(epochs.values())
    bar.update(sum(epochs.values()) - sum(epochs[run_id] - left[run_id] for run_id in mine) - bar.n)
