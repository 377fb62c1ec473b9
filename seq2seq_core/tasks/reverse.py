"""Reverse a random string, the task of the article.

source   a b d c        target   c d b a </s>
         c a . .                 a c </s> . .         a dot is padding
"""

from __future__ import annotations

from torch import Tensor

from seq2seq_core.padding import reverse_within_length
from seq2seq_core.tasks.base import Task


class Reverse(Task, name="reverse"):
    """The expected alignment is the anti-diagonal."""

    def targets(self, sources: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        return reverse_within_length(sources, lengths), lengths

    def expected_alignment(self, length: int) -> list[int]:
        return list(range(length - 1, -1, -1))
