"""Slips in the data."""

from __future__ import annotations

import torch
from torch import Tensor

from seq2seq_core.config import TrainConfig
from seq2seq_core.examples import Batch, Examples


class FixedStrings(Examples):
    """The first epoch's batches of a stream, over and over, in the same order."""

    def __init__(self, examples: Examples, training: TrainConfig) -> None:
        self.task = examples.task
        self.device = examples.device
        self._batches = [examples.draw(training.batch_size) for _ in range(training.steps_per_epoch)]
        self._drawn = 0

    def get_state(self) -> list[Tensor]:
        return [torch.tensor(self._drawn)]

    def set_state(self, state: list[Tensor]) -> None:
        self._drawn = int(state[0])

    def draw(self, size: int) -> Batch:
        """The next batch; it has the size that all of them have."""
        batch = self._batches[self._drawn % len(self._batches)]
        self._drawn += 1
        return batch
