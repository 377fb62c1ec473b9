"""Training data of a fixed size: a stream that repeats its first batches in the same order."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from seq2seq_core.examples import Batch, Examples


class FixedBatches(Examples):
    """The same batches again and again. They follow from the seed, so only the position is a state."""

    def __init__(self, examples: Examples, batches: Sequence[Batch]) -> None:
        """`batches`: those that were drawn from `examples`."""
        self.task = examples.task
        self.device = examples.device
        self.one_pass = batches
        self._drawn = 0

    def get_state(self) -> list[Tensor]:
        return [torch.tensor(self._drawn)]

    def set_state(self, state: list[Tensor]) -> None:
        self._drawn = int(state[0])

    def draw(self, size: int) -> Batch:
        """The next batch. `size` is ignored: a batch has the size that it was drawn with."""
        batch = self.one_pass[self._drawn % len(self.one_pass)]
        self._drawn += 1
        return batch
