"""A GRU on the CPU, in a loop of our own: torch's has no fused kernel there, and its autograd multiplies two matrices
for the weights at every step.

    r = sigmoid(x W_r + h U_r)        n = tanh(x W_n + r * (h U_n))
    z = sigmoid(x W_z + h U_z)        the new h = (1 - z) * n + z * h

in the variant of torch and cuDNN (biases left out here). What does not depend on the state is computed outside of the
loop: inputs are projected once a token of the vocabulary where they are embeddings, all weight gradients are one
product each, and of the backward pass only the chain from state to state is left inside.

On a CPU torch's sigmoid takes a fraction of the time of its tanh, and tanh(x) = 2 sigmoid(2 x) - 1. So inside of the
loop h and n are raised, to g = (h + 1) / 2 and m = (n + 1) / 2:

    m = sigmoid(2 x W_n + r * (2 h U_n))                the new g = (1 - z) * m + z * g

where h = 2 g - 1 and the doubled columns are put into the weights beforehand (`to_sigmoid_domain`).

A loop keeps four columns of H channels a row: what the state gives to n, r, z, and what the inputs give to n, which
becomes m. So what the state gives (the first three) lies side by side, and what the inputs give (the last three); and
likewise what goes back to either.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional

from seq2seq_core.kernels.packed_layout import PackedLayout
from seq2seq_core.kernels.token_embeddings import TokenEmbeddings
from seq2seq_core.layers.cells import weights_of


def run_gru(
    cell: nn.GRU, inputs: TokenEmbeddings | Tensor, schedule: PackedLayout, start: Tensor | None
) -> tuple[Tensor, Tensor]:
    """inputs (B,T,C), start (layers x directions,B,H) or None (zeros) -> outputs (B,T,H x directions), zero at padding,
    and the state (layers x directions,B,H) where each sequence ends. What `packed` gives, and its gradients."""
    ends: list[Tensor] = []
    tails = ["", "_reverse"] if cell.bidirectional else [""]
    for layer in range(cell.num_layers):
        if layer:
            assert isinstance(inputs, Tensor)
            inputs = functional.dropout(inputs, cell.dropout, cell.training)
        parts = zip(*(weights_of(cell, f"l{layer}{tail}") for tail in tails), strict=True)
        weight, recurrent, bias, recurrent_bias = map(torch.stack, parts)
        given, places = project(inputs, schedule, weight, bias)
        if start is None:
            first = given.new_zeros(len(tails), schedule.lengths.numel(), cell.hidden_size)
        else:
            first = start[layer * len(tails) :][: len(tails)].index_select(1, schedule.order)
        loop = (given, places, recurrent, recurrent_bias, first, schedule.sizes)
        states = GRULoop.apply(*loop)  # type: ignore[no-untyped-call]
        ends.append(states.index_select(1, schedule.ends))
        inputs = schedule.padded(states)
    assert isinstance(inputs, Tensor)
    return inputs, torch.cat(ends)


def project(
    inputs: TokenEmbeddings | Tensor, schedule: PackedLayout, weight: Tensor, bias: Tensor
) -> tuple[Tensor, Tensor | None]:
    """What the inputs (B,T,C) give to the gates by weight (D,3 H,C) and bias (D,3 H), in rows (D,M,3 H), and which of
    all D x M rows each position takes (D,N); None if they are the positions' own. Of embeddings there are but M = V."""
    directions, bias = len(weight), bias.unsqueeze(1)
    if isinstance(inputs, TokenEmbeddings):
        of_tokens = torch.baddbmm(bias, inputs.table.expand(directions, -1, -1), weight.mT)
        firsts = torch.arange(directions).unsqueeze(1) * len(inputs.table)
        return of_tokens, schedule.taken(inputs.tokens, directions) + firsts
    return torch.baddbmm(bias, schedule.taken(inputs, directions), weight.mT), None


def to_sigmoid_domain(weight: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
    """U (...,3 H,H) and its bias (...,3 H) -> (...,H,3 H) and (...,3 H), which give the first three columns of g, since
    U h + b = 2 U g + b - U 1."""
    size = weight.size(-1)
    turned, shift = 2 * weight.roll(size, dims=-2), (bias - weight.sum(dim=-1)).roll(size, dims=-1)
    turned[..., :size, :].mul_(2)
    shift[..., :size].mul_(2)
    return turned.mT, shift


def init_preactivations(inputs: Tensor, shift: Tensor) -> Tensor:
    """What the inputs give to r, z and n (...,N,3 H), what `to_sigmoid_domain` adds to what the state gives (...,3 H) -> the
    columns before a step (...,N,4 H)."""
    size, shift = inputs.size(-1) // 3, shift.unsqueeze(-2)
    columns = torch.cat([shift[..., :size].expand_as(inputs[..., :size]), inputs], dim=-1)
    columns[..., size : 3 * size] += shift[..., size:]
    columns[..., 3 * size :].mul_(2)
    return columns


def gather_rows(rows: Tensor, places: Tensor | None) -> Tensor:
    """Rows (D,M,C) and which of them each position takes (see `project`) -> (D,N,C)."""
    return rows if places is None else functional.embedding(places, rows.flatten(0, 1))


def scatter_add_rows(grad: Tensor, places: Tensor | None, count: int) -> Tensor:
    """`gather_rows` backward: the gradient (D,N,C) -> that of the rows, of which each direction has `count`."""
    if places is None:
        return grad
    blank = grad.new_zeros(len(grad) * count, grad.size(2))
    return blank.index_add_(0, places.flatten(), grad.flatten(0, 1)).view(len(grad), count, -1)


def each_step(columns: Tensor, sizes: list[int]) -> Iterator[tuple[Tensor, ...]]:
    """Columns (...,N,4 H) -> step by step what the state gives (...,n,3 H), r and z together (...,n,2 H), and each
    column (...,n,H).

    All views of all steps are made in six calls: in a loop of operations that take a microsecond, slices would tell.
    """
    size = columns.size(-1) // 4
    parts = (columns[..., : 3 * size], columns[..., size : 3 * size], *columns.chunk(4, dim=-1))
    return zip(*(torch.split(part, sizes, dim=-2) for part in parts), strict=True)


def advance_(gates: Sequence[Tensor], state: Tensor, out: Tensor) -> None:
    """One step, once the columns hold what state and inputs give: r and z together and each column, which become r, z
    and m; g (...,n,H) -> the new g in `out` (...,n,H)."""
    both, of_state, reset, update, new = gates
    both.sigmoid_()
    new.addcmul_(reset, of_state).sigmoid_()
    torch.lerp(new, state, update, out=out)


class GRULoop(torch.autograd.Function):
    """What the inputs give to the gates and which positions take it (see `project`), U (D,3 H,H), its bias (D,3 H),
    the first state (D,B,H) longest row first, the rows of each step -> the states (D,N,H). Both directions take a step
    together."""

    @staticmethod
    def forward(
        ctx: Any, given: Tensor, places: Tensor | None, weight: Tensor, bias: Tensor, start: Tensor, sizes: list[int]
    ) -> Tensor:
        turned, shift = to_sigmoid_domain(weight, bias)
        columns = gather_rows(init_preactivations(given, shift), places)
        states, state = columns.new_empty(*columns.shape[:2], weight.size(2)), (start + 1) / 2
        outs = torch.split(states, sizes, dim=1)
        for size, out, (of_state, *gates) in zip(sizes, outs, each_step(columns, sizes), strict=True):
            state = state[:, :size]
            of_state.baddbmm_(state, turned)
            advance_(gates, state, out)
            state = out
        states.mul_(2).sub_(1)
        ctx.sizes, ctx.count = sizes, given.size(1)
        ctx.save_for_backward(columns, places, weight, start, states)
        return states

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        columns, places, weight, start, states = ctx.saved_tensors
        sizes, size = ctx.sizes, states.size(2)
        before = states_before(start, states, sizes)
        factors = slopes(columns, before)
        grad = grad.clone(memory_format=torch.contiguous_format)  # of a state, and of all that follows it
        first, turned = torch.zeros_like(start), weight.roll(size, dims=1)
        of_columns = factors.flatten(2)
        of_states = of_columns[..., : 3 * size]
        every = (grad, grad.unsqueeze(2), factors, of_states, columns[..., 2 * size : 3 * size])
        steps = [*zip(*(torch.split(rows, sizes, dim=1) for rows in every), strict=True)]
        earlier = [first, *torch.split(grad, sizes, dim=1)[:-1]]
        for step, into, rows in zip(steps[::-1], earlier[::-1], sizes[::-1], strict=True):
            after, spread, slope, of_state, update = step
            slope.mul_(spread)
            into[:, :rows].addcmul_(after, update).baddbmm_(of_state, turned)
        of_weight, of_bias = (of_states.mT @ before).roll(-size, dims=1), of_states.sum(dim=1).roll(-size, dims=1)
        of_given = scatter_add_rows(of_columns, places, ctx.count)[..., size:]
        return of_given, None, of_weight, of_bias, first, None


def states_before(start: Tensor, states: Tensor, sizes: list[int]) -> Tensor:
    """The first state (...,B,H), those of all steps (...,N,H) -> those of the step before each (...,N,H)."""
    shorter = zip(torch.split(states, sizes, dim=-2), sizes[1:], strict=False)
    return torch.cat([start, *(rows[..., :size, :] for rows, size in shorter)], dim=-2)


def slopes(columns: Tensor, before: Tensor) -> Tensor:
    """The columns after all steps (...,N,4 H), the states before each (...,N,H) -> the derivatives of a state by what
    each column held before its step, n's not doubled, element by element (...,N,4,H)."""
    of_state, reset, update, new = columns.chunk(4, dim=-1)
    keep = 1 - update
    out = columns.new_empty(*before.shape[:-1], 4, before.size(-1))
    by_state, by_reset, by_update, by_input = out.unbind(dim=-2)
    torch.addcmul(new, new, new, value=-1, out=by_input).mul_(keep).mul_(4)  # 1 - n^2 = 4 (m - m^2)
    torch.mul(by_input, reset, out=by_state)
    torch.mul(by_state, of_state, out=by_reset).mul_(1 - reset).div_(2)
    torch.sub(before, new, alpha=2, out=by_update).add_(1).mul_(update).mul_(keep)
    return out
