"""Trains one task, in a local worker or on a node of a cluster: from a run, its checkpoint and the curves that it is
pruned by, to events and rows.

This module uses no storage, no folder and no other run. So the rows depend on the task alone, on any machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from traceback import format_exception_only

from seq2seq_core.training import CheckpointError, EpochMetrics, Tracker
from studies.design.study_file import last_line
from studies.planning.pruner import Course, should_prune
from studies.planning.run import Run
from studies.planning.run_rows import Rows, failed_rows, objective_column
from studies.training.train_run import Pruned, train_to_rows


@dataclass(frozen=True)
class Task:
    """All that a worker or a node has to know of a run."""

    run: Run
    checkpoint: bytes | None
    """Of the last finished epoch; None for a run that begins."""
    earlier: tuple[Course, ...]
    """The earlier trials, which decide whether a tuning run is pruned."""


def perform(
    task: Task,
    on_epoch: Callable[[EpochMetrics], None],
    on_checkpoint: Callable[[bytes], None],
    *,
    trackers: Sequence[Tracker] = (),
    files: Sequence[Path] = (),
) -> Rows:
    """Trains the run and returns its rows, also if it is pruned or fails.

    Calls `on_epoch` after each epoch, also for those in the checkpoint, and `on_checkpoint` with each new checkpoint.
    Errors of these two are raised as they are; so is CheckpointError if the checkpoint is damaged or belongs to another
    run. `files` are the code of a study from outside this project; the reason of a failed run names the last executed
    line of it.
    """
    curve = list[float]()
    raised = list[Exception]()

    @contextmanager
    def outside() -> Iterator[None]:
        try:
            yield
        except Exception as error:
            raised.append(error)
            raise

    def after_epoch(point: EpochMetrics) -> None:
        with outside():
            on_epoch(point)
        if task.run.trial and point.finite:
            curve.append(getattr(point, objective_column(task.run.trial.primary)))
            if should_prune(task.run, curve, task.earlier):
                raise Pruned

    def keep(checkpoint: bytes) -> None:
        with outside():
            on_checkpoint(checkpoint)

    try:
        return train_to_rows(task.run, after_epoch, checkpoint=task.checkpoint, on_checkpoint=keep, trackers=trackers)
    except CheckpointError:
        raise
    except Exception as error:
        if raised:
            raise
        return failed_rows(_reason(error, files))  # any other failure is the outcome of this run


def _reason(error: Exception, files: Sequence[Path]) -> str:
    reason = "".join(format_exception_only(error)).strip()
    last = last_line(files, error)
    return f"{reason} ({last[0].name}, line {last[1]})" if last else reason
