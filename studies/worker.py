"""What a worker process does: it takes runs until none is left, and owns nothing but the run in hand."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Collection
from pathlib import Path

import torch
from optuna.exceptions import OptunaError, UpdateFinishedTrialError

from seq2seq_core.training import Point
from studies.objective import failed, rows_of
from studies.queue import Claim, Queue, Rows
from studies.storage import open_storage


def work(folder: Path, study: str, wanted: Collection[str]) -> None:
    """Runs the wanted runs (ids) of a study that wait in the folder's storage, one after the other."""
    torch.set_num_threads(1)  # so that workers do not fight over cores, and rows do not depend on how many there are
    queue = Queue(open_storage(folder), study)
    try:
        while claim := queue.claim(wanted, os.getpid()):
            queue.finish(claim, _attempt(queue, claim))
    except UpdateFinishedTrialError:
        return  # a later call took the run in hand for abandoned and does it again: it is no longer this worker's


def _attempt(queue: Queue, claim: Claim) -> Rows:
    parent = multiprocessing.parent_process()

    def on_epoch(point: Point) -> None:
        if parent is not None and not parent.is_alive():
            sys.exit("the command that started this worker is gone")
        queue.report(claim, point.epoch, point.levenshtein_accuracy)

    try:
        return rows_of(claim.run, on_epoch)
    except OptunaError:
        raise  # the storage's trouble, not the run's
    except Exception as error:  # whatever it is, it is this run's outcome, and the others go on
        return failed(f"{type(error).__name__}: {error}")
