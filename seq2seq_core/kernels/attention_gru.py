"""A GRU of one layer on the CPU whose attention runs before each step, forward and backward.

In the order of Bahdanau et al. 2015, appendix A.2.2, the previous state is the query and the context joins the cell's
input, so the steps run one after another. For a state h (B,H), a token's embedding x (B,E), keys k (B,S,K) and values
(B,S,C), a step is

    q = W_q h + b_q                                             query (B,K); q = h for a dot product
    e = q . k, or v . tanh(q + k)                               energies (B,S), see `step_energies`
    w = softmax(e)                                              attention weights (B,S), zero at padding
    c = sum_S w * values                                        context (B,C)
    h' = GRU([x; c], h)                                         see `seq2seq_core.kernels.gru`

Outside the loop are the projection of the embeddings (once a token of the vocabulary) and, in the backward pass, all
gradients of weights and of values, each one product over all steps. Energies are computed again in the backward pass.

The queries are K more columns, to the left of the four blocks of the GRU, so that one product of the state fills them
and blocks 0 to 2. In the sigmoid domain h = 2 g - 1, so q = 2 W_q g + (b_q - W_q 1); for the additive form everything
is doubled once more (`StepEnergies.query_scale`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from seq2seq_core.kernels.gru import (
    gate_derivatives,
    gather_rows,
    init_preactivations,
    previous_states,
    project,
    scatter_add_rows,
    step_views,
    to_sigmoid_domain,
    update_state_,
)
from seq2seq_core.kernels.packed_layout import PackedLayout
from seq2seq_core.kernels.step_energies import StepEnergies, StepEnergyGradients


def run_attention_gru(
    weights: Sequence[Tensor],
    query: tuple[Tensor | None, Tensor | None, Tensor | None],
    tokens: Tensor,
    table: Tensor,
    state: Tensor,
    memory: tuple[Tensor, Tensor, Tensor],
    layout: PackedLayout,
) -> tuple[Tensor, Tensor]:
    """The attention and the GRU over known tokens.

    weights: W (3 H,E + C), U (3 H,H), b, c (3 H,) of the cell. query: W_q (K,H), b_q (K,) and v (K,), or None where the
    energies have none. tokens (B,T), table (V,E), first state (B,H). memory: keys (B,S,K), values (B,S,C), mask (B,S).

    Returns the states (N,H) and the contexts (N,C) in the layout's order.
    """
    weight, recurrent, bias, recurrent_bias = weights
    _, values, _ = memory
    embedding_weight, context_weight = torch.split(weight, [table.size(1), values.size(2)], dim=1)
    projected, indices = project(tokens, table, layout, embedding_weight.unsqueeze(0), bias.unsqueeze(0))
    states, contexts = AttentionGRU.apply(  # type: ignore[no-untyped-call]
        projected, indices, state, *memory, *query, context_weight, recurrent, recurrent_bias, layout
    )
    return states, contexts


class AttentionGRU(torch.autograd.Function):
    """projected (1,V,3 H) and indices (1,N) of `project`, the first state (B,H), keys (B,S,K), values (B,S,C), mask
    (B,S), W_q (K,H), b_q (K,) and v (K,) or None, the weights of the context (3 H,C) and of the state (3 H,H), its
    bias (3 H,), the layout -> the states (N,H) and the contexts (N,C) in the layout's order."""

    @staticmethod
    def forward(
        ctx: Any,
        projected: Tensor,
        indices: Tensor,
        start: Tensor,
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
    ) -> tuple[Tensor, Tensor]:
        order, sizes, size = layout.order, layout.sizes, weight.size(1)
        bound = largest_query(query_weight, query_bias, start)
        energies, sorted_values = StepEnergies(keys[order], vector, mask[order], bound), values[order]
        state_weight, state_bias = to_sigmoid_domain(weight, bias)
        rows = init_preactivations(projected, state_bias)  # (1,V,4 H)
        if query_weight is not None:
            scaled = energies.query_scale * query_weight
            scaled_sum = scaled.sum(dim=1)
            bias_row = -scaled_sum if query_bias is None else energies.query_scale * query_bias - scaled_sum
            rows = torch.cat([bias_row.expand(1, rows.size(1), -1), rows], dim=2)  # (1,V,K + 4 H)
            state_weight = torch.cat([2 * scaled.t(), state_weight], dim=1)  # (H,K + 3 H)
        preactivations = gather_rows(rows, indices)[0]  # (N,K + 4 H)
        from_state, from_input = preactivations[:, :-size], preactivations[:, -3 * size :]
        queries = None if query_weight is None else torch.split(preactivations[:, : -4 * size], sizes)
        input_weight = context_weight.t().clone(memory_format=torch.contiguous_format)  # (C,3 H)
        input_weight[:, 2 * size :].mul_(2)  # block 3 holds twice the term of n
        count = len(preactivations)
        states = preactivations.new_empty(count, size)
        contexts = preactivations.new_empty(count, values.size(2))
        weights = preactivations.new_empty(count, values.size(1))
        state = (start[order] + 1) / 2  # g, (n,H)
        per_step = (from_state, from_input, states, contexts, contexts.unsqueeze(1), weights, weights.unsqueeze(1))
        views = step_views(preactivations[:, -4 * size :], sizes)
        steps = zip(*(torch.split(rows, sizes) for rows in per_step), views, strict=True)
        for number, step in enumerate(steps):
            to_state, to_input, out, context, context_row, weight_, weight_row, (_, *gates) = step
            state = state[: len(out)]
            to_state.addmm_(state, state_weight)  # (n,H) @ (H,K + 3 H)
            query = energies.prepare(queries[number]) if queries else 2 * state - 1  # (n,K)
            torch.softmax(energies.energies(query), dim=1, out=weight_)  # (n,S)
            torch.bmm(weight_row, sorted_values[: len(out)], out=context_row)  # (n,1,S) @ (n,S,C)
            to_input.addmm_(context, input_weight)  # (n,C) @ (C,3 H), added to blocks 1 to 3
            update_state_(gates, state, out)
            state = out
        states.mul_(2).sub_(1)  # h = 2 g - 1
        ctx.layout, ctx.energies, ctx.rows = layout, energies, projected.size(1)
        ctx.save_for_backward(
            indices, start, sorted_values, query_weight, query_bias, context_weight, weight,
            states, contexts, weights, preactivations,
        )  # fmt: skip
        return states, contexts

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor, contexts_grad: Tensor) -> tuple[Tensor | None, ...]:
        indices, start, values, query_weight, query_bias, context_weight, weight, *kept = ctx.saved_tensors
        states, contexts, weights, preactivations = kept
        layout: PackedLayout = ctx.layout
        energies: StepEnergies = ctx.energies
        energy_gradients = StepEnergyGradients(energies)
        order, sizes, size = layout.order, layout.sizes, weight.size(1)
        previous = previous_states(start[order], states, sizes)  # (N,H)
        derivatives = gate_derivatives(preactivations[:, -4 * size :], previous)  # (N,4,H)
        # Step by step from the end, with dL/dh' of the state and dL/dc from the readout:
        #   dL/da = dL/dh' * dh'/da                              the four blocks a of the GRU
        #   dL/dc += dL/da[blocks 1 to 3] W_c                    (n,3 H) @ (3 H,C)
        #   dL/dw = dL/dc . values                               (n,1,C) @ (n,C,S)
        #   dL/de = w * (dL/dw - sum_S w dL/dw)                  softmax
        #   dL/dq                                                `StepEnergyGradients`
        #   dL/dh = dL/dh' * z + dL/da[blocks 0 to 2] U + dL/dq W_q
        block_weight = weight.roll(size, dims=0)  # the rows of U in the order of the blocks (n, r, z)
        query_to_state = None
        if query_weight is not None and energies.gradient_scale is not None:
            query_to_state = energies.query_scale * energies.gradient_scale.unsqueeze(1) * query_weight
        queries = energies.prepare(previous if query_weight is None else preactivations[:, : -4 * size])
        state_grad, context_grad = grad.clone(), contexts_grad.clone()  # each step adds to that of the step before
        start_grad, query_grad, block_grad = torch.zeros_like(start), torch.empty_like(queries), derivatives.flatten(1)
        from_state_grad, from_input_grad = block_grad[:, : 3 * size], block_grad[:, size:]
        per_step = (
            state_grad, state_grad.unsqueeze(1), derivatives, from_state_grad, from_input_grad,
            preactivations[:, -2 * size : -size], context_grad, context_grad.unsqueeze(1), weights, queries, query_grad,
        )  # fmt: skip
        steps = [*zip(*(torch.split(rows, sizes) for rows in per_step), strict=True)]
        targets = [start_grad, *torch.split(state_grad, sizes)[:-1]]  # where dL/dh of a step is added
        for step, target in zip(steps[::-1], targets[::-1], strict=True):
            after, after_blocks, derivative, to_state, to_input, update, context, context_row, weight_, query, out = (
                step
            )
            target = target[: len(derivative)]
            derivative.mul_(after_blocks)
            target.addcmul_(after, update).addmm_(to_state, block_weight)
            context.addmm_(to_input, context_weight)
            product = torch.bmm(context_row, values[: len(derivative)].mT).squeeze(1).mul_(weight_)  # w dL/dw
            energy_grad = product.addcmul_(weight_, product.sum(dim=1, keepdim=True), value=-1)
            energy_gradients.backward(energy_grad, query, out=out)
            if query_to_state is None:
                target.add_(out)
            else:
                target.addmm_(out, query_to_state)
        keys_grad, vector_grad = energy_gradients.total()
        if energies.gradient_scale is not None:
            query_grad.mul_(energies.query_scale * energies.gradient_scale)
        # dL/dvalues = sum_T w dL/dc: (B,S,T) @ (B,T,C)
        values_grad = layout.unpack(weights.unsqueeze(0)).mT @ layout.unpack(context_grad.unsqueeze(0))
        gate_grad = from_state_grad.roll(-size, dims=1)  # back to the order r, z, n
        return (
            scatter_add_rows(block_grad.unsqueeze(0), indices, ctx.rows)[..., size:],
            None,
            _unsorted(start_grad, order),
            _unsorted(keys_grad, order),
            values_grad,
            None,
            None if query_weight is None else query_grad.t() @ previous,
            None if query_bias is None else query_grad.sum(dim=0),
            vector_grad,
            from_input_grad.t() @ contexts,
            gate_grad.t() @ previous,
            gate_grad.sum(dim=0),
            None,
        )


def largest_query(query_weight: Tensor | None, query_bias: Tensor | None, start: Tensor) -> float:
    """A bound on the absolute value of all elements of W_q h + b_q: no element of a GRU's state exceeds 1 or the
    largest one of its first state."""
    if query_weight is None:
        return 0.0
    bound = query_weight.abs().sum(dim=1) * max(1.0, float(start.abs().max()))
    return float((bound if query_bias is None else bound + query_bias.abs()).max())


def _unsorted(rows: Tensor, order: Tensor) -> Tensor:
    return torch.empty_like(rows).index_copy_(0, order, rows)
