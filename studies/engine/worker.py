"""A worker process: claims and trains runs until the plan is finished. It owns only the run that it has claimed."""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import socket
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

import torch

from results.tables.provenance import processor
from seq2seq_core.config import ConfigError
from seq2seq_core.config.device import gpu_name
from seq2seq_core.config.task import DataFileError
from studies.engine.attempt import ParentDied, attempt, check_parent
from studies.engine.checkpoints import Checkpoints
from studies.engine.queue import ClaimLost, Queue, Worker
from studies.engine.retry import RetryTimeout, retry
from studies.engine.run_trackers import run_trackers
from studies.engine.scheduler import enqueue
from studies.engine.storage import connect, describe_error
from studies.planning.plan import Plan
from studies.planning.run_rows import PLANNED_BY
from studies.planning.trial_params import TrialParams
from studies.sources.code import Code
from studies.sources.source import load_code, load_installed

IDLE_SECONDS = 1.0
"""How long a worker that has twice found no run waits before it looks again."""
EXIT_RETRY_TIMEOUT = 75
"""Exit status of a worker whose storage or disk stayed unavailable, or whose data has changed (EX_TEMPFAIL of
sysexits.h)."""
EXIT_OTHER_CODE = 78
"""Exit status of a worker that finds the study's files changed (EX_CONFIG of sysexits.h)."""


@dataclass(frozen=True, kw_only=True)
class WorkerConfig:
    """What the workers of a pool work on."""

    plan: Plan
    study: str
    source: str | None = None
    """The file or the module of a study from outside this project"""
    url: str = field(repr=False)
    """Of the storage; it may hold a password."""
    pool_id: str
    """Names the pool in the storage."""
    folder: Path
    """For checkpoints, and for what trackers write."""
    trackers: tuple[str, ...] = ()
    """Names in `studies.trackers.names.TRACKERS`."""


def start_worker(name: str, source: str | None, code: Code, pickled: bytes, notices: Connection) -> None:
    """Loads the study, whose objects the pickled `WorkerConfig` may hold and whose parts it names; then `run_worker`.

    A worker that finds other code of the study than the command exits with `EXIT_OTHER_CODE`.
    """
    own: Sequence[Path] = ()
    try:
        if source:
            _, files = load_code(source)
            own, found = tuple(files.paths.values()), files.code
        else:
            found = load_installed(name)
    except ConfigError:
        sys.exit(EXIT_OTHER_CODE)
    if found != code:
        sys.exit(EXIT_OTHER_CODE)
    run_worker(pickle.loads(pickled), notices, own)


def run_worker(config: WorkerConfig, notices: Connection, files: Sequence[Path] = ()) -> None:
    """The main function of a worker process: trains runs of the plan, one after the other, until all are finished.

    `files` are the code of a study from outside this project. Lines for the user go to `notices`. A worker whose
    storage or disk stays unavailable exits with `EXIT_RETRY_TIMEOUT`.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the command ends its workers in order
    torch.set_num_threads(1)  # workers do not compete for cores, and rows do not depend on the number of workers
    try:
        _ = config.plan.data  # runs from the storage find it by its content
    except DataFileError as error:
        notices.send(f"{error}; a worker stops")
        sys.exit(EXIT_RETRY_TIMEOUT)
    try:
        storage = retry(lambda: connect(config.url), notices.send, lambda error: describe_error(error, config.url))
        queue = Queue(storage, config.study, notices.send, tables=PLANNED_BY)
        try:
            _process_queue(config, queue, files)
        except ParentDied:
            queue.release(config.pool_id, os.getpid(), stopped=True)
        except RetryTimeout:
            queue.give_back(config.pool_id, os.getpid())
            raise
    except RetryTimeout as error:
        notices.send(f"{error}: still unavailable; a worker stops")
        sys.exit(EXIT_RETRY_TIMEOUT)


def _process_queue(config: WorkerConfig, queue: Queue, files: Sequence[Path]) -> None:
    checkpoints = retry(lambda: Checkpoints(config.folder), queue.notify)
    trial_params = TrialParams(config.plan)
    progress = enqueue(queue, config.plan)
    idle, this_processor, this_gpu = False, processor(), gpu_name(config.plan.variants[0].device)
    while progress.unfinished:
        check_parent()
        worker = Worker(config.pool_id, socket.gethostname(), os.getpid(), processor=this_processor, gpu=this_gpu)
        claim = queue.claim(progress.positions, worker)
        if claim:
            trackers = run_trackers(
                config.trackers,
                claim.run,
                trial_params.of(claim.run),
                study=config.study,
                folder=config.folder,
                notify=queue.notify,
            )
            with contextlib.suppress(ClaimLost):
                attempt(queue, claim, checkpoints, kept_seed=config.plan.seeds[0], trackers=trackers, files=files)
        elif idle:
            time.sleep(IDLE_SECONDS)
        idle = claim is None
        if idle or config.plan.tuning:  # the outcome of a tuning run decides which run is next
            progress = enqueue(queue, config.plan)
