"""The LSTM of torch and cuDNN: the layout of its pre-activations, its update, and its derivatives.

For an input x (C,), a state h (H,) with a memory cell c (H,), weights W (4 H,C), U (4 H,H) and biases b, d (4 H,), in
the order i, f, g, o:

    i, f, o = sigmoid(W x + b + U h + d)                           input gate, forget gate, output gate
    g  = tanh(W_g x + b_g + U_g h + d_g)                           candidate
    c' = f * c + i * g                                             new memory cell
    h' = o * tanh(c')                                              new state

With sigmoids, m = sigmoid(-2 (W_g x + b_g + U_g h + d_g)) and s = sigmoid(-2 c'). The sign saves an operation:
g = 1 - 2 m, so a gate times g takes one multiply-add.

    c' = f * c + (i - 2 i * m)
    h' = o - 2 o * s

State and input contribute to all four blocks:

    block 0     pre-activation of i                     becomes i
    block 1     pre-activation of f                     becomes f
    block 2     -2 times that of g                      becomes m
    block 3     pre-activation of o                     becomes o

Backward, from dL/dh' and dL/dc', for the pre-activations a, element by element:

    dL/dc' += dL/dh' * o (1 - tanh(c')^2)               = dL/dh' * 4 o (s - s^2)
    dL/da_i = dL/dc' * g i (1 - i)
    dL/da_f = dL/dc' * c f (1 - f)
    dL/da_g = dL/dc' * i (1 - g^2)                      = dL/dc' * 4 i (m - m^2)
    dL/da_o = dL/dh' * tanh(c') o (1 - o)               tanh(c') = 1 - 2 s
    dL/dc = dL/dc' * f
    dL/dh = dL/da U                                     the loop adds the product
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from seq2seq_core.kernels.cells.base import BackwardRows, CellKernel

MINUS_TWO = torch.tensor(-2.0)
"""As a tensor, which takes half the time of a number in a product with few elements"""


class LSTMKernel(CellKernel):
    """The equations above."""

    gates, blocks, tanh_gate, tanh_scale = 4, 4, 2, -2
    state_tensors, onednn = 2, True

    def update_views(self, preactivations: Tensor) -> tuple[Tensor, ...]:
        return preactivations, *preactivations.chunk(4, dim=-1)

    def update_(self, views: Sequence[Tensor], state: Sequence[Tensor], out: Sequence[Tensor]) -> None:
        every, input_gate, forget, candidate, output_gate = views
        _, memory = state
        new, new_memory = out
        every.sigmoid_()
        torch.addcmul(input_gate, input_gate, candidate, value=-2, out=new_memory).addcmul_(forget, memory)
        torch.mul(new_memory, MINUS_TWO, out=new).sigmoid_()  # s
        torch.addcmul(output_gate, output_gate, new, value=-2, out=new)

    def backward_rows(
        self, preactivations: Tensor, states: Sequence[Tensor], previous: Sequence[Tensor], grads: Sequence[Tensor]
    ) -> tuple[Tensor, BackwardRows]:
        input_gate, forget, candidate, output_gate = preactivations.chunk(4, dim=-1)
        sigmoid = states[1].mul(-2).sigmoid_()  # s
        to_memory = torch.addcmul(sigmoid, sigmoid, sigmoid, value=-1).mul_(output_gate).mul_(4)  # dc'/dh'
        buffer = torch.addcmul(preactivations, preactivations, preactivations, value=-1)  # x (1 - x)
        blocks = buffer.view(*buffer.shape[:-1], 4, -1)  # (...,N,4,H), becomes dL/da
        by_input_gate, by_forget, by_candidate, by_output_gate = blocks.unbind(dim=-2)
        by_input_gate.mul_(1 - 2 * candidate)
        by_forget.mul_(previous[1])
        by_candidate.mul_(input_gate).mul_(4)
        by_output_gate.mul_(sigmoid.mul_(-2).add_(1))
        after, after_memory = grads
        return buffer, (
            blocks[..., :3, :], by_output_gate, after, after_memory, after_memory.unsqueeze(-2), to_memory, forget,
        )  # fmt: skip

    def backward_(self, rows: Sequence[Tensor], target: Sequence[Tensor]) -> None:
        by_memory, by_output_gate, after, after_memory, after_memory_blocks, to_memory, forget = rows
        after_memory.addcmul_(after, to_memory)
        by_memory.mul_(after_memory_blocks)  # (...,n,3,H): i, f, g
        by_output_gate.mul_(after)
        target[1].addcmul_(after_memory, forget)
