"""One run's points as an event file for TensorBoard, for those who want to watch; nothing else reads it.

    folder/general/max_length=14/seed=0/f2a8c01b93de/events.out.tfevents.*

The folders say what the run is, in names that a file system takes; its id keeps apart those that read alike.

A run that is taken up again gets a second file, which tells its points from the first on and begins with the mark of a
restart: TensorBoard then forgets the points of the file before, also while it is open. (Were that file removed
instead, an open TensorBoard that reads without its data server would see nothing more of the run.)
The events are written here and not by torch's SummaryWriter: on a full disk that loses its thread, and with it the run.
"""

from __future__ import annotations

import importlib.util
import os
import socket
import time
from pathlib import Path
from typing import TYPE_CHECKING

from results.tables.atomic_write import InputError, plain_name

if TYPE_CHECKING:
    from seq2seq_core.training import EpochMetrics
    from studies.planning.run import Run


def check_tensorboard() -> None:
    """InputError, with what to install, if the package is missing; nothing is imported."""
    if importlib.util.find_spec("tensorboard") is None:
        raise InputError("--tensorboard: the package tensorboard is missing; pip install --editable '.[tensorboard]'")


class Events:
    """The event file of one attempt at a run."""

    def __init__(self, folder: Path, run: Run) -> None:
        levels = [plain_name(f"{factor}={level}") for factor, level in run.levels.items()]
        trial = [f"trial={run.trial.number}"] if run.trial else []
        # Files are read in the order of their names.
        name = f"events.out.tfevents.{time.time_ns()}.{socket.gethostname()}.{os.getpid()}"
        self._path = folder.joinpath(plain_name(run.arm), *levels, *trial, f"seed={run.seed}", run.run_id, name)
        self._size = 0

    def add(self, point: EpochMetrics) -> None:
        """Writes a point. OSError if the disk does not take it; it may then be added again, and is there once."""
        from tensorboard.compat.proto.event_pb2 import Event, SessionLog  # type: ignore[import-untyped]
        from torch.utils.tensorboard import RecordWriter

        now = time.time()
        told = Event(wall_time=now, step=point.step)
        # As in the tables, the epoch in which a run diverges has no accuracies: a zero would be read as one.
        accuracies = ("levenshtein_accuracy", "exact_match") if point.finite else ()
        for figure in ("train_loss", "eval_loss", *accuracies):
            told.summary.value.add(tag=figure, simple_value=getattr(point, figure))
        events = [told]
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("ab") as file:
            if file.tell() < self._size:  # somebody cleared the folder
                self._size = 0
            file.truncate(self._size)  # a full disk may have taken the beginning of an event
            if not self._size:
                restart = SessionLog(status=SessionLog.START)
                head = [Event(wall_time=now, file_version="brain.Event:2"), Event(wall_time=now, session_log=restart)]
                events = [*head, told]
            for event in events:
                RecordWriter(file).write(event.SerializeToString())
            file.flush()
            self._size = file.tell()
