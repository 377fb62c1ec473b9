"""The RNN of Elman with tanh: the layout of its pre-activations, its update, and its derivatives.

For an input x (C,), a state h (H,), weights W (H,C), U (H,H) and biases b, c (H,):

    h' = tanh(W x + b + U h + c)                                   new state

In the sigmoid domain, on g = (h + 1) / 2:

    g' = sigmoid(2 (W x + b + U h + c))

State and input contribute to one block:

    block 0     2 (W x + b + U h + c)                   stays

Backward, from dL/dh', for the pre-activation a, element by element:

    dL/da = dL/dh' * (1 - h'^2)
    dL/dh = dL/da U                                     the loop adds the product
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from seq2seq_core.kernels.cells.base import BackwardRows, SigmoidDomain


class RNNKernel(SigmoidDomain):
    """The equations above."""

    gates, blocks, tanh_gate = 1, 1, 0

    def update_views(self, preactivations: Tensor) -> tuple[Tensor, ...]:
        return (preactivations,)

    def update_(self, views: Sequence[Tensor], state: Sequence[Tensor], out: Sequence[Tensor]) -> None:
        torch.sigmoid(views[0], out=out[0])

    def backward_rows(
        self, preactivations: Tensor, states: Sequence[Tensor], previous: Sequence[Tensor], grads: Sequence[Tensor]
    ) -> tuple[Tensor, BackwardRows]:
        buffer = 1 - states[0].square()
        return buffer, (buffer, grads[0])

    def backward_(self, rows: Sequence[Tensor], target: Sequence[Tensor]) -> None:
        derivative, after = rows
        derivative.mul_(after)
