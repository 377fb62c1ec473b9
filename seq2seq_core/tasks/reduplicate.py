"""Write the source twice, forward or reversed (total reduplication, as in Wang 2023).

                 reduplicate                     reduplicate_reversed
source   a b c        target   a b c a b c </s>        target   c b a c b a </s>
         b . .                 b b </s> . . . .                 b b </s> . . . .         a dot is padding
"""

from __future__ import annotations

import torch
from torch import Tensor

from seq2seq_core.padding import reverse_within_length
from seq2seq_core.tasks.base import Task
from seq2seq_core.tokens import PAD


class Reduplicate(Task, name="reduplicate"):
    """The expected alignment runs over the source twice."""

    def targets(self, sources: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        targets = torch.cat([sources, torch.full_like(sources, PAD)], dim=1)
        places = torch.arange(targets.size(1), device=sources.device)
        ends = lengths.to(sources.device, non_blocking=True).unsqueeze(1)
        again = targets.gather(1, (places - ends).clamp(min=0))  # the source, moved on by its length
        return torch.where((places >= ends) & (places < 2 * ends), again, targets), 2 * lengths

    def longest_target(self, length: int) -> int:
        return 2 * length

    def expected_alignment(self, length: int) -> list[int]:
        return [*range(length)] * 2


class ReduplicateReversed(Reduplicate, name="reduplicate_reversed"):
    """The expected alignment runs over the source twice, from its end."""

    def targets(self, sources: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        return super().targets(reverse_within_length(sources, lengths), lengths)

    def expected_alignment(self, length: int) -> list[int]:
        return [*range(length - 1, -1, -1)] * 2
