"""The user's own pairs of source and target, read from files.

source   3 March 2021        target   2021-03-03 </s>

`TaskConfig.data` names the file; `seq2seq_core.data` reads it.
"""

from __future__ import annotations

from torch import Tensor

from seq2seq_core.tasks.base import Task


class Pairs(Task, name="pairs"):
    """The pairs are given, so sources are not drawn, and no alignment is expected."""

    from_files = True

    def targets(self, sources: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        raise TypeError("pairs have the targets of their files; expected a task that computes the target of a source")
