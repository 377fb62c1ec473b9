"""A GRU on the CPU, forward and backward, over packed sequences or teacher-forced targets.

torch has no fused GRU for the CPU, and its autograd computes two weight gradients at every step. Here everything that
does not depend on the state is computed outside the loop over steps: the projection of the inputs (once a token of the
vocabulary where the inputs are embeddings) and all weight gradients (one product each).

The GRU of torch and cuDNN, for an input x (C,), a state h (H,), weights W (3 H,C), U (3 H,H) and biases b, c (3 H,):

    r  = sigmoid(W_r x + b_r + U_r h + c_r)                        reset gate
    z  = sigmoid(W_z x + b_z + U_z h + c_z)                        update gate
    n  = tanh(W_n x + b_n + r * (U_n h + c_n))                     candidate state
    h' = (1 - z) * n + z * h                                       new state

On a CPU torch's sigmoid takes a sixth of the time of its tanh, and tanh(x) = 2 sigmoid(2 x) - 1. The loop therefore
works in the sigmoid domain, on g = (h + 1) / 2 and m = (n + 1) / 2:

    m  = sigmoid(2 (W_n x + b_n) + r * 2 (U_n h + c_n))
    g' = (1 - z) * m + z * g

with U h + c = 2 U g + (c - U 1): `to_sigmoid_domain` makes these weights and biases.

A row of the buffer `preactivations` has four blocks of H channels. The state contributes to the first three, the input
to the last three, so that each contributes by one product:

    block 0     2 (U_n h + c_n)                         stays
    block 1     pre-activation of r                     becomes r
    block 2     pre-activation of z                     becomes z
    block 3     2 (W_n x + b_n)                         becomes m

Shapes: N packed positions (see `PackedLayout`), n rows of a step, D directions, which take each step together.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional

from seq2seq_core.kernels.packed_layout import PackedLayout


def run_gru(
    weights: Sequence[Sequence[Sequence[Tensor]]],
    inputs: Tensor,
    table: Tensor | None,
    layout: PackedLayout,
    start: Tensor | None,
    dropout: float = 0.0,
) -> tuple[Tensor, Tensor]:
    """A GRU of one or more layers, in D directions.

    weights: W, U, b, c of each layer and direction. inputs (B,T,C), or with a table (V,C) tokens (B,T) to look up in
    it. start (layers x D,B,H), or None for zeros. dropout: the probability that acts between layers.

    Returns outputs (B,T,H x D), zero at padding, and the state (layers x D,B,H) where each sequence ends.
    """
    ends: list[Tensor] = []
    for layer, directions in enumerate(weights):
        if layer:
            inputs, table = functional.dropout(inputs, dropout), None
        weight, recurrent, bias, recurrent_bias = map(torch.stack, zip(*directions, strict=True))
        count, size = len(directions), recurrent.size(2)
        projected, indices = project(inputs, table, layout, weight, bias)
        if start is None:
            first = projected.new_zeros(count, layout.lengths.numel(), size)
        else:
            first = start[layer * count :][:count].index_select(1, layout.order)
        states = GRULoop.apply(  # type: ignore[no-untyped-call]
            projected, indices, recurrent, recurrent_bias, first, layout.sizes
        )
        ends.append(states.index_select(1, layout.ends))
        inputs = layout.unpack(states)
    return inputs, torch.cat(ends)


class GRULoop(torch.autograd.Function):
    """projected (D,M,3 H) and indices (D,N) or None (see `project`), U (D,3 H,H), c (D,3 H), the first state (D,B,H),
    longest row first, and the number of rows of each step -> the states (D,N,H)."""

    @staticmethod
    def forward(
        ctx: Any,
        projected: Tensor,
        indices: Tensor | None,
        weight: Tensor,
        bias: Tensor,
        start: Tensor,
        sizes: list[int],
    ) -> Tensor:
        state_weight, state_bias = to_sigmoid_domain(weight, bias)
        preactivations = gather_rows(init_preactivations(projected, state_bias), indices)  # (D,N,4 H)
        states = preactivations.new_empty(*preactivations.shape[:2], weight.size(2))  # (D,N,H)
        state = (start + 1) / 2  # g, (D,n,H)
        outs = torch.split(states, sizes, dim=1)
        for size, out, (from_state, *gates) in zip(sizes, outs, step_views(preactivations, sizes), strict=True):
            state = state[:, :size]
            from_state.baddbmm_(state, state_weight)  # (D,n,H) @ (D,H,3 H) -> (D,n,3 H), added to blocks 0 to 2
            update_state_(gates, state, out)
            state = out
        states.mul_(2).sub_(1)  # h = 2 g - 1
        ctx.sizes, ctx.rows = sizes, projected.size(1)
        ctx.save_for_backward(preactivations, indices, weight, start, states)
        return states

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        preactivations, indices, weight, start, states = ctx.saved_tensors
        sizes, size = ctx.sizes, states.size(2)
        previous = previous_states(start, states, sizes)  # (D,N,H)
        derivatives = gate_derivatives(preactivations, previous)  # (D,N,4,H)
        # Row by row from the end: dL/dh', then dL/da = dL/dh' * dh'/da for the four blocks a, and
        # dL/dh = dL/dh' * z + dL/da[blocks 0 to 2] U, with the rows of U in the order of the blocks (n, r, z).
        state_grad = grad.clone(memory_format=torch.contiguous_format)  # dL/dh', with all later steps added
        start_grad, block_weight = torch.zeros_like(start), weight.roll(size, dims=1)
        block_grad = derivatives.flatten(2)  # (D,N,4 H), overwritten in place by dL/da
        from_state_grad = block_grad[..., : 3 * size]
        update_gates = preactivations[..., 2 * size : 3 * size]  # z
        per_step = (state_grad, state_grad.unsqueeze(2), derivatives, from_state_grad, update_gates)
        steps = [*zip(*(torch.split(rows, sizes, dim=1) for rows in per_step), strict=True)]
        targets = [start_grad, *torch.split(state_grad, sizes, dim=1)[:-1]]  # where dL/dh of a step is added
        for step, target, rows in zip(steps[::-1], targets[::-1], sizes[::-1], strict=True):
            after, after_blocks, derivative, from_state, update = step
            derivative.mul_(after_blocks)  # (D,n,4,H)
            target[:, :rows].addcmul_(after, update).baddbmm_(from_state, block_weight)  # (D,n,3 H) @ (D,3 H,H)
        # dL/dU = sum over positions of dL/da h^T, dL/dc = sum of dL/da, rolled back to the order r, z, n.
        weight_grad = (from_state_grad.mT @ previous).roll(-size, dims=1)  # (D,3 H,N) @ (D,N,H)
        bias_grad = from_state_grad.sum(dim=1).roll(-size, dims=1)
        projected_grad = scatter_add_rows(block_grad, indices, ctx.rows)[..., size:]  # blocks 1 to 3 took the input
        return projected_grad, None, weight_grad, bias_grad, start_grad, None


def project(
    inputs: Tensor, table: Tensor | None, layout: PackedLayout, weight: Tensor, bias: Tensor
) -> tuple[Tensor, Tensor | None]:
    """W x + b with W (D,3 H,C), b (D,3 H) -> rows (D,M,3 H), and the row that each packed position reads (D,N).

    For inputs (B,T,C) the rows are those of the positions, M = N, and the index is None. For tokens (B,T) and a table
    (V,C) each row of the table is projected once, M = V, and the index counts over all D x V rows.
    """
    directions, bias = len(weight), bias.unsqueeze(1)
    if table is None:
        return torch.baddbmm(bias, layout.pack(inputs, directions), weight.mT), None
    projected = torch.baddbmm(bias, table.expand(directions, -1, -1), weight.mT)
    return projected, layout.pack(inputs, directions) + torch.arange(directions).unsqueeze(1) * len(table)


def to_sigmoid_domain(weight: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
    """U (...,3 H,H), c (...,3 H) in the order r, z, n -> a weight (...,H,3 H) and a bias (...,3 H) for g.

    Their product with g fills blocks 0 to 2 (n doubled, r, z): U h + c = 2 U g + (c - U 1).
    """
    size = weight.size(-1)
    state_weight = 2 * weight.roll(size, dims=-2)
    state_bias = (bias - weight.sum(dim=-1)).roll(size, dims=-1)
    state_weight[..., :size, :].mul_(2)
    state_bias[..., :size].mul_(2)
    return state_weight.mT, state_bias


def init_preactivations(projected: Tensor, state_bias: Tensor) -> Tensor:
    """W x + b (...,M,3 H) and the bias of `to_sigmoid_domain` (...,3 H) -> the four blocks (...,M,4 H), without the
    product of the state."""
    size, state_bias = projected.size(-1) // 3, state_bias.unsqueeze(-2)
    preactivations = torch.cat([state_bias[..., :size].expand_as(projected[..., :size]), projected], dim=-1)
    preactivations[..., size : 3 * size] += state_bias[..., size:]
    preactivations[..., 3 * size :].mul_(2)
    return preactivations


def gather_rows(rows: Tensor, indices: Tensor | None) -> Tensor:
    """rows (D,M,C) and the indices (D,N) of `project` -> the row of each packed position (D,N,C)."""
    return rows if indices is None else functional.embedding(indices, rows.flatten(0, 1))


def scatter_add_rows(grad: Tensor, indices: Tensor | None, count: int) -> Tensor:
    """The backward pass of `gather_rows`: the gradient (D,N,C) -> that of the rows (D,M,C), with M = count."""
    if indices is None:
        return grad
    blank = grad.new_zeros(len(grad) * count, grad.size(2))
    return blank.index_add_(0, indices.flatten(), grad.flatten(0, 1)).view(len(grad), count, -1)


def step_views(preactivations: Tensor, sizes: list[int]) -> Iterator[tuple[Tensor, ...]]:
    """preactivations (...,N,4 H) -> for each step views of blocks 0 to 2 (...,n,3 H), of blocks 1 and 2 together
    (...,n,2 H), and of each block (...,n,H).

    Six calls make the views of all steps. An operation of the loop takes microseconds, and slicing inside it would add
    as much again.
    """
    size = preactivations.size(-1) // 4
    blocks = (preactivations[..., : 3 * size], preactivations[..., size : 3 * size], *preactivations.chunk(4, dim=-1))
    return zip(*(torch.split(block, sizes, dim=-2) for block in blocks), strict=True)


def update_state_(gates: Sequence[Tensor], state: Tensor, out: Tensor) -> None:
    """One step, once the blocks hold their pre-activations: the views of a step but the first, g (...,n,H) -> the new g
    in `out` (...,n,H); blocks 1 to 3 become r, z and m."""
    reset_and_update, candidate_from_state, reset, update, candidate = gates
    reset_and_update.sigmoid_()
    candidate.addcmul_(reset, candidate_from_state).sigmoid_()  # m = sigmoid(block 3 + r * block 0)
    torch.lerp(candidate, state, update, out=out)  # m + z (g - m)


def previous_states(start: Tensor, states: Tensor, sizes: list[int]) -> Tensor:
    """The first state (...,B,H) and the states after each step (...,N,H) -> the state before each step (...,N,H)."""
    shorter = zip(torch.split(states, sizes, dim=-2), sizes[1:], strict=False)
    return torch.cat([start, *(rows[..., :size, :] for rows, size in shorter)], dim=-2)


def gate_derivatives(preactivations: Tensor, previous: Tensor) -> Tensor:
    """The blocks after all steps (...,N,4 H), the states h before each (...,N,H) -> dh'/da (...,N,4,H), element by
    element, for the four terms a that the blocks held before their step:

        a = W_n x + b_n  (block 3)    (1 - z) (1 - n^2) = 4 (1 - z) (m - m^2)
        a = U_n h + c_n  (block 0)    the same times r
        a = pre-activation of r       the same times (U_n h + c_n) r (1 - r)
        a = pre-activation of z       (h - n) z (1 - z), with n = 2 m - 1
    """
    candidate_from_state, reset, update, candidate = preactivations.chunk(4, dim=-1)
    keep = 1 - update
    out = preactivations.new_empty(*previous.shape[:-1], 4, previous.size(-1))
    by_state, by_reset, by_update, by_input = out.unbind(dim=-2)
    torch.addcmul(candidate, candidate, candidate, value=-1, out=by_input).mul_(keep).mul_(4)
    torch.mul(by_input, reset, out=by_state)
    torch.mul(by_state, candidate_from_state, out=by_reset).mul_(1 - reset).div_(2)  # block 0 holds twice the term
    torch.sub(previous, candidate, alpha=2, out=by_update).add_(1).mul_(update).mul_(keep)
    return out
