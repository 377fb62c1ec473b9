"""Write each letter once, three or five times, as its place in the alphabet says (ReCopy of Ray Chowdhury and Caragea
2023): a, d, g, ... once, b, e, h, ... three times, c, f, i, ... five times.

source   a b d        target   a b b b d </s>
         b . .                 b b b </s> . .         a dot is padding
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from seq2seq_core.tasks.base import Task
from seq2seq_core.tokens import FIRST_LETTER, PAD

TIMES = (1, 3, 5)
"""How often a letter is written, by its place modulo 3. In the paper it is the letter's third of the alphabet."""


class Recopy(Task, name="recopy"):
    """The step over the source depends on its letters, so no alignment is expected."""

    def targets(self, sources: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        places = (sources - FIRST_LETTER) % len(TIMES)
        times = torch.tensor(TIMES, device=sources.device)[places].masked_fill(sources == PAD, 0)
        counts = times.sum(dim=1).cpu()
        written = sources.flatten().repeat_interleave(times.flatten())
        rows = torch.split(written, counts.tolist())
        return pad_sequence([*rows], batch_first=True, padding_value=PAD), counts

    def longest_target(self, length: int) -> int:
        return max(TIMES) * length
