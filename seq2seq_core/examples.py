"""Random examples of a task, drawn in batches on the device."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from seq2seq_core.config import TaskConfig
from seq2seq_core.seeding import generator
from seq2seq_core.tokens import EOS, PAD


@dataclass(frozen=True)
class Batch:
    """B examples. Tokens are on the device, lengths on the CPU, where `pack_padded_sequence` needs them."""

    source: Tensor
    """(B,S): letters, padding"""
    source_lengths: Tensor
    """(B,) on the CPU"""
    target: Tensor
    """(B,T): letters, EOS, padding"""
    target_lengths: Tensor
    """(B,) on the CPU, including EOS"""

    def split(self, size: int) -> Iterator[Batch]:
        """Batches of at most `size` of these examples, in order, padded to the same lengths as here."""
        tensors = (self.source, self.source_lengths, self.target, self.target_lengths)
        for parts in zip(*(torch.split(tensor, size) for tensor in tensors), strict=True):
            yield Batch(*parts)


class Examples:
    """An endless stream of examples. The same task, seed, stream, device and sizes give the same batches.

    `stream` names what the examples are for, such as "train" or "test"; streams of different names are independent.
    """

    def __init__(self, task: TaskConfig, seed: int, stream: str, device: torch.device) -> None:
        self.task = task
        self.device = device
        self.letters = task.letters
        """The size of the alphabet that sources are drawn from."""
        self._lengths = generator(seed, f"{stream} lengths", torch.device("cpu"))
        self._letters = generator(seed, f"{stream} letters", device)

    def get_state(self) -> list[Tensor]:
        """The position in the stream, as tensors on the CPU that `set_state` accepts."""
        return [self._lengths.get_state(), self._letters.get_state()]

    def set_state(self, state: list[Tensor]) -> None:
        """Moves to the position of a stream on the same kind of device."""
        for source, value in zip((self._lengths, self._letters), state, strict=True):
            source.set_state(value)

    def draw(self, size: int) -> Batch:
        """The next `size` examples, of random lengths, padded to the longest of them."""
        task = self.task
        lengths = torch.randint(task.min_length, task.max_length + 1, (size,), generator=self._lengths)
        return self.draw_lengths(lengths)

    def batches(self, size: int, at_once: int) -> Iterator[Batch]:
        """The next `size` examples, in batches of at most `at_once`."""
        for done in range(0, size, at_once):
            yield self.draw(min(at_once, size - done))

    def draw_lengths(self, lengths: Tensor) -> Batch:
        """The next examples with sources of the given lengths (B,), a CPU tensor."""
        definition = self.task.definition
        source = definition.draw_sources(lengths, self.letters, self._letters)
        letters, target_lengths = definition.targets(source, lengths)
        ends = target_lengths.to(self.device, non_blocking=True).unsqueeze(1)
        target = functional.pad(letters, (0, 1), value=PAD).scatter(1, ends, EOS)
        return Batch(source=source, source_lengths=lengths, target=target, target_lengths=target_lengths + 1)

    def available(self, size: int) -> int:
        """The number of examples that an evaluation of `size` examples takes: all of them, as the stream is endless."""
        return size

    def draw_example(self) -> Tensor:
        """The source (1,S) of the next example with a source of the greatest length."""
        return self.draw_lengths(torch.tensor([self.task.max_length])).source
