"""The examples of the task `pairs`, in batches on the device."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from seq2seq_core.config import TaskConfig
from seq2seq_core.data.pair_data import Sequences
from seq2seq_core.examples import Batch, Examples
from seq2seq_core.seeding import generator
from seq2seq_core.tokens import EOS, PAD

_SETS = {"train": "train", "evaluation": "evaluation", "test": "test", "alignment": "test"}
"""Stream -> the set that it takes its pairs from."""


class PairExamples(Examples):
    """Training draws epochs over the pairs, each in a new random order; a batch may have pairs of two epochs. The other
    streams give their pairs in one order, which does not depend on the seed of the run, and start again at the end."""

    def __init__(self, task: TaskConfig, seed: int, stream: str, device: torch.device) -> None:
        self.task = task
        self.device = device
        self._pairs = task.pairs.sets[_SETS[stream]]
        self._generator = generator(seed, f"{stream} pairs", torch.device("cpu")) if stream == "train" else None
        self._begin()

    def get_state(self) -> list[Tensor]:
        """The random state before the current epoch, if it has one, and the position in the epoch."""
        return [self._start, torch.tensor(self._position)]

    def set_state(self, state: list[Tensor]) -> None:
        start, position = state
        if self._generator:
            self._generator.set_state(start)
        self._begin()
        self._position = int(position)

    def draw(self, size: int) -> Batch:
        """The next `size` pairs."""
        chosen = []
        while size:
            part = self._order[self._position : self._position + size]
            chosen.append(part)
            self._position += len(part)
            size -= len(part)
            if self._position == len(self._order):
                self._begin()
        return self._batch(torch.cat(chosen))

    def spread(self, size: int) -> Batch:
        """The pairs at equal steps of the order by source length: a batch with the lengths of the set."""
        by_length = torch.argsort(self._pairs.sources.lengths, stable=True)
        places = (torch.arange(size) + 0.5) * len(by_length) / size
        return self._batch(by_length[places.long()])

    def _batch(self, rows: Tensor) -> Batch:
        """The pairs of these rows (B,)."""
        source, source_lengths = _padded(self._pairs.sources, rows)
        target, target_lengths = _padded(self._pairs.targets, rows)
        target = functional.pad(target, (0, 1), value=PAD).scatter(1, target_lengths.unsqueeze(1), EOS)
        return Batch(
            source=source.to(self.device),
            source_lengths=source_lengths,
            target=target.to(self.device),
            target_lengths=target_lengths + 1,
        )

    def draw_lengths(self, lengths: Tensor) -> Batch:
        raise TypeError("pairs have the lengths of their data; expected `draw`")

    def available(self, size: int) -> int:
        """At most the pairs of the set."""
        return min(size, len(self._pairs))

    def draw_example(self) -> Tensor:
        """The source (1,S) of the first pair whose source is no longer than the median."""
        lengths = self._pairs.sources.lengths[self._order]
        first = int((lengths <= lengths.median()).nonzero()[0])
        return _padded(self._pairs.sources, self._order[first : first + 1])[0].to(self.device)

    def _begin(self) -> None:
        """Starts an epoch."""
        count, self._position = len(self._pairs), 0
        if self._generator:
            self._start = self._generator.get_state()
            self._order = torch.randperm(count, generator=self._generator)
        else:
            self._start = torch.empty(0, dtype=torch.uint8)
            self._order = torch.arange(count)


def _padded(sequences: Sequences, rows: Tensor) -> tuple[Tensor, Tensor]:
    """The sequences of these rows (B,), padded to the longest (B,L), and their lengths (B,)."""
    lengths = sequences.lengths[rows]
    position = torch.arange(int(lengths.max()))
    places = (sequences.starts[rows].unsqueeze(1) + position).clamp(max=len(sequences.tokens) - 1)
    return sequences.tokens[places].long().masked_fill(position >= lengths.unsqueeze(1), PAD), lengths
