"""One attempt at a run: taken up from its checkpoint, reported after each epoch, and settled with its rows."""

from __future__ import annotations

import multiprocessing
from functools import partial
from traceback import format_exception_only

from optuna.exceptions import OptunaError
from sqlalchemy.exc import SQLAlchemyError

from seq2seq_core.training import EpochMetrics
from seq2seq_core.training.checkpoint import CheckpointError
from studies.engine.checkpoints import Checkpoints
from studies.engine.heartbeat import beating
from studies.engine.queue import Claim, ClaimLost, Queue
from studies.engine.retry import RetryTimeout, retry
from studies.engine.tensorboard import Events
from studies.engine.train_run import Pruned, rows_of
from studies.planning.pruner import prunes
from studies.planning.run_rows import Rows, failed, status_of


class Orphaned(Exception):
    """The command that this worker belongs to is gone."""


def attempt(queue: Queue, claim: Claim, checkpoints: Checkpoints, events: Events | None) -> None:
    """Does a claimed run and settles it, with its rows or as failed.

    ClaimLost if the run was given to another meanwhile, Orphaned if the command that wanted it is gone.
    """
    with beating(queue.storage, claim.trial_id):
        rows = _rows(queue, claim, checkpoints, events)
        queue.finish(claim, rows)
    run = claim.run
    if run.trial is None and run.seed == 0 and status_of(rows) == "done":
        retry(partial(checkpoints.keep, run.run_id), queue.tell)
    retry(partial(checkpoints.remove, run.run_id), queue.tell)


def _rows(queue: Queue, claim: Claim, checkpoints: Checkpoints, events: Events | None) -> Rows:
    run, curve = claim.run, list[float]()
    earlier = queue.settled() if run.trial else {}

    def on_epoch(point: EpochMetrics) -> None:
        check_parent()
        queue.report(claim, point.epoch, point.levenshtein_accuracy)
        if events:
            retry(partial(events.add, point), queue.tell)
        curve.append(point.levenshtein_accuracy)
        if run.trial and point.finite and prunes(run, curve, earlier):
            raise Pruned

    def on_checkpoint(checkpoint: bytes) -> None:
        retry(partial(checkpoints.write, run.run_id, checkpoint), queue.tell)

    checkpoint = retry(partial(checkpoints.read, run.run_id), queue.tell)
    try:
        try:
            return rows_of(run, on_epoch, checkpoint=checkpoint, on_checkpoint=on_checkpoint)
        except CheckpointError as error:
            aside = retry(partial(checkpoints.set_aside, run.run_id), queue.tell)
            queue.tell(f"run {run.run_id}: {error}; it is set aside as {aside}, and the run begins again")
            return rows_of(run, on_epoch, on_checkpoint=on_checkpoint)
    except (ClaimLost, Orphaned, RetryTimeout, OptunaError, SQLAlchemyError):
        raise  # the engine's trouble, not the run's
    except Exception as error:  # whatever it is, it is this run's outcome, and the others go on
        return failed("".join(format_exception_only(error)).strip())


def check_parent() -> None:
    """Raises Orphaned in a process whose parent has died."""
    parent = multiprocessing.parent_process()
    if parent is not None and not parent.is_alive():
        raise Orphaned
