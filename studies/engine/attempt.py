"""One attempt at a run: continue from the checkpoint, report each epoch, store the rows."""

from __future__ import annotations

import multiprocessing
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from traceback import format_exception_only

from optuna.exceptions import OptunaError
from sqlalchemy.exc import SQLAlchemyError

from seq2seq_core.training import EpochMetrics, Tracker
from seq2seq_core.training.checkpoint import CheckpointError
from studies.design.study_file import last_line
from studies.engine.checkpoints import Checkpoints
from studies.engine.heartbeat import send_heartbeats
from studies.engine.queue import Claim, ClaimLost, Queue
from studies.engine.retry import RetryTimeout, retry
from studies.engine.train_run import Pruned, train_to_rows
from studies.planning.pruner import should_prune
from studies.planning.run_rows import Rows, failed_rows, status_of


class ParentDied(Exception):
    """The process of the command that started this worker has died."""


def attempt(
    queue: Queue,
    claim: Claim,
    checkpoints: Checkpoints,
    *,
    keep: bool,
    trackers: Sequence[Tracker] = (),
    files: Sequence[Path] = (),
) -> None:
    """Trains a claimed run and stores its rows, also if it fails.

    `keep`: whether the trained model is kept. `files`: the code of a study from outside this project; the reason of a
    failed run names the last executed line of it. ClaimLost if the claim was lost, ParentDied if the command of this
    worker has died.
    """
    with send_heartbeats(queue.storage, claim.trial_id):
        rows = _train(queue, claim, checkpoints, trackers, files)
        queue.finish(claim, rows)
    run = claim.run
    if keep and status_of(rows) == "done":
        retry(partial(checkpoints.keep, run.run_id), queue.notify)
    retry(partial(checkpoints.remove, run.run_id), queue.notify)


def _train(
    queue: Queue, claim: Claim, checkpoints: Checkpoints, trackers: Sequence[Tracker], files: Sequence[Path]
) -> Rows:
    run, curve = claim.run, list[float]()
    earlier = queue.finished_rows() if run.trial else {}

    def on_epoch(point: EpochMetrics) -> None:
        check_parent()
        queue.report(claim, point.epoch, point.levenshtein_accuracy)
        curve.append(point.levenshtein_accuracy)
        if run.trial and point.finite and should_prune(run, curve, earlier):
            raise Pruned

    def on_checkpoint(checkpoint: bytes) -> None:
        retry(partial(checkpoints.write, run.run_id, checkpoint), queue.notify)

    checkpoint = retry(partial(checkpoints.read, run.run_id), queue.notify)
    try:
        try:
            return train_to_rows(run, on_epoch, checkpoint=checkpoint, on_checkpoint=on_checkpoint, trackers=trackers)
        except CheckpointError as error:
            aside = retry(partial(checkpoints.set_aside, run.run_id), queue.notify)
            queue.notify(f"run {run.run_id}: {error}; the checkpoint is moved to {aside}, and the run starts again")
            return train_to_rows(run, on_epoch, on_checkpoint=on_checkpoint, trackers=trackers)
    except (ClaimLost, ParentDied, RetryTimeout, OptunaError, SQLAlchemyError):
        raise  # failures of the engine, not of the run
    except Exception as error:  # any other failure is the outcome of this run, and the other runs continue
        return failed_rows(_reason(error, files))


def _reason(error: Exception, files: Sequence[Path]) -> str:
    reason = "".join(format_exception_only(error)).strip()
    last = last_line(files, error)
    return f"{reason} ({last[0].name}, line {last[1]})" if last else reason


def check_parent() -> None:
    """Raises ParentDied in a process whose parent has died."""
    parent = multiprocessing.parent_process()
    if parent is not None and not parent.is_alive():
        raise ParentDied
