"""The order in which a kernel visits a padded batch: step by step, at each step only the rows that have not ended.

Rows are sorted by length, longest first, so the rows of a step are the first rows of the step before. Padding is never
computed. The positions of all steps, one step after another, are N rows: the layout of torch's PackedSequence.

    lengths 2, 3    positions (row, step): (1,0) (0,0) | (1,1) (0,1) | (1,2)    sizes 2, 2, 1    N = 5
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor


@dataclass(frozen=True)
class PackedLayout:
    """The layout of a batch of B rows padded to `steps` positions."""

    lengths: Tensor
    """(B,) on the CPU, each in 1..steps"""
    steps: int

    @cached_property
    def padding(self) -> float:
        """The share of the positions that are padding."""
        return 1 - float(self.lengths.sum()) / (self.lengths.numel() * self.steps)

    @cached_property
    def order(self) -> Tensor:
        """(B,), the rows of the batch, longest first."""
        return self.lengths.argsort(descending=True, stable=True)

    @cached_property
    def _active(self) -> Tensor:
        """(longest,B), true where the sorted row has a position at the step."""
        return torch.arange(int(self.lengths.max())).unsqueeze(1) < self.lengths[self.order]

    @cached_property
    def sizes(self) -> list[int]:
        """The number of rows at each step."""
        sizes: list[int] = self._active.sum(dim=1).tolist()
        return sizes

    @cached_property
    def positions(self) -> Tensor:
        """(2,N), the index into (B x steps,) of each packed position: read forwards, and each row from its end."""
        step, rank = self._active.nonzero(as_tuple=True)
        first = (self.order * self.steps)[rank]
        return torch.stack([first + step, first + (self.lengths - 1)[self.order][rank] - step])

    @cached_property
    def ends(self) -> Tensor:
        """(B,), the index into (N,) of the last position of each row of the batch."""
        rank = self.order.argsort()
        offsets = torch.tensor([0, *self.sizes]).cumsum(dim=0)
        return offsets[self.lengths - 1] + rank

    def pack(self, padded: Tensor, directions: int = 1) -> Tensor:
        """padded (B,steps,...) -> (D,N,...); the second direction reads each row from its end."""
        positions = self.positions[:directions]
        return padded.flatten(0, 1).index_select(0, positions.flatten()).view(*positions.shape, *padded.shape[2:])

    def unpack(self, packed: Tensor) -> Tensor:
        """packed (D,N,C) -> (B,steps,C x D), the directions side by side, zero at padding."""
        directions, _, size = packed.shape
        positions = self.positions[:directions] * directions + torch.arange(directions).unsqueeze(1)
        blank = packed.new_zeros(self.lengths.numel() * self.steps * directions, size)
        # index_copy, because its backward pass is a gather
        filled = blank.index_copy(0, positions.flatten(), packed.flatten(0, 1))
        return filled.view(-1, self.steps, directions * size)
