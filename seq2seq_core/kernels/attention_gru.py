"""A GRU that attends before each step, in a loop of our own with a backward pass of its own.

Bahdanau's order (Bahdanau et al. 2015, appendix A.2.2): the state before asks, and the context joins the cell's input,
so that no two steps can be taken at once. What can be is taken out of the loop: the inputs' part of the gates, and in
the backward pass all gradients of weights and of values, each of which is one product over all steps. Energies are
computed again there rather than kept.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from seq2seq_core.kernels.gru import (
    advance_,
    each_step,
    gather_rows,
    init_preactivations,
    project,
    scatter_add_rows,
    slopes,
    states_before,
    to_sigmoid_domain,
)
from seq2seq_core.kernels.packed_layout import PackedLayout
from seq2seq_core.kernels.step_energies import StepEnergies, StepEnergyGradients
from seq2seq_core.kernels.token_embeddings import TokenEmbeddings
from seq2seq_core.layers.attention import Memory
from seq2seq_core.layers.cells import weights_of
from seq2seq_core.layers.scores import AdditiveScore, DotProductScore


def attend_first(
    cell: nn.GRU,
    score: DotProductScore | AdditiveScore,
    embedded: TokenEmbeddings,
    state: Tensor,
    memory: Memory,
    schedule: PackedLayout,
) -> tuple[Tensor, Tensor]:
    """Embeddings (B,T,E), the first state (B,H) -> the cell's outputs (N,H) and the contexts (N,C) in the schedule's
    order."""
    weight, recurrent, bias, recurrent_bias = weights_of(cell, "l0")
    of_token, of_context = torch.split(weight, [embedded.table.size(1), memory.values.size(2)], dim=1)
    given, places = project(embedded, schedule, of_token.unsqueeze(0), bias.unsqueeze(0))
    asks = (
        (score.query.weight, score.query.bias, score.vector())
        if isinstance(score, AdditiveScore)
        else (None, None, None)
    )
    outcome: tuple[Tensor, Tensor] = AttendFirst.apply(  # type: ignore[no-untyped-call]
        given, places, state, memory.keys, memory.values, memory.mask, *asks,
        of_context, recurrent, recurrent_bias, schedule,
    )  # fmt: skip
    return outcome


class AttendFirst(torch.autograd.Function):
    """What the inputs give to the gates (1,V,3 H) and which positions take it (1,N), the first state (B,H), keys
    (B,S,K), values (B,S,C), mask (B,S), what projects the state to the query (K,H) and (K,) or None, the score's vector
    (K,) or None, what projects the context (3 H,C) and the state (3 H,H), (3 H,) to the gates -> the states (N,H) and
    contexts (N,C) in the schedule's order.
    """

    @staticmethod
    def forward(
        ctx: Any,
        given: Tensor,
        places: Tensor,
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
        schedule: PackedLayout,
    ) -> tuple[Tensor, Tensor]:
        order, sizes, size = schedule.order, schedule.sizes, weight.size(1)
        reach = reach_of(query_weight, query_bias, start)
        pairs, sorted_values = StepEnergies(keys[order], vector, mask[order], reach), values[order]
        turned, shift = to_sigmoid_domain(weight, bias)
        rows = init_preactivations(given, shift)
        if query_weight is not None:
            # The queries are three columns to the left of what the state gives, so that one product makes both.
            asks = pairs.scale * query_weight
            ask_bias = -asks.sum(dim=1) if query_bias is None else pairs.scale * query_bias - asks.sum(dim=1)
            rows = torch.cat([ask_bias.expand(1, rows.size(1), -1), rows], dim=2)
            turned = torch.cat([2 * asks.t(), turned], dim=1)
        columns = gather_rows(rows, places)[0]
        asked, gates, of_inputs = columns[:, :-size], columns[:, -4 * size :], columns[:, -3 * size :]
        queries = None if query_weight is None else torch.split(columns[:, : -4 * size], sizes)
        of_context = context_weight.t().clone(memory_format=torch.contiguous_format)
        of_context[:, 2 * size :].mul_(2)
        count = len(columns)
        states, contexts = columns.new_empty(count, size), columns.new_empty(count, values.size(2))
        weights, state = columns.new_empty(count, values.size(1)), (start[order] + 1) / 2
        wholes = (asked, of_inputs, states, contexts, contexts.unsqueeze(1), weights, weights.unsqueeze(1))
        steps = zip(*(torch.split(rows, sizes) for rows in wholes), each_step(gates, sizes), strict=True)
        for number, (of_state, of_input, out, context, row, seen, seen_row, (_, *gate)) in enumerate(steps):
            state = state[: len(out)]
            of_state.addmm_(state, turned)
            query = pairs.ready(queries[number]) if queries else 2 * state - 1
            torch.softmax(pairs.energies(query), dim=1, out=seen)
            torch.bmm(seen_row, sorted_values[: len(out)], out=row)
            of_input.addmm_(context, of_context)
            advance_(gate, state, out)
            state = out
        states.mul_(2).sub_(1)
        ctx.schedule, ctx.pairs, ctx.count = schedule, pairs, given.size(1)
        ctx.save_for_backward(
            places, start, sorted_values, query_weight, query_bias, context_weight, weight,
            states, contexts, weights, columns,
        )  # fmt: skip
        return states, contexts

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor, grad_contexts: Tensor) -> tuple[Tensor | None, ...]:
        places, start, values, query_weight, query_bias, context_weight, weight, *kept = ctx.saved_tensors
        states, contexts, weights, columns = kept
        schedule: PackedLayout = ctx.schedule
        pairs: StepEnergies = ctx.pairs
        gradients = StepEnergyGradients(pairs)
        order, sizes, size = schedule.order, schedule.sizes, weight.size(1)
        before = states_before(start[order], states, sizes)
        factors, by_state = slopes(columns[:, -4 * size :], before), weight.roll(size, dims=0)
        by_query = None
        if query_weight is not None and pairs.slope is not None:
            by_query = pairs.scale * pairs.slope.unsqueeze(1) * query_weight
        queries = pairs.ready(before if query_weight is None else columns[:, : -4 * size])
        grad, of_contexts = grad.clone(), grad_contexts.clone()
        first, of_queries, flat = torch.zeros_like(start), torch.empty_like(queries), factors.flatten(1)
        of_state_gates, of_inputs = flat[:, : 3 * size], flat[:, size:]
        every = (
            grad, grad.unsqueeze(1), factors, of_state_gates, of_inputs, columns[:, -2 * size : -size],
            of_contexts, of_contexts.unsqueeze(1), weights, queries, of_queries,
        )  # fmt: skip
        steps = [*zip(*(torch.split(rows, sizes) for rows in every), strict=True)]
        earlier = [first, *torch.split(grad, sizes)[:-1]]
        for step, into in zip(steps[::-1], earlier[::-1], strict=True):
            of_state, spread, slope, to_state, to_input, update, of_context, row, seen, query, of_query = step
            into = into[: len(slope)]
            slope.mul_(spread)
            into.addcmul_(of_state, update).addmm_(to_state, by_state)
            of_context.addmm_(to_input, context_weight)
            product = torch.bmm(row, values[: len(slope)].mT).squeeze(1).mul_(seen)
            of_energies = product.addcmul_(seen, product.sum(dim=1, keepdim=True), value=-1)
            gradients.backward(of_energies, query, out=of_query)
            if by_query is None:
                into.add_(of_query)
            else:
                into.addmm_(of_query, by_query)
        of_keys, of_vector = gradients.total()
        if pairs.slope is not None:
            of_queries.mul_(pairs.scale * pairs.slope)
        of_values = schedule.padded(weights.unsqueeze(0)).mT @ schedule.padded(of_contexts.unsqueeze(0))
        of_state_gates = of_state_gates.roll(-size, dims=1)
        return (
            scatter_add_rows(flat.unsqueeze(0), places, ctx.count)[..., size:],
            None,
            _unsorted(first, order),
            _unsorted(of_keys, order),
            of_values,
            None,
            None if query_weight is None else of_queries.t() @ before,
            None if query_bias is None else of_queries.sum(dim=0),
            of_vector,
            of_inputs.t() @ contexts,
            of_state_gates.t() @ before,
            of_state_gates.sum(dim=0),
            None,
        )


def reach_of(query_weight: Tensor | None, query_bias: Tensor | None, start: Tensor) -> float:
    """How far from 0 a query can be: a state of a GRU is nowhere further than 1, or than the first."""
    if query_weight is None:
        return 0.0
    reach = query_weight.abs().sum(dim=1) * max(1.0, float(start.abs().max()))
    return float((reach if query_bias is None else reach + query_bias.abs()).max())


def _unsorted(rows: Tensor, order: Tensor) -> Tensor:
    return torch.empty_like(rows).index_copy_(0, order, rows)
