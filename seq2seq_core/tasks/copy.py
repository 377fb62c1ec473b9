"""Copy a random string (Graves et al. 2014, section 4.1).

source   a b d c        target   a b d c </s>
         c a . .                 c a </s> . .         a dot is padding
"""

from __future__ import annotations

from torch import Tensor

from seq2seq_core.tasks.base import Task


class Copy(Task, name="copy"):
    """The expected alignment is the diagonal."""

    def targets(self, sources: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        return sources, lengths

    def expected_alignment(self, length: int) -> list[int]:
        return list(range(length))
