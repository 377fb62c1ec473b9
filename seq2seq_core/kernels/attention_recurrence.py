"""A cell of one layer on the CPU whose attention runs before each step, forward and backward.

In the order of Bahdanau et al. 2015, appendix A.2.2, the previous state is the query and the context joins the cell's
input, so the steps run one after another. For a state h (B,H), a token's embedding x (B,E), keys k (B,S,K) and values
(B,S,C), a step is

    q = W_q h + b_q                                             query (B,K); q = h for a dot product
    e = q . k, or v . tanh(q + k)                               energies (B,S), see `energies.step`
    w = softmax(e)                                              attention weights (B,S), zero at padding
    c = sum_S w * values                                        context (B,C)
    h' = cell([x; c], h)                                        see `CellKernel`

Outside the loop are the projection of the embeddings (once a token of the vocabulary) and, in the backward pass, all
gradients of weights and of values, each one product over all steps. Energies are computed again in the backward pass.

The queries are K more columns, to the left of the cell's blocks, so that one product of the state fills them and the
first G blocks. W_q and b_q are folded as U is (`CellKernel.fold`); for the additive form the queries are doubled
(`StepEnergies.query_scale`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from seq2seq_core.kernels.cells.base import CellKernel
from seq2seq_core.kernels.energies.step import StepEnergies, StepEnergyGradients
from seq2seq_core.kernels.packed_layout import PackedLayout
from seq2seq_core.kernels.products import product_adder, transposed_product
from seq2seq_core.kernels.recurrence import by_step, first_rows, gather_rows, previous_states, project, scatter_add_rows


def run_attention_recurrence(
    kernel: CellKernel,
    weights: Sequence[Tensor],
    query: tuple[Tensor | None, Tensor | None, Tensor | None],
    tokens: Tensor,
    table: Tensor,
    start: Sequence[Tensor],
    memory: tuple[Tensor, Tensor, Tensor],
    layout: PackedLayout,
) -> tuple[Tensor, Tensor]:
    """The attention and the cell over known tokens.

    weights: W (G H,E + C), U (G H,H) and the biases (G H,) of the cell. query: W_q (K,H), b_q (K,) and v (K,), or None
    where the energies have none. tokens (B,T), table (V,E), the first state (B,H) each. memory: keys (B,S,K), values
    (B,S,C), mask (B,S).

    Returns the states (N,H) and the contexts (N,C) in the layout's order.
    """
    weight, recurrent, bias, recurrent_bias = weights
    _, values, _ = memory
    embedding_weight, context_weight = torch.split(weight, [table.size(1), values.size(2)], dim=1)
    projected, indices = project(tokens, table, layout, embedding_weight.unsqueeze(0), bias.unsqueeze(0))
    states, contexts = AttentionRecurrence.apply(  # type: ignore[no-untyped-call]
        kernel, projected, indices, *memory, *query, context_weight, recurrent, recurrent_bias, layout, *start
    )
    return states, contexts


class AttentionRecurrence(torch.autograd.Function):
    """The cell, projected (1,V,G H) and indices (1,N) of `project`, keys (B,S,K), values (B,S,C), mask (B,S),
    W_q (K,H), b_q (K,) and v (K,) or None, the weights of the context (G H,C) and of the state (G H,H), its bias
    (G H,), the layout, the first state (B,H) each -> the states h (N,H) and contexts (N,C) in the layout's order."""

    @staticmethod
    def forward(
        ctx: Any,
        kernel: CellKernel,
        projected: Tensor,
        indices: Tensor,
        keys: Tensor,
        values: Tensor,
        mask: Tensor,
        query_weight: Tensor | None,
        query_bias: Tensor | None,
        vector: Tensor | None,
        context_weight: Tensor,
        weight: Tensor,
        bias: Tensor,
        layout: PackedLayout,
        *start: Tensor,
    ) -> tuple[Tensor, Tensor]:
        order, sizes, size = layout.order, layout.sizes, weight.size(1)
        context_weight = context_weight.contiguous()  # the loops would copy columns of a larger matrix at every step
        bound = largest_query(query_weight, query_bias, start[0])
        sorted_keys, sorted_values = keys.index_select(0, order), values.index_select(0, order)
        energies = StepEnergies(sorted_keys, vector, mask[order], bound)
        state_weight, state_bias = kernel.state_product(weight, bias)
        rows = kernel.init_preactivations(projected, state_bias)  # (1,V,blocks x H)
        blocks = rows.size(2)
        if query_weight is not None:
            added = query_weight.new_zeros(len(query_weight)) if query_bias is None else query_bias
            folded, bias_row = kernel.fold(energies.query_scale * query_weight, energies.query_scale * added)
            rows = torch.cat([bias_row.expand(1, rows.size(1), -1), rows], dim=2)  # (1,V,K + blocks x H)
            state_weight = torch.cat([folded, state_weight.t()]).t().contiguous()  # (H,K + G H)
        preactivations = gather_rows(rows, indices)[0]  # (N,K + blocks x H)
        gates = kernel.gates * size
        from_state, from_input = preactivations[:, : state_weight.size(1)], preactivations[:, -gates:]
        queries = None if query_weight is None else torch.split(preactivations[:, :-blocks].unsqueeze(1), sizes)
        input_weight = kernel.scale_tanh_(context_weight.t().clone(memory_format=torch.contiguous_format), 1)  # (C,G H)
        positions = len(preactivations)
        states = [preactivations.new_empty(positions, size) for _ in start]
        contexts = preactivations.new_empty(positions, values.size(2))
        weights = preactivations.new_empty(positions, values.size(1))
        state: Sequence[Tensor] = kernel.enter([first[order] for first in start])  # (n,H)
        per_step = (from_state, from_input, contexts, contexts.unsqueeze(1), weights, weights.unsqueeze(1))
        views = kernel.step_views(preactivations[:, -blocks:], sizes)
        steps = zip(sizes, by_step(per_step, sizes, 0), by_step(states, sizes, 0), views, strict=True)
        add_state_, add_context_ = (product_adder(each, sizes[0], len(sizes)) for each in (state_weight, input_weight))
        for number, (count, step, out, (_, *gate_views)) in enumerate(steps):
            to_state, to_input, context, context_row, weight_, weight_row = step
            state = first_rows(state, count, 0)
            add_state_(to_state, state[0], state_weight)  # (n,H) @ (H,K + G H)
            query = energies.prepare_(queries[number]) if queries else kernel.hidden(state[0]).unsqueeze(1)  # (n,1,K)
            torch.softmax(energies.energies(query), dim=1, out=weight_)  # (n,S)
            torch.bmm(weight_row, sorted_values[:count], out=context_row)  # (n,1,S) @ (n,S,C)
            add_context_(to_input, context, input_weight)  # (n,C) @ (C,G H), added to the last G blocks
            kernel.update_(gate_views, state, out)
            state = out
        kernel.leave_(states)
        ctx.kernel, ctx.layout, ctx.energies, ctx.rows = kernel, layout, energies, projected.size(1)
        ctx.save_for_backward(
            indices, sorted_values, query_weight, query_bias, context_weight, weight, contexts, weights, preactivations,
            *start, *states,
        )  # fmt: skip
        return states[0], contexts

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor, contexts_grad: Tensor) -> tuple[Tensor | None, ...]:
        indices, values, query_weight, query_bias, context_weight, weight, *kept = ctx.saved_tensors
        contexts, weights, preactivations, *kept = kept
        kernel: CellKernel = ctx.kernel
        layout: PackedLayout = ctx.layout
        energies: StepEnergies = ctx.energies
        energy_gradients = StepEnergyGradients(energies)
        order, sizes, gates = layout.order, layout.sizes, kernel.gates * weight.size(1)
        start, states = kept[: kernel.state_tensors], kept[kernel.state_tensors :]
        previous = [previous_states(first[order], rows, sizes) for first, rows in zip(start, states, strict=True)]
        # Step by step from the end, with dL/dh' of the state and dL/dc from the readout:
        #   dL/da of the cell's blocks                           `CellKernel.backward_`
        #   dL/dc += dL/da[last G blocks] W_c                    (n,G H) @ (G H,C)
        #   dL/dw = dL/dc . values                               (n,1,C) @ (n,C,S)
        #   dL/de = w * (dL/dw - sum_S w dL/dw)                  softmax
        #   dL/dq                                                `StepEnergyGradients`
        #   dL/dh += dL/da[first G blocks] U + dL/dq W_q
        block_weight = kernel.to_block_order(weight, 0)
        query_to_state = None
        if query_weight is not None and energies.gradient_scale is not None:
            query_to_state = energies.query_scale * energies.gradient_scale.unsqueeze(1) * query_weight
        # Each step adds to the gradients of the step before; a memory cell has none from outside.
        grads = [grad.clone(), *(torch.zeros_like(rows) for rows in states[1:])]
        context_grad, start_grads = contexts_grad.clone(), [torch.zeros_like(first) for first in start]
        blocks = kernel.blocks * weight.size(1)
        block_grad, rows = kernel.backward_rows(preactivations[:, -blocks:], states, previous, grads)
        queries = previous[0] if query_weight is None else preactivations[:, :-blocks]  # (N,K), prepared
        query_grad = queries.new_empty(queries.shape)
        from_state_grad, from_input_grad = block_grad[:, :gates], block_grad[:, -gates:]
        per_step = (
            from_state_grad, from_input_grad, context_grad, context_grad.unsqueeze(1), weights, queries.unsqueeze(1),
            query_grad, query_grad.unsqueeze(1), *rows,
        )  # fmt: skip
        steps = by_step(per_step, sizes, 0)
        targets = [start_grads, *by_step(grads, sizes, 0)[:-1]]  # where the gradients before each step are added
        add_blocks_, add_inputs_ = (
            product_adder(each, sizes[0], len(sizes)) for each in (block_weight, context_weight)
        )
        add_query_ = None if query_to_state is None else product_adder(query_to_state, sizes[0], len(sizes))
        for step, target, count in zip(steps[::-1], targets[::-1], sizes[::-1], strict=True):
            to_state, to_input, context, context_row, weight_, query, out, out_row, *cell_rows = step
            views = first_rows(target, count, 0)
            kernel.backward_(cell_rows, views)
            add_blocks_(views[0], to_state, block_weight)
            add_inputs_(context, to_input, context_weight)
            weight_grad = torch.bmm(context_row, values[:count].mT).squeeze(1)  # dL/dw
            energy_grad = torch._softmax_backward_data(weight_grad, weight_, 1, weight_.dtype)
            energy_gradients.backward(energy_grad, query, out_row)
            if query_to_state is None or add_query_ is None:
                views[0].add_(out)
            else:
                add_query_(views[0], out, query_to_state)
        keys_grad, vector_grad = energy_gradients.total()
        if energies.gradient_scale is not None:
            query_grad.mul_(energies.query_scale * energies.gradient_scale)
        # dL/dvalues = sum_T w dL/dc: (B,S,T) @ (B,T,C)
        values_grad = layout.unpack(weights.unsqueeze(0)).mT @ layout.unpack(context_grad.unsqueeze(0))
        gate_grad = kernel.from_block_order(from_state_grad, 1)
        return (
            None,
            scatter_add_rows(block_grad.unsqueeze(0), indices, ctx.rows)[..., -gates:],
            None,
            _unsorted(keys_grad, order),
            values_grad,
            None,
            None if query_weight is None else transposed_product(query_grad, previous[0]),
            None if query_bias is None else query_grad.sum(dim=0),
            vector_grad,
            transposed_product(from_input_grad, contexts),
            transposed_product(gate_grad, previous[0]),
            gate_grad.sum(dim=0),
            None,
            *(_unsorted(each, order) for each in start_grads),
        )


def largest_query(query_weight: Tensor | None, query_bias: Tensor | None, start: Tensor) -> float:
    """A bound on the absolute value of all elements of W_q h + b_q: no element of the state h of a cell exceeds 1 or
    the largest one of its first state."""
    if query_weight is None:
        return 0.0
    bound = query_weight.abs().sum(dim=1) * max(1.0, float(start.abs().max()))
    return float((bound if query_bias is None else bound + query_bias.abs()).max())


def _unsorted(rows: Tensor, order: Tensor) -> Tensor:
    return torch.empty_like(rows).index_copy_(0, order, rows)
