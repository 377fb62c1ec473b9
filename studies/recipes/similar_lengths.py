"""Training data of a fixed size in batches of similar lengths, which are put together anew in each pass."""

from __future__ import annotations

import torch
from torch import Tensor

from seq2seq_core.examples import Batch, Examples

POOL = 100
"""Batches that are cut from the same strings, sorted by length"""


class SimilarLengths(Examples):
    """Passes over a fixed number of strings, as by the BucketIterator of torchtext 0.3: a pass shuffles the strings,
    takes those of `POOL` batches at a time, sorts them by the length of the source, cuts them into batches, and
    shuffles these."""

    def __init__(self, examples: Examples, strings: int, batch_size: int, order: torch.Generator) -> None:
        """`examples`: where the strings are drawn from. `order`: on the CPU; it decides the order of each pass."""
        self.task = examples.task
        self.device = examples.device
        self._all = examples.draw(strings)
        self._batch_size = batch_size
        self._order = order
        self._start_pass(order.get_state())

    def get_state(self) -> list[Tensor]:
        """The state of the order before the pass, and the batches of the pass that were drawn."""
        return [self._before, torch.tensor(self._drawn)]

    def set_state(self, state: list[Tensor]) -> None:
        self._start_pass(state[0])
        self._drawn = int(state[1])

    def draw(self, size: int) -> Batch:
        """The next batch. `size` is ignored: batches have the size that the stream was made with."""
        if self._drawn == len(self._batches):
            self._start_pass(self._order.get_state())
        rows = self._batches[self._drawn]
        self._drawn += 1
        source_lengths, target_lengths = self._all.source_lengths[rows], self._all.target_lengths[rows]
        rows = rows.to(self.device)
        return Batch(
            source=self._all.source[rows, : int(source_lengths.max())],
            source_lengths=source_lengths,
            target=self._all.target[rows, : int(target_lengths.max())],
            target_lengths=target_lengths,
        )

    def _start_pass(self, state: Tensor) -> None:
        self._before, self._drawn = state, 0
        self._order.set_state(state)
        self._batches: list[Tensor] = []
        """Of the pass: the rows of each batch among all strings"""
        lengths = self._all.source_lengths
        for pool in torch.split(torch.randperm(len(lengths), generator=self._order), POOL * self._batch_size):
            batches = torch.split(pool[lengths[pool].argsort(stable=True)], self._batch_size)
            self._batches += [batches[place] for place in torch.randperm(len(batches), generator=self._order)]
