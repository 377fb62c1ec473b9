"""What the loops over steps need to know of a recurrent cell. A cell is one subclass, in `gru`, `lstm` and `rnn`.

For an input x (C,), a state h (H,), weights W (G H,C), U (G H,H) and biases b, c (G H,) of G gates, a cell computes
pre-activations from W x + b and U h + c, gates from them, and the new state from the gates. The loops compute outside
what does not depend on the state, and leave three things to the cell: the layout of its pre-activations, the update of
the state, and the derivatives of its gates.

Pre-activations. A row of their buffer has blocks of H channels. The product of the state is added to the first G
blocks, that of the input to the last G. Most cells have G blocks, and add both to all of them. A GRU has one more, as
its reset gate acts on one term of the state alone.

Sigmoids. On a CPU torch's sigmoid takes a sixth of the time of its tanh, and tanh(a) = 2 sigmoid(2 a) - 1, so a block
whose activation is tanh holds `tanh_scale` times its pre-activation. `SigmoidDomain` also keeps the state h as
(h + 1) / 2 inside the loops.

Shapes: N packed positions (see `PackedLayout`), n rows of a step; "..." is the directions D or nothing. A state is
(h,), or (h, c) for a cell with a memory cell.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import ClassVar

from torch import Tensor

BackwardRows = tuple[Tensor, ...]
"""Tensors whose first dimension after the directions is N: a loop splits them into the rows of each step"""


class CellKernel(ABC):
    """A cell whose blocks stand in the order of its weights, and whose state is kept as it is."""

    gates: ClassVar[int]
    """G, the rows of W and U in multiples of H"""
    blocks: ClassVar[int]
    """Blocks of the buffer of pre-activations"""
    tanh_gate: ClassVar[int]
    """The gate whose activation is tanh, counted in the order of the weights"""
    tanh_scale: ClassVar[int] = 2
    state_tensors: ClassVar[int] = 1
    """1, or 2 for a cell with a memory cell"""
    onednn: ClassVar[bool] = False
    """Whether torch runs the cell on oneDNN in float32 over padded sequences: one fused loop"""

    def enter(self, state: Sequence[Tensor]) -> list[Tensor]:
        """A state (...,H) -> the same in the form of the loops, which only read it."""
        return [*state]

    def leave_(self, states: list[Tensor]) -> list[Tensor]:
        """The inverse of `enter`, in place."""
        return states

    def hidden(self, state: Tensor) -> Tensor:
        """h in the form of the loops -> h."""
        return state

    def fold(self, weight: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
        """W (...,M,H) and b (...,M) that act on h -> those that act on its form in the loops, in new tensors."""
        return weight.clone(), bias.clone()

    def to_block_order(self, rows: Tensor, dim: int) -> Tensor:
        """G x H rows in the order of the weights -> in the order of the first G blocks."""
        return rows

    def from_block_order(self, rows: Tensor, dim: int) -> Tensor:
        """The inverse of `to_block_order`."""
        return rows

    def tanh_rows(self, rows: Tensor, dim: int) -> Tensor:
        """G x H rows in the order of the weights -> a view of those of the tanh."""
        size = rows.size(dim) // self.gates
        return rows.narrow(dim, self.tanh_gate * size, size)

    def scale_tanh_(self, rows: Tensor, dim: int) -> Tensor:
        """G x H rows in the order of the weights, with those of the tanh multiplied by `tanh_scale`, in place."""
        self.tanh_rows(rows, dim).mul_(self.tanh_scale)
        return rows

    def state_product(self, weight: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
        """U (...,G H,H), c (...,G H) -> a weight (...,H,G H), whose product with the state is added to the first G
        blocks, and a bias (...,G H)."""
        state_weight, state_bias = self.fold(weight, bias)
        state_weight = self.to_block_order(self.scale_tanh_(state_weight, -2), -2)
        return state_weight.mT, self.to_block_order(self.scale_tanh_(state_bias, -1), -1)

    def init_preactivations(self, projected: Tensor, state_bias: Tensor) -> Tensor:
        """W x + b (...,M,G H) and the bias of `state_product` (...,G H) -> the blocks (...,M,blocks x H) without the
        product of the state."""
        return self.scale_tanh_(projected.clone(), -1).add_(state_bias.unsqueeze(-2))

    def step_views(self, preactivations: Tensor, sizes: list[int]) -> Iterator[tuple[Tensor, ...]]:
        """preactivations (...,N,blocks x H) -> for each step a view of the first G blocks (...,n,G H), and those that
        `update_` takes.

        A few calls make the views of all steps. An operation of a loop takes microseconds, and slicing inside it would
        add as much again.
        """
        from_state = preactivations[..., : self.gates * (preactivations.size(-1) // self.blocks)]
        views = (from_state, *self.update_views(preactivations))
        return zip(*(view.split_with_sizes(sizes, -2) for view in views), strict=True)

    @abstractmethod
    def update_views(self, preactivations: Tensor) -> tuple[Tensor, ...]:
        """preactivations (...,N,blocks x H) -> the views of it that `update_` takes, (...,N,some x H)."""

    @abstractmethod
    def update_(self, views: Sequence[Tensor], state: Sequence[Tensor], out: Sequence[Tensor]) -> None:
        """One step, once the blocks hold their pre-activations: the state before it (...,n,H) -> the new one in `out`;
        the blocks become what `backward_rows` takes."""

    @abstractmethod
    def backward_rows(
        self, preactivations: Tensor, states: Sequence[Tensor], previous: Sequence[Tensor], grads: Sequence[Tensor]
    ) -> tuple[Tensor, BackwardRows]:
        """For the backward loop: the blocks after all steps, the states after and before each step and dL/dh', dL/dc'
        (...,N,H) -> a buffer (...,N,blocks x H), which `backward_` fills with dL/da of the terms a that the blocks
        held (not scaled), and the rows that `backward_` takes, views of the buffer and of `grads` among them."""

    @abstractmethod
    def backward_(self, rows: Sequence[Tensor], target: Sequence[Tensor]) -> None:
        """One step back, once `grads` hold all that later steps contribute: fills the step's rows of the buffer, and
        adds to `target`, dL/dh and dL/dc before the step (...,n,H), what does not pass through U."""


class SigmoidDomain(CellKernel):
    """A cell whose loops work on g = (h + 1) / 2, so that a state is a sigmoid or a mean of sigmoids.

    W h + b = 2 W g + (b - W 1)
    """

    def enter(self, state: Sequence[Tensor]) -> list[Tensor]:
        return [(rows + 1) / 2 for rows in state]

    def leave_(self, states: list[Tensor]) -> list[Tensor]:
        return [rows.mul_(2).sub_(1) for rows in states]

    def hidden(self, state: Tensor) -> Tensor:
        return 2 * state - 1

    def fold(self, weight: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
        return 2 * weight, bias - weight.sum(dim=-1)
