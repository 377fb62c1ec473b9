"""What a worker process does: it takes runs until none is left, and owns nothing but the run in hand."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path

import torch

from studies.engine.attempt import Orphaned, attempt, check_parent
from studies.engine.checkpoints import Checkpoints
from studies.engine.queue import ClaimLost, Queue, Worker
from studies.engine.retry import RetryTimeout, retry
from studies.engine.scheduler import enqueue
from studies.engine.storage import connect, trouble_of
from studies.engine.tensorboard import Events
from studies.planning.plan import Plan

IDLE_SECONDS = 1.0
"""How long a worker that finds nothing to do waits before it looks again."""
GAVE_UP = 75
"""The exit status of a worker whose storage or disk did not come back (EX_TEMPFAIL of sysexits.h)."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """What the workers of a command are to do."""

    plan: Plan
    study: str
    url: str = field(repr=False)
    """Of the storage; it may hold a password."""
    crew: str
    """The command's name in the storage."""
    folder: Path
    """For checkpoints and event files."""
    tensorboard: bool


def work(job: Job, notices: Connection) -> None:
    """Does the runs of the job's plan that wait in its storage, one after the other, until every run is settled.

    What a user should know goes to `notices`, a line each; one that has to give up says why, and exits with `GAVE_UP`.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the command ends its workers, and in order
    torch.set_num_threads(1)  # so that workers do not fight over cores, and rows do not depend on how many there are
    try:
        storage = retry(lambda: connect(job.url), notices.send, lambda error: trouble_of(error, job.url))
        queue = Queue(storage, job.study, notices.send)
        try:
            _work(job, queue)
        except Orphaned:
            queue.release(job.crew, os.getpid())
    except RetryTimeout as error:
        notices.send(f"{error}: given up")
        sys.exit(GAVE_UP)


def _work(job: Job, queue: Queue) -> None:
    checkpoints = Checkpoints(job.folder)
    standing = enqueue(queue, job.plan)
    while standing.unfinished:
        check_parent()
        now = datetime.now(UTC).isoformat(timespec="seconds")
        claim = queue.claim(standing.places, Worker(job.crew, socket.gethostname(), os.getpid(), now))
        if claim:
            events = Events(job.folder / "tensorboard", claim.run) if job.tensorboard else None
            with contextlib.suppress(ClaimLost):
                attempt(queue, claim, checkpoints, events)
        else:
            time.sleep(IDLE_SECONDS)
        if not claim or job.plan.tuning:  # what a tuning run came to says what is to be done next, and first of all
            standing = enqueue(queue, job.plan)
