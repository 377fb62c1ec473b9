"""One step of a cell of one layer on the CPU, without gradients, for greedy decoding.

The token that is fed is one of V, so its pre-activations are one of V rows, computed once a decoding: W e + b for each
embedding e, in the blocks of `CellKernel`. A step looks a row up, adds the product with the state, and with the other
inputs (a context, an input feed) where the cell has some.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn import functional

from seq2seq_core.kernels.cell_kernel import CellKernel
from seq2seq_core.kernels.products import product, product_adder


def cell_step(
    kernel: CellKernel, weights: Sequence[Tensor], table: Tensor
) -> Callable[[Tensor, Sequence[Tensor], Sequence[Tensor]], list[Tensor]]:
    """W (G H,E + C), U (G H,H), the biases (G H,) and the embeddings (V,E) -> a function: tokens (B,1), the other
    inputs (B,1,C) in all, and the state (B,H) each -> the new state (B,H) each."""
    weight, recurrent, bias, recurrent_bias = weights
    state_weight, state_bias = kernel.state_product(recurrent, recurrent_bias)
    projected = functional.linear(table, weight[:, : table.size(1)], bias)  # (V,G H)
    rows = kernel.init_preactivations(projected, state_bias)  # (V,blocks x H)

    def step(tokens: Tensor, others: Sequence[Tensor], state: Sequence[Tensor]) -> list[Tensor]:
        preactivations = functional.embedding(tokens.squeeze(1), rows)  # (B,blocks x H), a copy
        if others:
            other = torch.cat([*others], dim=-1).squeeze(1)  # (B,C)
            from_other = product(other, weight[:, -other.size(1) :].t())  # (B,G H)
            from_input = preactivations[:, -from_other.size(1) :]
            from_input += from_other
            kernel.tanh_rows(from_input, 1).add_(kernel.tanh_rows(from_other, 1), alpha=kernel.tanh_scale - 1)
        before = kernel.enter(state)
        add_product_ = product_adder(state_weight, len(tokens))
        add_product_(preactivations[:, : len(weight)], before[0], state_weight)  # (B,H) @ (H,G H)
        after = [torch.empty_like(tensor) for tensor in before]
        kernel.update_(kernel.update_views(preactivations), before, after)
        return kernel.leave_(after)

    return step
