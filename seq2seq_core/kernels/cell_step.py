"""One step of a cell of one layer on the CPU, without gradients, for greedy decoding; alone, or with an alignment.

The token that is fed is one of V, so its pre-activations are one of V rows, computed once a decoding: W e + b for each
embedding e, in the blocks of `CellKernel`. A step looks a row up, adds the product with the state, and with the other
inputs (a context, an input feed) where the cell has some.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn import functional

from seq2seq_core.kernels.cells.base import CellKernel
from seq2seq_core.kernels.products import product, product_adder


def cell_step(
    kernel: CellKernel, weights: Sequence[Tensor], table: Tensor
) -> Callable[[Tensor, Sequence[Tensor], Sequence[Tensor]], list[Tensor]]:
    """W (G H,E + C), U (G H,H), the biases (G H,) and the embeddings (V,E) -> a function: tokens (B,1), the other
    inputs (B,1,C) in all, and the state (B,H) each -> the new state (B,H) each."""
    weight = weights[0]
    rows, state_weight = _prepare(kernel, weights, table)

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


def cell_align_step(
    kernel: CellKernel,
    cell_weights: Sequence[Tensor],
    table: Tensor,
    start: Sequence[Tensor],
    readout: tuple[Tensor, Tensor, Tensor],
    query: tuple[Tensor, Tensor],
    align: Callable[[Tensor, Tensor], Callable[[], object]],
    first: Tensor,
    values: Tensor,
) -> Callable[[Tensor], tuple[Tensor, Tensor]]:
    """The cell, one alignment, and the logits, for a decoder whose cell runs first and whose context only enters the
    logits:

        h' = cell(x, h)                                              the state stays in the form of the loops
        [W h' + b; q] = [W; W_q] h' + [b; b_q]                       one product (B,V + M)
        w' = align(q, w)                                             (B,S)
        logits = W h' + b + sum_S w' (W_c values)                    (B,1,S) @ (B,S,V)

    The values are projected once: where they do not fit a cache, reading them is most of a step.

    start (B,H) each. readout: W (V,H), W_c (V,C), b (V,). query: W_q (M,H), b_q (M,). align: buffers of q (B,M) and of
    w (B,S) -> a function that replaces w by w'. first (B,1,S), values (B,S,C). Returns a function, which keeps the
    state: tokens (B,1) -> logits (B,1,V), weights (B,1,S), which the next call overwrites.

    A step takes 20 operations of a microsecond or two, and a view takes half as long, so all views are made before.
    """
    rows, state_weight = _prepare(kernel, cell_weights, table)
    state_readout, context_readout, bias = readout
    joined, joined_bias = kernel.fold(torch.cat([state_readout, query[0]]), torch.cat([bias, query[1]]))
    projected_values = (context_readout @ values.mT).mT  # (B,S,V), the positions of a symbol side by side
    preactivations = rows.new_empty(len(values), rows.size(1))
    add_product_ = product_adder(state_weight, len(values))
    from_state, views = preactivations[:, : len(cell_weights[0])], kernel.update_views(preactivations)
    outcome = rows.new_zeros(len(values), len(joined))  # (B,V + M)
    from_h = outcome[:, : len(bias)].unsqueeze(1)
    joined_weight = joined.t()
    state, spare = [each.clone() for each in kernel.enter(start)], [torch.empty_like(each) for each in start]
    alignment = first.squeeze(1).clone()
    align_ = align(outcome[:, len(bias) :], alignment)
    weights = alignment.unsqueeze(1)

    def step(tokens: Tensor) -> tuple[Tensor, Tensor]:
        nonlocal state, spare
        torch.index_select(rows, 0, tokens.squeeze(1), out=preactivations)
        add_product_(from_state, state[0], state_weight)  # (B,H) @ (H,G H)
        kernel.update_(views, state, spare)
        state, spare = spare, state
        torch.addmm(joined_bias, state[0], joined_weight, out=outcome)
        align_()
        return torch.baddbmm(from_h, weights, projected_values), weights

    return step


def _prepare(kernel: CellKernel, weights: Sequence[Tensor], table: Tensor) -> tuple[Tensor, Tensor]:
    """The pre-activations of each token without its state (V,blocks x H), the weight of the state (H,G H)."""
    weight, recurrent, bias, recurrent_bias = weights
    state_weight, state_bias = kernel.state_product(recurrent, recurrent_bias)
    projected = functional.linear(table, weight[:, : table.size(1)], bias)  # (V,G H)
    return kernel.init_preactivations(projected, state_bias), state_weight
