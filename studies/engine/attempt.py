"""An attempt at a claimed run: what its node gets, and what becomes of the events and rows that come back."""

from __future__ import annotations

import multiprocessing
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from seq2seq_core.training import CheckpointError, EpochMetrics, Tracker
from studies.engine.checkpoints import Checkpoints
from studies.engine.heartbeat import send_heartbeats
from studies.engine.queue import Claim, Queue
from studies.engine.retry import retry
from studies.engine.scheduler import PlanProgress
from studies.planning.pruner import courses_of_earlier
from studies.planning.run import Run
from studies.planning.run_rows import Rows, status_of
from studies.training.run_task import Task, perform


class ParentDied(Exception):
    """The process of the command that started this worker has died."""


class Attempt:
    """An attempt at a run, which a worker or a node trains. Only this class uses the storage and the output folder."""

    def __init__(self, queue: Queue, claim: Claim, checkpoints: Checkpoints, *, kept_seed: int | None) -> None:
        """`kept_seed` is the seed whose trained models are kept, but not those of tuning runs; None keeps none."""
        self.claim = claim
        self._queue = queue
        self._checkpoints = checkpoints
        self._kept_seed = kept_seed

    def task(self) -> Task:
        """The run from its last checkpoint."""
        run = self.claim.run
        earlier = courses_of_earlier(run, self._queue.finished_rows()) if run.trial else ()
        return Task(run, retry(partial(self._checkpoints.read, run.run_id), self._queue.notify), earlier)

    def restarted(self, error: CheckpointError) -> Task:
        """The run from its beginning; the checkpoint, which cannot be used, is set aside."""
        run_id = self.claim.run.run_id
        aside = retry(partial(self._checkpoints.set_aside, run_id), self._queue.notify)
        self._queue.notify(f"run {run_id}: {error}; the checkpoint is moved to {aside}, and the run starts again")
        return self.task()

    def report(self, points: Sequence[EpochMetrics]) -> None:
        """ClaimLost if the claim was lost."""
        self._queue.report(self.claim, {point.epoch: point.levenshtein_accuracy for point in points})

    def save(self, checkpoint: bytes) -> None:
        retry(partial(self._checkpoints.write, self.claim.run.run_id, checkpoint), self._queue.notify)

    def finish(self, rows: Rows) -> None:
        """Stores the rows, and keeps or removes the checkpoint."""
        self._queue.finish(self.claim, rows)
        settle = partial(settle_checkpoint, self._checkpoints, self.claim.run, rows, self._kept_seed)
        retry(settle, self._queue.notify)


def settle_leftovers(checkpoints: Checkpoints, progress: PlanProgress, kept_seed: int) -> None:
    """Settles the checkpoints of finished runs whose workers were killed before they did it."""
    left = checkpoints.left() & progress.finished.keys()
    for run in (run for run in progress.runs if run.run_id in left):
        settle_checkpoint(checkpoints, run, progress.finished[run.run_id], kept_seed)


def settle_checkpoint(checkpoints: Checkpoints, run: Run, rows: Rows, kept_seed: int | None) -> None:
    """Keeps the last checkpoint of a finished run as a model, if it has the seed, or removes it."""
    if run.trial is None and run.seed == kept_seed and status_of(rows) == "done":
        checkpoints.keep(run.run_id)
    checkpoints.remove(run.run_id)


def attempt(
    queue: Queue,
    claim: Claim,
    checkpoints: Checkpoints,
    *,
    kept_seed: int | None,
    trackers: Sequence[Tracker] = (),
    files: Sequence[Path] = (),
) -> None:
    """Trains a claimed run in this process; the arguments are those of `Attempt` and `perform`.

    ClaimLost if the claim was lost, ParentDied if the command of this worker has died.
    """
    one = Attempt(queue, claim, checkpoints, kept_seed=kept_seed)

    def report(point: EpochMetrics) -> None:
        check_parent()
        one.report([point])

    with send_heartbeats(queue.storage, [claim.trial_id]):
        try:
            rows = perform(one.task(), report, one.save, trackers=trackers, files=files)
        except CheckpointError as error:
            rows = perform(one.restarted(error), report, one.save, trackers=trackers, files=files)
        one.finish(rows)


def check_parent() -> None:
    """Raises ParentDied in a process whose parent has died."""
    parent = multiprocessing.parent_process()
    if parent is not None and not parent.is_alive():
        raise ParentDied
