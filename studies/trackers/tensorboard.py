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

import os
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from results.tables.atomic_write import plain_name
from seq2seq_core.training import EpochMetrics, Tracker

if TYPE_CHECKING:
    from studies.planning.run import Run


def run_folder(folder: Path, run: Run) -> Path:
    """The folder of a run's event files inside the log folder."""
    arm = plain_name(f"arm={run.variant.arm}")
    levels = [plain_name(f"{factor}={level}") for factor, level in run.variant.levels.items()]
    trial = [f"trial={run.trial.number}"] if run.trial else []
    return folder.joinpath(arm, *levels, *trial, f"seed={run.seed}", run.run_id)


class TensorBoard(Tracker):
    """The event file of one training, or of one attempt at it."""

    def __init__(self, folder: Path, params: Mapping[str, Any] | None = None) -> None:
        """`folder` is that of one training. `params` are shown as its parameters, by default all its settings."""
        # TensorBoard reads files in the order of their names.
        self._path = folder / f"events.out.tfevents.{time.time_ns()}.{socket.gethostname()}.{os.getpid()}"
        self._params = params
        self._size = 0

    def on_start(self, settings: Mapping[str, Any]) -> None:
        if self._params is None:
            self._params = settings

    def on_epoch(self, metrics: EpochMetrics) -> None:
        """Writes the metrics of an epoch. After an OSError the same ones can be added again without a duplicate."""
        from tensorboard.compat.proto.event_pb2 import Event, SessionLog  # type: ignore[import-untyped]
        from torch.utils.tensorboard import RecordWriter
        from torch.utils.tensorboard.summary import hparams

        now = time.time()
        event = Event(wall_time=now, step=metrics.step)
        for name, value in metrics.by_name.items():
            event.summary.value.add(tag=name, simple_value=value)
        events = [event]
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("ab") as file:
            if file.tell() < self._size:  # the folder has been cleared
                self._size = 0
            file.truncate(self._size)  # a full disk may have kept the beginning of an event
            if not self._size:
                restart = SessionLog(status=SessionLog.START)
                head = [Event(wall_time=now, file_version="brain.Event:2"), Event(wall_time=now, session_log=restart)]
                # As text: TensorBoard shows the seed 0 as 0.0000, and refuses None.
                params = {
                    name: value if isinstance(value, float | str) else str(value)
                    for name, value in (self._params or {}).items()
                }
                # Without the declaration of an experiment, TensorBoard finds out which parameters differ.
                _, *session = hparams(params, {})  # type: ignore[no-untyped-call]
                events = [*head, *(Event(wall_time=now, summary=summary) for summary in session), event]
            for one in events:
                RecordWriter(file).write(one.SerializeToString())
            file.flush()
            self._size = file.tell()
