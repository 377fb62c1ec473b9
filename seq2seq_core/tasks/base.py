"""What a task is: how sources are drawn, the target of a source, and where attention is expected to look."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import torch
from torch import Tensor

from seq2seq_core.padding import mask_from_lengths
from seq2seq_core.registry import Registry
from seq2seq_core.tokens import FIRST_LETTER, PAD


class Task(ABC):
    """A function from a source of letters to a target of letters. It has no state; sizes are in `TaskConfig`."""

    from_files: bool = False
    """True for a task whose sources and targets are read from files instead of drawn."""

    def __init_subclass__(cls, *, name: str | None = None, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if name:
            TASKS.add(name, cls)

    def draw_sources(self, lengths: Tensor, letters: int, generator: torch.Generator) -> Tensor:
        """lengths (B,) on the CPU -> sources (B,S) on the generator's device: letters drawn uniformly from the first
        `letters` of the alphabet, padded to the longest."""
        shape, device = (lengths.numel(), int(lengths.max())), generator.device
        tokens = torch.randint(FIRST_LETTER, FIRST_LETTER + letters, shape, generator=generator, device=device)
        return tokens.masked_fill(~mask_from_lengths(lengths, shape[1], device), PAD)

    @abstractmethod
    def targets(self, sources: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """sources (B,S), lengths (B,) on the CPU -> targets (B,T) without EOS, padded to the longest; their lengths
        (B,) on the CPU. Targets consist of letters of the source's alphabet."""

    def longest_target(self, length: int) -> int:
        """Letters of the longest target that a source of `length` letters can have."""
        return length

    def expected_alignment(self, length: int) -> list[int] | None:
        """For each letter of the target of a source of `length` letters, the source position, from 0, that a model
        with attention is expected to look at while it writes the letter. None if the task has no such alignment."""
        return None


TASKS: Registry[Task] = Registry("task", Task)
"""Name -> task. The config validates `TaskConfig.task` against it; the conformance tests cover every entry."""
