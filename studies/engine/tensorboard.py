"""Event files for TensorBoard: the parameters of a run, and the metrics of each epoch. Nothing else reads them.

    folder/arm=general/max_length=14/seed=0/f2a8c01b93de/events.out.tfevents.*

The folders name the run, in characters that every file system accepts; the id separates runs whose names look alike.
The tab HPARAMS of TensorBoard lists the parameters, and filters by them.

A run that continues from a checkpoint gets a second file, which holds its points from the first epoch and begins with a
restart event: TensorBoard then drops the points of the earlier file, also while it is open. (If the earlier file were
removed instead, a TensorBoard that is open without its data server would show nothing more of the run.)
The events are written here and not by torch's SummaryWriter, whose thread dies on a full disk and with it the run.
"""

from __future__ import annotations

import importlib.util
import os
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from results.tables.atomic_write import InputError, plain_name

if TYPE_CHECKING:
    from seq2seq_core.training import EpochMetrics
    from studies.planning.run import Run

LOSSES = ("train_loss", "eval_loss")
METRICS = (*LOSSES, "levenshtein_accuracy", "exact_match")


def check_tensorboard() -> None:
    """InputError if the package is missing; the message says what to install. Imports nothing."""
    if importlib.util.find_spec("tensorboard") is None:
        raise InputError("--tensorboard: the package tensorboard is missing; pip install --editable '.[tensorboard]'")


class Events:
    """The event file of one attempt at a run."""

    def __init__(self, folder: Path, run: Run, params: Mapping[str, Any]) -> None:
        """`params` are the parameters of the run's trial."""
        arm = plain_name(f"arm={run.variant.arm}")
        levels = [plain_name(f"{factor}={level}") for factor, level in run.variant.levels.items()]
        trial = [f"trial={run.trial.number}"] if run.trial else []
        # TensorBoard reads files in the order of their names.
        name = f"events.out.tfevents.{time.time_ns()}.{socket.gethostname()}.{os.getpid()}"
        self._path = folder.joinpath(arm, *levels, *trial, f"seed={run.seed}", run.run_id, name)
        # As text: TensorBoard shows the seed 0 as 0.0000.
        self._params = {name: str(value) if isinstance(value, int) else value for name, value in params.items()}
        self._size = 0

    def add(self, point: EpochMetrics) -> None:
        """Writes the metrics of an epoch. After an OSError the same point can be added again without a duplicate."""
        from tensorboard.compat.proto.event_pb2 import Event, SessionLog  # type: ignore[import-untyped]
        from torch.utils.tensorboard import RecordWriter
        from torch.utils.tensorboard.summary import hparams

        now = time.time()
        metrics = Event(wall_time=now, step=point.step)
        # As in the tables, the epoch in which a run diverges has no accuracies: a zero would be misleading.
        for name in METRICS if point.finite else LOSSES:
            metrics.summary.value.add(tag=name, simple_value=getattr(point, name))
        events = [metrics]
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("ab") as file:
            if file.tell() < self._size:  # the folder has been cleared
                self._size = 0
            file.truncate(self._size)  # a full disk may have kept the beginning of an event
            if not self._size:
                restart = SessionLog(status=SessionLog.START)
                head = [Event(wall_time=now, file_version="brain.Event:2"), Event(wall_time=now, session_log=restart)]
                # Without the declaration of an experiment, TensorBoard finds out which parameters differ.
                _, *session = hparams(self._params, {})  # type: ignore[no-untyped-call]
                events = [*head, *(Event(wall_time=now, summary=summary) for summary in session), metrics]
            for event in events:
                RecordWriter(file).write(event.SerializeToString())
            file.flush()
            self._size = file.tell()
