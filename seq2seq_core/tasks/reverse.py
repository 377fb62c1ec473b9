"""The task: invert a random sequence, "abcd" -> "dcba". Examples are born on the device, from a seed.

    source         a b c d      lengths 4, 2        target          d c b a </s>
                   c a . .                                          a c </s> . .

A dot is padding.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from seq2seq_core.config import TaskConfig
from seq2seq_core.padding import reverse_within_length
from seq2seq_core.seeding import generator
from seq2seq_core.tokens import EOS, FIRST_LETTER, PAD


@dataclass(frozen=True)
class Batch:
    """Tokens on the device, lengths on the CPU, where `pack_padded_sequence` wants them."""

    source: Tensor
    """(B,S)"""
    source_lengths: Tensor
    """(B,) on the CPU"""
    target: Tensor
    """(B,T): the answer, EOS, padding"""
    target_lengths: Tensor
    """(B,) on the CPU, EOS counted"""

    def split(self, size: int) -> Iterator[Batch]:
        """Batches of so many of its examples, in order, as wide as they are here."""
        tensors = (self.source, self.source_lengths, self.target, self.target_lengths)
        for parts in zip(*(torch.split(tensor, size) for tensor in tensors), strict=True):
            yield Batch(*parts)


class Examples:
    """An endless stream of the task's examples: the same seed, stream, device and sizes give the same batches."""

    def __init__(self, task: TaskConfig, seed: int, stream: str, device: torch.device) -> None:
        self.task = task
        self.device = device
        self.letters = task.letters
        """How many of the alphabet's letters are drawn: all, where nothing else is said."""
        self._lengths = generator(seed, f"{stream} lengths", torch.device("cpu"))
        self._letters = generator(seed, f"{stream} letters", device)

    def get_state(self) -> list[Tensor]:
        """Where the stream is: what `set_state` takes, as bytes on the CPU."""
        return [self._lengths.get_state(), self._letters.get_state()]

    def set_state(self, state: list[Tensor]) -> None:
        """Goes to where a stream of the same device was."""
        for source, value in zip((self._lengths, self._letters), state, strict=True):
            source.set_state(value)

    def draw(self, size: int) -> Batch:
        """The next `size` examples, padded to the longest of them."""
        task = self.task
        lengths = torch.randint(task.min_length, task.max_length + 1, (size,), generator=self._lengths)
        return self.draw_lengths(lengths)

    def draw_lengths(self, lengths: Tensor) -> Batch:
        """Examples whose sources have the given lengths (B,), a CPU tensor."""
        shape = (lengths.numel(), int(lengths.max()))
        beyond = FIRST_LETTER + self.letters
        letters = torch.randint(FIRST_LETTER, beyond, shape, generator=self._letters, device=self.device)
        ends = lengths.to(self.device, non_blocking=True).unsqueeze(1)
        source = letters.masked_fill(torch.arange(shape[1], device=self.device) >= ends, PAD)
        target = functional.pad(reverse_within_length(source, lengths), (0, 1), value=PAD).scatter(1, ends, EOS)
        return Batch(source=source, source_lengths=lengths, target=target, target_lengths=lengths + 1)


def vocabulary(task: TaskConfig) -> int:
    """How many tokens there are, the special ones counted."""
    return FIRST_LETTER + task.letters
