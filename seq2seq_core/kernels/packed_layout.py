"""The order in which a loop of our own goes over a batch: step by step, at each the rows that still have a position.

Rows are taken longest first, so that those of a step are the first of the step before, and padding is never computed.
Their positions laid end to end are N rows; it is the layout of torch's PackedSequence, with a way back for gradients
that copies and adds nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor


@dataclass(frozen=True)
class PackedLayout:
    """Of a batch of B rows and `steps` positions, padding counted."""

    lengths: Tensor
    """(B,) on the CPU, each 1..steps"""
    steps: int

    @classmethod
    def of(cls, shape: tuple[int, ...], lengths: Tensor | None) -> PackedLayout:
        """Of a batch of shape (B,T,...): with lengths (B,) on the CPU, or with every position of every row."""
        return cls(torch.full(shape[:1], shape[1]) if lengths is None else lengths, shape[1])

    @cached_property
    def order(self) -> Tensor:
        """(B,): the rows, longest first."""
        return self.lengths.argsort(descending=True, stable=True)

    @cached_property
    def _active(self) -> Tensor:
        """(longest,B), true where the row of that rank has the position."""
        return torch.arange(int(self.lengths.max())).unsqueeze(1) < self.lengths[self.order]

    @cached_property
    def sizes(self) -> list[int]:
        """How many rows each step has."""
        sizes: list[int] = self._active.sum(dim=1).tolist()
        return sizes

    @cached_property
    def places(self) -> Tensor:
        """(2,N): where in (B x steps,) each row of the loop is, and of a loop that reads each row from its end."""
        step, rank = self._active.nonzero(as_tuple=True)
        first = (self.order * self.steps)[rank]
        return torch.stack([first + step, first + (self.lengths - 1)[self.order][rank] - step])

    @cached_property
    def ends(self) -> Tensor:
        """(B,): where in (N,) the last position of each row of the batch is."""
        rank = self.order.argsort()
        before = torch.tensor([0, *self.sizes]).cumsum(dim=0)
        return before[self.lengths - 1] + rank

    def taken(self, padded: Tensor, directions: int = 1) -> Tensor:
        """(B,steps,...) -> (D,N,...), read from the front, or both ways."""
        places = self.places[:directions]
        return padded.flatten(0, 1).index_select(0, places.flatten()).view(*places.shape, *padded.shape[2:])

    def padded(self, rows: Tensor) -> Tensor:
        """(D,N,C) -> (B,steps,C x D), zero at padding: `taken` undone, the directions side by side."""
        directions, _, size = rows.shape
        places = self.places[:directions] * directions + torch.arange(directions).unsqueeze(1)
        blank = rows.new_zeros(self.lengths.numel() * self.steps * directions, size)
        filled = blank.index_copy(0, places.flatten(), rows.flatten(0, 1))
        return filled.view(-1, self.steps, directions * size)
