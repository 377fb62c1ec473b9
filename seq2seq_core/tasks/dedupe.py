"""Write each run of equal letters once (DeDupe of Ray Chowdhury and Caragea 2023).

source   a a b b b a        target   a b a </s>
         c c . . . .                 c </s> . .         a dot is padding
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from seq2seq_core.padding import mask_from_lengths
from seq2seq_core.tasks.base import Task
from seq2seq_core.tokens import FIRST_LETTER, PAD

CHANGE = 1 / 3
"""The probability that a position begins a new run, so that a run has three letters on average. In the paper a letter
has one, three or five, which depends on the letter."""


class Dedupe(Task, name="dedupe"):
    """The step over the source depends on its letters, so no alignment is expected."""

    def draw_sources(self, lengths: Tensor, letters: int, generator: torch.Generator) -> Tensor:
        """Runs of random lengths; neighbouring runs have different letters, drawn uniformly."""
        shape, device = (lengths.numel(), int(lengths.max())), generator.device
        begins = torch.rand(shape, generator=generator, device=device) < CHANGE
        first = torch.randint(letters, (shape[0], 1), generator=generator, device=device)
        # From one run to the next, the letter moves round the alphabet by 1 to letters - 1.
        moves = torch.randint(1, max(2, letters), shape, generator=generator, device=device) * begins
        tokens = FIRST_LETTER + (first + moves.cumsum(dim=1)) % letters
        return tokens.masked_fill(~mask_from_lengths(lengths, shape[1], device), PAD)

    def targets(self, sources: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        before = functional.pad(sources[:, :-1], (1, 0), value=PAD)
        begins = (sources != before) & (sources != PAD)
        counts = begins.sum(dim=1)
        order = begins.logical_not().to(torch.uint8).argsort(dim=1, stable=True)  # the beginnings of runs first
        targets = sources.masked_fill(~begins, PAD).gather(1, order)
        return targets[:, : int(counts.max())], counts.cpu()
