"""What follows a training from outside: TensorBoard, MLflow, or a class of the user."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from seq2seq_core.training.result import EpochMetrics, Result


class Tracker:
    """Is called at the start of a training, after each epoch, and at the end. The base class does nothing.

    An error in a tracker does not end the training: a line on stderr says what it was, and the tracker is not called
    again in this training.
    """

    def on_start(self, settings: Mapping[str, Any]) -> None:
        """`settings` are those of model, task and training, with `seed`, `device` and `recipe`, as plain values."""

    def on_epoch(self, metrics: EpochMetrics) -> None:
        """A training that continues from a checkpoint calls it for the epochs in the checkpoint too."""

    def on_end(self, result: Result | None) -> None:
        """`result` is None if an exception has ended the training: an error, an interruption, or a pruner."""


class Trackers:
    """Calls the trackers of a training. None of their errors is raised."""

    def __init__(self, trackers: Sequence[Tracker]) -> None:
        self._trackers = list(trackers)
        self.result: Result | None = None

    @contextmanager
    def of(self, settings: Mapping[str, Any]) -> Iterator[None]:
        """Around the training, which sets `result` at its end."""
        self._call(lambda tracker: tracker.on_start(settings))
        try:
            yield
        finally:
            self._call(lambda tracker: tracker.on_end(self.result))

    def on_epoch(self, metrics: EpochMetrics) -> None:
        self._call(lambda tracker: tracker.on_epoch(metrics))

    def _call(self, call: Callable[[Tracker], None]) -> None:
        for tracker in list(self._trackers):
            try:
                call(tracker)
            except Exception as error:
                self._trackers.remove(tracker)
                print(f"{failure(tracker, error)}; it is not called again in this training", file=sys.stderr)


def failure(tracker: Tracker, error: Exception) -> str:
    """The error of a tracker in one line."""
    return " ".join(f"the tracker {type(tracker).__name__} failed: {type(error).__name__}: {error}".split())
